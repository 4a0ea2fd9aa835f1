"""One receipt that two members send at one instant, to two workers, is paid once.

Both receipts stand read in the store of readings, so that a race costs the database's time and nothing else.
Each worker is a process's own wiring with connections of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from fixtures.scenarios.stage import other, own
from ocr.document import ReadDefaults, Reading, read_document
from pipeline.clock import day_in, utc_now
from pipeline.mail_reading import PartRead
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.steps import read
from pipeline.wiring import Wiring, build
from receipts.database.repositories.intake import Intake, NewReceipt
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, ReceiptId, SubmissionId, new_member_id, new_submission_id
from receipts.image import Accepted, MediaType
from receipts.money import Money, currency
from receipts.state import ReceiptState
from receipts.submission import Channel, Submission
from tests.support.ready import make_ready

RACES = 200
AT_ONCE = 20
"""Races of one test: on a busy machine all of them would take longer than a test may."""
OWN_RACES = 10
PRICE_STEP_MINOR = 37
"""The stranger costs something else in each race: equal baskets minutes apart are looked at by a person."""
WITHIN_S = 150


@pytest.fixture
def workers(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Wiring, Wiring]]:
    settings = Settings(data_dir=tmp_path / "data", database_url=postgres_url)
    first = build(settings)
    make_ready(first)
    second = build(settings)
    for each in (first, second):
        each.catalog_index(SAMPLE_PROGRAM.id)  # opened beforehand: this is no race of who builds it
    yield first, second
    first.close()
    second.close()


def till_receipt() -> Reading:
    """The reading that all races start from: two products of the program and one stranger."""
    lines = (own("OAT-OFO-18Z", 329), own("OAT-OFO-18Z", 329), other("Dovecote Whole Milk", 399))
    day = day_in(SAMPLE_PROGRAM.time_zone, utc_now()) - timedelta(days=1)
    bought = ring_up(
        shop("Dollar Lantern"), lines, habits=LAYOUTS["sections"].habits, date=day, dice=Dice("race")
    )
    data = draw_sample("race", kind=Kind.PDF_TEXT, purchased_on=day, purchase=bought, layout="sections").data

    def no_engine() -> object:
        raise AssertionError("a PDF with text needs no engine")

    defaults = ReadDefaults(currency=currency("USD"))
    found = read_document(data, MediaType.PDF, engine=no_engine, defaults=defaults)  # type: ignore[arg-type]
    assert isinstance(found, tuple)
    return found[0]


class Races:
    """Purchases that each come twice; what a worker reads is found by the stored original."""

    def __init__(self, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
        self._wiring, self._reading = wiring, till_receipt()
        self._readings: dict[bytes, Reading] = {}
        monkeypatch.setattr(read, "read_parts", lambda data, *_, **__: (PartRead(self._readings[data]),))

    def members(self, count: int) -> list[MemberId]:
        """New ones: nobody sends more receipts on one day than pass without a person."""
        made = [new_member_id() for _ in range(count)]
        with self._wiring.database.write() as session:
            for member in made:
                ProgramData(session, SAMPLE_PROGRAM.id).add_member(member, "Racer", utc_now())
        return made

    def sent(self, race: int, member: MemberId, channel: Channel) -> ReceiptId:
        """The purchase of that race as this member sends it through this channel: bytes of its own."""
        content = f"{race} {member} {channel.value}".encode()
        read, more = self._reading.receipt, Money(PRICE_STEP_MINOR * race, self._reading.receipt.currency)
        assert read.total is not None
        *items, stranger = read.items
        receipt = replace(
            read,
            receipt_number=f"{7_000_000 + 1009 * race}",
            numbers=(),
            time=time(8 + race // 60, race % 60, 11),
            total=read.total + more,
            subtotal=None if read.subtotal is None else read.subtotal + more,
            items=(*items, replace(stranger, amount=stranger.amount + more)),
        )
        self._readings[content] = replace(self._reading, receipt=receipt)
        sha256 = self._wiring.store.put_bytes(content)
        now = utc_now()
        submission = Submission(SubmissionId(new_submission_id()), SAMPLE_PROGRAM.id, member, channel, now)
        accepted = Accepted(sha256, MediaType.PDF, len(content), None, None, 1)
        with self._wiring.database.write() as session:
            intake = Intake(session, SAMPLE_PROGRAM.id, now)
            (receipt_id,) = intake.add(submission, [NewReceipt("a.pdf", len(content), sha256, accepted)])
        return receipt_id


def at_once(workers: tuple[Wiring, Wiring], pairs: list[tuple[ReceiptId, ReceiptId]]) -> None:
    """Each pair's receipts at one instant, one through each worker."""
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def work(wiring: Wiring, mine: Callable[[tuple[ReceiptId, ReceiptId]], ReceiptId]) -> None:
        try:
            for pair in pairs:
                start.wait(WITHIN_S)
                run(wiring, mine(pair))
        except BaseException as fault:  # noqa: BLE001 - told by the test's own thread
            faults.append(fault)
            start.abort()

    threads = [
        threading.Thread(target=work, args=(wiring, lambda pair, place=place: pair[place]))
        for place, wiring in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_S)
    assert not faults, faults[0]


def ends(wiring: Wiring, pairs: list[tuple[ReceiptId, ReceiptId]]) -> list[tuple[str, ...]]:
    """Where both receipts of each pair stand, in the order of their names."""
    with wiring.database.read() as session:
        rows = session.execute(text("SELECT id, state, failure FROM receipts")).all()
    assert [row.failure for row in rows if row.state == ReceiptState.FAILED.value] == []
    states = {row.id: row.state for row in rows}
    return [tuple(sorted(states[each] for each in pair)) for pair in pairs]


def paid(wiring: Wiring) -> list[int]:
    """Points of each purchase, over both of its receipts."""
    sql = """SELECT sum(e.points) AS points FROM ledger_entries e JOIN receipts r ON r.id = e.receipt_id
             GROUP BY r.purchase_key"""
    with wiring.database.read() as session:
        return [int(row.points) for row in session.execute(text(sql))]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, RACES, AT_ONCE))
def test_two_members_who_send_one_receipt_at_one_instant_are_paid_once(
    workers: tuple[Wiring, Wiring], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    races = Races(workers[0], monkeypatch)
    pairs = []
    members = iter(races.members(2 * AT_ONCE))
    for race in range(first, first + AT_ONCE):
        # The one who sent first is not always the first worker's.
        ids = [races.sent(race, member, Channel.UPLOAD) for member in (next(members), next(members))]
        pairs.append((ids[race % 2], ids[1 - race % 2]))
    at_once(workers, pairs)
    awarded = ReceiptState.AWARDED.value
    # The other waits for a person, or earns nothing where all its lines were paid before it was decided.
    others = {ReceiptState.HELD.value, ReceiptState.DECLINED.value}
    for states in ends(workers[0], pairs):
        assert states[0] == awarded
        assert states[1] in others
    points = paid(workers[0])
    assert len(points) == AT_ONCE
    assert len(set(points)) == 1


def test_one_member_with_two_channels_at_one_instant_is_paid_once(
    workers: tuple[Wiring, Wiring], monkeypatch: pytest.MonkeyPatch
) -> None:
    races = Races(workers[0], monkeypatch)
    pairs = [
        (races.sent(race, member, Channel.UPLOAD), races.sent(race, member, Channel.EMAIL))
        for race, member in enumerate(races.members(OWN_RACES))
    ]
    at_once(workers, pairs)
    awarded, declined = ReceiptState.AWARDED.value, ReceiptState.DECLINED.value
    assert set(ends(workers[0], pairs)) == {(awarded, declined)}, "nobody is held for a purchase of their own"
    points = paid(workers[0])
    assert len(points) == OWN_RACES
    assert len(set(points)) == 1
