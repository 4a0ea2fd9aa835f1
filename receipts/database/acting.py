"""For which program the running work acts: what PostgreSQL's row-level security is told in each transaction.

Nothing said means no program, and so no rows: who acts across programs says so. SQLite knows no such wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from receipts.identity import ProgramId

PROGRAM_SETTING = "tillpoints.program_id"
ACROSS_SETTING = "tillpoints.across_programs"
"""The names that the policies ask for (migration 0051)."""
ON = "on"


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom: one program, all of them, or nobody yet (no program, and `across` false)."""

    program_id: ProgramId | None = None
    across: bool = False


NOBODY = Acting()
ACROSS = Acting(across=True)


class _Request:
    """Whom one request acts for: known only after it was signed in, and by another thread than began it."""

    def __init__(self) -> None:
        self.acting = NOBODY


_request: ContextVar[_Request | None] = ContextVar("tillpoints_request", default=None)
_acting: ContextVar[Acting | None] = ContextVar("tillpoints_acting", default=None)


def acting_now(otherwise: Acting) -> Acting:
    """Whom the running work acts for: as its innermost block says, else its request, else `otherwise`."""
    said, request = _acting.get(), _request.get()
    if said is not None:
        return said
    return otherwise if request is None else request.acting


@contextmanager
def acting_for(program_id: ProgramId) -> Iterator[None]:
    """In this block each transaction sees this program's rows alone."""
    with _as(Acting(program_id)):
        yield


@contextmanager
def across_programs() -> Iterator[None]:
    """In this block each transaction sees every program's rows: to find out whose something is."""
    with _as(ACROSS):
        yield


@contextmanager
def _as(acting: Acting) -> Iterator[None]:
    token = _acting.set(acting)
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def request_of_nobody() -> Iterator[None]:
    """Around one request: it sees nothing until `request_acts` says for whom it is."""
    token = _request.set(_Request())
    try:
        yield
    finally:
        _request.reset(token)


def request_found(program_id: ProgramId) -> None:
    """Who asks is of this program: it is for them where nothing else was said, as on the page of an error."""
    request = _request.get()
    if request is not None and request.acting == NOBODY:
        request.acting = Acting(program_id)


def request_acts(acting: Acting) -> None:
    """From here on the running request acts for them, in all its threads; does nothing outside a request."""
    request = _request.get()
    if request is not None:
        request.acting = acting
