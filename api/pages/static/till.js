// Draws the till code anew before it is too old, and stops while nobody looks at the page.
"use strict";

(() => {
  const card = document.querySelector("[data-life]");
  const code = document.getElementById("code");
  const left = card.querySelector("[data-left]");
  const life = Number(card.dataset.life);
  const EARLY_S = 5;
  let until = Date.now() + life * 1000;

  function renew() {
    const fresh = new Image();
    fresh.onload = () => { code.src = fresh.src; until = Date.now() + life * 1000; };
    fresh.src = `/till/code.svg?at=${Date.now()}`;
  }

  setInterval(() => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    left.textContent = String(seconds);
    code.classList.toggle("old", seconds === 0);
    if (!document.hidden && seconds <= EARLY_S) renew();
  }, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
})();
