"""`python -m bench screenshots`: a picture of every page and state, on a phone and on a desk.

    python -m bench screenshots                       starts a program of its own, with the demo's receipts
    python -m bench screenshots --url URL             of a program that runs, as it stands
    python -m bench screenshots --only member-        those whose name holds this

Pictures go to `.screens` (which git ignores) or where --out says. What is taken is listed in
`bench/screens/member.py`, `reviewer.py` and `manager.py`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import sync_playwright

from bench.screens import manager, member, reviewer
from bench.screens.shot import Shot
from bench.screens.states import make_states
from pipeline.sample import SampleAccount

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SHOTS: tuple[Shot, ...] = (*member.SHOTS, *reviewer.SHOTS, *manager.SHOTS)
SIZES = {390: 844, 1440: 900}
START_WITHIN_S = 120.0
STOP_WITHIN_S = 20.0
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_program(*, demo: bool, kept_in: Path | None = None) -> Iterator[str]:
    """A program of its own on a free port, after its demo where that is wanted."""
    with tempfile.TemporaryDirectory(prefix="tillpoints-screens-") as ours:
        folder = ours if kept_in is None else str(kept_in)
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "TILLPOINTS_DATA_DIR": folder,
            "TILLPOINTS_PORT": str(port),
            "TILLPOINTS_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "pipeline.cli"]
        serving = subprocess.Popen([*command, "serve", "--sample", "--sample-doors"], env=environment)  # noqa: S603
        try:
            _wait(url, serving)
            if demo:
                _send_demo(command, environment)
                make_states(url)
            yield url
        finally:
            serving.terminate()
            try:
                serving.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                serving.kill()


def _send_demo(command: list[str], environment: dict[str, str]) -> None:
    print("Sending the demo's receipts, which takes a minute or two")
    sent = subprocess.run(  # noqa: S603
        [*command, "demo"], env=environment, check=False, capture_output=True, text=True
    )
    if sent.returncode != 0:
        print(sent.stdout[-2000:], sent.stderr[-2000:], sep="\n")


def _wait(url: str, serving: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and serving.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise SystemExit(f"The program did not start on {url}: see what it said above.")


def sign_in(context: BrowserContext, url: str, who: SampleAccount) -> None:
    """Sign in at a page of its own, for all pages of the context."""
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.locator("input[name=email]").fill(who.email)
    page.locator("input[name=password]").fill(who.password)
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()
    page.close()


def _take(page: Page, url: str, shot: Shot, file: Path) -> str:
    """What went wrong; empty where the picture was taken."""
    page.emulate_media(color_scheme="dark" if shot.dark else "light")
    page.goto(url + shot.path)
    if shot.follow:
        link = page.locator(shot.follow).first
        if link.count() == 0:
            return f"no link {shot.follow} on {shot.path}"
        page.goto(url + (link.get_attribute("href") or ""))
    if shot.rtl:
        page.evaluate("document.documentElement.dir = 'rtl'")
    try:
        shot.act(page)
    except LookupError as missing:
        return str(missing)
    page.screenshot(path=file, full_page=True)
    overhang = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return f"{overhang} px wider than the screen" if overhang > 0 else ""


def _take_all(browser: Browser, url: str, out: Path, only: str) -> int:
    wrong = 0
    for width, height in SIZES.items():
        contexts: dict[str, BrowserContext] = {}
        for shot in (each for each in SHOTS if only in each.name):
            who = "" if shot.who is None else shot.who.email
            if who not in contexts:
                contexts[who] = browser.new_context(viewport={"width": width, "height": height})
                if shot.who is not None:
                    sign_in(contexts[who], url, shot.who)
            page = contexts[who].new_page()
            said = _take(page, url, shot, out / f"{width}-{shot.name}.png")
            page.close()
            wrong += bool(said)
            print(f"{width:5} {shot.name:32} {said}")
        for context in contexts.values():
            context.close()
    return wrong


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description="Take a picture of every page and state.")
    parser.add_argument("--url", help="of a program that runs with the sample; one is started if not given")
    parser.add_argument("--out", type=Path, default=Path(".screens"))
    parser.add_argument("--only", default="", help="take those whose name holds this")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("No Chromium: run `apt-get install chromium`.")
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        if options.url:
            wrong = _take_all(browser, options.url, options.out, options.only)
        else:
            with running_program(demo=True) as url:
                wrong = _take_all(browser, url, options.out, options.only)
        browser.close()
    print(f"Pictures are in {options.out}; {wrong} with something to look into.")


if __name__ == "__main__":
    main()
