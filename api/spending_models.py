"""Shapes of spending, giving and taking back points, and of what a program promises of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.models import Shape
from api.plain_text import PlainText

MOST_POINTS = 100_000_000
_Reference = Annotated[
    PlainText,
    Field(min_length=1, max_length=100, description="Your own number: the same again counts once."),
]
_Amount = Annotated[int, Field(ge=1, le=MOST_POINTS)]
_MOST_LINES = 500


class MemberCode(Shape):
    """To be shown as a QR code at a till."""

    code: str = Field(description="Identifies the member until it expires; get a new one then.")
    expires_at: datetime


class RedemptionRequest(Shape):
    """Points to set aside, for the member of a code, or for a member whom you know."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"member_id": "mem_1", "points": 500, "reference": "order 4711", "purpose": "A mug"}]
        }
    )
    member_code: PlainText = Field(default="", max_length=1000)
    member_id: PlainText = Field(default="", max_length=64)
    points: _Amount
    reference: _Reference
    purpose: PlainText = Field(min_length=1, max_length=150, description="In words that the member reads.")
    hold_s: int = Field(default=900, ge=1, le=86_400, description="Seconds; then the points go back.")


class CaptureRequest(Shape):
    """How many of the points are spent; all where left out. The rest is given back."""

    points: _Amount | None = None


class Redemption(Shape):
    """Points set aside, and what became of them."""

    id: str
    member_id: str
    points: int
    captured: int
    reference: str
    purpose: str
    status: Literal["held", "captured", "released", "expired"]
    expires_at: datetime
    created_at: datetime


class ReturnedLine(Shape):
    """A line of the receipt, by its position or its product."""

    position: int | None = Field(default=None, ge=0, le=10_000, description="0 for the first line.")
    sku: PlainText = Field(default="", max_length=100)
    quantity: Decimal | None = Field(
        default=None, gt=0, le=1_000_000, max_digits=12, description="All that is left where not given."
    )


class ReturnRequest(Shape):
    """Goods of a receipt that were brought back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"receipt_id": "rcp_1", "reference": "return 12", "lines": [{"position": 0, "quantity": "1"}]}
            ]
        }
    )
    receipt_id: PlainText = Field(min_length=1, max_length=64)
    reference: _Reference
    lines: list[ReturnedLine] = Field(
        default_factory=list, max_length=_MOST_LINES, description="Empty: everything."
    )


class ReturnTaken(Shape):
    """A line as it was brought back."""

    position: int
    quantity: str


class Return(Shape):
    """What was brought back, and what was taken for it."""

    id: str
    member_id: str
    receipt_id: str
    reference: str
    lines: list[ReturnTaken]
    taken: int = Field(description="Points taken back.")
    short: int = Field(description="Points that stayed, by the program's policy.")
    created_at: datetime


class ReturnWaiting(Shape):
    """A return of a receipt that is not decided yet: taken once it is paid."""

    receipt_id: str
    reference: str
    status: Literal["waiting"]


class GiftRequest(Shape):
    """Points to give, and why."""

    member_id: PlainText = Field(min_length=1, max_length=64)
    points: int = Field(ge=1, le=1_000_000)
    reason: PlainText = Field(min_length=3, max_length=400, description="The member reads it.")
    reference: _Reference


class GiftDecision(Shape):
    """The second person's word."""

    agree: bool


class Gift(Shape):
    """Points given by staff."""

    id: str
    member_id: str
    points: int
    reason: str
    reference: str
    status: Literal["proposed", "given", "refused"]
    proposed_by: str
    decided_by: str | None = Field(description="The second person; null where none was needed, or yet.")
    created_at: datetime


class GiftList(Shape):
    """Those that wait for a second person, oldest first."""

    items: list[Gift]


class PointsTermsRequest(Shape):
    """What is promised of points that are earned from now on; what is left out is as it comes."""

    pending_days: int = Field(default=0, description="Days before points can be spent; 0: at once.")
    expiry_days: int | None = Field(default=None, description="Null: never.")
    notice_days: int = Field(default=14, description="The member is told so many days before.")
    point_value: Decimal | None = Field(
        default=None, description="What a point costs, in the program's currency, to six decimals."
    )
    return_policy: Literal["pending_only", "to_zero", "below_zero"] = "below_zero"
    gift_limit: int = Field(default=500, description="A gift above it needs a second person.")


class PointsTerms(Shape):
    """What the program promises of points that are earned from now on."""

    pending_days: int = Field(description="Days before points can be spent; 0: at once.")
    expiry_days: int | None = Field(description="Null: never.")
    notice_days: int = Field(description="The member is told so many days before.")
    point_value: str | None = Field(description="What a point costs, in the program's currency.")
    return_policy: Literal["pending_only", "to_zero", "below_zero"]
    gift_limit: int = Field(description="A gift above it needs a second person.")


class PurchaseDataTold(Shape):
    """What of purchases the core loyalty service is told: what the members agreed to."""

    purchase_data: Literal["none", "own", "all"] = Field(
        description="`none`: receipt.accepted is not sent; `own`: with the items of the program's own"
        " products; `all`: with all items."
    )


class CorrectedLine(Shape):
    """What a line is."""

    position: int = Field(ge=0, le=10_000)
    sku: PlainText | None = Field(max_length=100, description="Null: not ours.")


class CorrectionRequest(Shape):
    """Lines of a paid or declined receipt that are something else than they were taken for."""

    lines: list[CorrectedLine] = Field(min_length=1, max_length=_MOST_LINES)


class Corrected(Shape):
    """What came of it."""

    receipt_id: str
    taken: int
    short: int = Field(description="To be taken back too, and kept by the program's policy.")
    gained: int
    status: Literal["done", "second_person", "refused"] = Field(
        default="done",
        description="`second_person`: nothing is posted until another reviewer agrees.",
    )
    correction_id: str | None = Field(default=None, description="Of what another reviewer has to answer.")


class ProposedCorrection(Shape):
    """A correction that waits for a second person."""

    id: str
    receipt_id: str
    lines: list[CorrectedLine]
    points: int = Field(description="That it would add.")
    proposed_by: str = Field(description="The first person's name.")
    proposed_at: datetime


class ProposedCorrections(Shape):
    """Corrections that wait, oldest first."""

    items: list[ProposedCorrection]


class CorrectionAnswer(Shape):
    """The second person's word."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"agree": True}]})

    agree: bool


_AT = "2026-03-06T09:14:09.120000Z"
_REDEMPTION = {
    "id": "red_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "member_id": "mem_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "points": 500,
    "captured": 0,
    "reference": "order 4711",
    "purpose": "A mug",
    "status": "held",
    "expires_at": "2026-03-06T09:29:09.120000Z",
    "created_at": _AT,
}
_TAKEN = {"position": 0, "quantity": "1"}
_RETURN = {
    "id": "ret_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "member_id": "mem_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
    "reference": "return 12",
    "lines": [_TAKEN],
    "taken": 30,
    "short": 0,
    "created_at": _AT,
}
_GIFT = {
    "id": "gft_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "member_id": "mem_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "points": 100,
    "reason": "for the broken jar",
    "reference": "ticket 8",
    "status": "given",
    "proposed_by": "acc_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "decided_by": None,
    "created_at": _AT,
}
_CORRECTION = {
    "id": "lco_9d5e0a6a3c1e7f425b0c2f7d1f0b4f0d",
    "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
    "lines": [{"position": 0, "sku": "OAT-OFO-18Z"}],
    "points": 300,
    "proposed_by": "Ruth Okafor",
    "proposed_at": _AT,
}
SPENDING_EXAMPLES: dict[str, dict[str, Any]] = {
    "MemberCode": {"code": "eyJhbGciOi...", "expires_at": _AT},
    "Redemption": _REDEMPTION,
    "ReturnTaken": _TAKEN,
    "Return": _RETURN,
    "ReturnWaiting": {"receipt_id": _RETURN["receipt_id"], "reference": "return 13", "status": "waiting"},
    "Gift": _GIFT,
    "GiftList": {"items": [_GIFT]},
    "PointsTerms": {
        "pending_days": 14,
        "expiry_days": 365,
        "notice_days": 14,
        "point_value": "0.01",
        "return_policy": "below_zero",
        "gift_limit": 500,
    },
    "PurchaseDataTold": {"purchase_data": "own"},
    "Corrected": {
        "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
        "taken": 30,
        "short": 0,
        "gained": 50,
        "status": "done",
        "correction_id": None,
    },
    "CorrectedLine": {"position": 0, "sku": "OAT-OFO-18Z"},
    "ProposedCorrection": _CORRECTION,
    "ProposedCorrections": {"items": [_CORRECTION]},
}
