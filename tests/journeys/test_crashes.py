"""Kill -9 at every boundary: nothing is lost, nothing is paid twice.

The same receipts go through once undisturbed and once with a kill at every point that matters; the books,
claims and messages must come out the same. `pytest tests/journeys/test_crashes.py -s` prints the account.
"""

from __future__ import annotations

import datetime as dt
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from fixtures.core_service import Inbox
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from pipeline.relay import Relay
from pipeline.runner import run
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.submit import IncomingFile, submit
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import Programs
from receipts.identity import MemberId, ReceiptId
from receipts.submission import Channel
from tests.support.killed import API_POINTS, RELAY_POINTS, STAGE_POINTS
from tests.support.nursery import Child, Nursery
from tests.support.ready import make_ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
LEASE_S = 60
"""Long enough for a slow machine; a dead worker's runs out when a test says so. `test_serve` waits for it."""
AMERICAN_SHOPS = [shop for shop in SHOPS if shop.market == "us"]
TODAY = dt.datetime.now(dt.UTC).date()


@dataclass
class House:
    """A data folder, a database, and the program's processes on them."""

    wiring: Wiring
    folder: Path
    member: MemberId

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TILLPOINTS_DATA_DIR": str(self.folder),
            "TILLPOINTS_DATABASE_URL": self.wiring.settings.database_url,
            "TILLPOINTS_LEASE_S": str(LEASE_S),
            "TILLPOINTS_STAGE_TIMEOUT_S": str(LEASE_S - 1),
            "TILLPOINTS_SWEEP_QUIET_S": "1",
            "TILLPOINTS_MAX_ATTEMPTS": "20",
            "TILLPOINTS_LOG_LEVEL": "WARNING",
        }

    def killed(self, nursery: Nursery, point: str, *what: str) -> bool:
        """Run one process to its end; whether it was killed."""
        status = nursery.run(self.environment, point, *what)
        assert status in {0, -signal.SIGKILL}, f"{point} {what} ended with {status}"
        return status == -signal.SIGKILL

    def dead_leases_run_out(self) -> None:
        with self.wiring.database.write() as session:
            session.execute(
                text("UPDATE receipts SET lease_until = '2020-01-01 00:00:00' WHERE lease_until IS NOT NULL")
            )

    def send(self, number: int) -> ReceiptId:
        shop = AMERICAN_SHOPS[number % len(AMERICAN_SHOPS)]
        sample = draw_sample(f"crash-{number}", kind=Kind.PDF_TEXT, purchased_on=TODAY, shop=shop)
        path = self.folder / f"in-{number}.pdf"
        path.write_bytes(sample.data)
        submitted = submit(
            self.wiring,
            program_id=SAMPLE_PROGRAM.id,
            member_id=self.member,
            channel=Channel.UPLOAD,
            files=[IncomingFile(path, path.name, len(sample.data))],
        )
        return submitted.receipts[0].id

    def rows(self, sql: str) -> list[Any]:
        with self.wiring.database.read() as session:
            return list(session.execute(text(sql)).all())

    def finish(self, receipt: ReceiptId) -> str:
        """Let live workers take it up, the dead one's lease having run out."""
        self.dead_leases_run_out()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            state = str(self.rows(f"SELECT state FROM receipts WHERE id = '{receipt}'")[0][0])
            if state in {"awarded", "held", "declined", "rejected", "failed"}:
                return state
            run(self.wiring, receipt)
            time.sleep(0.1)
        pytest.fail(f"{receipt} never ended")

    def publish_all(self) -> None:
        while self.rows("SELECT count(*) FROM outbox WHERE kind = 'message'")[0][0]:
            Relay(self.wiring).relay_due()

    def books(self) -> dict[str, Any]:
        """What was paid and said, free of ids and times."""
        entries = "SELECT campaign_id, rule_id, points FROM ledger_entries ORDER BY 1, 2, 3"
        messages = "SELECT type FROM messages ORDER BY 1"
        claims = "SELECT purchase_key, line_key FROM claims ORDER BY 1, 2"
        states = "SELECT state FROM receipts ORDER BY 1"
        artefacts = "SELECT kind, revision FROM artefacts ORDER BY 1, 2"
        named = {
            "entries": entries,
            "messages": messages,
            "claims": claims,
            "states": states,
            "artefacts": artefacts,
        }
        return {name: [tuple(row) for row in self.rows(sql)] for name, sql in named.items()}

    def the_core_service_believes_the_books(self) -> None:
        """The example consumer, told every line of the published file, has each member's balance."""
        inbox = Inbox(self.folder / "core.db")
        for line in (self.folder / "messages.jsonl").read_bytes().splitlines():
            inbox.receive(line)
        gaps = inbox.gaps()
        believed = {member: sum(both) for member, both in inbox.balances().items() if sum(both)}
        inbox.close()
        assert gaps == []
        in_books = "SELECT member_id, sum(points) FROM ledger_entries GROUP BY member_id"
        assert believed == {member: int(points) for member, points in self.rows(in_books)}

    def feed(self) -> list[tuple[int, int]]:
        return [
            tuple(row)
            for row in self.rows("SELECT feed_position, sequence FROM messages ORDER BY feed_position")
        ]


def make_house(folder: Path, database_url: str) -> House:
    folder.mkdir()
    settings = Settings(
        data_dir=folder, database_url=database_url, lease_s=LEASE_S, stage_timeout_s=LEASE_S - 1
    )
    wiring = build(settings)
    make_ready(wiring)
    with wiring.database.read() as session:
        found = Programs(session).account_by_email(MAYA.email)
    assert found is not None
    assert found[0].member_id is not None
    return House(wiring, folder, found[0].member_id)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = make_house(tmp_path / "house", database_url)
    yield house
    house.wiring.close()


@pytest.fixture(scope="module")
def calm_books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The books after the same receipts with nobody killed."""
    folder = tmp_path_factory.mktemp("calm")
    calm = make_house(folder / "house", f"sqlite:///{folder / 'calm.db'}")
    for number in range(len(STAGE_POINTS)):
        calm.finish(calm.send(number))
    calm.publish_all()
    books = calm.books()
    calm.wiring.close()
    return books


def test_a_worker_killed_at_every_stage_boundary(
    house: House, nursery: Nursery, calm_books: dict[str, Any]
) -> None:
    for number, point in enumerate(STAGE_POINTS):
        receipt = house.send(number)
        assert house.killed(nursery, point, "run", receipt), f"{point} was never reached"
        house.finish(receipt)
    house.publish_all()
    ends = Counter(state for (state,) in house.books()["states"])
    print(f"\n{len(STAGE_POINTS)} kills of the worker at {', '.join(STAGE_POINTS)}: ends {dict(ends)}")
    assert house.books() == calm_books
    assert sum(points for *_, points in house.books()["entries"]) > 0
    house.the_core_service_believes_the_books()
    assert [position for position, _ in house.feed()] == list(range(1, len(STAGE_POINTS) + 1))
    assert sorted(sequence for _, sequence in house.feed()) == list(range(1, len(STAGE_POINTS) + 1))


def test_a_receipt_killed_at_every_point_in_turn(house: House, nursery: Nursery) -> None:
    receipt = house.send(7)
    kills = 0
    for point in STAGE_POINTS:
        kills += house.killed(nursery, point, "run", receipt)
        house.dead_leases_run_out()
    end = house.finish(receipt)
    print(f"\none receipt, {kills} kills on its way: {end}")
    assert kills >= len(STAGE_POINTS) - 4
    assert len(house.books()["messages"]) == 1
    assert end in {"awarded", "held", "declined"}


def test_a_relay_killed_while_it_sends(house: House, nursery: Nursery) -> None:
    receipt = house.send(3)
    kills = 0
    for point in ("relay:taken", "relay:rung", "relay:committed"):
        with house.wiring.database.write() as session:
            session.execute(text("UPDATE outbox SET not_before = '2020-01-01 00:00:00'"))
        kills += house.killed(nursery, point, "relay")
    house.finish(receipt)
    kills += house.killed(nursery, "relay:published", "relay")
    house.publish_all()
    lines = [json.loads(line) for line in (house.folder / "messages.jsonl").read_text().splitlines()]
    print(f"\n{kills} kills of the relay at {', '.join(RELAY_POINTS)}: {len(lines)} lines of 1 message")
    assert kills == len(RELAY_POINTS)
    assert len(lines) == 2, "once before the kill, once after: at least once, never less"
    assert len(house.books()["messages"]) == 1
    assert {(line["source"], line["id"]) for line in lines} == {(lines[0]["source"], lines[0]["id"])}
    assert [position for position, _ in house.feed()] == [1]
    house.the_core_service_believes_the_books()


@contextmanager
def serving(house: House, nursery: Nursery, point: str) -> Iterator[tuple[str, Child]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = nursery.start(house.environment, point, "api", str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/healthz", timeout=1).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url, process
    finally:
        process.kill()


def upload(url: str, data: bytes, key: str) -> httpx.Response:
    token = httpx.post(
        f"{url}/v1/tokens", json={"email": MAYA.email, "password": MAYA.password}, timeout=20
    ).json()["access_token"]
    return httpx.post(
        f"{url}/v1/submissions",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        files={"files": ("receipt.pdf", data, "application/pdf")},
        timeout=20,
    )


@pytest.mark.parametrize("point", API_POINTS)
def test_an_api_killed_while_it_takes_a_receipt_in(house: House, nursery: Nursery, point: str) -> None:
    data = draw_sample("crash-api", kind=Kind.PDF_TEXT, purchased_on=TODAY).data
    with serving(house, nursery, point) as (url, process):
        with pytest.raises(httpx.HTTPError):
            upload(url, data, "one-key")
        assert process.wait() == -signal.SIGKILL
    with serving(house, nursery, "never") as (url, _):
        deadline = time.monotonic() + 30
        answer = upload(url, data, "one-key")
        while answer.status_code == 409 and time.monotonic() < deadline:
            time.sleep(0.3)
            answer = upload(url, data, "one-key")
        again = upload(url, data, "one-key")
    assert answer.status_code == 202, answer.text
    assert again.json() == answer.json()
    receipts = house.rows("SELECT id, file_sha256 FROM receipts")
    print(f"\nkill of the API at {point}: the member's second try made {len(receipts)} receipt")
    assert len(receipts) == 1
    assert house.wiring.store.read_bytes(receipts[0][1]) == data
    assert house.finish(ReceiptId(receipts[0][0])) in {"awarded", "held", "declined"}
