"""Waiting cases that share one cause: the same codes of the same findings, and no others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pipeline.desk import QueuedCase, queue
from pipeline.wiring import Wiring
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.desk import Show, Wanted
from receipts.identity import AccountId, ProgramId

LOOKED_AT = 200
"""Of the oldest that are free: the page is for a morning's flood of one cause, not for statistics."""
AT_ONCE = 20
"""As many as a person looks at one by one; each one's evidence is shown."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Cases that wait for one and the same cause, the oldest first; two at least.

    Attributes:
        key: the codes of the reasons, in their order by name, with a blank between.
    """

    key: str
    cases: tuple[QueuedCase, ...]


def cause_of(case: ReviewCase) -> str:
    """What the case waits for: the codes of its reasons."""
    return " ".join(sorted({str(reason["code"]) for reason in case.reasons}))


def causes(wiring: Wiring, program_id: ProgramId, viewer: AccountId) -> tuple[Cause, ...]:
    """The causes that several waiting cases share, the commonest first; nobody else works on these."""
    rows = queue(
        wiring,
        program_id=program_id,
        viewer=viewer,
        wanted=Wanted(show=Show.FREE),
        after=0,
        limit=LOOKED_AT,
    )
    found: defaultdict[str, list[QueuedCase]] = defaultdict(list)
    for row in rows:
        if not row.is_first:
            found[cause_of(row.summary.case)].append(row)
    shared = [Cause(key, tuple(cases)) for key, cases in found.items() if key and len(cases) > 1]
    return tuple(sorted(shared, key=lambda cause: (-len(cause.cases), cause.key)))
