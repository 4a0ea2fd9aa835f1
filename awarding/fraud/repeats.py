"""What a repeated receipt means, by who sent the earlier one and what became of it."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from awarding.fraud.evidence import EarlierReceipt
from receipts.fraud import Strength
from receipts.state import ReceiptState


class Repeat(Enum):
    """Kinds of repetition, the weightiest first."""

    OTHER_MEMBER = "other_member"
    OWN_REFUSED = "own_refused"
    OWN_WAITING = "own_waiting"
    OWN_PAID = "own_paid"
    OWN_ON_ITS_WAY = "own_on_its_way"
    OWN_WITHDRAWN = "own_withdrawn"
    """Taken back by the member before it was paid: nobody has judged it."""
    OWN_UNPAID = "own_unpaid"
    """Rejected, failed, or read and paid nothing: another photo is welcome."""


def kind_of_repeat(earlier: EarlierReceipt) -> Repeat:
    """Whose it is and where it stands."""
    if not earlier.own:
        return Repeat.OTHER_MEMBER
    if earlier.refused:
        return Repeat.OWN_REFUSED
    if earlier.withdrawn:
        return Repeat.OWN_WITHDRAWN
    match earlier.state:
        case ReceiptState.HELD:
            return Repeat.OWN_WAITING
        case ReceiptState.AWARDED:
            return Repeat.OWN_PAID
        case ReceiptState.RECEIVED | ReceiptState.READ | ReceiptState.MATCHED | ReceiptState.SCREENED:
            return Repeat.OWN_ON_ITS_WAY
        case ReceiptState.DECLINED | ReceiptState.REJECTED | ReceiptState.FAILED:
            return Repeat.OWN_UNPAID
        case _:
            assert_never(earlier.state)


REPEAT_CHECKS = frozenset({"same_bytes", "same_purchase"})
"""A receipt that waited for nothing but these leaves no strike, whatever the reviewer decided.

Two of a household who both send one purchase are told so kindly, and one of them has to be refused; whoever
sends what is not theirs is held each time anyway.
"""
BESIDE_REPEATS = frozenset({"same_picture"})
"""May be said of such a receipt as well. By itself it may be of a photo whose facts were changed."""

EARNED_NOTHING = frozenset({Repeat.OWN_WITHDRAWN, Repeat.OWN_UNPAID})
"""One's own that nothing was paid for, nor will be: what comes now is as good as the first."""


def weightiest(earlier: tuple[EarlierReceipt, ...]) -> EarlierReceipt:
    """The one that decides among several; the oldest of equals. `earlier` is not empty."""
    order = list(Repeat)
    return min(earlier, key=lambda each: (order.index(kind_of_repeat(each)), each.submitted_at))


def strength_of(repeat: Repeat) -> Strength:
    """Strong where paying by itself could pay twice or undo a person's decision.

    One's own paid receipt is weak: the claims pay its lines once, so nothing is lost and nobody is to blame.
    """
    match repeat:
        case Repeat.OTHER_MEMBER | Repeat.OWN_REFUSED | Repeat.OWN_WAITING:
            return Strength.STRONG
        case Repeat.OWN_PAID | Repeat.OWN_ON_ITS_WAY | Repeat.OWN_WITHDRAWN | Repeat.OWN_UNPAID:
            return Strength.WEAK
        case _:
            assert_never(repeat)


MEMBER_SENTENCES: dict[Repeat, str] = {
    Repeat.OTHER_MEMBER: (
        "This purchase has been sent to us from another account as well, perhaps by someone in your"
        " household. Each purchase counts once, so one of us will have a look."
    ),
    Repeat.OWN_REFUSED: (
        "You sent this receipt before and one of us looked at it then. We will look at it once more."
    ),
    Repeat.OWN_WAITING: (
        "You sent this receipt before and it is waiting for one of us. There is no need to send it again."
    ),
    Repeat.OWN_PAID: "You sent this receipt before. Lines that already earned points do not earn them again.",
    Repeat.OWN_ON_ITS_WAY: "You sent this receipt a moment ago. Each purchase counts once.",
    Repeat.OWN_WITHDRAWN: "You withdrew this receipt before, and sent it again: it counts now.",
    Repeat.OWN_UNPAID: "Thank you for sending this receipt again.",
}
"""What the member is told for each kind: the same words whether the file or the purchase is repeated."""

REVIEWER_WORDS: dict[Repeat, str] = {
    Repeat.OTHER_MEMBER: "another member's receipt",
    Repeat.OWN_REFUSED: "the member's own receipt that a reviewer declined",
    Repeat.OWN_WAITING: "the member's own receipt that waits for review",
    Repeat.OWN_PAID: "the member's own receipt that was paid",
    Repeat.OWN_ON_ITS_WAY: "the member's own receipt that is being processed",
    Repeat.OWN_WITHDRAWN: "the member's own receipt that they withdrew",
    Repeat.OWN_UNPAID: "the member's own receipt that earned nothing",
}
