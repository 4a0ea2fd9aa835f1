"""Under which trace something is done, and how long its parts take: W3C Trace Context, without its library.

A trace id goes with a receipt from the request that brought it to the message that tells of it, in a column
of each row on the way (`traceparent`). Who records spans is set once a process (`record_by`); without one,
ids still go along and logs name them. Stages may mark their parts: a span holds names and numbers, never
what a receipt says.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from enum import Enum
from typing import Protocol

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_TRACE_ID_BYTES = 16
_SPAN_ID_BYTES = 8
_RECORDED = "01"

Fact = str | int | float
"""What a span may tell."""


class SpanKind(Enum):
    """On which side of which wire it was done."""

    INTERNAL = "internal"
    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    CLIENT = "client"


class Span(Protocol):
    """One that is under way."""

    def tell(self, **facts: Fact) -> None:
        """Add what is known only now."""
        ...

    def rename(self, name: str) -> None:
        """Give it the name that is known only now."""
        ...


class Recorder(Protocol):
    """Keeps spans. It must neither fail nor wait."""

    def span(self, name: str, kind: SpanKind, facts: dict[str, Fact]) -> AbstractContextManager[Span]:
        """A span under the trace at hand, which is the trace at hand within it."""
        ...


class _Unrecorded:
    def tell(self, **facts: Fact) -> None:
        """Nobody asks."""

    def rename(self, name: str) -> None:
        """Nobody asks."""


_at_hand: ContextVar[str | None] = ContextVar("traceparent", default=None)
_UNRECORDED = _Unrecorded()
_recorders: list[Recorder] = []


def record_by(recorder: Recorder | None) -> None:
    """Let this recorder of the process have all spans from now on; None: nobody."""
    _recorders[:] = [] if recorder is None else [recorder]


def traceparent() -> str | None:
    """Of what is done now, as it goes into a row or a header; None outside of any trace."""
    return _at_hand.get()


def trace_id() -> str | None:
    """The trace of what is done now, 32 hexadecimal digits; None outside of any."""
    value = _at_hand.get()
    return None if value is None else value.split("-")[1]


def well_formed(value: str) -> str | None:
    """A caller's header, where it is one of version 00; None otherwise: it is then as if there were none."""
    value = value.strip()
    return value if _TRACEPARENT.fullmatch(value) else None


def begun() -> str:
    """A trace of its own."""
    return f"00-{secrets.token_hex(_TRACE_ID_BYTES)}-{secrets.token_hex(_SPAN_ID_BYTES)}-{_RECORDED}"


def at_hand_or_begun() -> str:
    """For a row that something comes in by: its trace, or one of its own where nobody began any."""
    return _at_hand.get() or begun()


@contextmanager
def under(value: str | None) -> Iterator[None]:
    """Do something under a trace that came with a row or a request; None: under none."""
    before = _at_hand.set(value)
    try:
        yield
    finally:
        _at_hand.reset(before)


def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **facts: Fact) -> AbstractContextManager[Span]:
    """Do something as a part of the trace at hand; facts are names and numbers, never a person's data."""
    return _recorders[0].span(name, kind, facts) if _recorders else nullcontext(_UNRECORDED)
