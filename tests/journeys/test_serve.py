"""`tillpoints serve` as an operator runs it, with kill -9 at any moment, to any of its processes."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import create_engine, text

from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from pipeline.sample import CORE, MAYA, SAMPLE_PROGRAM
from tests.support.core import core_service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

RECEIPTS = 8
KILLS = 8
UNFINISHED = "SELECT count(*) FROM receipts WHERE state NOT IN ('awarded', 'held', 'declined')"
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE kind = 'message'"
AMERICAN_SHOPS = [shop for shop in SHOPS if shop.market == "us"]


@dataclass
class Running:
    process: psutil.Process
    url: str
    folder: Path

    def token(self, email: str, password: str) -> dict[str, str]:
        answer = self.again(
            lambda client: client.post("/v1/tokens", json={"email": email, "password": password})
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def again(self, ask: Any) -> httpx.Response:
        """Ask until there is an answer: the API may be dead at this moment, as it may be on any day."""
        deadline = time.monotonic() + 120
        while True:
            try:
                with httpx.Client(base_url=self.url, timeout=20) as client:
                    answer: httpx.Response = ask(client)
                if answer.status_code != 409 and answer.status_code < 500:
                    return answer
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, "no answer within two minutes"
            time.sleep(0.3)

    def rows(self, sql: str) -> list[Any]:
        engine = create_engine(f"sqlite:///{self.folder / 'tillpoints.db'}")
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql))]
        finally:
            engine.dispose()


@contextmanager
def serving(folder: Path, more: dict[str, str] | None = None) -> Iterator[Running]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "TILLPOINTS_DATA_DIR": str(folder),
        "TILLPOINTS_PORT": str(port),
        "TILLPOINTS_LEASE_S": "8",
        "TILLPOINTS_STAGE_TIMEOUT_S": "7",
        "TILLPOINTS_SWEEP_QUIET_S": "2",
        "TILLPOINTS_MAX_ATTEMPTS": "50",
        "TILLPOINTS_LOG_LEVEL": "ERROR",
        "TILLPOINTS_WORKER_PROCESSES": "2",
        **(more or {}),
    }
    process = subprocess.Popen([sys.executable, "-m", "pipeline.cli", "serve", "--sample"], env=environment)
    running = Running(psutil.Process(process.pid), f"http://127.0.0.1:{port}", folder)
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{running.url}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            assert process.poll() is None, "serve ended by itself"
            time.sleep(0.3)
        yield running
    finally:
        family = running.process.children(recursive=True) if process.poll() is None else []
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        for straggler in family:
            if straggler.is_running():
                straggler.kill()


def test_kills_at_any_moment_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    dice = random.Random(20261122)
    with (
        core_service(tmp_path / "core", SAMPLE_PROGRAM.id) as loyalty,
        serving(tmp_path / "data", {"TILLPOINTS_PUBLISHERS_FILE": str(loyalty.publishers)}) as running,
    ):
        maya = running.token(MAYA.email, MAYA.password)
        killed: list[str] = []
        done = threading.Event()

        def kill_now_and_then() -> None:
            while len(killed) < KILLS and not done.wait(dice.uniform(0.5, 2.5)):
                family = running.process.children(recursive=True)
                if not family:
                    continue
                victim = dice.choice(family)
                try:
                    words = victim.cmdline()
                    victim.send_signal(signal.SIGKILL)
                except psutil.NoSuchProcess:
                    continue
                killed.append(next((word for word in words if word in {"api", "worker", "relay"}), "pool"))

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        sent = []
        for number in range(RECEIPTS):
            shop = AMERICAN_SHOPS[number % len(AMERICAN_SHOPS)]
            data = draw_sample(f"serve-{number}", kind=Kind.PDF_TEXT, purchased_on=today, shop=shop).data
            answer = running.again(
                lambda client, data=data, number=number: client.post(
                    "/v1/submissions",
                    headers={**maya, "Idempotency-Key": f"upload-{number}"},
                    files={"files": ("receipt.pdf", data, "application/pdf")},
                )
            )
            assert answer.status_code == 202, answer.text
            sent.append(answer.json()["receipts"][0]["id"])
        killer.join()
        done.set()
        deadline = time.monotonic() + 150
        while running.rows(UNFINISHED)[0][0] or running.rows(UNPUBLISHED)[0][0]:
            assert time.monotonic() < deadline, running.rows("SELECT id, state, attempts FROM receipts")
            time.sleep(0.5)
        while loyalty.received() < RECEIPTS:
            assert time.monotonic() < deadline, "the core loyalty service has not heard of every receipt"
            time.sleep(0.5)
        believed = loyalty.points()
        core = running.token(CORE.email, CORE.password)
        feed = running.again(lambda client: client.get("/v1/messages", headers=core)).json()
    states = dict(running.rows("SELECT state, count(*) FROM receipts GROUP BY state"))
    print(f"\n{len(killed)} kills ({', '.join(killed)}) while {RECEIPTS} receipts went in: {states}")
    assert len(killed) == KILLS
    assert sorted(sent) == sorted(i for (i,) in running.rows("SELECT id FROM receipts"))
    assert len(running.rows("SELECT id FROM messages")) == RECEIPTS
    assert running.rows("SELECT feed_position FROM messages ORDER BY 1") == [
        (n,) for n in range(1, RECEIPTS + 1)
    ]
    assert running.rows("SELECT sequence FROM messages ORDER BY 1") == [(n,) for n in range(1, RECEIPTS + 1)]
    paid = running.rows("SELECT coalesce(sum(points), 0) FROM ledger_entries")
    assert paid == running.rows("SELECT coalesce(sum(points), 0) FROM receipts")
    assert paid[0][0] > 0
    in_books = "SELECT member_id, sum(points) FROM ledger_entries GROUP BY member_id"
    assert believed == dict(running.rows(in_books))
    assert running.rows("SELECT count(*) FROM artefacts WHERE revision > 1") == [(0,)], (
        "no stage's result counted twice"
    )
    assert len(feed["events"]) == RECEIPTS


def test_when_serve_is_killed_its_processes_follow(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as running:
        family = running.process.children(recursive=True)
        assert len(family) >= 5, "api, relay, two workers and what looks after them"
        running.process.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == [], "they would hold the port and the mailbox of the next start"
