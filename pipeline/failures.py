"""Failed receipts by cause, and trying one cause or all of them again."""

from __future__ import annotations

import traceback
from datetime import datetime
from pathlib import Path

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.failures import Failures
from receipts.failure import FailureGroup, shared_cause
from receipts.identity import ProgramId

BATCH = 500
"""Sent back in one transaction: a few hundredths of a second, so that workers hardly wait."""
_ROOT = Path(__file__).resolve().parents[1]


def failure_groups(wiring: Wiring, program_id: ProgramId) -> tuple[FailureGroup, ...]:
    """Causes of the program's failed receipts, the most frequent first."""
    with wiring.database.read() as session:
        return Failures(session, program_id, utc_now()).groups()


def retry_failures(
    wiring: Wiring, program_id: ProgramId, group: FailureGroup | None, *, most: int | None = None
) -> int:
    """Send failed receipts of a cause, or all, back to where they failed; how many.

    Whatever fails anew meanwhile is not sent back again.
    """
    started: datetime = utc_now()
    sent = 0
    while most is None or sent < most:
        limit = BATCH if most is None else min(BATCH, most - sent)
        with wiring.database.write() as session:
            some = Failures(session, program_id, utc_now()).send_back(group, until=started, limit=limit)
        sent += some
        if some < limit:
            break
    return sent


def where_it_failed(error: BaseException) -> str:
    """``KeyError at pipeline/steps/read.py:37``: the last of our own lines that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if _is_ours(Path(each.filename))]
    name = type(error).__name__
    if not ours:
        return shared_cause(name)
    last = ours[-1]
    # The line's number names the cause: it is not what differs between two failures of it.
    return f"{name} at {Path(last.filename).relative_to(_ROOT).as_posix()}:{last.lineno}"


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(_ROOT) and "site-packages" not in path.parts


def what_was_away(failure: str) -> str:
    """The part of a sentence that its like share: before the colon, where the world's own words begin."""
    return shared_cause(failure.partition(":")[0].strip())
