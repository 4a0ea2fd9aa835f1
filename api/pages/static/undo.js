// Decisions that can be undone: counts the seconds down and lets `u` undo the latest. The time is the server's;
// without this file the button undoes all the same.
"use strict";

(() => {
  const waiting = [...document.querySelectorAll(".undo form")];
  if (!waiting.length) return;
  const began = performance.now();
  const count = () => {
    const gone = (performance.now() - began) / 1000;
    for (const form of waiting) {
      const left = Math.ceil(Number(form.dataset.left) - gone);
      if (left <= 0 && form.contains(document.activeElement)) document.getElementById("main").focus();
      form.hidden = left <= 0;
      form.querySelector("[data-seconds]").textContent = String(Math.max(0, left));
    }
  };
  count();
  setInterval(count, 1000);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "u" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog[open]")) return;
    const latest = waiting.find((form) => !form.hidden);
    if (!latest) return;
    event.preventDefault();
    latest.requestSubmit();
  });
})();
