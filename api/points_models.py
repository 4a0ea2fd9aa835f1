"""Shapes of a member's points."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.models import Shape

_AccountName = Literal["program", "pending", "available", "held", "redeemed", "expired", "cancelled"]


class Points(Shape):
    """A member's points."""

    member_id: str
    balance: int = Field(description="Spendable: the sum of the ledger.", examples=[1240])
    pending: int = Field(description="What held receipts would pay if all were approved.", examples=[60])
    waiting_receipts: int = Field(examples=[1])
    available: int = Field(description="The same as `balance`.", examples=[1240])
    awaiting_release: int = Field(description="Earned, and not to be spent yet.", examples=[130])
    held: int = Field(description="Set aside for a redemption in progress.", examples=[0])


class Entry(Shape):
    """An immutable ledger entry: so many points from one account to another."""

    id: str
    kind: Literal[
        "award",
        "activity",
        "gift",
        "opening",
        "opening_cut",
        "reversal",
        "release",
        "expiry",
        "hold",
        "hold_end",
        "redemption",
    ]
    points: int = Field(
        description="What it does to the spendable balance, signed; 0 where it moves other points."
    )
    moved: int = Field(description="Points moved, always above 0.")
    debit: _AccountName = Field(description="The account that the points leave.")
    credit: _AccountName = Field(description="The account that the points enter.")
    receipt_id: str | None = Field(description="Null where it is about no receipt.")
    campaign_id: str | None = Field(description="Null where no campaign paid.")
    rule_id: str | None
    source: str = Field(description="What it rests on: a receipt, an event, a gift, a redemption, an entry.")
    due_at: datetime | None = Field(description="When pending points are released, or available ones expire.")
    reverses: str | None = Field(description="The entry that a reversal cancels.")
    sentence: str
    created_at: datetime


class LedgerPage(Shape):
    """Newest first."""

    member_id: str
    balance: int
    items: list[Entry]
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")
