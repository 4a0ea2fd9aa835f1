"""A held receipt leaves through its case: decided once, by the same rules, into the same books."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from fixtures.scenarios.stage import own
from pipeline.choices import UnknownChoice
from pipeline.held import DecidedBefore, NoSuchCase
from pipeline.review import LookAgain, Resolved, resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.views import ReceiptView, open_cases, statement
from receipts.award import Award, Decline, DeclineReason
from receipts.identity import ProgramId, ReviewCaseId, Sku
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today

LONG_AGO = dt.timedelta(days=90)


def held(sunny: Shop) -> ReceiptView:
    """Too old by the program's window."""
    (sent,) = sunny.send(e_receipt("old", OATS, MILK, bought_on=today() - LONG_AGO)).receipts
    assert run(sunny.wiring, sent.id) is ReceiptState.HELD
    return sunny.view(sent.id)


def decide(
    sunny: Shop,
    case: ReviewCaseId | None,
    *,
    approve: bool = True,
    products: dict[int, Sku | None] | None = None,
    note: str = "",
    program: ProgramId = SAMPLE_PROGRAM.id,
) -> object:
    assert case is not None
    return resolve_case(
        sunny.wiring,
        program_id=program,
        case_id=case,
        reviewer=sunny.ruth,
        approve=approve,
        products=products or {},
        note=note,
    )


def balance(sunny: Shop) -> int:
    found = statement(sunny.wiring, program_id=SAMPLE_PROGRAM.id, member_id=sunny.maya)
    assert found is not None
    return found.balance


def messages(sunny: Shop) -> list[str]:
    return [kind for (kind,) in sunny.rows("SELECT type FROM messages ORDER BY sequence")]


def test_held_says_why_and_promises_nothing_yet(sunny: Shop) -> None:
    view = held(sunny)
    assert view.would_pay == 30
    assert "30 days" in view.reasons[0]
    assert balance(sunny) == 0
    (case,) = open_cases(sunny.wiring, program_id=SAMPLE_PROGRAM.id)
    assert (case.case.id, case.case.would_pay, case.member_name) == (view.case_id, 30, "Maya Lopez")
    assert open_cases(sunny.wiring, program_id=ProgramId("other")) == ()


def test_approval_pays_what_was_promised_once(sunny: Shop) -> None:
    view = held(sunny)
    resolved = decide(sunny, view.case_id, note="bought abroad")
    assert isinstance(resolved, Resolved)
    assert isinstance(resolved.decision, Award)
    assert decide(sunny, view.case_id, approve=False) == DecidedBefore("approved")
    after = sunny.view(view.id)
    assert (after.state, after.points, balance(sunny)) == (ReceiptState.AWARDED, 30, 30)
    assert after.versions["decision"]["reviewer"] == sunny.ruth
    assert messages(sunny) == ["receipt.held", "points.awarded"]
    assert open_cases(sunny.wiring, program_id=SAMPLE_PROGRAM.id) == ()


def test_a_decline_pays_nothing_and_tells_the_note(sunny: Shop) -> None:
    view = held(sunny)
    resolved = decide(sunny, view.case_id, approve=False, note="The picture shows another shop.")
    assert isinstance(resolved, Resolved)
    assert isinstance(resolved.decision, Decline)
    after = sunny.view(view.id)
    assert (after.state, after.points, balance(sunny)) == (ReceiptState.DECLINED, 0, 0)
    assert "The picture shows another shop." in after.reasons[0]
    assert messages(sunny) == ["receipt.held", "receipt.declined"]


def test_a_line_that_the_reviewer_settles_is_paid_as_settled(sunny: Shop) -> None:
    vague = own("OAT-HCG-12Z", 499, printed="OATMERE HNY CRNCH GRNL")
    (sent,) = sunny.send(e_receipt("vague", vague, MILK, layout="narrow")).receipts
    assert run(sunny.wiring, sent.id) is ReceiptState.HELD
    view = sunny.view(sent.id)
    resolved = decide(sunny, view.case_id, products={0: Sku("OAT-HCG-24Z")})
    assert isinstance(resolved, Resolved)
    after = sunny.view(sent.id)
    assert after.points == 40 + 50
    product = after.lines[0].product
    assert product is not None
    assert product.size == "24 OZ"
    assert after.versions["matching"] == {"reviewer": sunny.ruth}


def test_not_ours_is_an_answer_too(sunny: Shop) -> None:
    view = held(sunny)
    resolved = decide(sunny, view.case_id, products={0: None})
    assert isinstance(resolved, Resolved)
    assert isinstance(resolved.decision, Decline)
    assert resolved.decision.reason is DeclineReason.NOTHING_ELIGIBLE
    assert sunny.view(view.id).state is ReceiptState.DECLINED


@pytest.mark.parametrize(
    ("products", "said"), [({9: None}, "no line 9"), ({0: Sku("NOPE")}, "no product NOPE")]
)
def test_a_choice_that_is_not_there_changes_nothing(
    sunny: Shop, products: dict[int, Sku | None], said: str
) -> None:
    view = held(sunny)
    answer = decide(sunny, view.case_id, products=products)
    assert isinstance(answer, UnknownChoice)
    assert said in answer.sentence
    assert sunny.view(view.id).state is ReceiptState.HELD


def test_another_program_has_no_such_case(sunny: Shop) -> None:
    view = held(sunny)
    assert decide(sunny, view.case_id, program=ProgramId("other")) == NoSuchCase()
    assert sunny.view(view.id).state is ReceiptState.HELD


def test_a_purchase_paid_meanwhile_is_shown_before_it_can_be_approved(sunny: Shop) -> None:
    data = e_receipt("both", OATS)
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data, member=sunny.tom).receipts
    # The later one is held while the first is still on its way, then the first is paid.
    assert run(sunny.wiring, second.id) is ReceiptState.HELD
    assert run(sunny.wiring, first.id) is ReceiptState.AWARDED
    case = sunny.view(second.id).case_id
    again = decide(sunny, case)
    assert isinstance(again, LookAgain)
    assert again.related == (first.id,)
    resolved = decide(sunny, case)
    assert isinstance(resolved, Resolved)
    assert isinstance(resolved.decision, Decline)
    assert resolved.decision.reason is DeclineReason.ALREADY_PAID
    assert sunny.rows("SELECT sum(points) FROM ledger_entries") == [(30,)]


def test_two_held_photos_of_one_purchase_are_not_both_approved_unseen(sunny: Shop) -> None:
    """The second one's case was opened before the first was paid, under another purchase key."""
    old = today() - LONG_AGO
    data = e_receipt("twins", OATS, bought_on=old)
    (first,) = sunny.send(data).receipts
    (second,) = sunny.send(data + b"\n% another file\n", member=sunny.tom).receipts
    assert run(sunny.wiring, first.id) is ReceiptState.HELD
    assert run(sunny.wiring, second.id) is ReceiptState.HELD
    with sunny.wiring.database.write() as session:
        session.execute(
            text("UPDATE receipts SET purchase_key = purchase_key || 'x' WHERE id = :id"), {"id": second.id}
        )
    cases = [sunny.view(receipt.id).case_id for receipt in (second, first)]
    assert isinstance(decide(sunny, cases[0]), Resolved)
    again = decide(sunny, cases[1])
    assert isinstance(again, LookAgain)
    assert again.related == (second.id,)
    shown = sunny.view(first.id).screening
    assert shown is not None
    assert any(second.id in signal.related for signal in shown.signals), "the case shows it now"
    resolved = decide(sunny, cases[1])
    assert isinstance(resolved, Resolved)
    assert isinstance(resolved.decision, Decline)
    assert sunny.rows("SELECT sum(points) FROM ledger_entries") == [(30,)]
