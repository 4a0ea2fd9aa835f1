"""Where a receipt can be on its way, and the one table of moves it may make."""

from __future__ import annotations

from enum import Enum


class ReceiptState(Enum):
    """A receipt's state names what has been done to it."""

    RECEIVED = "received"
    READ = "read"
    MATCHED = "matched"
    SCREENED = "screened"
    AWARDED = "awarded"
    DECLINED = "declined"
    """Read, and earns nothing."""
    REJECTED = "rejected"
    """Cannot be processed; the member is told what to do next."""
    HELD = "held"
    """Waits for a reviewer; leaves through its review case."""
    FAILED = "failed"
    """Our fault; visible, with a retry."""


_S = ReceiptState

TRANSITIONS: dict[ReceiptState, frozenset[ReceiptState]] = {
    _S.RECEIVED: frozenset({_S.READ, _S.REJECTED, _S.FAILED}),
    _S.READ: frozenset({_S.MATCHED, _S.FAILED}),
    _S.MATCHED: frozenset({_S.SCREENED, _S.FAILED}),
    # Back to MATCHED when a reading of perhaps the same purchase came to light after the screening.
    _S.SCREENED: frozenset({_S.AWARDED, _S.DECLINED, _S.HELD, _S.MATCHED, _S.FAILED}),
    _S.HELD: frozenset({_S.AWARDED, _S.DECLINED}),
    # A retry resumes after the last stage whose result is stored.
    _S.FAILED: frozenset({_S.RECEIVED, _S.READ, _S.MATCHED, _S.SCREENED}),
    _S.AWARDED: frozenset(),
    # Paid only where a rematch that somebody adopted found what had not been known; held where someone asks
    # for a person to look at what the policy declined.
    _S.DECLINED: frozenset({_S.AWARDED, _S.HELD}),
    _S.REJECTED: frozenset(),
}
"""The only moves there are. The runner's compare-and-set asks `check_transition` before every one."""

UNFINISHED: frozenset[ReceiptState] = frozenset({_S.RECEIVED, _S.READ, _S.MATCHED, _S.SCREENED})
"""States that a worker must still move on; the sweeper rings for these."""

ENDS: frozenset[ReceiptState] = frozenset({_S.AWARDED, _S.DECLINED, _S.REJECTED})
"""States that the pipeline's stages never leave."""


class IllegalTransitionError(ValueError):
    """A move that the table does not list: a bug in the caller."""


def check_transition(*, before: ReceiptState, after: ReceiptState) -> None:
    """Do nothing when the move is allowed.

    Raises:
        IllegalTransitionError: the table does not list the move.
    """
    if after not in TRANSITIONS[before]:
        raise IllegalTransitionError(f"a receipt cannot go from {before.value} to {after.value}")
