"""What lines of a settled receipt are: one person says so, and where it adds much another agrees.

Above the program's `second_above` points a correction is kept and changes nothing until another person
agrees. What single persons' corrections of one receipt add is counted together, so that much cannot be added
line by line. It is done before the second word is kept and changes nothing when done twice, so whoever was
interrupted agrees again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy.orm import Session

from pipeline.choices import UnknownChoice, chosen_products
from pipeline.clock import utc_now
from pipeline.past import past_of
from pipeline.redecide import paid_by
from pipeline.rematch_adopt import Within
from pipeline.review_terms import review_terms_of
from pipeline.take_back import AddsTooMuchError, Corrected, NotPaid, TooMuch, correct, where_paid
from pipeline.wiring import Wiring
from receipts.database.repositories.line_corrections import (
    CorrectionStatus,
    LineCorrection,
    LineCorrections,
)
from receipts.identity import AccountId, ProgramId, ReceiptId, Sku


@dataclass(frozen=True, slots=True)
class Proposed:
    """Another person has to agree; nothing was posted."""

    id: str
    points: int


@dataclass(frozen=True, slots=True)
class Refused:
    """It was proposed, and another person let the receipt stand."""

    receipt_id: ReceiptId


@dataclass(frozen=True, slots=True)
class Agreed:
    """It was proposed, another person agreed, and it is done."""

    receipt_id: ReceiptId
    done: Corrected


@dataclass(frozen=True, slots=True)
class NoSuchCorrection:
    """The program has none of that id."""


@dataclass(frozen=True, slots=True)
class NotWaiting:
    """It was answered, or replaced by another, or its receipt is not settled any more."""


@dataclass(frozen=True, slots=True)
class OnesOwn:
    """Who proposed a correction is not the second person."""


@dataclass(frozen=True, slots=True)
class AddsMore:
    """It would add more now than what the second person was shown."""

    points: int


def correct_lines(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    said: Mapping[int, Sku | None],
    by: AccountId,
) -> Corrected | Proposed | NotPaid | UnknownChoice:
    """Correct at once, or propose where one person may not add as much."""
    limit = review_terms_of(wiring, program_id).second_above
    most = None
    if limit is not None:
        with wiring.database.read() as session:
            most = limit - LineCorrections(session, program_id, utc_now()).added_alone(receipt_id)
        points = would_add(wiring, program_id, receipt_id, said)
        if not isinstance(points, int):
            return points
        if points > max(0, most):
            return _propose(wiring, program_id, receipt_id, said, by, points)
    note = _Note(program_id, receipt_id, said, by, limit)
    done = correct(wiring, program_id, receipt_id, said, most=most, note=note)
    if isinstance(done, TooMuch):
        return _propose(wiring, program_id, receipt_id, said, by, done.points)
    if isinstance(done, Corrected) and (alone := done.taken - note.counted):
        with wiring.database.write() as session:
            note.keep(session, -alone)
    return done


@dataclass(slots=True)
class _Note:
    """What one person adds to a purchase, counted while nobody else adds to it.

    Attributes:
        limit: that it must not exceed in all.
        counted: points taken back that were set against points added.
    """

    program_id: ProgramId
    receipt_id: ReceiptId
    said: Mapping[int, Sku | None]
    by: AccountId
    limit: int | None
    counted: int = 0

    def within(self, taken: int) -> Within:
        return Within(self._begin, partial(self._done, taken=taken))

    def keep(self, session: Session, points: int) -> None:
        corrections = LineCorrections(session, self.program_id, utc_now())
        corrections.add(self.receipt_id, self.said, self.by, points=points, status=CorrectionStatus.ALONE)

    def _begin(self, session: Session) -> None:
        LineCorrections(session, self.program_id, utc_now()).hold_purchase(self.receipt_id)

    def _done(self, session: Session, gained: int, taken: int) -> None:
        points = gained - taken
        if self.limit is not None:
            added = LineCorrections(session, self.program_id, utc_now()).added_alone(self.receipt_id)
            if points > max(0, self.limit - added):
                raise AddsTooMuchError(points)
        self.keep(session, points)
        self.counted += taken


def would_add(
    wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId, said: Mapping[int, Sku | None]
) -> int | NotPaid | UnknownChoice:
    """Points that the receipt would be paid with these lines beyond what it was; below zero for less."""
    points = 0
    for photo, lines in where_paid(wiring, program_id, receipt_id, said):
        past = past_of(wiring, program_id, photo)
        if past is None:
            return NotPaid()
        chosen = chosen_products(wiring, program_id, past.matching, lines)
        if isinstance(chosen, UnknownChoice):
            return chosen
        answers = {match.position: match for match in chosen.matches if match.position in lines}
        matches = tuple(answers.get(match.position, match) for match in past.matching.matches)
        looked_at = replace(past, matching=replace(past.matching, matches=matches), approved=True)
        points += paid_by(wiring, looked_at) - past.points
    return points


def answer_correction(
    wiring: Wiring, program_id: ProgramId, correction_id: str, by: AccountId, *, agree: bool
) -> Agreed | Refused | NoSuchCorrection | NotWaiting | OnesOwn | AddsMore:
    """The second person's word."""
    with wiring.database.read() as session:
        found = LineCorrections(session, program_id, utc_now()).find(correction_id)
    if found is None:
        return NoSuchCorrection()
    if found.status is not CorrectionStatus.PROPOSED:
        return NotWaiting()
    if found.proposed_by == by:
        return OnesOwn()
    done: Agreed | Refused = Refused(found.receipt_id)
    if agree:
        points = would_add(wiring, program_id, found.receipt_id, found.lines)
        if not isinstance(points, int):
            return NotWaiting()
        if points > found.points:
            return AddsMore(points)
        came = correct(wiring, program_id, found.receipt_id, found.lines)
        if not isinstance(came, Corrected):
            return NotWaiting()
        done = Agreed(found.receipt_id, came)
    with wiring.database.write() as session:
        answered = LineCorrections(session, program_id, utc_now()).decide(correction_id, by, agree=agree)
    return done if answered else NotWaiting()


def waiting_corrections(wiring: Wiring, program_id: ProgramId, *, limit: int) -> tuple[LineCorrection, ...]:
    """Those that a second person has to agree to, oldest first."""
    with wiring.database.read() as session:
        return LineCorrections(session, program_id, utc_now()).waiting(limit=limit)


def _propose(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    said: Mapping[int, Sku | None],
    by: AccountId,
    points: int,
) -> Proposed:
    with wiring.database.write() as session:
        corrections = LineCorrections(session, program_id, utc_now())
        before = corrections.waiting_on(receipt_id)
        if before is not None and (before.proposed_by, before.points, dict(before.lines)) == (
            by,
            points,
            dict(said),
        ):
            return Proposed(before.id, points)
        made = corrections.add(receipt_id, said, by, points=points, status=CorrectionStatus.PROPOSED)
    return Proposed(made, points)
