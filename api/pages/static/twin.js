// A suspected twin held against the case: both pictures beside each other, scrolled together, or one in the place
// of the other at each press of `b`. Where they lie on each other was worked out by the server from common lines.
"use strict";

(() => {
  const dialogs = [...document.querySelectorAll("dialog.twin")];
  if (!dialogs.length) return;

  const drawMarks = (svg, image) => {
    svg.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.replaceChildren(...svg.dataset.places.split(";").filter((text) => text.trim()).map((quad) => {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
      mark.setAttribute("points", quad.trim());
      return mark;
    }));
  };

  const lay = (dialog) => {
    const panes = dialog.querySelector(".panes");
    if (!panes) return;
    const mine = panes.querySelector(".mine img");
    const theirs = panes.querySelector(".theirs img");
    if (!mine.naturalWidth || !theirs.naturalWidth) return;
    const width = mine.naturalWidth;
    const height = mine.naturalHeight;
    const even = width / theirs.naturalWidth;
    const [scaleX, left, scaleY, top] = panes.dataset.align
      ? panes.dataset.align.split(" ").map(Number) : [even, 0, even, 0];
    for (const frame of panes.querySelectorAll(".frame")) frame.style.aspectRatio = `${width} / ${height}`;
    const laid = panes.querySelector(".laid");
    laid.style.left = `${(100 * left) / width}%`;
    laid.style.top = `${(100 * top) / height}%`;
    laid.style.width = `${(100 * scaleX * theirs.naturalWidth) / width}%`;
    laid.style.height = `${(100 * scaleY * theirs.naturalHeight) / height}%`;
    drawMarks(panes.querySelector(".of-mine"), mine);
    drawMarks(panes.querySelector(".of-theirs"), theirs);
  };

  const show = (dialog, blinking, theirs) => {
    const panes = dialog.querySelector(".panes");
    if (!panes) return;
    panes.classList.toggle("blinking", blinking);
    panes.classList.toggle("shows-theirs", blinking && theirs);
    dialog.querySelector("[data-blink]").setAttribute("aria-pressed", String(blinking));
    dialog.querySelector("[data-shown]").textContent = blinking ? (theirs ? "Now: the earlier one" : "Now: this case") : "";
  };
  const blink = (dialog) => {
    const panes = dialog.querySelector(".panes");
    if (panes) show(dialog, true, panes.classList.contains("blinking") && !panes.classList.contains("shows-theirs"));
  };
  const beside = (dialog) => show(dialog, false, false);
  const marks = (dialog) => {
    const panes = dialog.querySelector(".panes");
    if (!panes) return;
    const hidden = panes.classList.toggle("bare");
    dialog.querySelector("[data-marks]").setAttribute("aria-pressed", String(!hidden));
  };
  const open = (dialog) => { if (!dialog.open) { dialog.showModal(); lay(dialog); } };

  for (const dialog of dialogs) {
    for (const image of dialog.querySelectorAll("img")) image.addEventListener("load", () => lay(dialog));
    dialog.querySelector("[data-blink]")?.addEventListener("click", (event) => {
      if (event.currentTarget.getAttribute("aria-pressed") === "true" && event.detail) beside(dialog);
      else blink(dialog);
    });
    dialog.querySelector("[data-marks]")?.addEventListener("click", () => marks(dialog));
  }
  for (const button of document.querySelectorAll("[data-twin]")) {
    button.addEventListener("click", () => open(document.getElementById(button.dataset.twin)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const shown = dialogs.find((each) => each.open);
    const inOther = !shown && event.target.closest("dialog");
    if (inOther || document.getElementById("keys")?.open) return;
    if (event.key === "b") { event.preventDefault(); open(shown || dialogs[0]); blink(shown || dialogs[0]); }
    else if (event.key === "s") { event.preventDefault(); open(shown || dialogs[0]); beside(shown || dialogs[0]); }
    else if (event.key === "x" && shown) { event.preventDefault(); event.stopImmediatePropagation(); marks(shown); }
  });
})();
