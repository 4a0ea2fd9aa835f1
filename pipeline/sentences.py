"""What a member is told about each state, in plain words: the page, a mail and a text say the same."""

from __future__ import annotations

from receipts.errors import MEMBER_SENTENCES, RejectionReason
from receipts.state import ReceiptState

STATE_SENTENCES: dict[ReceiptState, str] = {
    ReceiptState.RECEIVED: "We have your receipt and are about to read it.",
    ReceiptState.READ: "We have read your receipt and are looking for products that earn points.",
    ReceiptState.MATCHED: "We are checking your receipt.",
    ReceiptState.SCREENED: "We are working out your points.",
    ReceiptState.AWARDED: "Your points are in your account.",
    ReceiptState.DECLINED: "This receipt earned no points.",
    ReceiptState.REJECTED: "We could not use this file.",
    ReceiptState.HELD: "A person will look at this receipt. You need not do anything.",
    ReceiptState.FAILED: "Something went wrong on our side. We have your receipt and will try again.",
}


_NOTHING_IN_THE_MAIL = (
    "We found no receipt in your mail. Please forward the shop's own mail, or attach a photo or PDF of the"
    " receipt."
)
MAIL_SENTENCES: dict[RejectionReason, str] = dict.fromkeys(
    (
        RejectionReason.EMPTY,
        RejectionReason.NO_TEXT,
        RejectionReason.NOT_A_RECEIPT,
        RejectionReason.UNREADABLE,
        RejectionReason.UNSUPPORTED_TEXT,
        RejectionReason.UNSUPPORTED_WEB_PAGE,
    ),
    _NOTHING_IN_THE_MAIL,
)
"""What is said in other words to someone who sent a mail: they chose no file and took no photo."""


def state_sentence(state: ReceiptState, rejection_code: str | None = None, *, of_mail: bool = False) -> str:
    """What the member reads: for a rejection, what happened and what to do next.

    `of_mail` of a mail as a whole, in which nothing was found; a file in it is a file like any other.
    """
    if state is ReceiptState.REJECTED and rejection_code is not None:
        if of_mail and (said := MAIL_SENTENCES.get(RejectionReason(rejection_code))):
            return said
        return MEMBER_SENTENCES[RejectionReason(rejection_code)]
    return STATE_SENTENCES[state]
