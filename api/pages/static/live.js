// Live stages: follows a submission's event stream, moves the stages on, and at the end fetches the result.
"use strict";

(() => {
  const live = document.querySelector("[data-events]");
  if (!live) return;
  const say = document.getElementById("say");
  const STAGES = { received: 0, read: 1, matched: 2, screened: 3 };

  function move(receipt) {
    for (const list of document.querySelectorAll(`[data-stages="${CSS.escape(receipt.id)}"]`)) {
      const reached = STAGES[receipt.state] ?? STAGES.screened;
      [...list.children].forEach((stage, index) => {
        stage.className = index <= reached ? "done" : index === reached + 1 ? "now" : "";
        if (index === reached + 1) stage.setAttribute("aria-current", "step");
        else stage.removeAttribute("aria-current");
      });
    }
    for (const place of document.querySelectorAll(`[data-label="${CSS.escape(receipt.id)}"]`)) {
      place.textContent = receipt.label;
    }
    if (say.textContent !== receipt.sentence) say.textContent = receipt.sentence;
  }

  async function showResult() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (!fresh) return location.reload();
    document.getElementById("live").replaceWith(document.importNode(fresh, true));
    say.textContent = fresh.dataset.outcome || "";
    document.title = page.title;
    return undefined;
  }

  const stream = new EventSource(live.dataset.events);
  stream.addEventListener("receipt", (event) => move(JSON.parse(event.data)));
  stream.addEventListener("end", () => {
    stream.close();
    showResult();
  });
})();
