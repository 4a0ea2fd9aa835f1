"""The whole program running as a person starts it, and a real browser in front of it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from fixtures.doors.plan import DoorsPlan, load_plan
from fixtures.generator.dice import Dice
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, other, own
from pipeline.sample import ADA, SAMPLE_PROGRAM
from tests.api.conftest import World, a_world
from tests.browser.hands import Hands
from tests.support.oidc_provider import CLIENT, SECRET, SmallProvider, small_provider

TODAY = dt.datetime.now(dt.UTC).date()
START_TIMEOUT_S = 120
RESULT_TIMEOUT_MS = 120_000
"""One receipt takes seconds; a busy machine with one core takes many times that."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Program:
    """The running program, with a mail server and a text provider on this machine."""

    url: str
    plan: DoorsPlan
    there: SmallProvider


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("program")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log, small_provider() as there:
        environment = {
            **os.environ,
            "TILLPOINTS_DATA_DIR": str(folder / "data"),
            "TILLPOINTS_PORT": str(port),
            "TILLPOINTS_OIDC_ISSUER": there.issuer,
            "TILLPOINTS_OIDC_CLIENT_ID": CLIENT,
            "TILLPOINTS_OIDC_CLIENT_SECRET": SECRET,
            "TILLPOINTS_OIDC_PROGRAMS": SAMPLE_PROGRAM.id,
            "TILLPOINTS_OIDC_PRIVATE_HOSTS": "localhost",
            "TILLPOINTS_OIDC_NAME": "Acme",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "serve", "--sample", "--sample-doors"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(url, process, folder / "log")
            _undo_for(url, 3)
            plan = load_plan(folder / "data" / "sample")
            assert plan is not None
            yield Program(url, plan, there)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _undo_for(url: str, seconds: int) -> None:
    """A minute, as it comes, is long for a test."""
    asked = {"email": ADA.email, "password": ADA.password}
    token = httpx.post(f"{url}/v1/tokens", json=asked, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    httpx.put(f"{url}/v1/review-terms", json={"undo_s": seconds}, headers=headers).raise_for_status()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(
        f"the program was not ready in {START_TIMEOUT_S} s:\n{log.read_text(errors='replace')}"
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no Chromium: run `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One person at one browser, and all that went wrong in it."""

    page: Page
    context: BrowserContext
    url: str
    complaints: list[str]
    elsewhere: tuple[str, ...] = ()
    """Other addresses that this visit leads to."""

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, email: str, password: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()


@pytest.fixture
def visit(program: Program, chromium: Browser) -> Iterator[object]:
    """Makes visitors; at the end none of their pages may have failed, or asked another host for anything."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(elsewhere: tuple[str, ...] = (), **options: object) -> Visitor:
        context = chromium.new_context(**{"viewport": PHONE, **options})
        page = context.new_page()
        visitor = Visitor(page, context, program.url, [], elsewhere)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("request", lambda asked: _note_foreign(visitor, asked.url))
        page.on("console", lambda said: _note_policy(visitor, said.text))
        contexts.append(context)
        visitors.append(visitor)
        return visitor

    yield make
    for context in contexts:
        context.close()
    assert [each.complaints for each in visitors] == [[] for _ in visitors]


def _note_foreign(visitor: Visitor, url: str) -> None:
    if not url.startswith((visitor.url, "blob:", "data:", *visitor.elsewhere)):
        visitor.complaints.append(f"asked another host: {url}")


def _note_policy(visitor: Visitor, said: str) -> None:
    if "Content Security Policy" in said:
        visitor.complaints.append(said)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What axe-core finds wrong on the page as it stands, a line for each place: `assert axe(page) == []`."""
    runner = Axe()

    def findings(page: Page) -> list[str]:
        found = runner.run(page).response["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]

    return findings


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Draws a phone's photo of a purchase like no other: our chips for 11.99 and somebody's coffee."""
    folder = tmp_path_factory.mktemp("photos")

    def draw(name: str, *, day: dt.date = TODAY) -> Path:
        stage = Stage(day, Dice(f"browser/{name}"))
        lines = [own("KTW-MTM-26Z", 1199), other("Northbank Ground Coffee", 899)]
        purchase = stage.purchase(name, "Larderline", "invoice", lines)
        sample = stage.picture(name, purchase, "invoice", kind=Kind.PHOTO)
        path = folder / f"{name}.jpg"
        path.write_bytes(sample.data)
        return path

    return draw


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A program in this process, whose states the tests make themselves."""
    with a_world(tmp_path_factory.mktemp("keys")) as house:
        yield house


@pytest.fixture
def at_keys(house: World, chromium: Browser) -> Iterator[Callable[..., Hands]]:
    """Makes people who have a keyboard only; at the end no stop of theirs may have had a fault."""
    made: list[tuple[BrowserContext, Hands]] = []

    def sit_down(width: int, **options: Any) -> Hands:
        height = 844 if width < 600 else 900
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        made.append((context, Hands(context.new_page(), house.app)))
        return made[-1][1]

    yield sit_down
    for context, _ in made:
        context.close()
    assert sorted(fault for _, hands in made for fault in hands.faults) == []
    assert not any("mouse" in hands.did for _, hands in made)
