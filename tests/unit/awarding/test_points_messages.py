"""Messages of points: an example of each stands in the docs and is as its schema says; lots by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

from awarding.post import awarded_data, ledger_entries
from awarding.transfers import (
    Mover,
    expired_data,
    expiring_data,
    granted_data,
    redeemed_data,
    released_data,
    reversed_data,
)
from receipts.identity import (
    CampaignId,
    LedgerEntryId,
    MemberId,
    MessageId,
    ProgramId,
    ReceiptId,
    SubmissionId,
)
from receipts.ledger import AccountKind, Balances, EntryKind, LedgerEntry, placed
from receipts.lots import lots_of, takings
from receipts.message import Message, MessageType
from receipts.money import Points
from receipts.program import PointsTerms
from receipts.submission import Channel

MESSAGES = Path(__file__).parents[3] / "docs" / "messages"
NOW = datetime(2026, 3, 6, 9, 31, tzinfo=UTC)
MOVER = Mover(ProgramId("sample"), MemberId("mem_ann"), NOW)
BALANCES = Balances(pending=Points(0), available=Points(70), held=Points(0))


def earned(points: int, number: int = 1, *, terms: PointsTerms | None = None) -> LedgerEntry:
    entry = LedgerEntry(
        id=LedgerEntryId(f"led_{number}"),
        program_id=MOVER.program_id,
        member_id=MOVER.member_id,
        receipt_id=ReceiptId(f"rcp_{number}"),
        kind=EntryKind.AWARD,
        points=Points(points),
        campaign_id=CampaignId("spring"),
        rule_id="per-dollar",
        reverses=None,
        sentence="“Spring”: 30 points.",
        created_at=NOW + timedelta(days=number),
    )
    return placed([entry], PointsTerms() if terms is None else terms)[0]


def examples() -> dict[MessageType, dict[str, object]]:
    (lot,) = lots_of([earned(30, terms=PointsTerms(pending_days=14))])
    release = MOVER.of_lot(lot, EntryKind.RELEASE, 30, "30 points can be spent now.")
    expiry = MOVER.of_lot(lot, EntryKind.EXPIRY, 30, "30 points were not spent in time.")
    (taking,), _ = takings([lot], 30, room=None)
    words = "30 points taken back: what earned them was brought back."
    taken = MOVER.taken_back(taking, words, posting=1)
    spent = MOVER.of_redemption("red_1", EntryKind.REDEMPTION, 30, "30 points spent: A mug")
    gift = MOVER.given("gft_1", 100, "A gift: for the broken jar")
    return {
        MessageType.POINTS_RELEASED: released_data([release], BALANCES, release.sentence),
        MessageType.POINTS_EXPIRED: expired_data([expiry], BALANCES, expiry.sentence),
        MessageType.POINTS_EXPIRING: expiring_data(
            30, BALANCES, "30 points of yours expire from 6 April 2026 on. Spend them before.",
            expires_at=NOW + timedelta(days=31),
        ),
        MessageType.POINTS_REVERSED: reversed_data(
            [taken], BALANCES, words, receipt_id=ReceiptId("rcp_1"), return_id="ret_1", reason="return",
            not_taken=0,
        ),
        MessageType.POINTS_REDEEMED: redeemed_data(spent, BALANCES, reference="order 4711"),
        MessageType.POINTS_GRANTED: granted_data([gift], BALANCES),
    }  # fmt: skip


@pytest.mark.parametrize("kind", examples())
def test_what_is_sent_is_as_its_schema_says_and_has_the_fields_of_the_docs_example(kind: MessageType) -> None:
    data = examples()[kind]
    event = Message(MessageId("msg_1"), MOVER.program_id, MOVER.member_id, kind, 7, NOW, data).cloud_event()
    schema = json.loads((MESSAGES / f"{kind.value}.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(event)))
    example = json.loads((MESSAGES / "examples" / f"{kind.value}.json").read_text(encoding="utf-8"))
    assert _fields(example) == _fields(json.loads(json.dumps(event)))


def _fields(value: object) -> object:
    """The names, without what stands in them; of a list those of its first."""
    if isinstance(value, dict):
        return {name: _fields(each) for name, each in value.items()}
    return [_fields(each) for each in value[:1]] if isinstance(value, list) else None


def test_points_that_wait_are_told_as_pending_with_their_day(make: SimpleNamespace) -> None:
    read = make.receipt()
    award = make.decided(read, campaigns=(make.campaign(make.per_dollar(), make.bonus()),))
    whose = {"program_id": MOVER.program_id, "member_id": MOVER.member_id, "receipt_id": ReceiptId("rcp_1")}
    entries = placed(ledger_entries(award, **whose, created_at=NOW), PointsTerms(pending_days=14))
    data = awarded_data(
        receipt_id=ReceiptId("rcp_1"), submission_id=SubmissionId("sub_1"), channel=Channel.UPLOAD,
        receipt=read, products=make.PRODUCTS, award=award, entries=entries, approved=False,
    )  # fmt: skip
    kind = MessageType.POINTS_PENDING
    event = Message(MessageId("msg_1"), MOVER.program_id, MOVER.member_id, kind, 7, NOW, data).cloud_event()
    schema = json.loads((MESSAGES / f"{kind.value}.v1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(event)))
    assert data["available_from"] == "2026-03-20T09:31:00Z"


def test_the_oldest_lot_is_spent_first_and_a_reversal_takes_of_its_own() -> None:
    first, second = earned(100, 1), earned(50, 2)
    hold = MOVER.of_redemption("red_1", EntryKind.HOLD, 120, "x")
    assert [lot.available for lot in lots_of([first, second])] == [100, 50]
    assert [lot.available for lot in lots_of([first, second, hold])] == [0, 30]
    (found,), stayed = takings([lots_of([first, second, hold])[1]], 50, room=None)
    assert (found.points, found.account, stayed) == (50, AccountKind.AVAILABLE, 0)
    taken = MOVER.taken_back(found, "x", posting=1)
    assert [lot.available for lot in lots_of([first, second, hold, taken])] == [0, 0]
    assert sum(entry.change for entry in (first, second, hold, taken)) == -20


def test_what_expired_is_not_taken_back_a_second_time() -> None:
    first = earned(100)
    (lot,) = lots_of([first])
    expiry = MOVER.of_lot(lot, EntryKind.EXPIRY, 60, "x")
    (left,) = lots_of([first, expiry])
    found, stayed = takings([left], 100, room=None)
    assert ([each.points for each in found], stayed) == ([40], 60)


def test_the_room_limits_what_is_taken_of_available_points_alone() -> None:
    waits = earned(30, 1, terms=PointsTerms(pending_days=3))
    there = replace(earned(40, 2), receipt_id=ReceiptId("rcp_1"))
    found, stayed = takings(lots_of([waits, there]), 60, room=10)
    assert [(each.account.value, each.points) for each in found] == [("pending", 30), ("available", 10)]
    assert stayed == 20
