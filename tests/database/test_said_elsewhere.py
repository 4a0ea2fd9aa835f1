"""What a person says of a line holds for every photo of the purchase, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline import line_corrections, returns, take_back
from pipeline.clock import utc_now
from pipeline.line_corrections import Proposed, correct_lines
from pipeline.past import past_of
from pipeline.past_anew import move
from pipeline.redecide import redecided
from pipeline.return_parts import ReportedReturn, ReturnedLine
from pipeline.review_terms import change_review_terms
from pipeline.steps.artefacts import MATCHING, load, matching_from
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.programs import ProgramData
from receipts.identity import AccountId, ReceiptId, Sku, new_member_id
from receipts.match import MatchReason
from receipts.program import PointsTerms, ReviewTerms
from tests.database.conftest import World
from tests.support.books_parts import Place, Purchase, make_place
from tests.support.books_returns import machine_of


@pytest.fixture
def place(world: World, tmp_path: Path) -> Iterator[Place]:
    with make_place(world, tmp_path) as made:
        yield made


@pytest.fixture
def books(place: Place) -> Any:
    machine = machine_of(place)()
    machine.begin(pending=0, expiry=None, policy=PointsTerms().return_policy)
    return machine


def bought(books: Any, *lines: tuple[str | None, int], seen: int) -> Purchase:
    books.new_purchase(list(lines), seen)
    found: Purchase = books.purchases[-1]
    return found


def correct(books: Any, photo: ReceiptId, said: dict[int, Sku | None]) -> take_back.Corrected:
    done = take_back.correct(books.wiring, books.program, photo, said)
    assert isinstance(done, take_back.Corrected)
    return done


def points(books: Any) -> int:
    """Beyond what the machine's first purchase earned: 20 for two pieces of A."""
    books.the_books_fit()
    return int(books.balances().available) - 20


@pytest.mark.parametrize("again_first", [True, False])
def test_what_is_not_ours_is_paid_on_no_other_photo(books: Any, again_first: bool) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    (first, _) = purchase.shown[0]
    if again_first:
        books.photo(purchase, 2)
    assert correct(books, first, {0: None}).taken == 20
    books.photo(purchase, 2)
    assert points(books) == 25
    past = past_of(books.wiring, books.program, purchase.shown[-1][0])
    assert past is not None
    assert [match.reason for match in past.matching.matches] == [MatchReason.OTHER_PHOTO, MatchReason.TEXT]
    for photo, _ in purchase.shown:
        assert redecided(books.wiring, books.program, photo) is None, "an earlier photo knows it too"


def test_the_dearer_of_two_lines_is_paid_though_a_person_took_the_cheaper_for_another(books: Any) -> None:
    purchase = bought(books, ("A", 1), ("A", 3), seen=1)
    correct(books, purchase.shown[0][0], {0: Sku("B")})
    books.photo(purchase, 2)
    assert points(books) == 25 + 30


def test_a_line_is_corrected_where_it_was_paid_whichever_photo_a_person_looks_at(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    books.photo(purchase, 2)
    (first, _), (second, _) = purchase.shown
    assert correct(books, second, {0: Sku("B"), 1: Sku("A")}) == take_back.Corrected(45, 0, 60)
    assert correct(books, first, {0: Sku("B")}) == take_back.Corrected(0, 0, 0), "said before"
    for photo, shown in (first, ("B",)), (second, ("B", "A")):
        (kept,) = load(books.wiring, photo, MATCHING)
        assert tuple(match.sku for match in matching_from(kept).matches) == shown, "as its page shows it"
    assert points(books) == 60
    books.photo(purchase, 2)
    assert points(books) == 60


def test_the_last_word_counts_on_the_next_photo(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=2)
    for said in (None, Sku("B"), None):
        correct(books, purchase.shown[0][0], {0: said})
    books.photo(purchase, 2)
    correct(books, purchase.shown[1][0], {0: Sku("A")})
    books.photo(purchase, 2)
    assert points(books) == 20 + 25


def test_it_holds_for_another_member_who_sends_the_same_purchase(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    correct(books, purchase.shown[0][0], {0: None})
    another_member(books)
    books.photo(purchase, 2)
    assert points(books) == 25 - 20


def another_member(books: Any) -> None:
    books.member = new_member_id()
    with books.wiring.database.write() as session:
        ProgramData(session, books.program).add_member(books.member, "Ben", utc_now())


def test_a_word_that_came_while_a_photo_was_decided_counts(
    books: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.steps import decide

    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    (first, _) = purchase.shown[0]
    another_member(books)  # whose books do not move when the first one's receipt is corrected
    words = [None]
    posts = decide.hold_for_turn

    def meanwhile(*asked: Any) -> None:
        if words:
            words.pop()
            correct(books, first, {0: None})
        posts(*asked)

    monkeypatch.setattr(decide, "hold_for_turn", meanwhile)
    books.photo(purchase, 2)
    assert points(books) == 25 - 20
    (kept,) = load(books.wiring, purchase.shown[1][0], MATCHING)
    assert matching_from(kept).matches[0].reason is MatchReason.OTHER_PHOTO


def test_two_who_correct_at_one_instant_add_no_more_than_one_may(
    books: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_review_terms(books.wiring, books.program, ReviewTerms(second_above=30))
    purchase = bought(books, (None, 2), (None, 2), ("B", 1), seen=3)
    reckoned, both = line_corrections.would_add, Barrier(2)

    def together(*asked: Any) -> Any:
        found = reckoned(*asked)
        both.wait(timeout=20)
        return found

    monkeypatch.setattr(line_corrections, "would_add", together)

    def one(line: dict[int, Sku | None], by: str) -> object:
        photo, program = purchase.shown[0][0], books.program
        return correct_lines(books.wiring, program, photo, line, AccountId(by))

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(one, {0: Sku("A")}, "acc_one"), pool.submit(one, {1: Sku("A")}, "acc_two")]
    answers = [each.result() for each in done]
    assert sum(isinstance(each, Proposed) for each in answers) == 1, answers
    assert points(books) == 25 + 20 + 5, "of both lines 20 each, and 5 for ten dollars"


def test_what_is_left_of_a_product_is_paid_and_the_new_line_earns(books: Any) -> None:
    """The claims left have higher keys than the next photo has lines of the product."""
    purchase = bought(books, ("A", 2), ("A", 2), ("A", 1), ("B", 1), seen=3)
    assert correct(books, purchase.shown[0][0], {0: None}).taken == 20 + 5
    books.photo(purchase, 4)
    assert points(books) == 20 + 10 + 25


def test_of_a_products_lines_those_left_are_paid_and_the_further_one_earns(books: Any) -> None:
    purchase = bought(books, ("A", 3), ("A", 2), ("A", 1), seen=2)
    assert correct(books, purchase.shown[0][0], {0: Sku("B")}) == take_back.Corrected(35, 0, 80)
    books.photo(purchase, 3)
    assert points(books) == 75 + 20 + 10 + 5


def test_a_claim_is_of_the_line_that_another_photo_was_paid_for(books: Any) -> None:
    """And not of the line that turns out to be of that product: it earns beside it."""
    purchase = bought(books, ("A", 1), (None, 1), seen=1)
    books.photo(purchase, 2)
    assert correct(books, purchase.shown[1][0], {1: Sku("A")}) == take_back.Corrected(0, 0, 10)
    assert points(books) == 20


def test_a_line_that_came_back_is_paid_on_no_photo_whatever_it_turns_out_to_be(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    (first, _) = purchase.shown[0]
    gone = ReportedReturn("R-whole", first, (ReturnedLine(0, None, None),))
    returns.report_return(books.wiring, books.program, gone)
    books.photo(purchase, 2)
    assert points(books) == 25
    for sku in ("B", "A", None, "B"):
        correct(books, first, {0: None if sku is None else Sku(sku)})
        books.photo(purchase, 2)
        assert points(books) == 25, sku


def test_a_word_that_came_while_a_photo_was_decided_anew_is_not_passed_over(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=1)
    another_member(books)  # whose books do not move when the first one's receipt is corrected
    books.photo(purchase, 2)
    (first, _), (second, _) = purchase.shown
    looked_at = past_of(books.wiring, books.program, second)
    assert looked_at is not None
    correct(books, first, {0: None})
    with pytest.raises(StaleBooksError), books.wiring.database.write() as session:
        move(session, utc_now(), looked_at, looked_at.points)
    now = past_of(books.wiring, books.program, second)
    assert now is not None
    with books.wiring.database.write() as session:
        move(session, utc_now(), now, now.points)


def test_what_somebody_said_of_a_settled_receipt_stays_as_it_was(books: Any) -> None:
    purchase = bought(books, ("A", 2), ("B", 1), seen=2)
    photo, by = purchase.shown[0][0], AccountId("acc_one")
    correct_lines(books.wiring, books.program, photo, {0: Sku("B")}, by)
    for change in ("UPDATE line_corrections SET points = 0", "DELETE FROM line_corrections"):
        with pytest.raises(DBAPIError), books.wiring.database.write() as session:
            session.execute(text(change))
