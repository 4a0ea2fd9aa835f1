"""A correction that adds more points than one person may is done when another agrees."""

from __future__ import annotations

import pytest

from pipeline.books_check import check_books
from pipeline.line_corrections import (
    AddsMore,
    Agreed,
    NotWaiting,
    OnesOwn,
    Proposed,
    Refused,
    answer_correction,
    correct_lines,
    waiting_corrections,
)
from pipeline.review_terms import change_review_terms
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import Corrected, TooMuch, correct
from receipts.identity import AccountId, Sku
from receipts.program import ReviewTerms
from tests.pipeline.conftest import MILK, Shop
from tests.pipeline.test_earning import launch
from tests.pipeline.test_redecide import on
from tests.pipeline.test_rematch import SECRET, SURE, balance
from tests.pipeline.test_returns import paid
from tests.pipeline.test_review_desk import other_account

PROGRAM = SAMPLE_PROGRAM.id
OATS, GRANOLA = Sku("OAT-OFO-18Z"), Sku("OAT-HCG-12Z")


@pytest.fixture
def strict(sunny: Shop) -> Shop:
    """One person alone may add 29 points to a receipt; what is hidden here is worth 30."""
    change_review_terms(sunny.wiring, PROGRAM, ReviewTerms(second_above=29))
    return sunny


def answer(shop: Shop, correction_id: str, by: AccountId, *, agree: bool = True) -> object:
    return answer_correction(shop.wiring, PROGRAM, correction_id, by, agree=agree)


def test_much_is_added_by_two_people_and_once(strict: Shop) -> None:
    view, ada = paid(strict, "hidden", SECRET, MILK), other_account(strict)
    first = correct_lines(strict.wiring, PROGRAM, view.id, {0: OATS}, strict.ruth)
    assert isinstance(first, Proposed)
    assert (first.points, balance(strict)) == (30, 0)
    assert correct_lines(strict.wiring, PROGRAM, view.id, {0: OATS}, strict.ruth) == first
    (waits,) = waiting_corrections(strict.wiring, PROGRAM, limit=9)
    assert (waits.id, waits.proposer, dict(waits.lines)) == (first.id, "Ruth Okafor", {0: OATS})
    assert answer(strict, first.id, strict.ruth) == OnesOwn()
    assert answer(strict, first.id, ada) == Agreed(view.id, Corrected(0, 0, 30))
    assert (answer(strict, first.id, ada), balance(strict)) == (NotWaiting(), 30)
    assert (waiting_corrections(strict.wiring, PROGRAM, limit=9), check_books(strict.wiring)) == ((), ())


def test_a_refused_one_and_one_that_adds_more_by_now_change_nothing(strict: Shop) -> None:
    view, ada = paid(strict, "hidden", SECRET, MILK), other_account(strict)
    first = correct_lines(strict.wiring, PROGRAM, view.id, {0: OATS}, strict.ruth)
    assert isinstance(first, Proposed)
    assert answer(strict, first.id, ada, agree=False) == Refused(view.id)
    again = correct_lines(strict.wiring, PROGRAM, view.id, {0: OATS}, strict.ruth)
    assert isinstance(again, Proposed)
    launch(strict, rules=[on(OATS, 40)])
    assert answer(strict, again.id, ada) == AddsMore(70)
    assert balance(strict) == 0


def test_what_takes_back_or_adds_little_needs_one_and_much_in_parts_needs_two(sunny: Shop) -> None:
    change_review_terms(sunny.wiring, PROGRAM, ReviewTerms(second_above=50))
    view = paid(sunny, "three", SURE, SECRET, SECRET, MILK)
    ones = [
        correct_lines(sunny.wiring, PROGRAM, view.id, said, sunny.ruth) for said in ({0: None}, {0: OATS})
    ]
    assert ones == [Corrected(30, 0, 0), Corrected(0, 0, 30)]
    assert correct_lines(sunny.wiring, PROGRAM, view.id, {1: OATS}, sunny.ruth) == Corrected(0, 0, 30)
    assert isinstance(correct_lines(sunny.wiring, PROGRAM, view.id, {2: OATS}, sunny.ruth), Proposed)
    assert balance(sunny) == 60


def test_a_paid_line_that_is_dearer_stays_paid_until_another_agrees(strict: Shop) -> None:
    view, ada = paid(strict, "both", SURE, MILK), other_account(strict)
    was = balance(strict)
    first = correct_lines(strict.wiring, PROGRAM, view.id, {0: GRANOLA}, strict.ruth)
    assert isinstance(first, Proposed)
    assert (first.points, balance(strict)) == (50, was)
    assert answer(strict, first.id, ada) == Agreed(view.id, Corrected(was, 0, was + 50))
    assert (balance(strict), check_books(strict.wiring)) == (was + 50, ())


def test_no_more_is_posted_than_may_be_though_it_was_reckoned_otherwise(sunny: Shop) -> None:
    view = paid(sunny, "hidden", SECRET, MILK)
    assert correct(sunny.wiring, PROGRAM, view.id, {0: OATS}, most=29) == TooMuch(30)
    assert balance(sunny) == 0
    assert correct(sunny.wiring, PROGRAM, view.id, {0: OATS}, most=30) == Corrected(0, 0, 30)
