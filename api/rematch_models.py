"""The JSON shapes of past receipts matched anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.models import Shape

VerdictName = Literal["accept", "ask", "none"]


class LineWas(Shape):
    """What a line was taken for, and what it was paid."""

    sku: str | None
    verdict: VerdictName
    points: int


class LineWouldBe(Shape):
    """What it is taken for today, and what adopting pays for it."""

    sku: str | None
    verdict: VerdictName
    reason: str = Field(examples=["learned"])
    points: int


class RematchLine(Shape):
    """A line that would be matched otherwise today."""

    position: int
    printed: str
    was: LineWas
    would_be: LineWouldBe


class Rematch(Shape):
    """A past receipt that would be matched otherwise today."""

    receipt_id: str
    received_at: datetime
    retailer: str
    state: Literal["awarded", "declined"]
    points: int = Field(description="Paid for it so far.")
    outlook: Literal["pays", "nothing", "falls", "asks", "refused"]
    gains: int = Field(description="What adopting posts.")
    falls: int = Field(
        description="Paid for lines that are not taken so any more; `take_back` takes them back."
    )
    posted: bool
    taken_back: int = Field(default=0, description="Points taken back just now.")
    versions: dict[str, str | int | float] = Field(description="What it was matched by today.")
    lines: list[RematchLine]


class RematchPage(Shape):
    """Those of a page of past receipts that would change, oldest first."""

    items: list[Rematch]
    looked_at: int = Field(description="Past receipts that the page holds, changed or not.")
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")


_WAS = {"sku": None, "verdict": "ask", "points": 0}
_WOULD_BE = {"sku": "SM-OAT-500", "verdict": "accept", "reason": "learned", "points": 60}
_LINE = {"position": 2, "printed": "XQ WVZK BRTLM", "was": _WAS, "would_be": _WOULD_BE}
_REMATCH: dict[str, Any] = {
    "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
    "received_at": "2026-03-06T09:14:03.512000Z",
    "retailer": "Harbor Foods",
    "state": "awarded",
    "points": 120,
    "outlook": "pays",
    "gains": 60,
    "falls": 0,
    "posted": False,
    "versions": {"matcher": "c3f1a09be2d4.m4", "catalog": 7, "aliases": 31},
    "lines": [_LINE],
}
REMATCH_EXAMPLES: dict[str, dict[str, Any]] = {
    "LineWas": _WAS,
    "LineWouldBe": _WOULD_BE,
    "RematchLine": _LINE,
    "Rematch": _REMATCH,
    "RematchPage": {"items": [_REMATCH], "looked_at": 20, "next_cursor": "bjEy"},
}
"""Of what is answered, for the OpenAPI document."""
