"""The receipts' way: leases, compare-and-set, artefacts, bells and the sweep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.turns import is_light
from receipts.database.tables import ArtefactRow, OutboxRow, ReceiptRow, SubmissionRow
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, SubmissionId
from receipts.image import MediaType
from receipts.state import UNFINISHED, ReceiptState, check_transition
from receipts.submission import Channel

_UNFINISHED_VALUES = sorted(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A receipt that a worker holds the lease of.

    Attributes:
        number: the order of submission over all programs.
        part: 0 for the first receipt of its file.
        attempt: 1 for the first try of the stage that is due.
        failure: why an earlier try was given back; None where none was.
        lease_owner: names this try; the compare-and-set asks for it.
    """

    receipt_id: ReceiptId
    number: int
    program_id: ProgramId
    submission_id: SubmissionId
    member_id: MemberId
    channel: Channel
    state: ReceiptState
    attempt: int
    lease_owner: str
    file_sha256: Sha256
    file_name: str
    media_type: MediaType
    part: int
    purchase_key: str | None
    received_at: datetime
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Artefact:
    """What a stage made, as JSON, with the versions that made it.

    Attributes:
        revision: where it stands among its kind, from 1; 0 before it is stored.
    """

    kind: str
    versions: dict[str, Any]
    body: dict[str, Any]
    seconds: float = 0.0
    engine_seconds: float | None = None
    revision: int = field(default=0, compare=False)


class Work:
    """Moves receipts on. Not bound to a program: workers serve all."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def lease(self, receipt_id: ReceiptId, *, owner: str, lease_s: float) -> WorkItem | None:
        """Take the receipt for `lease_s` seconds; None where it is finished, waits, or another has it."""
        taken = self._session.execute(
            update(ReceiptRow)
            .where(
                ReceiptRow.id == receipt_id,
                ReceiptRow.state.in_(_UNFINISHED_VALUES),
                or_(ReceiptRow.lease_until.is_(None), ReceiptRow.lease_until < self._now),
                or_(ReceiptRow.not_before.is_(None), ReceiptRow.not_before <= self._now),
            )
            .values(
                lease_owner=owner,
                lease_until=self._now + timedelta(seconds=lease_s),
                attempts=ReceiptRow.attempts + 1,
            )
        )
        if _rows(taken) == 0:
            return None
        row, channel = self._session.execute(
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == receipt_id)
        ).one()
        return _work_item(row, channel, owner)

    def finish(self, item: WorkItem, after: ReceiptState, **columns: Any) -> bool:  # noqa: ANN401  (column values)
        """Move the receipt on if this lease still holds it; False where another took over meanwhile.

        Raises:
            IllegalTransitionError: the table of moves does not list this one.
        """
        check_transition(before=item.state, after=after)
        moved = self._session.execute(
            update(ReceiptRow)
            .where(
                ReceiptRow.id == item.receipt_id,
                ReceiptRow.state == item.state.value,
                ReceiptRow.lease_owner == item.lease_owner,
            )
            .values(
                state=after.value,
                light=True,  # the first stage is the one that reads pictures
                lease_owner=None,
                lease_until=None,
                not_before=None,
                attempts=0,
                updated_at=self._now,
                **{"failure": None, **columns},
            )
        )
        return _rows(moved) == 1

    def put_back(self, item: WorkItem, *, not_before: datetime, failure: str, counts: bool = True) -> bool:
        """Give up the lease and let the stage be tried again after `not_before`; `counts` it as a try."""
        moved = self._session.execute(
            update(ReceiptRow)
            .where(ReceiptRow.id == item.receipt_id, ReceiptRow.lease_owner == item.lease_owner)
            .values(
                lease_owner=None,
                lease_until=None,
                not_before=not_before,
                attempts=item.attempt if counts else item.attempt - 1,
                failure=failure,
                updated_at=self._now,
            )
        )
        return _rows(moved) == 1

    def retry(self, receipt_id: ReceiptId) -> bool:
        """Send a failed receipt back to where it failed; False where it has not failed."""
        row = self._session.scalar(select(ReceiptRow).where(ReceiptRow.id == receipt_id).with_for_update())
        if row is None or row.state != ReceiptState.FAILED.value or row.failed_from is None:
            return False
        if row.file_sha256 is None:  # its member was erased
            return False
        check_transition(before=ReceiptState.FAILED, after=ReceiptState(row.failed_from))
        row.state, row.failed_from, row.failure = row.failed_from, None, None
        row.failure_kind, row.failure_cause = None, None
        row.attempts, row.not_before, row.updated_at = 0, None, self._now
        row.light = is_light(ReceiptState(row.state), row.media_type)
        self._session.flush()
        self.ring(ProgramId(row.program_id), receipt_id)
        return True

    def add_artefact(self, receipt_id: ReceiptId, artefact: Artefact) -> None:
        """Store what a stage made, as the newest revision of its kind."""
        last = self._session.scalar(
            select(func.max(ArtefactRow.revision)).where(
                ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == artefact.kind
            )
        )
        self._session.add(
            ArtefactRow(
                receipt_id=receipt_id,
                kind=artefact.kind,
                revision=1 if last is None else last + 1,
                versions=artefact.versions,
                body=artefact.body,
                seconds=artefact.seconds,
                engine_seconds=artefact.engine_seconds,
                created_at=self._now,
            )
        )
        self._session.flush()

    def artefact(self, receipt_id: ReceiptId, kind: str, *, revision: int | None = None) -> Artefact | None:
        """The newest of its kind, or the one of that revision."""
        query = select(ArtefactRow).where(ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == kind)
        if revision is not None:
            query = query.where(ArtefactRow.revision == revision)
        row = self._session.scalar(query.order_by(ArtefactRow.revision.desc()).limit(1))
        return None if row is None else _artefact(row)

    def revisions(self, receipt_id: ReceiptId, kind: str) -> Iterator[tuple[Artefact, datetime]]:
        """All of a kind, the newest first, each with when it was stored."""
        query = select(ArtefactRow).where(ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == kind)
        for row in self._session.scalars(query.order_by(ArtefactRow.revision.desc())):
            yield _artefact(row), row.created_at

    def ensure_newest(self, receipt_id: ReceiptId, kind: str, revision: int) -> None:
        """See that what a posting was worked out from is still the newest of its kind.

        Raises:
            StaleBooksError: a newer one was stored meanwhile.
        """
        last = self._session.scalar(
            select(func.max(ArtefactRow.revision)).where(
                ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == kind
            )
        )
        if last != revision:
            raise StaleBooksError(f"the {kind} of {receipt_id} was changed meanwhile")

    def first_made(self, receipt_id: ReceiptId, kind: str) -> datetime | None:
        """When the first of its kind was made; None where there is none."""
        return self._session.scalar(
            select(func.min(ArtefactRow.created_at)).where(
                ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == kind
            )
        )

    def ring(self, program_id: ProgramId, receipt_id: ReceiptId, *, delay_s: float = 0.0) -> None:
        """Let the relay tell a worker, in place of any bell that still waits for this receipt."""
        self.hush(receipt_id)
        light = self._session.scalar(select(ReceiptRow.light).where(ReceiptRow.id == receipt_id))
        self._session.add(
            OutboxRow(
                kind="ring",
                program_id=program_id,
                target_id=receipt_id,
                not_before=self._now + timedelta(seconds=delay_s),
                light=light or False,
                attempts=0,
                created_at=self._now,
            )
        )
        self._session.flush()

    def hush(self, receipt_id: ReceiptId) -> None:
        """Take back bells that still wait for this receipt."""
        self._session.execute(
            delete(OutboxRow).where(OutboxRow.kind == "ring", OutboxRow.target_id == receipt_id)
        )

    def sweep(self, *, quiet_s: float, limit: int) -> tuple[ReceiptId, ...]:
        """Ring for unfinished receipts that nobody holds and nobody will be rung for: the bell was lost.

        A receipt that only waits in a long queue looks the same. It is rung for again, once in `quiet_s`; a
        bell too many finds nothing to do.
        """
        bell = exists().where(and_(OutboxRow.kind == "ring", OutboxRow.target_id == ReceiptRow.id))
        before = self._now - timedelta(seconds=quiet_s)
        rows = self._session.scalars(
            select(ReceiptRow)
            .where(
                ReceiptRow.state.in_(_UNFINISHED_VALUES),
                ReceiptRow.updated_at < before,
                or_(ReceiptRow.swept_at.is_(None), ReceiptRow.swept_at < before),
                or_(ReceiptRow.lease_until.is_(None), ReceiptRow.lease_until < self._now),
                or_(ReceiptRow.not_before.is_(None), ReceiptRow.not_before <= self._now),
                ~bell,
            )
            .order_by(ReceiptRow.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.swept_at = self._now
            self.ring(ProgramId(row.program_id), ReceiptId(row.id))
        return tuple(ReceiptId(row.id) for row in rows)


def _work_item(row: ReceiptRow, channel: str, owner: str) -> WorkItem:
    if row.file_sha256 is None or row.media_type is None:
        raise LookupError(f"receipt {row.id} is unfinished but has no stored file")
    return WorkItem(
        receipt_id=ReceiptId(row.id),
        number=row.number,
        program_id=ProgramId(row.program_id),
        submission_id=SubmissionId(row.submission_id),
        member_id=MemberId(row.member_id),
        channel=Channel(channel),
        state=ReceiptState(row.state),
        attempt=row.attempts,
        lease_owner=owner,
        file_sha256=Sha256(row.file_sha256),
        file_name=row.file_name,
        media_type=MediaType(row.media_type),
        part=row.part,
        purchase_key=row.purchase_key,
        received_at=row.received_at,
        failure=row.failure,
    )


def _rows(result: Any) -> int:  # noqa: ANN401  (SQLAlchemy types an UPDATE's result as a plain Result)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _artefact(row: ArtefactRow) -> Artefact:
    return Artefact(row.kind, row.versions, row.body, row.seconds, row.engine_seconds, row.revision)
