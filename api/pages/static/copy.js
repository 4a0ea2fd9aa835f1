// Copy buttons: shown only where the browser can copy; without them the text is selected by hand.
"use strict";

(() => {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const said = document.getElementById("copied");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "It could not be copied: press and hold the address to select it.";
      }
    });
  }
})();
