"""Which catalog product a line item is, how sure that is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    OTHER_PHOTO = "other_photo"
    LEARNED = "learned"
    LEARNED_NOT_OURS = "learned_not_ours"
    LEARNED_DISPUTED = "learned_disputed"
    LEARNED_PRICE = "learned_price"
    LEARNED_GONE = "learned_gone"
    LEARNED_CHANGED = "learned_changed"
    SAME_PRINT = "same_print"
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
    MatchReason.OTHER_PHOTO: "A reviewer chose for this line on another photo of the same purchase.",
    MatchReason.LEARNED: "Confirmed for this shop by a reviewer.",
    MatchReason.LEARNED_NOT_OURS: "A reviewer found this shop's line to be another maker's.",
    MatchReason.LEARNED_DISPUTED: "What reviewers confirmed for this shop's line does not agree.",
    MatchReason.LEARNED_PRICE: "A reviewer confirmed this shop's line before, but the price is another.",
    MatchReason.LEARNED_GONE: "The product that a reviewer confirmed is no longer in the catalog.",
    MatchReason.LEARNED_CHANGED: "The number that a reviewer confirmed is another product's by now.",
    MatchReason.SAME_PRINT: "The same line stands on this receipt at the same price, printed more clearly.",
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
class Confirmed:
    """The reviewers' confirmations that an answer rests on.

    Attributes:
        count: how often.
        last_at: when last.
        exact: the line is printed letter for letter as then.
        disputed_by: confirmations of the same print for something else, too few to matter.
    """

    count: int
    last_at: datetime
    exact: bool = True
    disputed_by: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """One line item's answer.

    Attributes:
        position: of the line item.
        sku: the best product; None when the verdict is NONE and nothing came near.
        probability: that `sku` is right, 0 to 1.
        candidates: best first, at most five.
        confirmed: set where reviewers' confirmations for this shop decided, or had a part in it.
        serials: serial numbers printed with the line: which piece it is, and no evidence of which product.
    """

    position: int
    verdict: MatchVerdict
    sku: Sku | None
    gtin: Gtin | None
    probability: float
    reason: MatchReason
    candidates: tuple[MatchCandidate, ...]
    confirmed: Confirmed | None = None
    serials: tuple[str, ...] = ()


_BY_CONFIRMATION = frozenset({MatchReason.LEARNED, MatchReason.LEARNED_NOT_OURS})


def match_sentence(match: Match) -> str:
    """How the line was matched, or why not, for members and reviewers alike."""
    known = match.confirmed
    if known is None or match.reason not in _BY_CONFIRMATION:
        return MATCH_SENTENCES[match.reason]
    when = f"{known.last_at.day} {known.last_at:%B %Y}"
    often = "" if known.count == 1 else f", {known.count} times"
    if match.reason is MatchReason.LEARNED_NOT_OURS:
        return f"Another maker's at this shop, as a reviewer found on {when}{often}."
    nearly = "" if known.exact else " The print differs by what a printer smudges."
    return f"Confirmed for this shop by a reviewer on {when}{often}.{nearly}"
