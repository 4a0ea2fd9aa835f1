// The queue by keyboard: j and k walk the cases, Enter opens the one that has the focus, or the first, and ?
// says so.
"use strict";

(() => {
  const cases = [...document.querySelectorAll("[data-case]")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); document.getElementById("keys")?.showModal(); }
    if (!cases.length) return;
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
