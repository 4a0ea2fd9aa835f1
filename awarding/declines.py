"""Declines in words, and those that a person or the policy makes of what would have paid."""

from __future__ import annotations

from dataclasses import replace

from receipts.award import Decline, DeclineReason, RuleAnswer, RuleOutcome
from receipts.money import Points
from receipts.receipt import Receipt

_DECLINE_SENTENCES: dict[DeclineReason, str] = {
    DeclineReason.NOTHING_ELIGIBLE: "None of the products on this receipt earn points at the moment.",
    DeclineReason.ALREADY_PAID: "The products of this purchase have earned their points before.",
    DeclineReason.CAP_REACHED: (
        "You have already earned the most that one member can in this campaign, so this receipt adds nothing."
    ),
    DeclineReason.NO_CAMPAIGN: "No campaign counts purchases of this day at this shop.",
    DeclineReason.REFUND: "This is a receipt of a refund, and refunds earn no points.",
    DeclineReason.REVIEWER: "One of us looked at this receipt and could not accept it.",
    DeclineReason.POLICY: (
        "We could not accept this receipt by ourselves, and we may be wrong: ask us to look on the receipt's"
        " page, and one of us will."
    ),
    DeclineReason.WITHDRAWN: (
        "You withdrew this receipt, so it earned nothing. If you want it to count after all, send it again."
    ),
}
_NO_LINES_SENTENCE = (
    "We found no products on this receipt. A card's slip names none: then please send the shop's receipt,"
    " which lists what you bought. If this is that receipt, please lay it flat in good light and send a new"
    " photo; it will be treated as if it were the first."
)
_MISSED_LINES_SENTENCE = (
    " Some lines could not be read: if one of our products is missing, please send a sharper photo."
)


CAPS_REACHED = frozenset({RuleAnswer.CAPPED, RuleAnswer.BUDGET_SPENT, RuleAnswer.LIMIT_REACHED})
_NEAR = frozenset(
    {
        RuleAnswer.TOO_LITTLE,
        RuleAnswer.OTHER_CURRENCY,
        RuleAnswer.TOO_FEW,
        RuleAnswer.OTHER_PURCHASE,
        RuleAnswer.NOT_BIRTHDAY,
        RuleAnswer.OTHER_MEMBER,
    }
)
"""Answers that say what the member may do another time."""


def decline_sentence(reason: DeclineReason, receipt: Receipt, outcomes: tuple[RuleOutcome, ...]) -> str:
    """What the member reads of a decline that nobody made by hand."""
    if reason is DeclineReason.CAP_REACHED:
        return _cap_sentence(outcomes)
    if reason is not DeclineReason.NOTHING_ELIGIBLE:
        return _DECLINE_SENTENCES[reason]
    if not receipt.items:
        return _NO_LINES_SENTENCE
    near = (each for each in outcomes if each.answer in _NEAR)
    sentence = next((each.sentence for each in near), _DECLINE_SENTENCES[reason])
    return sentence if receipt.balanced else sentence + _MISSED_LINES_SENTENCE


def _cap_sentence(outcomes: tuple[RuleOutcome, ...]) -> str:
    """A member's cap has its own words; of another cap the rule's sentence says which it is."""
    reached = [each for each in outcomes if each.answer in CAPS_REACHED]
    if len({each.answer for each in reached}) == 1 and reached[0].answer is not RuleAnswer.CAPPED:
        return reached[0].sentence
    return _DECLINE_SENTENCES[DeclineReason.CAP_REACHED]


def declined_by_reviewer(*, note: str, outcomes: tuple[RuleOutcome, ...]) -> Decline:
    """A person's refusal.

    Args:
        note: the reviewer's words for the member; may be empty.
        outcomes: of the decision that held the receipt; those that would have paid are marked as refused.
    """
    sentence = _DECLINE_SENTENCES[DeclineReason.REVIEWER]
    words = note.strip()
    return Decline(
        reason=DeclineReason.REVIEWER,
        member_sentence=f"{sentence} {words}" if words else sentence,
        outcomes=tuple(
            _refused(outcome, DeclineReason.REVIEWER) if outcome.points else outcome for outcome in outcomes
        ),
    )


def declined_by_policy(*, outcomes: tuple[RuleOutcome, ...]) -> Decline:
    """The policy's refusal, which a person may overturn.

    Args:
        outcomes: what approval would pay; those that would have paid are marked as refused.
    """
    sentence = _DECLINE_SENTENCES[DeclineReason.POLICY]
    return Decline(
        reason=DeclineReason.POLICY,
        member_sentence=sentence,
        would_pay=Points(sum(outcome.points for outcome in outcomes)),
        outcomes=tuple(
            _refused(outcome, DeclineReason.POLICY) if outcome.points else outcome for outcome in outcomes
        ),
    )


def declined_as_withdrawn(*, outcomes: tuple[RuleOutcome, ...]) -> Decline:
    """What becomes of a receipt that its member took back.

    Args:
        outcomes: what was worked out until then; those that would have paid are marked as refused.
    """
    return Decline(
        reason=DeclineReason.WITHDRAWN,
        member_sentence=_DECLINE_SENTENCES[DeclineReason.WITHDRAWN],
        outcomes=tuple(
            _refused(outcome, DeclineReason.WITHDRAWN) if outcome.points else outcome for outcome in outcomes
        ),
    )


def _refused(outcome: RuleOutcome, by: DeclineReason) -> RuleOutcome:
    return replace(
        outcome,
        answer=RuleAnswer.REFUSED,
        points=Points(0),
        positions=(),
        sentence=_DECLINE_SENTENCES[by],
    )
