// Live stages: follows a submission's event stream, moves the stages on, and at the end fetches the result.
"use strict";

(() => {
  const live = document.querySelector("[data-events]");
  if (!live) return;
  const say = document.getElementById("say");
  const MOVING = new Set(["received", "read", "matched", "screened"]);

  function move(receipt) {
    for (const list of document.querySelectorAll(`[data-stages="${CSS.escape(receipt.id)}"]`)) {
      [...list.children].forEach((stage, index) => {
        stage.className = index < receipt.stage ? "done" : index === receipt.stage ? "now" : "";
        if (index === receipt.stage) stage.setAttribute("aria-current", "step");
        else stage.removeAttribute("aria-current");
      });
    }
    for (const place of document.querySelectorAll(`[data-label="${CSS.escape(receipt.id)}"]`)) {
      place.textContent = receipt.label;
    }
    if (receipt.id === live.dataset.receipt) {
      const shown = document.querySelector("[data-sentence]");
      if (shown) shown.textContent = receipt.sentence;
    }
    if (say.textContent !== receipt.sentence) say.textContent = receipt.sentence;
  }

  async function showResult() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (!fresh) return location.reload();
    const old = document.getElementById("live");
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(document.importNode(fresh, true));
    // Who was there with the keyboard stays at the same link or field, or begins anew above what came.
    if (focus) {
      const href = focus.getAttribute("href");
      const same = (focus.id && document.getElementById(focus.id)) || (href && document.querySelector(`#live a[href="${CSS.escape(href)}"]`));
      (same || document.getElementById("main")).focus();
    }
    say.textContent = fresh.dataset.outcome || "";
    document.title = page.title;
    return undefined;
  }

  const stream = new EventSource(live.dataset.events);
  stream.addEventListener("receipt", (event) => {
    const receipt = JSON.parse(event.data);
    move(receipt);
    // The page's own receipt is done; others of the same upload may still be on their way.
    if (receipt.id === live.dataset.receipt && !MOVING.has(receipt.state)) {
      stream.close();
      showResult();
    }
  });
  stream.addEventListener("end", () => {
    stream.close();
    showResult();
  });
})();
