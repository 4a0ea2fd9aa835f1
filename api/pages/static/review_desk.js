// One case at a desk: read fields and the picture point at each other, sums are done while one types, and
// every action has a key. Without this file the page still decides, corrects and passes on.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const sheet = byId("sheet");
  const boxes = byId("boxes");
  const fields = [...document.querySelectorAll("[data-quads]")];
  let scale = 1;
  let turned = 0;

  const light = (name, on) => {
    for (const each of fields) if (each.dataset.field === name) each.classList.toggle("on", on);
    if (boxes) for (const box of boxes.children) if (box.dataset.field === name) box.classList.toggle("on", on);
  };

  const draw = () => {
    const image = sheet.querySelector("img");
    boxes.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
    boxes.setAttribute("preserveAspectRatio", "none");
    boxes.replaceChildren();
    for (const field of fields) {
      for (const quad of field.dataset.quads.split(";").filter((text) => text.trim())) {
        const box = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
        box.setAttribute("points", quad.trim());
        box.dataset.field = field.dataset.field;
        box.classList.toggle("sign", field.dataset.field.startsWith("check-"));
        box.addEventListener("mouseenter", () => light(field.dataset.field, true));
        box.addEventListener("mouseleave", () => light(field.dataset.field, false));
        box.addEventListener("click", () => field.scrollIntoView({ block: "center" }));
        boxes.append(box);
      }
    }
  };

  const place = () => {
    sheet.style.width = `${100 * scale}%`;
    sheet.style.transform = turned ? `rotate(${turned}deg)` : "";
    sheet.style.transformOrigin = "center";
  };
  const zoom = (factor) => { scale = Math.min(6, Math.max(0.4, scale * factor)); place(); };
  const turn = () => { turned = (turned + 90) % 360; place(); };
  const original = document.querySelector("[data-original]");
  const toggleOriginal = () => {
    const image = sheet.querySelector("img");
    const shown = original.getAttribute("aria-pressed") !== "true";
    original.dataset.straight ??= image.getAttribute("src");
    original.dataset.alt ??= image.alt;
    original.setAttribute("aria-pressed", String(shown));
    // The boxes lie on the straightened picture only.
    boxes.style.visibility = shown ? "hidden" : "";
    image.alt = shown ? "The receipt as it was taken" : original.dataset.alt;
    image.src = shown ? original.dataset.original : original.dataset.straight;
  };
  const toggleBoxes = () => {
    const hidden = boxes.style.display !== "none";
    boxes.style.display = hidden ? "none" : "";
    document.querySelector("[data-boxes]").setAttribute("aria-pressed", String(!hidden));
  };

  if (sheet) {
    const image = sheet.querySelector("img");
    if (image.complete && image.naturalWidth) draw();
    image.addEventListener("load", draw);
    for (const button of document.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
    }
    document.querySelector("[data-turn]").addEventListener("click", turn);
    document.querySelector("[data-boxes]").addEventListener("click", toggleBoxes);
    original?.addEventListener("click", toggleOriginal);
  }
  for (const field of fields) {
    for (const [name, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
      field.addEventListener(name, () => light(field.dataset.field, on));
    }
  }

  const number = (text) => Number(String(text).trim().replace(",", "."));
  const correction = byId("correction");
  const reckon = () => {
    const told = byId("arithmetic");
    let sum = 0;
    for (const row of correction.querySelectorAll("[data-row]")) {
      const gone = row.querySelector("[name=removed]")?.checked;
      row.classList.toggle("gone", Boolean(gone));
      const typed = row.querySelector("[name=amount]").value;
      if (!gone && typed.trim()) sum += number(typed) - number(row.dataset.discount);
    }
    const total = number(byId("fix-total").value);
    const rest = total - sum;
    const tax = number(told.dataset.tax);
    if (!Number.isFinite(rest)) told.textContent = "An amount is no number yet.";
    else if (Math.abs(rest) < 0.0005) told.textContent = `Lines ${sum.toFixed(2)} make the total: it adds up.`;
    else if (tax && Math.abs(rest - tax) < 0.0005) told.textContent = `Lines ${sum.toFixed(2)} with tax ${tax.toFixed(2)} make the total: it adds up.`;
    else told.textContent = `Lines ${sum.toFixed(2)}, total ${total.toFixed(2)}: ${Math.abs(rest).toFixed(2)} ${rest > 0 ? "missing" : "too much"}${tax ? ` (tax read: ${tax.toFixed(2)})` : ""}.`;
  };
  if (correction) {
    correction.addEventListener("input", reckon);
    reckon();
  }

  // What an approval pays with what is chosen so far: asked of the server, whose rules alone know.
  const decision = byId("decision");
  let asked = 0;
  const weigh = async () => {
    const mine = ++asked;
    const answer = await fetch(`${decision.action}/worth`, { method: "POST", body: new URLSearchParams(new FormData(decision)) });
    if (mine !== asked || !answer.ok) return;
    byId("worth").textContent = await answer.text();
    byId("worth-of").textContent = "with your choices";
  };
  if (byId("worth")) {
    const chosen = [...decision.querySelectorAll("select[name^=product-]")];
    for (const each of chosen) each.addEventListener("change", weigh);
    if (chosen.some((each) => each.value)) weigh();
  }

  // Lines by j and k; the shop, the day and the sums above and below them by h.
  const lines = fields.filter((each) => each.dataset.field.startsWith("line-"));
  const others = fields.filter((each) => !/^(line|check)-/.test(each.dataset.field));
  let lit = null;
  const walk = (among, step) => {
    if (!among.length) return;
    if (lit) light(lit.dataset.field, false);
    const before = among.indexOf(lit);
    lit = among[before < 0 ? (step > 0 ? 0 : among.length - 1) : (before + step + among.length) % among.length];
    light(lit.dataset.field, true);
    lit.scrollIntoView({ block: "center" });
  };
  const press = (value) => document.querySelector(`#decision button[value="${value}"], #decision button[data-key="${value}"]`)?.click();
  const open = (details, first) => { if (byId(details)) { byId(details).open = true; byId(first).focus(); } };
  const keys = {
    a: () => press("approve"),
    d: () => { const note = byId("note"); if (note && !note.value.trim()) note.focus(); else press("decline"); },
    f: () => press("photo"),
    n: () => byId("note")?.focus(),
    c: () => open("correcting", "fix-retailer"),
    p: () => byId("pass-note")?.focus(),
    "+": () => sheet && zoom(1.25),
    "-": () => sheet && zoom(0.8),
    r: () => sheet && turn(),
    x: () => sheet && toggleBoxes(),
    o: () => original && toggleOriginal(),
    j: () => walk(lines, 1),
    k: () => walk(lines, -1),
    h: () => walk(others, 1),
    q: () => { window.location.href = document.querySelector("[data-back]")?.href ?? "/review"; },
    "?": () => byId("keys")?.showModal(),
  };
  for (const seek of document.querySelectorAll(".seek")) {
    // Enter alone would press the form's first button, which is another line's.
    seek.querySelector("input").addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); seek.querySelector("button").click(); }
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog[open]");
    if (event.key === "Escape" && typing && !event.target.closest("dialog")) { event.target.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
})();
