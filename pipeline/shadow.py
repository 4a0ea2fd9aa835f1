"""What another policy would have made of past receipts: which verdicts would flip, before it bites.

Receipts are read page by page and none is kept, so memory does not grow with their number. Where the checks
would answer as they did (same thresholds, same versions) the findings that are kept are only weighed anew;
otherwise each check runs again on the kept evidence. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.policy_file import FraudPolicy
from awarding.fraud.screen import CHECKS, screen
from awarding.fraud.weigh import weigh
from pipeline.judging import Rule, rule_of
from pipeline.snapshots import SnapshotError, evidence_of
from pipeline.steps.artefacts import DECISION, MATCHING, READING, SCREENING
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.codec import from_json
from receipts.database.tables import ArtefactRow, ReceiptRow, ReviewCaseRow, WithdrawalRow
from receipts.fraud import Finding, FraudSignal, Risk, Screening, Strength
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.match import Match
from receipts.money import Points
from receipts.receipt import Receipt
from receipts.state import ReceiptState

PAGE_ROWS = 500
"""Receipts in memory at a time: a few kilobytes of evidence each."""
_DECIDED = (ReceiptState.AWARDED.value, ReceiptState.HELD.value, ReceiptState.DECLINED.value)
_VERSIONS = {check.name: check.version for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Flip:
    """A receipt that the other policy would have judged otherwise.

    Attributes:
        points: paid, or what approval would pay or would have paid.
        reviewed: what a person made of it: ``approved``, ``declined``, ``open``; empty where none was asked.
    """

    receipt_id: ReceiptId
    member_id: MemberId
    received_at: datetime
    before: Risk
    after: Risk
    score_before: float
    score_after: float
    points: Points
    reviewed: str


@dataclass(frozen=True, slots=True)
class Unflipped:
    """A receipt that would be judged as it was, or that no policy could make pay anything.

    Attributes:
        judged: False where its evidence was not kept, so that nothing can be said of it.
    """

    judged: bool


Seen: TypeAlias = Flip | Unflipped


@dataclass(slots=True)
class FlipCount:
    """Flips of one kind."""

    receipts: int = 0
    points: int = 0
    approved: int = 0
    """Of these, how many a person had approved."""
    declined: int = 0
    members: set[MemberId] = field(default_factory=set)


@dataclass(slots=True)
class Tally:
    """What a run found, counted as it goes."""

    looked_at: int = 0
    not_kept: int = 0
    flips: dict[tuple[Risk, Risk], FlipCount] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Count one receipt."""
        self.looked_at += 1
        if isinstance(seen, Unflipped):
            self.not_kept += not seen.judged
            return
        count = self.flips.setdefault((seen.before, seen.after), FlipCount())
        count.receipts += 1
        count.points += seen.points
        count.approved += seen.reviewed == "approved"
        count.declined += seen.reviewed == "declined"
        count.members.add(seen.member_id)


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """A run as far as it was looked at.

    Attributes:
        examples: the first flips, in the order of sending.
        complete: no receipt was left out.
    """

    tally: Tally
    examples: tuple[Flip, ...]
    complete: bool


def report_of(runs: Iterator[Seen], *, most: int, shown: int) -> ShadowReport:
    """Count at most so many receipts and keep the first flips of them."""
    tally = Tally()
    examples: list[Flip] = []
    for seen in islice(runs, most):
        tally.add(seen)
        if isinstance(seen, Flip) and len(examples) < shown:
            examples.append(seen)
    return ShadowReport(tally, tuple(examples), next(runs, None) is None)


@dataclass(frozen=True, slots=True)
class _Row:
    """A decided receipt as far as a verdict needs it."""

    number: int
    receipt_id: ReceiptId
    member_id: MemberId
    state: str
    points: int | None
    received_at: datetime
    case_status: str | None
    case_would_pay: int | None


def shadow_run(
    wiring: Wiring, *, program_id: ProgramId, policy: FraudPolicy, since: datetime | None = None
) -> Iterator[Seen]:
    """Every decided receipt of the program by another policy, oldest first."""
    rule = rule_of(policy, program_of(wiring, program_id))
    for session, rows in _pages(wiring, program_id, since):
        yield from _page(session, rows, rule)


def tried_run(
    wiring: Wiring, *, program_id: ProgramId, version: int, since: datetime | None = None
) -> Iterator[Seen]:
    """The verdicts that a tried policy gave beside the one in force, as they were kept."""
    for session, rows in _pages(wiring, program_id, since):
        kept = _newest(session, rows, "screening", "shadow")
        yield from (_as_tried(session, row, kept.get(row.receipt_id), version) for row in rows)


def _pages(
    wiring: Wiring, program_id: ProgramId, since: datetime | None
) -> Iterator[tuple[Session, list[_Row]]]:
    after = 0
    while True:
        query = (
            select(
                ReceiptRow.number,
                ReceiptRow.id,
                ReceiptRow.member_id,
                ReceiptRow.state,
                ReceiptRow.points,
                ReceiptRow.received_at,
                ReviewCaseRow.status,
                ReviewCaseRow.would_pay,
            )
            .outerjoin(ReviewCaseRow, ReviewCaseRow.receipt_id == ReceiptRow.id)
            .outerjoin(WithdrawalRow, WithdrawalRow.receipt_id == ReceiptRow.id)
            .where(
                WithdrawalRow.receipt_id.is_(None),  # neither a policy nor a person decided these
                ReceiptRow.program_id == program_id,
                ReceiptRow.state.in_(_DECIDED),
                ReceiptRow.number > after,
            )
        )
        if since is not None:
            query = query.where(ReceiptRow.received_at >= since)
        with wiring.database.read() as session:
            found = session.execute(query.order_by(ReceiptRow.number).limit(PAGE_ROWS)).all()
            rows = [
                _Row(number, ReceiptId(name), MemberId(member), state, points, at, status, would_pay)
                for number, name, member, state, points, at, status, would_pay in found
            ]
            if rows:
                yield session, rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1].number


def _page(session: Session, rows: list[_Row], rule: Rule) -> Iterator[Seen]:
    kept = _newest(session, rows, "screening", "rule")
    judged: dict[ReceiptId, Screening] = {}
    again: list[ReceiptId] = []
    for row in rows:
        screening, used = kept.get(row.receipt_id, (None, None))
        if screening is None or used is None:
            continue
        if _answers_stand(screening, used, rule):
            judged[row.receipt_id] = _weighed_anew(screening, rule)
        else:
            again.append(row.receipt_id)
    judged.update(_checked_anew(session, again, kept, rule))
    for row in rows:
        before, after = kept.get(row.receipt_id, (None, None))[0], judged.get(row.receipt_id)
        if before is None or after is None:
            yield Unflipped(judged=False)
        else:
            yield _seen(session, row, before, after.risk, after.score)


def _newest(session: Session, rows: list[_Row], *parts: str) -> dict[ReceiptId, Sequence[Any]]:
    """These parts of each receipt's newest screening."""
    ids = [row.receipt_id for row in rows]
    newest = _newest_revisions(ids, SCREENING)
    found = session.execute(
        select(ArtefactRow.receipt_id, *(ArtefactRow.body[part] for part in parts))
        .join(
            newest,
            (newest.c.receipt_id == ArtefactRow.receipt_id) & (newest.c.revision == ArtefactRow.revision),
        )
        .where(ArtefactRow.kind == SCREENING)
    )
    return {ReceiptId(receipt_id): values for receipt_id, *values in found}


def _newest_revisions(ids: Sequence[str], kind: str) -> Any:  # noqa: ANN401  (a subquery)
    return (
        select(ArtefactRow.receipt_id, func.max(ArtefactRow.revision).label("revision"))
        .where(ArtefactRow.receipt_id.in_(ids), ArtefactRow.kind == kind)
        .group_by(ArtefactRow.receipt_id)
        .subquery()
    )


def _answers_stand(screening: dict[str, Any], used: dict[str, Any], rule: Rule) -> bool:
    """Whether the checks would answer as they did: only what the findings weigh is another."""
    same = replace(from_json(ScreenPolicy, used["thresholds"]), version=rule.thresholds.version)
    return same == rule.thresholds and all(
        _VERSIONS.get(signal["check"]) == signal["version"] for signal in screening["signals"]
    )


def _weighed_anew(screening: dict[str, Any], rule: Rule) -> Screening:
    signals = [
        FraudSignal(
            signal["check"], signal["version"], Finding(signal["finding"]), Strength(signal["strength"]), ""
        )
        for signal in screening["signals"]
        if signal["finding"] != Finding.CLEAR.value
    ]
    return weigh(signals, rule.weights, policy_version=rule.thresholds.version)


def _checked_anew(
    session: Session, ids: list[ReceiptId], kept: dict[ReceiptId, Sequence[Any]], rule: Rule
) -> dict[ReceiptId, Screening]:
    """The checks that ran then, on the evidence of then; without those whose evidence cannot be read."""
    if not ids:
        return {}
    newest = _newest_revisions(ids, SCREENING)
    snapshots = session.execute(
        select(ArtefactRow.receipt_id, ArtefactRow.body["snapshot"])
        .join(
            newest,
            (newest.c.receipt_id == ArtefactRow.receipt_id) & (newest.c.revision == ArtefactRow.revision),
        )
        .where(ArtefactRow.kind == SCREENING)
    )
    receipts = _revisions(session, ids, READING, "receipt")
    matches = _revisions(session, ids, MATCHING, "matches")
    judged: dict[ReceiptId, Screening] = {}
    for name, snapshot in snapshots:
        receipt_id = ReceiptId(name)
        ran = {signal["check"] for signal in kept[receipt_id][0]["signals"]}
        checks = tuple(check for check in CHECKS if check.name in ran)
        try:
            evidence = evidence_of(
                snapshot,
                from_json(Receipt, receipts[receipt_id, snapshot["reading"] or 1]),
                _matches(matches.get((receipt_id, snapshot["matching"]), [])),
            )
        except (SnapshotError, ValidationError, KeyError):
            continue
        judged[receipt_id] = screen(evidence, rule.thresholds, weights=rule.weights, checks=checks)
    return judged


def _matches(stored: Any) -> tuple[Match, ...]:  # noqa: ANN401  (JSON)
    found: tuple[Match, ...] = from_json(tuple[Match, ...], stored)
    return found


def _revisions(
    session: Session, ids: list[ReceiptId], kind: str, part: str
) -> dict[tuple[ReceiptId, int], Any]:
    rows = session.execute(
        select(ArtefactRow.receipt_id, ArtefactRow.revision, ArtefactRow.body[part]).where(
            ArtefactRow.receipt_id.in_(ids), ArtefactRow.kind == kind
        )
    )
    return {(ReceiptId(receipt_id), revision): value for receipt_id, revision, value in rows}


def _as_tried(session: Session, row: _Row, kept: Sequence[Any] | None, version: int) -> Seen:
    if kept is None or kept[1] is None or kept[1]["version"] != version:
        return Unflipped(judged=False)
    return _seen(session, row, kept[0], Risk(kept[1]["risk"]), kept[1]["score"])


def _seen(session: Session, row: _Row, before: dict[str, Any], after: Risk, score: float) -> Seen:
    risk = Risk(before["risk"])
    if risk is after:
        return Unflipped(judged=True)
    points = _at_stake(session, row)
    if not points:
        return Unflipped(judged=True)
    return Flip(
        receipt_id=row.receipt_id,
        member_id=row.member_id,
        received_at=row.received_at,
        before=risk,
        after=after,
        score_before=before.get("score", 0.0),
        score_after=score,
        points=Points(points),
        reviewed=row.case_status or "",
    )


def _at_stake(session: Session, row: _Row) -> int:
    """What was paid, or would be or would have been; 0 where it earns nothing whatever its verdict."""
    if row.state == ReceiptState.AWARDED.value:
        return row.points or 0
    if row.case_would_pay is not None:
        return row.case_would_pay
    decision = session.scalar(
        select(ArtefactRow.body["decision"])
        .where(ArtefactRow.receipt_id == row.receipt_id, ArtefactRow.kind == DECISION)
        .order_by(ArtefactRow.revision.desc())
        .limit(1)
    )
    return int((decision or {}).get("would_pay", 0))
