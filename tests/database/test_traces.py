"""Counts in sliding windows: right whichever worker comes first, of their own program, deleted in time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from sqlalchemy import text

from awarding.fraud.repeats import BESIDE_REPEATS, REPEAT_CHECKS
from receipts.database.engine import Database
from receipts.database.repositories.intake import Intake, NewReceipt
from receipts.database.repositories.traces import Traces, count_traces, expire_traces, waited_only
from receipts.database.repositories.witnesses import KEPT_MOST, KEPT_OF_A_MEMBER, Witnesses
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, SubmissionId, new_submission_id
from receipts.image import Accepted, MediaType
from receipts.submission import Channel, Submission
from receipts.traces import Trace, TraceKind

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DEVICE = Trace(TraceKind.DEVICE, "d" * 32)
NETWORK = Trace(TraceKind.NETWORK, "e" * 32)
CARD = Trace(TraceKind.CARD, "c" * 32)
MONTH = timedelta(days=30)


class World(Protocol):
    """The fixture of this folder."""

    database: Database
    mill: ProgramId
    forge: ProgramId
    ann: MemberId
    bob: MemberId
    eve: MemberId


@dataclass(frozen=True)
class Sent:
    id: ReceiptId
    number: int


def send(
    world: World,
    member: MemberId,
    *traces: Trace,
    at: datetime = NOW,
    program: ProgramId | None = None,
) -> Sent:
    """One receipt with its traces, as the door takes it in."""
    program = program or world.mill
    sha256 = Sha256("ab" * 32)
    submission = Submission(SubmissionId(new_submission_id()), program, member, Channel.UPLOAD, at)
    accepted = Accepted(sha256, MediaType.JPEG, 1000, 800, 1200, 1)
    with world.database.write() as session:
        kept = Traces(session, program)
        kept.take_turns(member, traces)
        (receipt,) = Intake(session, program, NOW).add(submission, [NewReceipt("a.jpg", 1, sha256, accepted)])
        kept.keep([receipt], traces)
    with world.database.read() as session:
        number = session.execute(text("SELECT number FROM receipts WHERE id = :id"), {"id": receipt}).scalar()
    assert isinstance(number, int)
    return Sent(receipt, number)


def seen(world: World, trace: Trace, sent: Sent, *, at: datetime = NOW) -> list[MemberId]:
    with world.database.read() as session:
        rows = Traces(session, world.mill).seen(trace, before=sent.number, since=at - MONTH)
    return [row.member_id for row in rows]


def test_receipts_of_one_hash_are_seen_latest_first_within_the_window(world: World) -> None:
    send(world, world.ann, DEVICE, at=NOW - MONTH)
    send(world, world.ann, DEVICE, NETWORK, at=NOW - MONTH + timedelta(seconds=1))
    send(world, world.bob, DEVICE)
    send(world, world.bob, NETWORK)
    last = send(world, world.ann, DEVICE)
    send(world, world.bob, DEVICE)
    assert seen(world, DEVICE, last) == [world.bob, world.ann]
    assert seen(world, NETWORK, last) == [world.bob, world.ann]


def test_another_programs_receipts_are_not_seen(world: World) -> None:
    send(world, world.eve, DEVICE, program=world.forge)
    assert seen(world, DEVICE, send(world, world.ann, DEVICE)) == []


def test_of_two_cards_read_at_once_the_later_one_sees_the_other(world: World) -> None:
    """Cards are known in the order of reading, and not of submission."""
    first, second = send(world, world.ann), send(world, world.bob)
    with world.database.write() as session:
        Traces(session, world.mill).keep([second.id], [CARD])
    assert seen(world, CARD, second) == []
    with world.database.write() as session:
        Traces(session, world.mill).keep([first.id], [CARD])
    assert seen(world, CARD, first) == [world.bob]


def test_a_kind_that_a_receipt_has_stays_as_it_is(world: World) -> None:
    sent = send(world, world.ann, DEVICE)
    with world.database.write() as session:
        traces = Traces(session, world.mill)
        traces.keep([sent.id], [Trace(TraceKind.DEVICE, "f" * 32), CARD])
        assert set(traces.of(sent.number)) == {DEVICE, CARD}
        traces.forget(sent.number)
        assert traces.of(sent.number) == ()


def test_traces_are_deleted_once_their_time_is_over(world: World) -> None:
    old = [send(world, world.ann, DEVICE, NETWORK, at=NOW - timedelta(days=36)) for _ in range(3)]
    send(world, world.ann, DEVICE, at=NOW - timedelta(days=34))
    before = NOW - timedelta(days=35)
    with world.database.write() as session:
        assert expire_traces(session, before=before, limit=4) == 4
    with world.database.write() as session:
        assert expire_traces(session, before=before, limit=4) == 2
        assert expire_traces(session, before=before, limit=4) == 0
        assert count_traces(session) == 1
        assert all(Traces(session, world.mill).of(sent.number) == () for sent in old)


def test_a_member_is_counted_without_what_could_not_be_read(world: World) -> None:
    first = send(world, world.ann)
    send(world, world.bob)
    second = send(world, world.ann)
    last = send(world, world.ann)
    with world.database.write() as session:
        session.execute(
            text("UPDATE receipts SET state = 'rejected', rejection_code = 'blurred' WHERE id = :id"),
            {"id": first.id},
        )
    with world.database.read() as session:
        rows = Traces(session, world.mill).sent_by(world.ann, before=last.number, since=NOW - MONTH)
    assert [row.number for row in rows] == [second.number]


THREADS, EACH = 4, 5


def test_however_many_send_at_once_each_has_its_own_place_in_the_count(world: World) -> None:
    """Two workers that count at the same time never both think themselves within the limit.

    Each sends and counts at once, while the others do: the counts are 0, 1, 2, ... with none twice.
    """
    counts: list[int] = []
    start = threading.Barrier(THREADS)

    def work() -> None:
        start.wait(30)
        for _ in range(EACH):
            sent = send(world, world.ann, DEVICE, NETWORK)
            counts.append(len(seen(world, DEVICE, sent)))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(counts) == list(range(THREADS * EACH))


def test_numbers_of_one_device_are_given_in_the_order_of_commits(world: World) -> None:
    """The first to come is slow to commit: the second waits, and does not overtake it."""
    has_turn, second_counted = threading.Event(), threading.Event()
    counted: list[int] = []

    def second() -> None:
        has_turn.wait(30)
        sent = send(world, world.bob, DEVICE)
        counted.append(len(seen(world, DEVICE, sent)))
        second_counted.set()

    other = threading.Thread(target=second)
    other.start()
    accepted = Accepted(Sha256("ab" * 32), MediaType.JPEG, 1000, 800, 1200, 1)
    submission = Submission(SubmissionId(new_submission_id()), world.mill, world.ann, Channel.UPLOAD, NOW)
    with world.database.write() as session:
        kept = Traces(session, world.mill)
        kept.take_turns(world.ann, [DEVICE])
        new = [NewReceipt("a.jpg", 1, accepted.sha256, accepted)]
        receipts = Intake(session, world.mill, NOW).add(submission, new)
        kept.keep(receipts, [DEVICE])
        has_turn.set()
        assert not second_counted.wait(0.3), "it counted without the one before it"
    other.join(30)
    assert counted == [1]


# How a retailer's receipts look


def add(
    world: World, sent: Sent, member: MemberId, traits: tuple[str, ...], key: str = "paper billa"
) -> None:
    with world.database.write() as session:
        Witnesses(session, world.mill).add(key, receipt_id=sent.id, member_id=member, traits=traits, now=NOW)


def paid(world: World, sent: Sent, state: str = "awarded") -> None:
    with world.database.write() as session:
        session.execute(
            text("UPDATE receipts SET state = :state WHERE id = :id"), {"state": state, "id": sent.id}
        )


def test_only_paid_receipts_are_witnesses_and_few_of_one_member(world: World) -> None:
    for number in range(KEPT_OF_A_MEMBER + 1):
        sent = send(world, world.ann)
        paid(world, sent)
        add(world, sent, world.ann, (f"head:{number}",))
        add(world, sent, world.ann, ("head:again",))
    unpaid, elsewhere = send(world, world.bob), send(world, world.bob)
    paid(world, elsewhere)
    add(world, unpaid, world.bob, ("head:unpaid",))
    add(world, elsewhere, world.bob, ("head:elsewhere",), key="paper spar")
    with world.database.read() as session:
        found = Witnesses(session, world.mill).of("paper billa")
        assert [each.traits for each in found] == [("head:2",), ("head:1",), ("head:0",)]
        assert Witnesses(session, world.forge).of("paper billa") == ()


def test_the_newest_witnesses_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("receipts.database.repositories.witnesses.KEPT_OF_A_MEMBER", KEPT_MOST + 9)
    monkeypatch.setattr("receipts.database.repositories.witnesses.KEPT_MOST", 4)
    for number in range(6):
        sent = send(world, world.ann)
        paid(world, sent)
        add(world, sent, world.ann, (f"head:{number}",))
    with world.database.read() as session:
        found = Witnesses(session, world.mill).of("paper billa")
        assert session.execute(text("SELECT count(*) FROM retailer_witnesses")).scalar() == 4
    assert [each.traits for each in found] == [(f"head:{number}",) for number in (5, 4, 3, 2)]


@pytest.mark.parametrize(
    ("codes", "counts"),
    [
        (("same_bytes",), False),
        (("same_purchase", "same_picture"), False),
        (("same_picture",), True),
        (("same_purchase", "purchase_date"), True),
        ((), True),
    ],
)
def test_what_waited_for_a_mere_repeat_is_no_strike(codes: tuple[str, ...], counts: bool) -> None:
    reasons = [{"code": code} for code in codes]
    assert waited_only(reasons, REPEAT_CHECKS, BESIDE_REPEATS) is not counts
