"""An approval of many points, and a reversal, each need two people."""

from __future__ import annotations

import pytest

from pipeline.desk import next_free, queue, review_log
from pipeline.plans import Planned, carry_out_due
from pipeline.reversals import Reversal, answer_reversal, propose_reversal, waiting_reversals
from pipeline.review import Resolved, SecondNeeded, resolve_case
from pipeline.review_terms import change_review_terms
from pipeline.views import ReceiptView
from receipts.database.repositories.desk import Wanted
from receipts.identity import AccountId, ReviewCaseId
from receipts.program import ReviewTerms
from receipts.state import ReceiptState
from tests.pipeline.conftest import Shop
from tests.pipeline.test_plans import later, paid, plan
from tests.pipeline.test_review_desk import PROGRAM, case_of, decide, held, other_account


@pytest.fixture
def strict(sunny: Shop) -> Shop:
    """One reviewer alone may approve 29 points; the cases here are of 30."""
    change_review_terms(sunny.wiring, PROGRAM, ReviewTerms(second_above=29))
    return sunny


def propose(shop: Shop, view: ReceiptView, by: AccountId) -> Reversal:
    return propose_reversal(
        shop.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=by, note="Not a receipt of ours."
    )


def answer(shop: Shop, view: ReceiptView, by: AccountId, *, agree: bool = True) -> Reversal:
    return answer_reversal(shop.wiring, program_id=PROGRAM, case_id=case_of(view), reviewer=by, agree=agree)


def refuse(shop: Shop, view: ReceiptView) -> None:
    resolve_case(
        shop.wiring,
        program_id=PROGRAM,
        case_id=case_of(view),
        reviewer=shop.ruth,
        approve=False,
        products={},
        note="no",
    )


def test_above_the_limit_two_reviewers_approve_and_one_alone_never(strict: Shop) -> None:
    view, ada = held(strict), other_account(strict)
    assert decide(strict, view, strict.ruth) == SecondNeeded(30)
    assert decide(strict, view, strict.ruth) == SecondNeeded(30), "the first is not the second"
    assert (paid(strict), strict.view(view.id).state) == (0, ReceiptState.HELD)
    (row,) = queue(strict.wiring, program_id=PROGRAM, viewer=ada, wanted=Wanted(), after=0, limit=9)
    assert (row.approved_first_by, row.is_first) == ("Ruth Okafor", False)
    nobody = ReviewCaseId("none")
    options = {"program_id": PROGRAM, "wanted": Wanted(), "besides": nobody}
    assert next_free(strict.wiring, account=strict.ruth, **options) is None  # type: ignore[arg-type]
    assert next_free(strict.wiring, account=ada, **options) == case_of(view)  # type: ignore[arg-type]
    assert isinstance(decide(strict, view, ada), Resolved)
    assert paid(strict) == 30
    kinds = [each.kind for each in review_log(strict.wiring, program_id=PROGRAM, before=0, limit=9)]
    assert kinds == ["approved", "proposed"]


def test_up_to_the_limit_one_is_enough(sunny: Shop) -> None:
    change_review_terms(sunny.wiring, PROGRAM, ReviewTerms(second_above=30))
    assert isinstance(decide(sunny, held(sunny), sunny.ruth), Resolved)


def test_a_planned_approval_above_the_limit_comes_back_for_the_second_person(strict: Shop) -> None:
    view, ada = held(strict), other_account(strict)
    assert isinstance(plan(strict, view), Planned)
    assert carry_out_due(strict.wiring, now=later()) == 1
    assert (paid(strict), strict.rows("SELECT count(*) FROM planned_decisions")) == (0, [(0,)])
    assert isinstance(plan(strict, view, by=ada), Planned)
    assert carry_out_due(strict.wiring, now=later()) == 1
    assert paid(strict) == 30


def test_the_second_may_decline_and_then_nothing_is_paid(strict: Shop) -> None:
    view, ada = held(strict), other_account(strict)
    assert decide(strict, view, ada) == SecondNeeded(30)
    refuse(strict, view)
    assert (strict.view(view.id).state, paid(strict)) == (ReceiptState.DECLINED, 0)
    assert strict.rows("SELECT status FROM second_words") == [("refused",)]


def test_an_approval_is_reversed_by_two_and_can_be_paid_to_whom_it_belongs(sunny: Shop) -> None:
    view, ada = held(sunny), other_account(sunny)
    assert propose(sunny, view, sunny.ruth) is Reversal.NOT_DECIDED
    assert isinstance(decide(sunny, view, sunny.ruth), Resolved)
    assert answer(sunny, view, ada) is Reversal.NOTHING_PROPOSED
    assert propose(sunny, view, sunny.ruth) is Reversal.PROPOSED
    assert answer(sunny, view, sunny.ruth) is Reversal.SAME_PERSON
    assert paid(sunny) == 30
    (waits,) = waiting_reversals(sunny.wiring, PROGRAM, limit=9)
    assert (waits.was_approved, waits.word.points, waits.word.proposer) == (True, 30, "Ruth Okafor")
    assert answer(sunny, view, ada) is Reversal.REVERSED
    assert paid(sunny) == 0
    assert answer(sunny, view, ada) is Reversal.NOTHING_PROPOSED
    assert propose(sunny, view, sunny.ruth) is Reversal.NOT_DECIDED, "nothing is left to take back"


def test_a_decline_is_reversed_by_two_and_the_case_is_open_again(sunny: Shop) -> None:
    view, ada = held(sunny), other_account(sunny)
    refuse(sunny, view)
    assert propose(sunny, view, ada) is Reversal.PROPOSED
    assert answer(sunny, view, sunny.ruth, agree=False) is Reversal.REFUSED
    assert propose(sunny, view, ada) is Reversal.PROPOSED
    assert answer(sunny, view, sunny.ruth) is Reversal.REVERSED
    shown = sunny.view(view.id)
    assert (shown.state, shown.would_pay) == (ReceiptState.HELD, 30)
    assert isinstance(decide(sunny, view, ada), Resolved)
    assert paid(sunny) == 30
