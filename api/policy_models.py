"""The JSON shapes of fraud policies and blind reviews."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.models import Amount, Shape
from api.plain_text import PlainText
from awarding.fraud.policy_file import BUILT_IN_VERSION, VERSION_MAX

WayName = Literal["pass", "hold", "decline"]
Version = Annotated[int, Field(ge=BUILT_IN_VERSION, le=VERSION_MAX)]


class PolicyVersion(Shape):
    """One version of the program's fraud policy. Versions are never changed."""

    version: int = Field(description="1 is the built-in one.")
    note: str
    document: dict[str, Any] = Field(description="As imported; empty for the built-in one.")
    effective: dict[str, Any] | None = Field(
        description="With all that it leaves to the program and the product filled in; null in lists."
    )
    imported_by: str = Field(description="A name; empty for the command line and the built-in one.")
    imported_at: datetime | None
    in_force: bool
    tried: bool = Field(description="Judges beside the one in force and decides nothing.")


class PolicyList(Shape):
    """Every version, the newest first."""

    items: list[PolicyVersion]


class PolicyRoleRequest(Shape):
    """Which version."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}]})
    version: Version


class PolicyTrialRequest(Shape):
    """Which version is tried beside the one in force."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 3}, {"version": None}]})
    version: Version | None = Field(description="Null: none any more.")


class ShadowRequest(Shape):
    """A policy to run over past receipts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"document": {"version": 3, "hold_from": 0.5}, "since": "2026-10-01"}]
        }
    )
    document: dict[str, Any] | None = Field(default=None, description="A policy that need not be imported.")
    version: Version | None = Field(default=None, description="An imported one in its place.")
    since: date | None = Field(default=None, description="Only receipts sent on that day (UTC) or later.")


class ShadowCount(Shape):
    """Verdicts that would flip one way."""

    before: WayName
    after: WayName
    receipts: int
    members: int
    points: int
    approved_by_a_person: int
    declined_by_a_person: int


class ShadowFlip(Shape):
    """A receipt whose verdict would flip."""

    receipt_id: str
    member_id: str
    received_at: datetime
    before: WayName
    after: WayName
    score_before: float
    score_after: float
    points: int
    reviewed: str = Field(description="What a person made of it; empty where none was asked.")


class ShadowReport(Shape):
    """What the policy would have made of past receipts. Nothing was written."""

    looked_at: int
    not_kept: int = Field(description="Receipts of which nothing can be said: their evidence was not kept.")
    complete: bool = Field(description="False where there were more receipts than one request looks at.")
    flips: list[ShadowCount]
    examples: list[ShadowFlip] = Field(description="The first of them.")


class RateShape(Shape):
    """A share of wrong decisions with its 95 % interval (Wilson)."""

    wrong: int
    looked_at: int
    share: float | None = Field(description="Null until something was looked at.")
    low: float
    high: float


class Disagreement(Shape):
    """A decision that a person who was not told it answered otherwise."""

    receipt_id: str
    decided: Literal["pass", "decline"]
    answer: Literal["accept", "refuse"]
    note: str


class Rates(Shape):
    """How often the policy decides wrongly, by blind reviews."""

    false_approve: RateShape
    false_decline: RateShape
    waiting: int
    disagreed: list[Disagreement] = Field(description="The latest.")


class BlindLine(Shape):
    """A line as it was read."""

    description: str
    quantity: str
    amount: Amount


class BlindReview(Shape):
    """A receipt to look at without knowing what was decided."""

    id: str
    drawn_at: datetime
    answered: bool
    retailer: str
    store: str
    purchased_on: str | None
    purchased_at: str | None
    receipt_number: str
    total: Amount | None
    lines: list[BlindLine]
    text: str = Field(description="What the document says, where it has no picture.")
    picture_url: str | None


class BlindReviewPage(Shape):
    """What waits for an answer, oldest first."""

    items: list[str] = Field(description="Ids.")
    waiting: int
    next_cursor: str | None


class BlindAnswer(Shape):
    """Whether the receipt should be paid, by the looks of it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"accept": False, "note": "A photo of a screen."}]}
    )
    accept: bool
    note: PlainText = Field(default="", max_length=1000)


class BlindAnswered(Shape):
    """The answer is kept. Nothing was paid or taken back by it."""

    id: str
    answered: Literal[True] = True


_POLICY: dict[str, Any] = {
    "version": 3,
    "note": "Two weak findings make a person look.",
    "document": {"version": 3, "note": "Two weak findings make a person look.", "hold_from": 0.27},
    "effective": None,
    "imported_by": "Ada Byrne",
    "imported_at": "2026-03-06T09:14:09.120000Z",
    "in_force": False,
    "tried": True,
}
_RECEIPT_ID = "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42"
_BLIND_ID = "bln_2c1e7f425b0c5f0d9d5e0a6a3f7d1f0b"
_COUNT = {
    "before": "pass",
    "after": "hold",
    "receipts": 1,
    "members": 1,
    "points": 30,
    "approved_by_a_person": 0,
    "declined_by_a_person": 0,
}
_FLIP = {
    "receipt_id": _RECEIPT_ID,
    "member_id": "mem_7a1f0c9d3e2b81a650d6c2b8e4a7f4c5",
    "received_at": "2026-03-06T09:14:09.120000Z",
    "before": "pass",
    "after": "hold",
    "score_before": 0.28,
    "score_after": 0.28,
    "points": 30,
    "reviewed": "",
}
_RATE = {"wrong": 2, "looked_at": 150, "share": 0.0133, "low": 0.0037, "high": 0.0473}
_LINE = {
    "description": "SN ML RLLD OATS 500G",
    "quantity": "1",
    "amount": {"amount": "3.29", "currency": "USD"},
}
_DISAGREEMENT = {
    "receipt_id": _RECEIPT_ID,
    "decided": "pass",
    "answer": "refuse",
    "note": "A photo of a screen.",
}
_BLIND: dict[str, Any] = {
    "id": _BLIND_ID,
    "drawn_at": "2026-03-06T09:14:09.120000Z",
    "answered": False,
    "retailer": "Harbor Foods",
    "store": "Pier Street",
    "purchased_on": "2026-03-05",
    "purchased_at": "14:05:00",
    "receipt_number": "4471-0093",
    "total": {"amount": "3.29", "currency": "USD"},
    "lines": [_LINE],
    "text": "",
    "picture_url": f"/v1/blind-reviews/{_BLIND_ID}/picture",
}
POLICY_EXAMPLES: dict[str, dict[str, Any]] = {
    "PolicyVersion": _POLICY,
    "PolicyList": {"items": [_POLICY]},
    "ShadowCount": _COUNT,
    "ShadowFlip": _FLIP,
    "ShadowReport": {
        "looked_at": 1200,
        "not_kept": 0,
        "complete": True,
        "flips": [_COUNT],
        "examples": [_FLIP],
    },
    "RateShape": _RATE,
    "Disagreement": _DISAGREEMENT,
    "Rates": {"false_approve": _RATE, "false_decline": _RATE, "waiting": 4, "disagreed": [_DISAGREEMENT]},
    "BlindLine": _LINE,
    "BlindReview": _BLIND,
    "BlindReviewPage": {"items": [_BLIND_ID], "waiting": 1, "next_cursor": None},
    "BlindAnswered": {"id": _BLIND_ID, "answered": True},
}
"""By the schema's name in the document."""
