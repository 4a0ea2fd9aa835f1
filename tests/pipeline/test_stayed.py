"""Points that stayed by the policy of short balances are counted before a receipt is paid more."""

from __future__ import annotations

import pytest

from pipeline import redeem
from pipeline.amend import Taken
from pipeline.books_check import check_books
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import Corrected, correct
from receipts.database.repositories.redemptions import Redemption
from receipts.identity import Sku
from receipts.money import Points
from receipts.program import ReturnPolicy
from tests.pipeline.conftest import Shop
from tests.pipeline.test_earning import at_once, earned, launch
from tests.pipeline.test_redecide import adopt_all, on
from tests.pipeline.test_rematch import SURE, balance
from tests.pipeline.test_returns import BARS, messages, paid, terms

__all__ = ["at_once"]


def spend(sunny: Shop, points: int) -> None:
    wanted = redeem.HoldRequest(sunny.maya, Points(points), "till", "a mug")
    held = redeem.hold(sunny.wiring, SAMPLE_PROGRAM.id, wanted)
    assert isinstance(held, Redemption)
    redeem.capture(sunny.wiring, SAMPLE_PROGRAM.id, held.id)


@pytest.mark.parametrize("policy", [ReturnPolicy.PENDING_ONLY, ReturnPolicy.TO_ZERO])
def test_what_stayed_with_a_member_is_not_paid_again_by_a_correction(
    sunny: Shop, policy: ReturnPolicy
) -> None:
    terms(sunny, return_policy=policy)
    view = paid(sunny, "both", SURE, BARS)
    assert balance(sunny) == 100
    spend(sunny, 100)
    oats, granola = Sku("OAT-OFO-18Z"), Sku("OAT-HCG-12Z")
    nothing = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: None})
    assert (nothing, balance(sunny)) == (Corrected(0, 40, 0), 0)
    back = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: oats})
    assert (back, balance(sunny)) == (Corrected(0, 0, 0), 0)
    dearer = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: granola})
    assert (dearer, balance(sunny)) == (Corrected(0, 40, 50), 50), "90 for it, 40 of them stayed"
    assert messages(sunny)[-3:] == ["points.reversed", "points.awarded", "points.reversed"]
    cheaper = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: oats})
    assert isinstance(cheaper, Corrected)
    assert (sunny.view(view.id).points, check_books(sunny.wiring)) == (100, ())
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: granola})
    assert balance(sunny) == 50, "no way round pays more"


@pytest.mark.parametrize("policy", [ReturnPolicy.PENDING_ONLY, ReturnPolicy.TO_ZERO])
def test_what_stayed_because_it_was_spent_is_no_second_payment(sunny: Shop, policy: ReturnPolicy) -> None:
    terms(sunny, return_policy=policy)
    launch(sunny, rules=[on("OAT-OFO-18Z", 40), on("OAT-BBB-12CT", 10, "bars")])
    view = paid(sunny, "both", SURE, BARS)
    spend(sunny, balance(sunny))
    launch(sunny, version=2, rules=[on("OAT-OFO-18Z", 10), on("OAT-BBB-12CT", 40, "bars")])
    assert (adopt_all(sunny, take_back=True), balance(sunny)) == ([Taken(30, 0)], 0)
    launch(sunny, version=3, rules=[on("OAT-OFO-18Z", 10), on("OAT-BBB-12CT", 15, "bars")])
    assert (adopt_all(sunny, take_back=True), balance(sunny)) == ([Taken(0, 25)], 0)
    launch(sunny, version=4, rules=[on("OAT-OFO-18Z", 10), on("OAT-BBB-12CT", 45, "bars")])
    assert (adopt_all(sunny, take_back=True), balance(sunny)) == ([Taken(25, 0)], 5)
    assert (earned(sunny, view.id), check_books(sunny.wiring)) == (55, ())
