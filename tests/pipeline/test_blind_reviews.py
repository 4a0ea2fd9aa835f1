"""Blind review: what is drawn, and that an answer only counts."""

from __future__ import annotations

from pipeline.review import Resolved
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.sampling import Answered, answer_blindly, blind_view, policy_rates, waiting_reviews
from receipts.identity import BlindReviewId, ProgramId
from receipts.state import ReceiptState
from tests.pipeline.conftest import Shop
from tests.pipeline.test_policies import OLD_DECLINES, put, sent
from tests.pipeline.test_review import balance, decide, messages

ALL = {"sampling": {"passes": 1, "declines": 1}}


def answer(shop: Shop, review: BlindReviewId, *, accept: bool, program: ProgramId | None = None) -> Answered:
    return answer_blindly(
        shop.wiring,
        program_id=program or SAMPLE_PROGRAM.id,
        review_id=review,
        reviewer=shop.ruth,
        accept=accept,
        note=" a screen ",
    )


def test_passes_and_declines_are_drawn_and_answers_change_nothing(sunny: Shop) -> None:
    put(sunny, {**OLD_DECLINES, **ALL})
    passed, declined = sent(sunny, "fine", old=False), sent(sunny, "old", old=True)
    drawn = waiting_reviews(sunny.wiring, program_id=SAMPLE_PROGRAM.id)
    assert [(each.receipt_id, each.decided) for each in drawn] == [(passed, "pass"), (declined, "decline")]
    before = (sunny.view(passed), sunny.view(declined), balance(sunny), messages(sunny))
    assert answer(sunny, drawn[0].id, accept=False, program=ProgramId("other")) is Answered.NO_SUCH_REVIEW
    assert answer(sunny, drawn[0].id, accept=False) is Answered.KEPT
    assert answer(sunny, drawn[0].id, accept=True) is Answered.ANSWERED_BEFORE
    assert policy_rates(sunny.wiring, program_id=SAMPLE_PROGRAM.id).waiting == 1
    assert answer(sunny, drawn[1].id, accept=False) is Answered.KEPT
    assert (sunny.view(passed), sunny.view(declined), balance(sunny), messages(sunny)) == before
    rates = policy_rates(sunny.wiring, program_id=SAMPLE_PROGRAM.id)
    assert (rates.false_approve.wrong, rates.false_approve.looked_at) == (1, 1)
    assert (rates.false_decline.wrong, rates.false_decline.looked_at) == (0, 1)
    assert [(each.receipt_id, each.note) for each in rates.disagreed] == [(passed, "a screen")]
    assert policy_rates(sunny.wiring, program_id=ProgramId("other")).disagreed == ()
    view = blind_view(sunny.wiring, program_id=SAMPLE_PROGRAM.id, review_id=drawn[0].id)
    assert view is not None
    assert "Dollar Lantern" in view.text
    assert blind_view(sunny.wiring, program_id=ProgramId("other"), review_id=drawn[0].id) is None


def test_what_a_person_decided_is_not_drawn_nor_anything_without_a_share(sunny: Shop) -> None:
    sent(sunny, "unsampled", old=False)
    put(sunny, {"version": 2, **ALL})
    receipt = sent(sunny, "old", old=True)
    assert sunny.view(receipt).state is ReceiptState.HELD
    assert isinstance(decide(sunny, sunny.view(receipt).case_id), Resolved)
    assert waiting_reviews(sunny.wiring, program_id=SAMPLE_PROGRAM.id) == ()
