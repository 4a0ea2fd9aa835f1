"""Which decisions are drawn for blind review, and what the answers say of the policy's error rates.

A receipt is drawn by its id and the installation's secret: the same receipt is always drawn or never, and who
sends receipts can neither foresee nor steer it. A blind review changes nothing by itself: points stay as they
are, and the member sees nothing of it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.fraud.rates import Rate, rate_of
from pipeline.clock import utc_now
from pipeline.judging import policy_of
from pipeline.steps.artefacts import READING, load, receipt_from, transcript_from
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.award import Award, Decision, Decline, DeclineReason
from receipts.database.repositories.blind_reviews import (
    ACCEPT,
    DECLINE,
    PASS,
    REFUSE,
    BlindReview,
    BlindReviews,
)
from receipts.database.repositories.work import WorkItem
from receipts.database.tables import ReceiptRow
from receipts.fraud import Screening
from receipts.identity import AccountId, BlindReviewId, ProgramId, ReceiptId, Sha256
from receipts.receipt import Receipt

_DRAW_BYTES = 8
_DRAW_PLACES = 2.0**64
"""As many as there are numbers of so many bytes."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A decision that is to be looked at blindly."""

    receipt_id: ReceiptId
    decided: str
    policy_version: int

    def write(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        """Put it among those that wait."""
        BlindReviews(session, program_id, now).draw(
            self.receipt_id, decided=self.decided, policy_version=self.policy_version
        )


def draw_of(wiring: Wiring, item: WorkItem, decision: Decision, screening: Screening) -> Draw | None:
    """The draw, if the policy samples such decisions and this receipt is one of the share."""
    program_id, receipt_id = item.program_id, item.receipt_id
    if isinstance(decision, Award):
        decided = PASS
    elif isinstance(decision, Decline) and decision.reason is DeclineReason.POLICY:
        decided = DECLINE
    else:
        return None
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        policy = policy_of(session, program, screening.policy_version)
    if policy is None:
        return None
    share = policy.sampled_passes if decided == PASS else policy.sampled_declines
    if not is_drawn(wiring.secret_key, program_id, receipt_id, share):
        return None
    return Draw(receipt_id, decided, screening.policy_version)


def is_drawn(secret_key: str, program_id: ProgramId, receipt_id: ReceiptId, share: float) -> bool:
    """Whether the receipt is one of the share; a larger share draws all that a smaller one does."""
    signed = f"tillpoints blind review {program_id}.{receipt_id}".encode(errors="replace")
    digest = hmac.new(secret_key.encode(), signed, hashlib.sha256).digest()
    place = int.from_bytes(digest[:_DRAW_BYTES], "big")
    return place < share * _DRAW_PLACES


@dataclass(frozen=True, slots=True)
class BlindView:
    """What a reviewer sees of a drawn receipt: the paper and what was read, and nothing of the decision.

    Attributes:
        text: what the document says, where it has no picture.
    """

    review: BlindReview
    receipt: Receipt
    picture_sha256: Sha256 | None
    text: str


@dataclass(frozen=True, slots=True)
class PolicyRates:
    """How often the policy decides wrongly, by those who looked without knowing.

    Attributes:
        false_approve: of what passed, the share that a person would have refused.
        false_decline: of what the policy declined, the share that a person would have accepted.
        waiting: drawn and not answered.
        disagreed: the latest that were answered against the decision.
    """

    false_approve: Rate
    false_decline: Rate
    waiting: int
    disagreed: tuple[BlindReview, ...]


class Answered(Enum):
    """What came of an answer."""

    KEPT = "kept"
    ANSWERED_BEFORE = "answered_before"
    NO_SUCH_REVIEW = "no_such_review"


def waiting_reviews(
    wiring: Wiring, *, program_id: ProgramId, after: int = 0, limit: int = 50
) -> tuple[BlindReview, ...]:
    """What waits for an answer, oldest first."""
    with wiring.database.read() as session:
        return BlindReviews(session, program_id, utc_now()).waiting(after=after, limit=limit)


def blind_view(wiring: Wiring, *, program_id: ProgramId, review_id: BlindReviewId) -> BlindView | None:
    """One drawn receipt; None where the program has no such review."""
    with wiring.database.read() as session:
        review = BlindReviews(session, program_id, utc_now()).find(review_id)
        if review is None:
            return None
        stored = session.scalar(select(ReceiptRow.picture_sha256).where(ReceiptRow.id == review.receipt_id))
    picture = None if stored is None else Sha256(stored)
    (reading,) = load(wiring, review.receipt_id, READING)
    text = "" if picture is not None else transcript_from(reading).text
    return BlindView(review, receipt_from(reading), picture, text)


def answer_blindly(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    review_id: BlindReviewId,
    reviewer: AccountId,
    accept: bool,
    note: str,
) -> Answered:
    """Keep a person's answer. Nothing is paid or taken back by it."""
    with wiring.database.write() as session:
        reviews = BlindReviews(session, program_id, utc_now())
        if reviews.find(review_id) is None:
            return Answered.NO_SUCH_REVIEW
        kept = reviews.answer(review_id, accept=accept, reviewer=reviewer, note=note.strip())
    return Answered.KEPT if kept else Answered.ANSWERED_BEFORE


DISAGREED_SHOWN = 20
"""The latest disagreements on a page; the rates count all."""


def policy_rates(wiring: Wiring, *, program_id: ProgramId) -> PolicyRates:
    """The rates so far."""
    with wiring.database.read() as session:
        reviews = BlindReviews(session, program_id, utc_now())
        counts = reviews.counts()
        disagreed = reviews.disagreed(limit=DISAGREED_SHOWN)

    def rate(decided: str, wrong: str) -> Rate:
        answered = sum(counts.get((decided, answer), 0) for answer in (ACCEPT, REFUSE))
        return rate_of(counts.get((decided, wrong), 0), answered)

    return PolicyRates(
        false_approve=rate(PASS, REFUSE),
        false_decline=rate(DECLINE, ACCEPT),
        waiting=sum(count for (_, answer), count in counts.items() if not answer),
        disagreed=disagreed,
    )
