"""Moves one receipt on, a stage at a time: lease, work, compare-and-set.

The lease is one short transaction, the work has none open, and what it made is stored in a second one that
takes effect only while the lease still holds. A worker that dies leaves a lease that runs out, and a bell
that rings again by then; a worker that merely dawdles finds its lease gone and its result is dropped.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipeline.answers.rest import tell_when_at_rest
from pipeline.clock import utc_now
from pipeline.failures import what_was_away, where_it_failed
from pipeline.stages import stage_due
from pipeline.steps.base import NotYetError, Stage, StageResult
from pipeline.wiring import Wiring
from receipts.database.acting import acting_for
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.turns import Turns
from receipts.database.repositories.work import Work, WorkItem
from receipts.errors import TransientError
from receipts.failure import FailureKind
from receipts.identity import ReceiptId
from receipts.spans import SpanKind, span, under
from receipts.state import UNFINISHED, ReceiptState

log = structlog.get_logger(__name__)

_BACK_OFF_FIRST_S = 1.0
_BACK_OFF_MOST_S = 60.0
_BELL_AFTER_LEASE_S = 1.0
_TURN_S = 0.5
"""How long a receipt waits before it looks again whether the earlier ones are decided."""


def run(wiring: Wiring, receipt_id: ReceiptId, *, in_turn: bool = False) -> ReceiptState | None:
    """Work on the receipt until it ends, waits, or another worker has it; the last state reached, or None.

    `in_turn`: on the one whose turn it is (`receipts.database.repositories.turns`) in place of the one that
    was rung for.
    """
    reached: ReceiptState | None = None
    item = _lease(wiring, receipt_id, in_turn=in_turn)
    while item is not None and (after := _work_on(wiring, item)) is not None:
        reached = after
        if after not in UNFINISHED:
            break
        item = _lease(wiring, item.receipt_id)
    return reached


def advance(wiring: Wiring, receipt_id: ReceiptId) -> ReceiptState | None:
    """Do the one stage that is due; the state reached, or None where nothing was done."""
    item = _lease(wiring, receipt_id)
    return None if item is None else _work_on(wiring, item)


def _work_on(wiring: Wiring, item: WorkItem) -> ReceiptState | None:
    # Which receipt is next is chosen across programs; what is done for it sees its own program alone. And the
    # trace is the receipt's, not the bell's: a worker takes what is due next, whatever was rung for.
    stage = stage_due(item.state)
    by = acting_for(item.program_id)
    with by, under(item.traceparent), span(stage.name, SpanKind.CONSUMER) as doing:
        doing.tell(receipt_id=item.receipt_id, program_id=item.program_id, attempt=item.attempt)
        after = _one_stage(wiring, item, stage)
        doing.tell(state=item.state.value if after is None else after.value)
        return after


def _one_stage(wiring: Wiring, item: WorkItem, stage: Stage) -> ReceiptState | None:
    bound = log.bind(receipt_id=item.receipt_id, stage=stage.name, attempt=item.attempt)
    if item.attempt > wiring.settings.max_attempts:
        # It was leased this often and never came back: it kills its worker, or the world stays down.
        bound.error("gave up")
        return _give_up(wiring, item, stage.name)
    started = time.perf_counter()
    try:
        result = _timed(stage.work(wiring, item), time.perf_counter() - started)
        after = _store(wiring, item, result)
    except (StaleBooksError, IntegrityError) as error:
        # Another posting came between: nothing was written, so work it out again.
        bound.info("worked out again", reason=type(error).__name__)
        return _put_back(wiring, item, str(type(error).__name__), wait_s=0.0)
    except NotYetError as error:
        bound.info("waits for its turn", reason=str(error))
        return _put_back(wiring, item, str(error), wait_s=_TURN_S, counts=False)
    except TransientError as error:
        wait_s = min(_BACK_OFF_MOST_S, _BACK_OFF_FIRST_S * 2.0 ** (item.attempt - 1))
        bound.warning("will try again", reason=str(error), wait_s=wait_s)
        return _put_back(wiring, item, str(error), wait_s=wait_s)
    except Exception as error:  # noqa: BLE001  (our bug: it must neither lose the receipt nor stop the worker)
        bound.exception("failed")
        said = f"{type(error).__name__} in the stage {stage.name}"
        return _fail(wiring, item, said, FailureKind.BUG, where_it_failed(error))
    bound.info("done", state=None if after is None else after.value, seconds=time.perf_counter() - started)
    return after


def _timed(result: StageResult, seconds: float) -> StageResult:
    """With how long the stage worked, where it does not say so itself."""
    if result.artefact is None or result.artefact.seconds:
        return result
    return replace(result, artefact=replace(result.artefact, seconds=seconds))


def _lease(wiring: Wiring, receipt_id: ReceiptId, *, in_turn: bool = False) -> WorkItem | None:
    lease_s, now = wiring.settings.lease_s, utc_now()
    with wiring.database.write() as session:
        work = Work(session, now)
        if in_turn:
            receipt_id = Turns(session, now).receipt(receipt_id) or receipt_id
        item = work.lease(receipt_id, owner=uuid.uuid4().hex, lease_s=lease_s)
        if item is not None:
            # Should this worker die, the bell rings once the lease has run out.
            work.ring(item.program_id, receipt_id, delay_s=lease_s + _BELL_AFTER_LEASE_S)
        return item


def _store(wiring: Wiring, item: WorkItem, result: StageResult) -> ReceiptState | None:
    now = utc_now()
    with span("post"), wiring.database.write() as session:
        work = Work(session, now)
        if not work.finish(item, result.after, failure=None, **result.columns):
            return None
        if result.artefact is not None:
            work.add_artefact(item.receipt_id, result.artefact)
        result.further(session, item, now)
        _leave_bell(session, now, item, result.after, wiring.settings.lease_s)
        if result.after not in UNFINISHED:
            tell_when_at_rest(session, now, program_id=item.program_id, submission_id=item.submission_id)
    return result.after


def _leave_bell(session: Session, now: datetime, item: WorkItem, after: ReceiptState, lease_s: float) -> None:
    work = Work(session, now)
    if after in UNFINISHED:
        # This worker goes on at once; the bell is for the case that it does not.
        work.ring(item.program_id, item.receipt_id, delay_s=min(lease_s, _BELL_AFTER_LEASE_S))
    else:
        work.hush(item.receipt_id)


def _put_back(
    wiring: Wiring, item: WorkItem, failure: str, *, wait_s: float, counts: bool = True
) -> ReceiptState | None:
    now = utc_now()
    with wiring.database.write() as session:
        work = Work(session, now)
        if not work.put_back(
            item, not_before=now + timedelta(seconds=wait_s), failure=failure, counts=counts
        ):
            return None
        work.ring(item.program_id, item.receipt_id, delay_s=wait_s)
    return item.state if wait_s == 0 else None


def _give_up(wiring: Wiring, item: WorkItem, stage: str) -> ReceiptState | None:
    said = f"the stage {stage} did not finish in {item.attempt - 1} tries"
    if item.failure is None:  # not one of them came back to say why
        return _fail(wiring, item, said, FailureKind.KILLED, f"the stage {stage} never came back")
    return _fail(wiring, item, said, FailureKind.WORLD, what_was_away(item.failure))


def _fail(wiring: Wiring, item: WorkItem, failure: str, kind: FailureKind, cause: str) -> ReceiptState | None:
    now = utc_now()
    with wiring.database.write() as session:
        work = Work(session, now)
        if not work.finish(
            item,
            ReceiptState.FAILED,
            failed_from=item.state.value,
            failure=failure,
            failure_kind=kind.value,
            failure_cause=cause,
        ):
            return None
        work.hush(item.receipt_id)
        tell_when_at_rest(session, now, program_id=item.program_id, submission_id=item.submission_id)
    return ReceiptState.FAILED


def retry(wiring: Wiring, receipt_id: ReceiptId) -> bool:
    """Send a failed receipt back to the stage that failed; False where it has not failed."""
    with wiring.database.write() as session:
        return Work(session, utc_now()).retry(receipt_id)
