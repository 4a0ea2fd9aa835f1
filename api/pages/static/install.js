// Registers the worker that keeps a shell for when there is no connection, and offers the home screen.
"use strict";

(() => {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js");
  const card = document.getElementById("install");
  if (!card) return;
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    card.hidden = false;
    card.querySelector("button").onclick = () => {
      event.prompt();
      card.hidden = true;
      document.getElementById("main").focus(); // else the keyboard would stand nowhere
    };
  });
})();
