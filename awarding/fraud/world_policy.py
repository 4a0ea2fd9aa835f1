"""A program's thresholds for what a receipt says against what is known of shops, products and households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from awarding.fraud.member_policy import COUNT_MAX, DAYS_MAX


@dataclass(frozen=True, slots=True)
class WorldPolicy:
    """The defaults are measured: `python -m bench fraud --only world` (docs/fraud-member.md).

    Attributes:
        days_before_joining: how long before joining a purchase may have been made; people join with a receipt
            in their hand.
        price_least: of the suggested price, what a piece costs at least.
        price_most: the same, at most.
        line_units: pieces of one product on one line that a household buys at most.
        receipt_units: pieces of the program's products on one receipt.
        profile_witnesses: paid receipts of a retailer before its receipts are known.
        profile_members: different members who must have sent those.
        profile_agreed: share of them that must agree on a trait before another one stands out, 0 to 1.
        profile_differences: traits in which a receipt differs before it is shown to a person.
    """

    days_before_joining: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 30
    price_least: Annotated[float, Field(ge=0, le=1)] = 0.2
    price_most: Annotated[float, Field(ge=1, le=COUNT_MAX)] = 4.0
    line_units: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 24
    receipt_units: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 48
    profile_witnesses: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 12
    profile_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 5
    profile_agreed: Annotated[float, Field(ge=0, le=1)] = 0.9
    profile_differences: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 2
