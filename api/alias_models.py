"""The JSON shapes of what reviewers taught."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.models import Amount, Shape
from api.plain_text import PlainText

_ALIAS_ID = "als_2c1e7f425b0c5f0d9d5e0a6a3f7d1f0b"


class AliasRival(Shape):
    """Something else that reviewers said of the same print."""

    sku: str | None = Field(description="Null: none of our products.")
    product: str = Field(description="In words.")
    confirmations: int


class Alias(Shape):
    """A shop's print that reviewers confirmed as a product, or as none of ours."""

    id: str = Field(examples=[_ALIAS_ID])
    shop: str = Field(description="As it was read.")
    known_by: Literal["words", "number"] = Field(
        description="The printed words with their size, or the shop's own item number."
    )
    key: str = Field(description="By what the line is known again.")
    printed: str = Field(description="The line as it was printed last.")
    sku: str | None = Field(description="Null: none of our products.")
    product: str = Field(description="In words.")
    confirmations: int = Field(description="Receipts on which a reviewer said so, withdrawn ones taken off.")
    confirmed_at: datetime = Field(description="Last.")
    confirmed_by: str = Field(description="The name of who said so last.")
    receipt_id: str = Field(description="Of the last confirmation.")
    lowest: Amount | None = Field(description="Least that one unit cost on those receipts.")
    highest: Amount | None = Field(description="Most that one unit cost on those receipts.")
    used_at: datetime | None = Field(description="When it last answered a line, to the day.")
    disputed: bool = Field(description="Reviewers said something else of the same print, too.")
    rivals: list[AliasRival]


class AliasPage(Shape):
    """Aliases, the latest confirmed first."""

    items: list[Alias]
    total: int = Field(description="Of the program.")
    disputed: int = Field(description="How many of them are disputed.")
    next_cursor: str | None


class AliasWithdrawal(Shape):
    """Why an alias is taken back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The picture shows the peach one."}]}
    )
    reason: PlainText = Field(max_length=500, pattern=r"\S", description="At least a word.")


class AliasWithdrawn(Shape):
    """It counts no more."""

    id: str
    withdrawn: Literal[True] = True


_ALIAS: dict[str, Any] = {
    "id": _ALIAS_ID,
    "shop": "Harbor Foods",
    "known_by": "words",
    "key": "SNMLRLLDOATS 500g",
    "printed": "SN ML RLLD OATS 500G",
    "sku": "SM-OAT-500",
    "product": "Sunny Mill Rolled Oats, 500 g",
    "confirmations": 4,
    "confirmed_at": "2026-03-06T09:14:09.120000Z",
    "confirmed_by": "Ruth Okafor",
    "receipt_id": "rcp_5b0c2f7d1f0b4f0d9d5e0a6a3c1e7f42",
    "lowest": {"amount": "3.29", "currency": "USD"},
    "highest": {"amount": "3.49", "currency": "USD"},
    "used_at": "2026-03-07T10:02:44.000000Z",
    "disputed": False,
    "rivals": [],
}
ALIAS_EXAMPLES: dict[str, dict[str, Any]] = {
    "AliasRival": {"sku": None, "product": "Not ours", "confirmations": 1},
    "Alias": _ALIAS,
    "AliasPage": {"items": [_ALIAS], "total": 1, "disputed": 0, "next_cursor": None},
    "AliasWithdrawn": {"id": _ALIAS_ID, "withdrawn": True},
}
"""By the schema's name in the document."""
