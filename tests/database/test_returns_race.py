"""Returns told at one instant of two photos of one purchase take each piece once, and all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline import returns
from pipeline.return_parts import ReportedReturn, ReturnedLine
from receipts.database.repositories.returns import Return
from receipts.identity import Sku
from receipts.program import PointsTerms
from tests.database.conftest import World
from tests.support.books_parts import Place, make_place
from tests.support.books_returns import machine_of


@pytest.fixture
def place(world: World, tmp_path: Path) -> Iterator[Place]:
    with make_place(world, tmp_path) as made:
        yield made


def test_two_returns_by_product_at_once_take_two_pieces(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine: Any = machine_of(place)()
    machine.begin(pending=0, expiry=None, policy=PointsTerms().return_policy)
    machine.new_purchase([("A", 1), ("A", 1)], 1)
    purchase = machine.purchases[-1]
    for _ in range(2):  # the second photo is paid for a line, the third for none
        machine.photo(purchase, 2)
    both_told_off, told = threading.Barrier(2), returns.parts_of
    first: set[int] = set()

    def together(*args: Any) -> Any:
        found = told(*args)
        if threading.get_ident() not in first:
            first.add(threading.get_ident())
            both_told_off.wait(timeout=10)
        return found

    monkeypatch.setattr(returns, "parts_of", together)
    answers: list[object] = []

    def report(number: int) -> None:
        photo, _ = purchase.shown[1 + number]
        asked = ReportedReturn(f"race {number}", photo, (ReturnedLine(None, Sku("A"), Decimal(1)),))
        answers.append(returns.report_return(machine.wiring, machine.program, asked))

    threads = [threading.Thread(target=report, args=(number,)) for number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [type(each) for each in answers] == [Return, Return]
    for line in purchase.lines:
        line.gone = 1
    machine.the_books_fit()
    machine.the_balance_is_what_was_earned()
