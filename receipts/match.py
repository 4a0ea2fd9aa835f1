"""Which catalog product a line item is, how sure that is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from receipts.identity import Gtin, Sku


class MatchVerdict(Enum):
    """Accept pays by itself, ask goes to a person, none is not in the catalog."""

    ACCEPT = "accept"
    ASK = "ask"
    NONE = "none"


class MatchReason(Enum):
    """The step that decided."""

    GTIN = "gtin"
    SKU = "sku"
    ALIAS = "alias"
    REVIEWER = "reviewer"
    TEXT = "text"
    SIZE_CONFLICT = "size_conflict"
    AMBIGUOUS = "ambiguous"
    CODE_DISAGREES = "code_disagrees"
    NO_CANDIDATE = "no_candidate"
    NOT_A_PRODUCT = "not_a_product"


MATCH_SENTENCES: dict[MatchReason, str] = {
    MatchReason.GTIN: "The printed barcode number is this product's.",
    MatchReason.SKU: "The printed number is this product's article number.",
    MatchReason.ALIAS: "This product is known to be printed like this.",
    MatchReason.REVIEWER: "A reviewer looked at the line and chose.",
    MatchReason.TEXT: "The printed words were compared with the catalog.",
    MatchReason.SIZE_CONFLICT: "The words fit, but the printed size or count is another.",
    MatchReason.AMBIGUOUS: "More than one product fits the printed words.",
    MatchReason.CODE_DISAGREES: "The printed number and the printed words point to different products.",
    MatchReason.NO_CANDIDATE: "Nothing in the catalog is close to the printed words.",
    MatchReason.NOT_A_PRODUCT: "The line is not a product.",
}


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """A product that the line may be.

    Attributes:
        probability: 0 to 1.
    """

    sku: Sku
    probability: float


@dataclass(frozen=True, slots=True)
class Match:
    """One line item's answer.

    Attributes:
        position: of the line item.
        sku: the best product; None when the verdict is NONE and nothing came near.
        probability: that `sku` is right, 0 to 1.
        candidates: best first, at most five.
    """

    position: int
    verdict: MatchVerdict
    sku: Sku | None
    gtin: Gtin | None
    probability: float
    reason: MatchReason
    candidates: tuple[MatchCandidate, ...]
