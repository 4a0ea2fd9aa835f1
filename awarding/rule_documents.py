"""The documents of earning rules, one for each kind of earning, with the rule that each stands for."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from awarding.campaign_parts import (
    Count,
    EventName,
    Id,
    MoneyDocument,
    PointsEach,
    ProductsDocument,
    RuleDocument,
)
from awarding.documents import Document
from receipts.campaign import (
    ActivityBonus,
    Band,
    Basket,
    BasketPart,
    BuyGet,
    Multiplier,
    PointsPerCurrency,
    ProductBonus,
    ReceiptBonus,
    Rounding,
    RoundingOf,
    RoundingWay,
    RuleRef,
    SpendBands,
)
from receipts.money import Points

_PARTS_MAX = 20
_BANDS_MAX = 20
_REFS_MAX = 100


class RoundingDocument(Document):
    """What becomes of a step that is not full, and whether the sum or each line is rounded."""

    way: RoundingWay = RoundingWay.DOWN
    of: RoundingOf = RoundingOf.RECEIPT


class PointsPerCurrencyDocument(RuleDocument):
    """So many points for each `per` spent on the products; by full steps of the receipt's sum as a rule."""

    kind: Literal["points_per_currency"]
    points: PointsEach
    per: MoneyDocument
    products: ProductsDocument = ProductsDocument()
    rounding: RoundingDocument = RoundingDocument()

    def rule(self) -> PointsPerCurrency:
        """The rule."""
        return PointsPerCurrency(
            self.id,
            Points(self.points),
            self.per.money(),
            self.products.selector(),
            Rounding(self.rounding.way, self.rounding.of),
            self.terms(),
        )


class ProductBonusDocument(RuleDocument):
    """Fixed points for each unit of the products; a line by weight counts as one unit."""

    kind: Literal["product_bonus"]
    points: PointsEach
    products: ProductsDocument

    def rule(self) -> ProductBonus:
        """The rule."""
        return ProductBonus(self.id, Points(self.points), self.products.selector(), self.terms())


class BuyGetDocument(RuleDocument):
    """Points for each full `buy` pieces of the products on one receipt."""

    kind: Literal["buy_get"]
    buy: Annotated[Count, Field(examples=[3])]
    points: PointsEach
    products: ProductsDocument

    def rule(self) -> BuyGet:
        """The rule."""
        return BuyGet(self.id, self.buy, Points(self.points), self.products.selector(), self.terms())


class BasketPartDocument(Document):
    """So many pieces of any of the products."""

    products: ProductsDocument
    pieces: Count = 1


class BasketDocument(RuleDocument):
    """Points for each set of products bought together; a line counts for the first part that selects it."""

    kind: Literal["basket"]
    points: PointsEach
    parts: Annotated[tuple[BasketPartDocument, ...], Field(min_length=2, max_length=_PARTS_MAX)]

    def rule(self) -> Basket:
        """The rule."""
        parts = tuple(BasketPart(part.products.selector(), part.pieces) for part in self.parts)
        return Basket(self.id, Points(self.points), parts, self.terms())


class ReceiptBonusDocument(RuleDocument):
    """Fixed points once for a purchase with any of the products."""

    kind: Literal["receipt_bonus"]
    points: PointsEach
    products: ProductsDocument = ProductsDocument()

    def rule(self) -> ReceiptBonus:
        """The rule."""
        return ReceiptBonus(self.id, Points(self.points), self.products.selector(), self.terms())


class BandDocument(Document):
    """From this sum on, so many points."""

    start: MoneyDocument
    points: PointsEach


class SpendBandsDocument(RuleDocument):
    """The points of the highest band that the sum of the products reaches, once for a purchase."""

    kind: Literal["spend_bands"]
    bands: Annotated[tuple[BandDocument, ...], Field(min_length=1, max_length=_BANDS_MAX)]
    products: ProductsDocument = ProductsDocument()

    @model_validator(mode="after")
    def _bands_rise(self) -> SpendBandsDocument:
        if len({band.start.currency for band in self.bands}) > 1:
            raise ValueError("the bands are in several currencies; make a rule for each currency")
        starts = [Decimal(band.start.amount) for band in self.bands]
        points = [band.points for band in self.bands]
        for before, after in zip(range(len(starts)), range(1, len(starts)), strict=False):
            if starts[after] <= starts[before] or points[after] < points[before]:
                raise ValueError(
                    "list the bands from the lowest on, each with more points than the one before"
                )
        return self

    def rule(self) -> SpendBands:
        """The rule."""
        bands = tuple(Band(band.start.money(), Points(band.points)) for band in self.bands)
        return SpendBands(self.id, bands, self.products.selector(), self.terms())


class RuleRefDocument(Document):
    """Rules by name: of this campaign or another one, one of them or all."""

    campaign: Annotated[Id | None, Field(description="Another campaign's id; this one when left out.")] = None
    rule: Annotated[Id | None, Field(description="A rule's id; all of the campaign when left out.")] = None


class MultiplierDocument(RuleDocument):
    """Adds to what other rules pay for the receipt: "2" doubles, "1.5" adds half."""

    kind: Literal["multiplier"]
    times: Annotated[str, Field(pattern=r"^[1-9]\d?(\.\d{1,4})?$", examples=["2", "1.5"])]
    of: Annotated[
        tuple[RuleRefDocument, ...],
        Field(max_length=_REFS_MAX, description="Which rules; all of this campaign when empty."),
    ] = ()
    rounding: Annotated[RoundingWay, Field(description="Of the points that are added.")] = RoundingWay.DOWN

    @model_validator(mode="after")
    def _more_than_once(self) -> MultiplierDocument:
        if Decimal(self.times) <= 1:
            raise ValueError('times must be above 1, such as "2" for double points')
        return self

    def rule(self) -> Multiplier:
        """The rule."""
        refs = tuple(RuleRef(ref.campaign or "", ref.rule or "") for ref in self.of)
        return Multiplier(self.id, Decimal(self.times), refs, self.rounding, self.terms())


class ActivityDocument(RuleDocument):
    """Fixed points for something a member did that is no purchase."""

    kind: Literal["activity"]
    event: Annotated[EventName, Field(examples=["signup", "profile_completed"])]
    points: PointsEach

    def rule(self) -> ActivityBonus:
        """The rule."""
        return ActivityBonus(self.id, self.event, Points(self.points), self.terms())


AnyRuleDocument = Annotated[
    PointsPerCurrencyDocument
    | ProductBonusDocument
    | BuyGetDocument
    | BasketDocument
    | ReceiptBonusDocument
    | SpendBandsDocument
    | MultiplierDocument
    | ActivityDocument,
    Field(discriminator="kind"),
]
KINDS = (
    "points_per_currency",
    "product_bonus",
    "buy_get",
    "basket",
    "receipt_bonus",
    "spend_bands",
    "multiplier",
    "activity",
)
