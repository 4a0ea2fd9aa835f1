// The queue by keyboard: j and k walk the cases, Enter opens the one that has the focus, or the first.
"use strict";

(() => {
  const cases = [...document.querySelectorAll("[data-case]")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !cases.length) return;
    if (event.target.closest("input, textarea, select, dialog[open]")) return;
    const at = cases.indexOf(document.activeElement);
    if (event.key === "j" || event.key === "k") {
      event.preventDefault();
      const step = event.key === "j" ? 1 : -1;
      cases[at < 0 ? 0 : (at + step + cases.length) % cases.length].focus();
    } else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
      event.preventDefault();
      cases[0].click();
    }
  });
})();
