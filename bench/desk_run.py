"""How fast a reviewer gets through cases by keyboard alone, in a real browser, at the speed of human hands.

Run by `python -m bench desk`. It starts the program, sends held purchases of a member, and decides them as a
practised reviewer would: looks at the case (a fixed time that stands for reading it), walks the lines, and
presses keys 150 to 250 ms apart. It prints decisions a minute with and without the time of looking, presses
a case, and how long the next case takes to show. What a person needs to make up their mind is not measured.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Page, sync_playwright

from bench.screens.__main__ import FLAGS, running_program, sign_in
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from fixtures.scenarios.stage import other, own
from pipeline.clock import utc_now
from pipeline.sample import MAYA, RUTH

CASES = 16
KEY_S = (0.150, 0.250)
LOOK_S = 2.0
"""A guess, said in the output: nobody was timed."""
LONG_AGO_DAYS = 90
WAIT_S = 180.0
UNDO_EVERY = 8
DECLINE_EVERY = 4
MILLIS = 1000.0
SECONDS = 60.0


def main() -> int:
    """Send, decide, print."""
    path = shutil.which("chromium")
    if path is None:
        print("No Chromium: run `apt-get install chromium`", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, running_program(demo=False) as url:
        _send(url, Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            sign_in(context, url, RUTH)
            _run(context.new_page(), url)
            browser.close()
    return 0


def _send(url: str, folder: Path) -> None:
    asked = {"email": MAYA.email, "password": MAYA.password}
    token = httpx.post(f"{url}/v1/tokens", json=asked).json()["access_token"]
    day = utc_now().date().fromordinal(utc_now().date().toordinal() - LONG_AGO_DAYS)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        sent = []
        for number in range(CASES):
            name = f"desk-{number}"
            lines = [own("OAT-OFO-18Z", 329 + number), other("Dovecote Whole Milk", 399 + number)]
            habits = LAYOUTS["sections"].habits
            purchase = ring_up(shop("Dollar Lantern"), lines, habits=habits, date=day, dice=Dice(name))
            sample = draw_sample(
                name, kind=Kind.PDF_TEXT, purchased_on=day, purchase=purchase, layout="sections"
            )
            file = folder / f"{name}.pdf"
            file.write_bytes(sample.data)
            answer = http.post("/v1/submissions", files=[("files", (file.name, sample.data))])
            sent.append(answer.raise_for_status().json()["id"])
        deadline = time.monotonic() + WAIT_S
        for each in sent:
            while http.get(f"/v1/submissions/{each}").json()["receipts"][0]["state"] != "held":
                if time.monotonic() > deadline:
                    raise SystemExit("The receipts were not held in time: see what the program said above.")
                time.sleep(0.5)


class _Hands:
    """Presses keys as far apart as a person does, and counts them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._apart = random.Random(8)  # noqa: S311  (pauses, not secrets)
        self.presses = 0
        self.spent_s = 0.0

    def press(self, *keys: str) -> None:
        for key in keys:
            pause_s = self._apart.uniform(*KEY_S)
            time.sleep(pause_s)
            self.spent_s += pause_s
            self._page.keyboard.press(key)
            self.presses += 1


def _run(page: Page, url: str) -> None:
    hands, shown = _Hands(page), []
    page.goto(f"{url}/review")
    began = time.perf_counter()
    hands.press("Enter")
    page.wait_for_url("**/review/rev_*")
    decided = looks = 0
    while decided < CASES:
        looks += 1
        time.sleep(LOOK_S)
        hands.press("j", "j")
        before, at = page.url, time.perf_counter()
        if looks % DECLINE_EVERY == 0:
            hands.press("d", *"too old", "Escape")
            at = time.perf_counter()
            hands.press("d")
        else:
            hands.press("a")
            at = time.perf_counter()
        page.wait_for_url(lambda address, before=before: address != before)  # type: ignore[misc]
        page.wait_for_load_state("domcontentloaded")
        shown.append(time.perf_counter() - at)
        decided += 1
        if decided % UNDO_EVERY == 0:
            hands.press("u")
            page.wait_for_url(before)
            decided -= 1 if looks < CASES else 0
    _print(time.perf_counter() - began, looks, decided, hands, shown)


def _print(spent_s: float, looks: int, decided: int, hands: _Hands, shown: list[float]) -> None:
    without_s = spent_s - looks * LOOK_S
    print(f"{decided} cases decided with {hands.presses} presses in {spent_s:.0f} s")
    print(f"decisions a minute, {LOOK_S:g} s of looking at each (assumed): {SECONDS * decided / spent_s:.1f}")
    print(f"decisions a minute without that: {SECONDS * decided / without_s:.1f}")
    print(f"presses a case: {hands.presses / decided:.1f}")
    print(
        f"from the deciding key to the next case: {MILLIS * median(shown):.0f} ms median,"
        f" {MILLIS * max(shown):.0f} ms slowest"
    )


if __name__ == "__main__":
    raise SystemExit(main())
