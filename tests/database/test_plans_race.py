"""Planned decisions on PostgreSQL: two relays at once, and whoever undoes or withdraws at that instant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.plans import Planned, carry_out_due, undo
from pipeline.privacy import erase_member
from pipeline.withdraw import withdraw
from receipts.identity import AccountId, ReceiptId
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, shop_at
from tests.pipeline.test_plans import kinds, later, paid, plan
from tests.pipeline.test_review_desk import PROGRAM, case_of, held

ROUNDS = 6


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Iterator[Shop]:
    with shop_at(tmp_path, database_url=postgres_url) as opened:
        yield opened


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """What they raised."""
    gate, raised = threading.Barrier(len(acts)), []

    def begin(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            raised.append(error)

    threads = [threading.Thread(target=begin, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def relay(shop: Shop) -> Callable[[], object]:
    return lambda: carry_out_due(shop.wiring, now=later())


def test_two_relays_and_an_undo_decide_each_case_once_or_not_at_all(shop: Shop) -> None:
    for number in range(ROUNDS):
        view, before = held(shop, f"n{number}", OATS, MILK), paid(shop)
        assert isinstance(plan(shop, view), Planned)
        undone: list[bool] = []

        def regret(case_id: str = case_of(view), undone: list[bool] = undone) -> None:
            undone.append(undo(shop.wiring, program_id=PROGRAM, case_id=case_id, reviewer=shop.ruth))

        assert at_once(relay(shop), relay(shop), regret) == []
        assert paid(shop) - before == (0 if undone[0] else 30)
        assert (shop.view(view.id).state is ReceiptState.AWARDED) is not undone[0]
    assert kinds(shop).count("approved") * 30 == paid(shop)


def test_a_withdrawal_at_that_instant_ends_or_finds_it_decided(shop: Shop) -> None:
    ((account,),) = shop.rows(f"SELECT id FROM accounts WHERE member_id = '{shop.maya}'")
    for number in range(ROUNDS):
        view, before = held(shop, f"n{number}", OATS, MILK), paid(shop)
        assert isinstance(plan(shop, view), Planned)

        def take_it_back(view_id: ReceiptId = view.id) -> None:
            withdraw(
                shop.wiring,
                program_id=PROGRAM,
                member_id=shop.maya,
                account_id=AccountId(account),
                receipt_id=view_id,
            )

        assert at_once(relay(shop), relay(shop), take_it_back) == []
        awarded = shop.view(view.id).state is ReceiptState.AWARDED
        assert paid(shop) - before == (30 if awarded else 0)
        assert carry_out_due(shop.wiring, now=later()) == 0


def test_an_erasure_at_that_instant_leaves_nobody_paid_later(shop: Shop) -> None:
    view = held(shop, "erased", OATS, MILK)
    assert isinstance(plan(shop, view), Planned)
    raised = at_once(
        relay(shop), relay(shop), lambda: erase_member(shop.wiring, program_id=PROGRAM, member_id=shop.maya)
    )
    assert raised == []
    after = paid(shop)
    assert carry_out_due(shop.wiring, now=later()) == 0
    assert paid(shop) == after
