"""A campaign's budget holds however many postings come at one instant, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace

from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.earning import Earning
from receipts.database.tables import CampaignBudgetRow
from receipts.identity import CampaignId, LedgerEntryId, MemberId
from receipts.ledger import AccountKind, EntryKind, LedgerEntry
from receipts.money import Points
from tests.database.conftest import NOW, World

SPRING = CampaignId("spring")
BUDGET = 550
EACH = 100
POSTINGS = 12
"""At a hundred points each more than twice what the budget holds."""


def entry(world: World, member: MemberId, number: int) -> LedgerEntry:
    return LedgerEntry(
        id=LedgerEntryId(f"led_{number}"),
        program_id=world.mill,
        member_id=member,
        receipt_id=None,
        kind=EntryKind.ACTIVITY,
        points=Points(EACH),
        campaign_id=SPRING,
        rule_id="r",
        reverses=None,
        sentence="100 points.",
        created_at=NOW,
        source=f"act_{number}",
    )


def post(world: World, made: LedgerEntry) -> bool:
    """As the pipeline does: counters move with the entries, and are looked at before the commit."""
    try:
        with world.database.write() as session:
            Books(session, world.mill, NOW).post([made])
            Earning(session, world.mill, NOW).check_budgets({SPRING: BUDGET})
    except StaleBooksError:
        return False
    return True


def used(world: World) -> int:
    with world.database.read() as session:
        row = session.get(CampaignBudgetRow, (world.mill, SPRING))
        assert row is not None
        return row.points


def test_two_workers_at_a_budgets_end_never_exceed_it(world: World) -> None:
    with world.database.write() as session:
        Earning(session, world.mill, NOW).open_budget(SPRING)
    done: list[bool] = []
    start = threading.Barrier(2)

    def work(member: MemberId, numbers: range) -> None:
        start.wait()
        done.extend(post(world, entry(world, member, number)) for number in numbers)

    threads = [
        threading.Thread(target=work, args=(world.ann, range(POSTINGS // 2))),
        threading.Thread(target=work, args=(world.bob, range(POSTINGS // 2, POSTINGS))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == BUDGET // EACH
    assert used(world) == BUDGET // EACH * EACH


def test_what_is_taken_back_goes_back_to_the_budget(world: World) -> None:
    with world.database.write() as session:
        Earning(session, world.mill, NOW).open_budget(SPRING)
    earned = entry(world, world.ann, 1)
    assert post(world, earned)
    back = replace(
        earned,
        id=LedgerEntryId("led_back"),
        kind=EntryKind.REVERSAL,
        points=Points(40),
        reverses=earned.id,
        debit=AccountKind.AVAILABLE,
        credit=AccountKind.CANCELLED,
        source="",
    )
    with world.database.write() as session:
        Books(session, world.mill, NOW).post([back])
    assert used(world) == 60


def test_a_budget_opened_late_begins_with_what_was_paid(world: World) -> None:
    with world.database.write() as session:
        Books(session, world.mill, NOW).post([entry(world, world.ann, 1)])
        Earning(session, world.mill, NOW).open_budget(SPRING)
    assert used(world) == EACH
