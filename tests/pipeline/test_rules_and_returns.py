"""Rules that count what was paid before meet returns, rematches, corrections: nothing counts twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import event

from awarding.returned import refunded, what_is_left
from fixtures.generator.purchase import BasketLine
from fixtures.scenarios.stage import own
from pipeline import points_sweep
from pipeline.activities import Counted
from pipeline.clock import utc_now
from pipeline.past import past_of
from pipeline.refund_slips import original_of
from pipeline.rematch import rematch_of
from pipeline.rematch_adopt import adopt
from pipeline.return_parts import ReturnedLine
from pipeline.returns import NotDecidedYet, OtherReturn
from pipeline.review import resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import Corrected, correct
from pipeline.views import ReceiptView
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.returns import Return, Returns
from receipts.identity import ReceiptId, Sku
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, Shop, e_receipt, today
from tests.pipeline.test_earning import PER_DOLLAR, earned, launch, sent, told
from tests.pipeline.test_rematch import CRYPTIC, SECRET, SURE, balance, teach
from tests.pipeline.test_returns import bring_back, paid, refund, terms

BARS = own("OAT-BBB-12CT", 699)
REVIEW = {"kind": "activity", "id": "review", "event": "review_written", "points": 50}
FIRST = {"kind": "receipt_bonus", "id": "first", "points": 70, "when": {"purchase": {"numbers": [1]}}}


def until_paid(sunny: Shop, name: str, *lines: BasketLine, day: dt.date) -> ReceiptId:
    (receipt,) = sunny.send(e_receipt(name, *lines, bought_on=day, layout="narrow")).receipts
    assert run(sunny.wiring, receipt.id) is ReceiptState.AWARDED
    return receipt.id


def adopted(sunny: Shop, view: ReceiptView) -> None:
    teach(sunny, view)
    found = rematch_of(sunny.wiring, program_id=SAMPLE_PROGRAM.id, receipt_id=view.id)
    assert found is not None
    adopt(sunny.wiring, found)


def test_a_cap_per_day_counts_activities(sunny: Shop) -> None:
    launch(sunny, caps={"per_day": 100}, rules=[REVIEW])
    found = [told(sunny, event_id, "review_written") for event_id in "abc"]
    assert [each.activity.points for each in found if isinstance(each, Counted)] == [50, 50, 0]


def test_a_cap_per_receipt_holds_for_what_a_rematch_adds(sunny: Shop) -> None:
    launch(sunny, caps={"per_receipt": 400})
    view = paid(sunny, "both", SURE, SECRET)
    assert earned(sunny, view.id) == 300
    adopted(sunny, view)
    assert earned(sunny, view.id) == 400


def test_a_rules_most_per_receipt_holds_for_what_a_rematch_adds(sunny: Shop) -> None:
    launch(sunny, rules=[{**PER_DOLLAR, "most_per_receipt": 400}])
    view = paid(sunny, "both", SURE, SECRET)
    adopted(sunny, view)
    assert earned(sunny, view.id) == 400


def on(rule_id: str, sku: str, points: int) -> dict[str, object]:
    return {"kind": "product_bonus", "id": rule_id, "points": points, "products": {"skus": [sku]}}


def test_of_rules_of_which_one_pays_a_correction_adds_no_other(sunny: Shop) -> None:
    launch(sunny, stacking="best", rules=[on("oats", "OAT-OFO-18Z", 100), on("bars", "OAT-BBB-12CT", 50)])
    view = paid(sunny, "both", SURE, SECRET)
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {1: Sku("OAT-BBB-12CT")})
    assert earned(sunny, view.id) == 100


def test_of_campaigns_of_which_one_pays_a_correction_adds_no_other(sunny: Shop) -> None:
    group = {"name": "spring", "how": "best"}
    launch(sunny, group=group, rules=[on("oats", "OAT-OFO-18Z", 100)])
    launch(sunny, id="other", group=group, rules=[on("bars", "OAT-BBB-12CT", 50)])
    view = paid(sunny, "both", SURE, SECRET)
    before = balance(sunny)
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {1: Sku("OAT-BBB-12CT")})
    # The sample's own campaign pays ten a dollar for it, and the group nothing more.
    assert sunny.rows("SELECT count(*) FROM ledger_entries WHERE campaign_id = 'other'") == [(0,)]
    assert (before, earned(sunny, view.id)) == (130, 100)


def test_a_return_under_an_older_lower_cap_takes_only_its_line(sunny: Shop) -> None:
    since = today() - dt.timedelta(days=1)
    launch(sunny, cap_per_member=700)
    launch(sunny, cap_per_member=5000, version=2, effective_on=since.isoformat())
    view = sunny.view(until_paid(sunny, "old version", SURE, MILK, SURE, day=today() - dt.timedelta(days=5)))
    assert earned(sunny, view.id) == 600
    for name in ("one more", "two more"):
        assert earned(sunny, until_paid(sunny, name, SURE, day=today())) == 300
    bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    assert earned(sunny, view.id) == 300


def test_what_was_brought_back_whole_is_no_purchase(sunny: Shop) -> None:
    launch(sunny, rules=[{**FIRST, "when": {"purchase": {"numbers": [2]}}}])
    gone = paid(sunny, "gone", SURE)
    bring_back(sunny, gone, "R-1")
    first, second = paid(sunny, "first", SURE), paid(sunny, "second", SURE)
    assert [earned(sunny, each.id) for each in (gone, first, second)] == [0, 0, 70]


def test_what_was_brought_back_reaches_no_milestone(sunny: Shop) -> None:
    goal = {"milestone": {"spent": {"amount": "6.00", "currency": "USD"}}}
    launch(sunny, rules=[{**FIRST, "when": goal}])
    one = paid(sunny, "one", SURE, own("OAT-BBB-12CT", 100))
    bring_back(sunny, one, "R-1", ReturnedLine(position=0))
    two, three = paid(sunny, "two", SURE), paid(sunny, "three", SURE)
    assert [earned(sunny, each.id) for each in (one, two, three)] == [0, 0, 70]


def test_a_first_purchase_stays_the_first_after_a_rematch(sunny: Shop) -> None:
    launch(sunny, rules=[FIRST])
    view = paid(sunny, "first", SURE, MILK, SECRET)
    assert earned(sunny, view.id) == 70
    paid(sunny, "second", SURE)
    adopted(sunny, view)
    assert earned(sunny, view.id) == 70
    bring_back(sunny, view, "R-1", ReturnedLine(position=2))
    assert earned(sunny, view.id) == 70


def test_a_corrected_line_keeps_what_a_limited_rule_paid(sunny: Shop) -> None:
    launch(sunny, rules=[{**PER_DOLLAR, "limit": {"times": 1, "per": "ever"}}])
    view = paid(sunny, "limited", SURE, MILK)
    assert earned(sunny, view.id) == 300
    assert isinstance(correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")}), Corrected)
    assert earned(sunny, view.id) == 300


def test_a_corrected_line_keeps_a_bonus_of_the_purchase(sunny: Shop) -> None:
    bonus = {
        "kind": "receipt_bonus",
        "id": "b",
        "points": 100,
        "products": {"skus": ["OAT-OFO-18Z", "OAT-HCG-12Z"]},
    }
    launch(sunny, rules=[bonus])
    view = paid(sunny, "bonus", SURE, BARS, MILK)
    assert earned(sunny, view.id) == 100
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: None})
    assert earned(sunny, view.id) == 0
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")})
    assert earned(sunny, view.id) == 100


@pytest.mark.parametrize(("bought", "gone"), [(67, 58), (94, 85), (3, 1)])
def test_whole_pieces_stay_whole_when_some_are_returned(sunny: Shop, bought: int, gone: int) -> None:
    past = past_of(sunny.wiring, SAMPLE_PROGRAM.id, paid(sunny, "pieces", SURE).id)
    assert past is not None
    item = replace(past.receipt.items[0], quantity=Decimal(bought))
    left = what_is_left(replace(past.receipt, items=(item,)), {item.position: Decimal(gone)})
    assert left.items[0].quantity == bought - gone


def test_a_refund_woken_while_it_is_looked_at_is_looked_at_again(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund(sunny, monkeypatch, "refund", SURE)
    looked = points_sweep.take_refund

    def and_paid_meanwhile(*args: object) -> object:
        found = looked(*args)  # type: ignore[arg-type]
        paid(sunny, "bought", SURE, MILK, SURE)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(points_sweep, "take_refund", and_paid_meanwhile)
        points_sweep.sweep_points(sunny.wiring)
    points_sweep.sweep_points(sunny.wiring)
    assert balance(sunny) == 30


@pytest.mark.parametrize("error", [StaleBooksError("moved"), LookupError("gone")])
def test_a_refund_that_cannot_be_looked_at_keeps_nobodys_points(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    refund(sunny, monkeypatch, "refund", SURE)
    terms(sunny, pending_days=3)
    paid(sunny, "waits", MILK, SURE, SURE)

    def failing(*_: object) -> object:
        raise error

    monkeypatch.setattr(points_sweep, "take_refund", failing)
    points_sweep.sweep_points(sunny.wiring, now=utc_now() + dt.timedelta(days=4))
    assert balance(sunny) == 60


def test_a_payment_takes_the_member_before_the_budget_as_an_activity_does(sunny: Shop) -> None:
    # Each waiting for what the other has, two postings would end in the database's deadlock.
    launch(sunny, caps={"all_members": 4000})
    receipt = sent(sunny, "one")
    said: list[str] = []

    def heard(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = sunny.wiring.database.engine
    event.listen(engine, "before_cursor_execute", heard)
    run(sunny.wiring, receipt)
    event.remove(engine, "before_cursor_execute", heard)
    lock = next(at for at, each in enumerate(said) if each.startswith("SELECT members.id \nFROM members"))
    assert lock < next(at for at, each in enumerate(said) if each.startswith("UPDATE campaign_budgets"))


def test_what_was_brought_back_is_not_spent_after_a_correction_either(sunny: Shop) -> None:
    view = paid(sunny, "three lines", SURE, SECRET, SURE)
    spent = "SELECT minor FROM member_purchases"
    before = sunny.rows(spent)
    bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    after = sunny.rows(spent)
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {1: Sku("OAT-OFO-18Z")})
    assert (before, after, sunny.rows(spent)) == ([(2 * 329,)], [(329,)], [(2 * 329,)])


def test_a_campaigns_document_is_read_once_and_not_for_each_receipt(sunny: Shop) -> None:
    """One may name ten thousand products."""
    paid(sunny, "one", SURE)
    said: list[str] = []

    def heard(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = sunny.wiring.database.engine
    event.listen(engine, "before_cursor_execute", heard)
    bring_back(sunny, paid(sunny, "two", SURE), "R-1")
    event.remove(engine, "before_cursor_execute", heard)
    assert [each for each in said if "campaigns.document" in each] == []


@pytest.mark.parametrize(("number", "same"), [("12", True), ("40127783", False)])
def test_a_refund_is_not_of_another_purchase_that_shares_a_number(
    sunny: Shop, number: str, same: bool
) -> None:
    bought = past_of(sunny.wiring, SAMPLE_PROGRAM.id, paid(sunny, "bought", SURE).id)
    other = past_of(sunny.wiring, SAMPLE_PROGRAM.id, paid(sunny, "other", SURE).id)
    assert bought is not None
    assert other is not None
    later = replace(other.receipt, receipt_number=number, date=today() + dt.timedelta(days=9))
    slip = replace(bought.receipt, is_refund=True, receipt_number=number, numbers=())
    wanted = refunded(slip, bought.matching.matches)
    shown = other.matching if same else replace(other.matching, matches=())
    found = original_of(slip, [replace(other, receipt=later, matching=shown), bought], wanted)
    assert found is bought


def test_a_return_of_what_may_be_paid_still_is_kept_and_taken_once_it_is(sunny: Shop) -> None:
    held = sent(sunny, "old", bought_on=today() - dt.timedelta(days=90))
    other = sent(sunny, "other")
    assert isinstance(bring_back(sunny, sunny.view(held), "R-1"), NotDecidedYet)
    assert run(sunny.wiring, held) is ReceiptState.HELD
    assert isinstance(bring_back(sunny, sunny.view(held), "R-1"), NotDecidedYet)
    assert isinstance(bring_back(sunny, sunny.view(other), "R-1"), OtherReturn)
    points_sweep.sweep_points(sunny.wiring)
    case = sunny.view(held).case_id
    assert case is not None
    resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=case,
        reviewer=sunny.ruth,
        approve=True,
        products={},
        note="",
    )
    assert balance(sunny) == 30
    points_sweep.sweep_points(sunny.wiring)
    assert balance(sunny) == 0
    assert sunny.rows("SELECT count(*) FROM waiting_returns") == [(0,)]
    assert isinstance(bring_back(sunny, sunny.view(held), "R-1"), Return)
    assert balance(sunny) == 0


def test_a_reviewers_word_pays_many_pieces_too(sunny: Shop) -> None:
    launch(sunny, rules=[on("granola", "OAT-HCG-12Z", 5)])
    view = paid(sunny, "many", own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z", quantity=30))
    earned_then = balance(sunny)
    said = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")})
    assert isinstance(said, Corrected)
    assert said.taken == earned_then > 0
    assert earned(sunny, view.id) == 150


def test_an_activity_leaves_a_member_cap_what_is_kept_for_a_held_receipt(sunny: Shop) -> None:
    launch(sunny, cap_per_member=300, rules=[PER_DOLLAR, REVIEW])
    held = sent(sunny, "old", bought_on=today() - dt.timedelta(days=90))
    assert run(sunny.wiring, held) is ReceiptState.HELD
    found = told(sunny, "a", "review_written")
    assert isinstance(found, Counted)
    assert found.activity.points == 0


def test_room_that_a_return_makes_under_a_cap_is_for_receipts_to_come(sunny: Shop) -> None:
    launch(sunny, cap_per_member=400)
    first, second = (paid(sunny, name, SURE) for name in ("one", "two"))
    assert (earned(sunny, first.id), earned(sunny, second.id)) == (300, 100)
    bring_back(sunny, first, "R-1")
    third = paid(sunny, "three", SURE)
    assert [earned(sunny, each.id) for each in (first, second, third)] == [0, 100, 300]


def test_a_return_cut_short_and_told_of_another_photo_takes_each_piece_once(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z", quantity=3)
    teach(sunny, paid(sunny, "three photos", three, SECRET))
    second, third = (paid(sunny, "three photos", three, SECRET) for _ in range(2))
    assert (third.state, balance(sunny)) == (ReceiptState.DECLINED, 90 + 30)
    lines = ReturnedLine(position=0, quantity=Decimal(1)), ReturnedLine(position=1)

    def dies(*_: object) -> None:
        raise StaleBooksError("as if the process had ended")

    with monkeypatch.context() as patch:
        add = Returns.add
        patch.setattr(
            Returns, "add", lambda self, made: (dies if made.reference == "R-1" else add)(self, made)
        )
        with pytest.raises(StaleBooksError):
            bring_back(sunny, second, "R-1", *lines)
    bring_back(sunny, third, "R-1", *lines)
    assert balance(sunny) == 60


@pytest.mark.parametrize("line", [None, ReturnedLine(position=0), ReturnedLine(sku=Sku("OAT-HCG-12Z"))])
def test_a_return_against_a_declined_photo_takes_what_the_other_was_corrected_to(
    sunny: Shop, line: ReturnedLine | None
) -> None:
    view, again = (paid(sunny, "sent again", SURE, MILK) for _ in range(2))
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")})
    assert (again.state, balance(sunny) > 0) == (ReceiptState.DECLINED, True)
    for _ in range(2):
        found = bring_back(sunny, again, "R-1", *([] if line is None else [line]))
        assert isinstance(found, Return)
        assert (found.receipt_id, balance(sunny)) == (view.id, 0)


def test_a_return_follows_a_corrected_line_that_the_other_photo_reads_a_little_otherwise(sunny: Shop) -> None:
    view = paid(sunny, "sent again", SURE, MILK)
    other = own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 182")
    again = paid(sunny, "sent again", other, MILK)
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-HCG-12Z")})
    assert (again.state, balance(sunny) > 0) == (ReceiptState.DECLINED, True)
    found = bring_back(sunny, again, "R-1", ReturnedLine(position=0))
    assert isinstance(found, Return)
    assert (found.receipt_id, balance(sunny)) == (view.id, 0)


def test_a_return_by_product_finds_the_pieces_of_every_photo_by_what_they_were_corrected_to(
    sunny: Shop,
) -> None:
    view = paid(sunny, "two photos", SURE, SECRET)
    teach(sunny, view)
    again = paid(sunny, "two photos", SURE, SECRET)
    # The other photo's claim, of a line that this one does not name, bars no line of this one.
    said = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-BBB-12CT")})
    assert (said, again.state, balance(sunny)) == (Corrected(30, 0, 30), ReceiptState.AWARDED, 60)
    bring_back(sunny, again, "R-1", ReturnedLine(sku=Sku("OAT-BBB-12CT")), ReturnedLine(position=1))
    assert balance(sunny) == 0


def test_a_line_corrected_to_a_product_that_the_other_photo_was_paid_for_is_paid_too(sunny: Shop) -> None:
    bars = own("OAT-BBB-12CT", 699, printed=CRYPTIC)
    view = paid(sunny, "two photos", SURE, bars)
    teach(sunny, view, sku="OAT-BBB-12CT")
    paid(sunny, "two photos", SURE, bars)
    assert balance(sunny) == 30 + 60
    said = correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: Sku("OAT-BBB-12CT")})
    assert (said, balance(sunny)) == (Corrected(30, 0, 30), 90)
    assert isinstance(correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {0: None}), Corrected)
    assert balance(sunny) == 60
