"""Deciding anew on PostgreSQL beside itself, a return, a correction and an erasure, all at one instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.books_check import check_books
from pipeline.privacy import erase_member
from pipeline.returns import ReturnedLine
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import correct
from receipts.identity import Sku
from tests.database.test_plans_race import at_once
from tests.pipeline.conftest import MILK, Shop, shop_at
from tests.pipeline.test_earning import at_once as settled_at_once
from tests.pipeline.test_earning import earned, launch
from tests.pipeline.test_redecide import adopt_all, changes, on
from tests.pipeline.test_rematch import SURE
from tests.pipeline.test_returns import BARS, bring_back, paid

__all__ = ["settled_at_once"]

ROUNDS = 2


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Iterator[Shop]:
    with shop_at(tmp_path, database_url=postgres_url) as opened:
        yield opened


@pytest.mark.parametrize("_again", range(ROUNDS))
def test_the_same_comes_of_it_in_whatever_order(shop: Shop, _again: int) -> None:
    launch(shop, rules=[on("OAT-OFO-18Z", 40)])
    view = paid(shop, "both", SURE, BARS, SURE)
    assert earned(shop, view.id) == 80
    launch(shop, version=2, rules=[on("OAT-OFO-18Z", 60), on("OAT-BBB-12CT", 5, "bars")])
    raised = at_once(
        lambda: adopt_all(shop, take_back=True),
        lambda: adopt_all(shop, take_back=True),
        lambda: bring_back(shop, view, "R-1", ReturnedLine(position=2)),
        lambda: correct(shop.wiring, SAMPLE_PROGRAM.id, view.id, {1: Sku("OAT-OFO-18Z")}),
    )
    assert raised == []
    adopt_all(shop, take_back=True)
    # Of three pieces of 60 points one came back; the bars were oats all along.
    assert earned(shop, view.id) == 120
    assert (changes(shop), check_books(shop.wiring)) == ([], ())


def test_nothing_is_paid_to_a_member_who_is_erased_at_that_instant(shop: Shop) -> None:
    launch(shop, rules=[on("OAT-OFO-18Z", 40)])
    view = paid(shop, "one", SURE, MILK)
    assert earned(shop, view.id) == 40
    launch(shop, version=2, rules=[on("OAT-OFO-18Z", 60)])
    raised = at_once(
        lambda: adopt_all(shop),
        lambda: adopt_all(shop),
        lambda: erase_member(shop.wiring, program_id=SAMPLE_PROGRAM.id, member_id=shop.maya),
    )
    assert raised == []
    before = earned(shop, view.id)
    assert [taken for taken in adopt_all(shop) if taken is not None] == []
    assert (earned(shop, view.id), check_books(shop.wiring)) == (before, ())
