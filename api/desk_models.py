"""Shapes of the reviewers' desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.models import Product, Shape
from api.plain_text import PlainText

_LINES_MOST = 500
_Number = Annotated[Decimal, Field(max_digits=14, decimal_places=6)]


class FixedLine(Shape):
    """A line as it should read."""

    position: int | None = Field(
        default=None, ge=0, le=100_000, description="Null for a line that was not read."
    )
    description: PlainText = Field(min_length=1, max_length=200)
    quantity: _Number = Field(default=Decimal(1), examples=["2"])
    amount: _Number = Field(examples=["3.29"])


class CaseCorrectionRequest(Shape):
    """What should read otherwise; what is left out stays as read."""

    retailer: PlainText | None = Field(default=None, max_length=200)
    date: dt.date | None = None
    total: _Number | None = Field(default=None, examples=["12.90"])
    lines: list[FixedLine] = Field(default=[], max_length=_LINES_MOST)
    removed: list[Annotated[int, Field(ge=0, le=100_000)]] = Field(
        default=[], max_length=_LINES_MOST, description="Positions of what is no line of the receipt."
    )


class CaseCorrected(Shape):
    """What came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"case_id": "rev_1", "changed": True, "balanced": True, "would_pay": 60}]
        }
    )

    case_id: str
    changed: bool
    balanced: bool
    would_pay: int


class Claimed(Shape):
    """Who works on a case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_id": "rev_1", "claimed": True}]})

    case_id: str
    claimed: bool


class Undone(Shape):
    """A decision that did not take effect; the case is open again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_id": "rev_1", "undone": True}]})

    case_id: str
    undone: bool


class ReviewTerms(Shape):
    """How the program's reviewers decide."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"undo_s": 60, "second_above": 500}]})

    undo_s: int = Field(
        default=60, description="Seconds for which a decision on the page can be undone, 0 to 300."
    )
    second_above: int | None = Field(
        default=None,
        description="An approval of more points needs a second reviewer. Null: one is enough.",
    )


class ReversalRequest(Shape):
    """Why a decision was wrong."""

    note: PlainText = Field(min_length=1, max_length=1000)


class ReversalAnswer(Shape):
    """The second person's word."""

    agree: bool = Field(strict=True)


class Reversed(Shape):
    """Where a reversal stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case_id": "rev_1", "status": "proposed"}]})

    case_id: str
    status: Literal["proposed", "reversed", "refused"]


_REVERSAL: dict[str, Any] = {
    "case_id": "rev_1",
    "was": "approved",
    "points": 120,
    "note": "The picture is of another shop's receipt.",
    "proposed_by": "Ruth Okafor",
    "proposed_at": "2026-11-23T09:30:00Z",
}


class ProposedReversal(Shape):
    """A reversal that waits for a second person."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REVERSAL]})

    case_id: str
    was: Literal["approved", "declined"]
    points: int
    note: str
    proposed_by: str
    proposed_at: dt.datetime


class Reversals(Shape):
    """Those that wait, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_REVERSAL]}]})

    items: list[ProposedReversal]


class PassedOn(Shape):
    """A word for the next reviewer."""

    note: PlainText = Field(min_length=1, max_length=1000)


EventKind = Literal[
    "looked",
    "claimed",
    "released",
    "corrected",
    "noted",
    "approved",
    "declined",
    "planned",
    "undone",
    "returned",
    "proposed",
    "refused",
    "reversed",
]


class ReviewEvent(Shape):
    """One line of the log, which cannot be edited."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 7,
                    "case_id": "rev_1",
                    "account_id": "acc_1",
                    "kind": "noted",
                    "detail": {"note": "The total is torn."},
                    "at": "2026-11-23T09:30:00Z",
                }
            ]
        }
    )

    number: int
    case_id: str
    account_id: str
    kind: EventKind
    detail: dict[str, Any]
    at: dt.datetime


class ReviewLog(Shape):
    """The log, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "number": 7,
                            "case_id": "rev_1",
                            "account_id": "acc_1",
                            "kind": "noted",
                            "detail": {"note": "The total is torn."},
                            "at": "2026-11-23T09:30:00Z",
                        }
                    ],
                    "next_cursor": "bjc",
                }
            ]
        }
    )

    items: list[ReviewEvent]
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")


class FoundProducts(Shape):
    """Products of the catalog that fit the words of a search."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [{"sku": "SM-OAT-500", "name": "Sunny Mill Rolled Oats", "size": "500 g"}]}
            ]
        }
    )

    items: list[Product]
