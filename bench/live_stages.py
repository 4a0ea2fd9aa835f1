"""How soon after its change is stored an open page shows a receipt's next stage, in a real browser.

Run by `python -m bench live`. It starts the program, sends photos one after the other, and opens each one's
page on a phone's width. A thread asks the database every few milliseconds what state the receipt is in: that
is when another process could first see the change. The page notes when it has painted each stage. What is
printed is the time between both, of every stage and of the result, which is fetched as a whole page.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Page, sync_playwright

from api.words import STATE_WORDS
from bench.screens.__main__ import FLAGS, running_program, sign_in
from bench.screens.states import PATIENCE_S
from fixtures.generator.dice import Dice
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, other, own
from pipeline.clock import utc_now
from pipeline.sample import MAYA
from receipts.state import UNFINISHED, ReceiptState

PHOTOS = 12
WANTED_S = 0.5
ASK_EVERY_S = 0.003
RESULT = 99
"""Stands for the result, behind every stage."""
WATCH = """
(() => {
  window.shown = [];
  let last = -1;
  const look = () => {
    const stages = [...document.querySelectorAll("[data-stages] li")];
    const now = stages.findIndex((each) => each.hasAttribute("aria-current"));
    const at = document.querySelector("#live .result, #live .notice") ? RESULT : now;
    if (at === last || at < 0) return;
    last = at;
    // A frame later it is on the screen.
    requestAnimationFrame(() => setTimeout(() => window.shown.push([at, Date.now() / 1000]), 0));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
  document.addEventListener("DOMContentLoaded", look);
})();
""".replace("RESULT", str(RESULT))


@dataclass(slots=True)
class _Watch:
    """When the database first gave each state of one receipt."""

    database: Path
    receipt_id: str
    seen: list[tuple[ReceiptState, float]] = field(default_factory=list)

    def until_the_end(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            while time.monotonic() < deadline:
                row = connection.execute(
                    "SELECT state FROM receipts WHERE id = ?", (self.receipt_id,)
                ).fetchone()
                state = ReceiptState(row[0])
                if not self.seen or self.seen[-1][0] is not state:
                    self.seen.append((state, time.time()))
                if state not in UNFINISHED:
                    return
                time.sleep(ASK_EVERY_S)
        finally:
            connection.close()


def main() -> int:
    """Send, watch, print."""
    path = shutil.which("chromium")
    if path is None:
        print("No Chromium: run `apt-get install chromium`", file=sys.stderr)
        return 1
    stages: list[float] = []
    results: list[float] = []
    with tempfile.TemporaryDirectory() as folder, running_program(demo=False, kept_in=Path(folder)) as url:
        asked = {"email": MAYA.email, "password": MAYA.password}
        token = httpx.post(f"{url}/v1/tokens", json=asked).json()["access_token"]
        with (
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            context = browser.new_context(viewport={"width": 390, "height": 844})
            sign_in(context, url, MAYA)
            context.add_init_script(WATCH)
            for number in range(PHOTOS):
                sent = http.post("/v1/submissions", files=[("files", ("receipt.jpg", _photo(number)))])
                receipt_id = sent.raise_for_status().json()["receipts"][0]["id"]
                watch = _Watch(Path(folder) / "tillpoints.db", receipt_id)
                beside = threading.Thread(target=watch.until_the_end)
                beside.start()
                page = context.new_page()
                page.goto(f"{url}/receipts/{receipt_id}")
                opened = time.time()
                beside.join()
                _compare(watch.seen, _shown(page), opened, stages, results)
                page.close()
            browser.close()
    _print("a stage", stages)
    _print("the result, fetched as a page", results)
    return 0 if max(stages) <= WANTED_S else 1


def _photo(number: int) -> bytes:
    stage = Stage(utc_now().date(), Dice(f"live/{number}"))
    lines = [own("OAT-OFO-18Z", 329 + number), other("Dovecote Whole Milk", 399 + number)]
    purchase = stage.purchase(f"live-{number}", "Larderline", "invoice", lines)
    return stage.picture(f"live-{number}", purchase, "invoice", kind=Kind.PHOTO).data


def _shown(page: Page) -> list[tuple[int, float]]:
    deadline = time.monotonic() + PATIENCE_S
    shown: list[tuple[int, float]] = []
    while not any(at == RESULT for at, _ in shown):
        if time.monotonic() > deadline:
            raise SystemExit(f"The page never showed the result: {page.url}")
        page.wait_for_timeout(50)
        shown = [(int(at), float(when)) for at, when in page.evaluate("shown")]
    return shown


def _compare(
    seen: Sequence[tuple[ReceiptState, float]],
    shown: Sequence[tuple[int, float]],
    opened: float,
    stages: list[float],
    results: list[float],
) -> None:
    """Each change since the page was open, and when the page first showed it or what came after it."""
    for state, stored in seen:
        if stored < opened:
            continue
        ended = state not in UNFINISHED
        wanted = RESULT if ended else STATE_WORDS[state].stage
        painted = min(when for at, when in shown if at >= wanted)
        (results if ended else stages).append(max(0.0, painted - stored))


def _print(what: str, took_s: Sequence[float]) -> None:
    slow = sorted(took_s)[int(0.95 * (len(took_s) - 1))]
    print(
        f"from the change to {what} on the screen: {1000 * median(took_s):.0f} ms median,"
        f" {1000 * slow:.0f} ms of the 95th in 100, {1000 * max(took_s):.0f} ms slowest, of {len(took_s)}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
