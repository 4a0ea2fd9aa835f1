"""The JSON shapes of how sure matches must be."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.models import Shape


class MatchWishRequest(Shape):
    """What a program wants; null stands for the usual thresholds."""

    accept_precision: float | None = Field(
        default=None,
        description="Of the lines that pay by their words, the share that must be right.",
        examples=[0.995],
    )
    none_precision: float | None = Field(
        default=None,
        description="Of the lines called another maker's, the share that must be.",
        examples=[0.9],
    )
    own_share: float = Field(
        default=0.5,
        description="Of all lines on the receipts, the share of the catalog's: the rarer, the surer a match.",
        examples=[0.3],
    )


class MeasuredThreshold(Shape):
    """A threshold, and what it gave on the measured lines."""

    threshold: float = Field(description="A probability.", examples=[0.93])
    precision: float = Field(description="Share of its answers that were right.", examples=[0.9962])
    share: float = Field(
        description="Of the lines that can be answered so rightly, how many were: what the precision costs.",
        examples=[0.44],
    )
    reached: bool = Field(description="False where no threshold measured gives what is wanted.")


class MatchWish(MatchWishRequest):
    """What the program wants, and what that comes to for its catalog."""

    catalog_products: int = Field(examples=[9800])
    measured_on_products: int = Field(description="Of the catalogs that were measured.", examples=[7916])
    accept: MeasuredThreshold
    none: MeasuredThreshold
    sentences: list[str] = Field(description="The same in plain words.")


_ACCEPT = {"threshold": 0.93, "precision": 0.9962, "share": 0.44, "reached": True}
_NONE = {"threshold": 0.5, "precision": 0.91, "share": 0.95, "reached": True}
MATCHING_EXAMPLES: dict[str, dict[str, Any]] = {
    "MatchWish": {
        "accept_precision": 0.995,
        "none_precision": None,
        "own_share": 0.5,
        "catalog_products": 9800,
        "measured_on_products": 7916,
        "accept": _ACCEPT,
        "none": _NONE,
        "sentences": [
            "Wanted precision 0.995. Lines pay by their words from a probability of 0.93 on (0.965 where"
            " the brand is not printed). Measured: 0.9962 of what was accepted was right, and 44% of the"
            " catalog's lines were accepted without a person."
        ],
    },
    "MeasuredThreshold": _ACCEPT,
}
"""Of what is answered, for the OpenAPI document."""
