"""An old verdict worked out again, from the evidence that was kept and by the rule that judged then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.fraud.screen import CHECKS, screen
from pipeline.clock import utc_now
from pipeline.judging import Rule
from pipeline.snapshots import SnapshotError, evidence_of
from pipeline.steps.artefacts import (
    MATCHING,
    READING,
    SCREENING,
    matching_from,
    receipt_from,
    screening_from,
)
from pipeline.wiring import Wiring
from receipts.database.codec import from_json
from receipts.database.repositories.work import Artefact, Work
from receipts.database.tables import ReceiptRow
from receipts.fraud import FraudSignal, Screening
from receipts.identity import ProgramId, ReceiptId
from receipts.match import Match

NOT_KEPT = (
    "its evidence was not kept: it was screened by a release from before evidence was kept, so its verdict"
    " stands as it was written and cannot be worked out again"
)


class Outcome(Enum):
    """What came of working a verdict out again."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_KEPT = "not_kept"
    """The screening is older than the keeping of evidence, or was kept in a form this release cannot read."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One screening of a receipt, worked out again.

    Attributes:
        revision: which of its screenings; a receipt that was screened again has several.
        policy_version: of the policy that judged then, and that judged now.
        differences: a sentence each; empty where it is the same.
    """

    receipt_id: ReceiptId
    revision: int
    policy_version: int
    outcome: Outcome
    differences: tuple[str, ...] = ()


def replays(wiring: Wiring, *, program_id: ProgramId, receipt_id: ReceiptId) -> tuple[Replayed, ...] | None:
    """Each screening of the receipt again, the oldest first; None where the program has no such receipt."""
    with wiring.database.read() as session:
        known = session.scalar(
            select(ReceiptRow.id).where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
        if known is None:
            return None
        work = Work(session, utc_now())
        newest = work.artefact(receipt_id, SCREENING)
        found = []
        for revision in range(1, 1 + (0 if newest is None else newest.revision)):
            artefact = work.artefact(receipt_id, SCREENING, revision=revision)
            if artefact is not None:
                found.append(_replayed(session, receipt_id, artefact))
        return tuple(found)


def _replayed(session: Session, receipt_id: ReceiptId, artefact: Artefact) -> Replayed:
    then = screening_from(artefact)
    if "snapshot" not in artefact.body:
        return Replayed(receipt_id, artefact.revision, then.policy_version, Outcome.NOT_KEPT, (NOT_KEPT,))
    try:
        now = again(session, receipt_id, artefact, then)
    except (SnapshotError, ValidationError) as error:
        said = (f"its evidence cannot be read: {error}",)
        return Replayed(receipt_id, artefact.revision, then.policy_version, Outcome.NOT_KEPT, said)
    differences = tuple(differences_of(then, now))
    outcome = Outcome.DIFFERS if differences else Outcome.SAME
    return Replayed(receipt_id, artefact.revision, then.policy_version, outcome, differences)


def again(session: Session, receipt_id: ReceiptId, artefact: Artefact, then: Screening) -> Screening:
    """What the checks that ran then make of the kept evidence by the rule of then.

    Raises:
        SnapshotError: this release cannot read the evidence.
        pydantic.ValidationError: or not the rule.
    """
    snapshot = artefact.body["snapshot"]
    work = Work(session, utc_now())
    reading = work.artefact(receipt_id, READING, revision=snapshot["reading"] or None)
    if reading is None:
        raise SnapshotError(f"its reading {snapshot['reading']} is not there any more")
    evidence = evidence_of(snapshot, receipt_from(reading), _matches(work, receipt_id, snapshot))
    rule = from_json(Rule, artefact.body["rule"])
    ran = {signal.check for signal in then.signals}
    checks = tuple(check for check in CHECKS if check.name in ran)
    return screen(evidence, rule.thresholds, weights=rule.weights, checks=checks)


def _matches(work: Work, receipt_id: ReceiptId, snapshot: dict[str, Any]) -> tuple[Match, ...]:
    if not snapshot["matching"]:
        return ()
    matching = work.artefact(receipt_id, MATCHING, revision=snapshot["matching"])
    if matching is None:
        raise SnapshotError(f"its matching {snapshot['matching']} is not there any more")
    return matching_from(matching).matches


def differences_of(then: Screening, now: Screening) -> Iterator[str]:
    """A sentence for each thing that is not as it was."""
    for name in ("policy_version", "risk", "score", "hold_from", "decline_from"):
        was, is_now = getattr(then, name), getattr(now, name)
        if was != is_now:
            yield f"{name.replace('_', ' ')}: was {_shown(was)}, is {_shown(is_now)}"
    signals = {signal.check: signal for signal in now.signals}
    for signal in then.signals:
        yield from _signal_differences(signal, signals.get(signal.check))
    weighed = {each.check: each for each in now.weighed}
    for each in then.weighed:
        other = weighed.get(each.check)
        if other is not None and other != each:
            yield (
                f"{each.check}: weighed {each.weight:g} with a share of {each.share:.4f} ({each.act.value}),"
                f" weighs {other.weight:g} with a share of {other.share:.4f} ({other.act.value})"
            )


def _signal_differences(was: FraudSignal, now: FraudSignal | None) -> Iterator[str]:
    if now is None:
        yield f"{was.check}: this release has no such check"
        return
    if was.version != now.version:
        yield (
            f"{was.check}: version {was.version} judged then and version {now.version} now;"
            " the code of then is in the release of then"
        )
    for each in fields(FraudSignal):
        before, after = getattr(was, each.name), getattr(now, each.name)
        if each.name != "version" and before != after:
            yield f"{was.check}, {each.name.replace('_', ' ')}: was {_shown(before)}, is {_shown(after)}"


def _shown(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return f"“{value}”" if isinstance(value, str) else str(value)
