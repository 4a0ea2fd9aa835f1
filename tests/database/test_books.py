"""The books: they only grow, a line is claimed once, and a member's messages are numbered without a gap."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.outbox import Feed, Outbox, Publish
from receipts.identity import CampaignId, LedgerEntryId, MemberId, ReceiptId, new_ledger_entry_id
from receipts.ledger import AccountKind, Claim, EntryKind, LedgerEntry
from receipts.message import MessageType
from receipts.money import Points
from tests.database.conftest import NOW, World


def entry(world: World, receipt: ReceiptId, amount: int, rule: str = "r", **changes: object) -> LedgerEntry:
    values: dict[str, object] = {
        "id": new_ledger_entry_id(),
        "program_id": world.mill,
        "member_id": world.ann,
        "receipt_id": receipt,
        "kind": EntryKind.AWARD,
        "points": Points(amount),
        "campaign_id": CampaignId("spring"),
        "rule_id": rule,
        "reverses": None,
        "sentence": "for flakes",
        "created_at": NOW,
        **changes,
    }
    if values["kind"] is EntryKind.REVERSAL:
        values = {"debit": AccountKind.AVAILABLE, "credit": AccountKind.CANCELLED, **values}
    return LedgerEntry(**values)  # type: ignore[arg-type]


def claim(world: World, receipt: ReceiptId, line: str = "SKU#1", member: MemberId | None = None) -> Claim:
    return Claim(world.mill, "purchase1/shop", line, receipt, member or world.ann)


def post(world: World, entries: list[LedgerEntry], claims: list[Claim]) -> None:
    with world.database.write() as session:
        Books(session, world.mill, NOW).post(entries, claims)


def balance(world: World, member: MemberId) -> int:
    with world.database.read() as session:
        return Books(session, world.mill, NOW).balance(member)


def test_a_balance_is_the_sum_of_entries_and_a_reversal_takes_one_back(world: World) -> None:
    first, second = world.send(), world.send()
    paid = entry(world, first, 30)
    post(world, [paid, entry(world, second, 12)], [])
    assert balance(world, world.ann) == 42
    back = entry(world, first, 30, kind=EntryKind.REVERSAL, reverses=paid.id)
    post(world, [back], [])
    assert balance(world, world.ann) == 12


@pytest.mark.parametrize("table", ["ledger_entries", "claims"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET member_id = 'x'", "DELETE FROM {}"])
def test_the_books_refuse_change_and_removal(world: World, table: str, verb: str) -> None:
    receipt = world.send()
    post(world, [entry(world, receipt, 5)], [claim(world, receipt)])
    with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
        session.execute(text(verb.format(table)))
    assert balance(world, world.ann) == 5


def test_the_books_refuse_replacement_and_truncation(world: World) -> None:
    receipt = world.send()
    paid = entry(world, receipt, 5)
    post(world, [paid], [])
    statement = (
        "INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries"
        if world.database.is_sqlite
        else "TRUNCATE ledger_entries CASCADE"
    )
    with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
        session.execute(text(statement))
    assert balance(world, world.ann) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"points": Points(0)},
        {"points": Points(-1)},
        {"kind": EntryKind.REVERSAL, "source": "led_x"},
        {"kind": EntryKind.REVERSAL, "points": Points(-5), "reverses": LedgerEntryId("led_x")},
        {"kind": EntryKind.REVERSAL, "reverses": LedgerEntryId("led_x")},
        {"debit": AccountKind.AVAILABLE, "credit": AccountKind.CANCELLED},
        {"credit": AccountKind.REDEEMED},
        {"kind": EntryKind.EXPIRY, "debit": AccountKind.PENDING, "credit": AccountKind.EXPIRED},
        {"receipt_id": None, "source": "act_1"},
    ],
)
def test_points_and_accounts_must_fit_the_kind(world: World, changes: dict[str, object]) -> None:
    receipt = world.send()
    with pytest.raises(IntegrityError):
        post(world, [entry(world, receipt, 5, **changes)], [])
    assert balance(world, world.ann) == 0


def test_one_rule_pays_one_receipt_once(world: World) -> None:
    receipt = world.send()
    post(world, [entry(world, receipt, 5)], [])
    with pytest.raises(IntegrityError):
        post(world, [entry(world, receipt, 5)], [])
    assert balance(world, world.ann) == 5


def test_a_line_is_claimed_once_whoever_comes(world: World) -> None:
    first, second = world.send(), world.send(world.bob)
    post(world, [entry(world, first, 5)], [claim(world, first)])
    with pytest.raises(IntegrityError):
        post(
            world,
            [entry(world, second, 5, member_id=world.bob)],
            [claim(world, second, member=world.bob)],
        )
    assert (balance(world, world.ann), balance(world, world.bob)) == (5, 0)
    with world.database.read() as session:
        assert Books(session, world.mill, NOW).claimed_lines("purchase1/shop") == {"SKU#1"}
        assert Books(session, world.forge, NOW).claimed_lines("purchase1/shop") == frozenset()


def test_an_entry_cannot_name_another_members_receipt(world: World) -> None:
    receipt = world.send(world.bob)
    with pytest.raises(IntegrityError):
        post(world, [entry(world, receipt, 5)], [])


def test_an_entry_cannot_cross_programs(world: World) -> None:
    receipt = world.send(world.eve, world.forge)
    with pytest.raises(IntegrityError):
        post(world, [entry(world, receipt, 5, member_id=world.eve)], [])


def send(world: World, at: int | None = None, member: MemberId | None = None) -> None:
    with world.database.write() as session:
        Books(session, world.mill, NOW).send(
            member or world.ann, MessageType.RECEIPT_DECLINED, {"n": 1}, worked_out_at=at
        )


def test_a_posting_worked_out_before_another_is_refused(world: World) -> None:
    send(world, at=0)
    with pytest.raises(StaleBooksError):
        send(world, at=0)
    send(world, at=1)
    send(world)


def test_messages_enter_the_feed_once_each_in_order(world: World) -> None:
    for member in (world.ann, world.bob, world.ann):
        send(world, member=member)
    with world.database.write() as session:
        outbox = Outbox(session, NOW)
        items = [item for item in outbox.take(limit=10) if isinstance(item, Publish)]
        for item in reversed(items):  # whatever order they are sent in
            outbox.enter_feed(item.message_id)
        again = outbox.enter_feed(items[0].message_id)
    with world.database.read() as session:
        feed = Feed(session, world.mill).after(0, limit=10)
        assert [position for position, _ in feed] == [1, 2, 3]
        assert feed[2][1] == again
        assert Feed(session, world.mill).after(2, limit=10) == feed[2:]
        assert Feed(session, world.forge).after(0, limit=10) == ()
        sequences = sorted(m.sequence for _, m in feed if m.member_id == world.ann)
    assert sequences == [1, 2]


@pytest.mark.parametrize("verb", ["UPDATE messages SET type = 'x'", "DELETE FROM messages"])
def test_what_was_said_is_not_unsaid(world: World, verb: str) -> None:
    send(world)
    with pytest.raises(IntegrityError, match="only grows"), world.database.write() as session:
        session.execute(text(verb))
