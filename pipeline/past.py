"""A settled receipt: what it was read, matched and decided as, and what was brought back of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.returned import what_is_left
from awarding.standing import MemberStanding
from pipeline.said_elsewhere import as_said
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    READING,
    SCREENING,
    Matching,
    decision_from,
    load,
    matching_from,
    purchase_keys_from,
    receipt_from,
)
from pipeline.steps.compared import Compared, compared_from
from pipeline.steps.paid_lines import positions_held
from pipeline.steps.settle import UNNAMED_PURCHASE, Subject
from pipeline.wiring import Wiring
from receipts.award import Award, Decision
from receipts.catalog import CatalogProduct
from receipts.database.codec import from_json
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.returns import Returns
from receipts.database.tables import ReceiptRow, ReviewCaseRow, SubmissionRow
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, Sku, SubmissionId
from receipts.money import Points
from receipts.receipt import Receipt
from receipts.state import ReceiptState
from receipts.submission import Channel

SETTLED = (ReceiptState.AWARDED.value, ReceiptState.DECLINED.value)


@dataclass(frozen=True, slots=True)
class Past:
    """A settled receipt, with what the fraud checks' history is asked by.

    Attributes:
        gone: how much of each line was brought back.
    """

    receipt_id: ReceiptId
    number: int
    program_id: ProgramId
    submission_id: SubmissionId
    member_id: MemberId
    file_sha256: Sha256
    part: int
    received_at: datetime
    channel: Channel
    state: ReceiptState
    points: Points
    purchase_keys: tuple[str, ...]
    approved: bool
    receipt: Receipt
    matching: Matching
    decision: Decision
    compared: Compared
    gone: Mapping[int, Decimal]

    @property
    def left(self) -> Receipt:
        """The receipt without the goods that were brought back."""
        return what_is_left(self.receipt, self.gone)

    @property
    def subject(self) -> Subject:
        """As the books name it."""
        return Subject(
            program_id=self.program_id,
            member_id=self.member_id,
            receipt_id=self.receipt_id,
            submission_id=self.submission_id,
            channel=self.channel,
            purchase_key=self.purchase_keys[0],
        )

    @property
    def paid_lines(self) -> dict[int, Points]:
        """Points by line, as they were paid."""
        if not isinstance(self.decision, Award):
            return {}
        return {line.position: line.points for line in self.decision.lines}


def past_of(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> Past | None:
    """The receipt as it was settled; None where it is not, or the program has no such one."""
    with wiring.database.read() as session:
        found = session.execute(
            select(ReceiptRow, SubmissionRow.channel, ReviewCaseRow.status)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .outerjoin(ReviewCaseRow, ReviewCaseRow.receipt_id == ReceiptRow.id)
            .where(
                ReceiptRow.id == receipt_id,
                ReceiptRow.program_id == program_id,
                ReceiptRow.state.in_(SETTLED),
                ReceiptRow.file_sha256.is_not(None),  # none: its member was erased
            )
        ).one_or_none()
        gone = Returns(session, program_id).returned(receipt_id)
    if found is None:
        return None
    row, channel, case = found
    reading, matching, screening, decision = load(wiring, receipt_id, READING, MATCHING, SCREENING, DECISION)
    receipt, keys = receipt_from(reading), purchase_keys_from(screening, row.purchase_key or UNNAMED_PURCHASE)
    with wiring.database.read() as session:
        said = said_of(session, program_id, receipt_id, keys, receipt, matching_from(matching))
    return Past(
        receipt_id=receipt_id,
        number=row.number,
        program_id=program_id,
        submission_id=SubmissionId(row.submission_id),
        member_id=MemberId(row.member_id),
        file_sha256=Sha256(row.file_sha256 or ""),
        part=row.part,
        received_at=row.received_at,
        channel=Channel(channel),
        state=ReceiptState(row.state),
        points=Points(row.points or 0),
        purchase_keys=keys,
        approved=case == "approved",
        receipt=receipt,
        matching=said,
        decision=decision_from(decision),
        compared=compared_from(screening),
        gone=gone,
    )


def said_of(
    session: Session,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    keys: tuple[str, ...],
    receipt: Receipt,
    kept: Matching,
) -> Matching:
    """What was said of lines on other photos of the purchase, but of those that this one was paid for.

    What is said of these is said here, whichever photo a person looked at (`pipeline.take_back`).
    """
    said = as_said(session, program_id, receipt_id, keys, receipt, kept)
    if said == kept:
        return kept
    paid = positions_held(session, program_id, keys).get(receipt_id, set())
    both = zip(kept.matches, said.matches, strict=True)
    return replace(kept, matches=tuple(old if old.position in paid else new for old, new in both))


def member_then(wiring: Wiring, past: Past) -> MemberStanding | None:
    """The member as the receipt was paid by; None where that was not kept: no rule asked for it then."""
    (decided,) = load(wiring, past.receipt_id, DECISION)
    then = decided.versions.get("member")
    return None if then is None else from_json(MemberStanding, then)


def as_paid(wiring: Wiring, past: Past) -> dict[Sku, CatalogProduct]:
    """Products of the paid lines as they were then: one that left the catalog still takes up its claim.

    What was adopted before names a later catalog than that by which the first lines were paid.
    """
    named = {match.sku for match in past.matching.matches if match.position in past.paid_lines}
    wanted = frozenset(sku for sku in named if sku is not None)
    with wiring.database.read() as session:
        return ProgramData(session, past.program_id).products_as_matched(past.receipt_id, wanted)
