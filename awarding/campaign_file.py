"""Campaigns as JSON documents: validated on the way in, with errors that name the place and the fix."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, assert_never

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from awarding.documents import Document, Faults, printable
from receipts.award import Campaign, EarningRule, PointsPerCurrency, ProductBonus, ProductSelector
from receipts.catalog import Catalog
from receipts.identity import CampaignId, Sku
from receipts.money import Money, Points, UnknownCurrencyError, currency, minor_unit_digits

SCHEMA_ID = "/schemas/campaign.schema.json"

VERSION_MAX = 2**31 - 1
"""The largest whole number of a database's integer column."""
RULES_MAX = 100
CAP_MAX = 1_000_000_000


_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(printable)]
_Id = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_PointsEach = Annotated[int, Field(ge=1, le=1_000_000)]


class CampaignError(ValueError):
    """The document is no campaign.

    Attributes:
        problems: a sentence for each fault, with its place and the fix; all faults, not only the first.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _MoneyDocument(Document):
    """An amount in major units as text, so that no program rounds it on the way."""

    amount: Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,3})?$", examples=["1.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["USD"])]

    @model_validator(mode="after")
    def _known_and_above_zero(self) -> _MoneyDocument:
        try:
            code = currency(self.currency)
        except UnknownCurrencyError as error:
            raise ValueError(str(error)) from error
        digits = minor_unit_digits(code)
        value = Decimal(self.amount)
        if value != round(value, digits):
            raise ValueError(f"{self.amount} has more than the {digits} decimals of {code}; round it")
        if value <= 0:
            raise ValueError("the amount must be above zero, such as 1.00")
        return self

    def money(self) -> Money:
        return Money.of(self.amount, currency(self.currency))


class _ProductsDocument(Document):
    """Any product that one of the lists names; every product of the catalog when all are empty."""

    skus: tuple[_Name, ...] = ()
    brands: tuple[_Name, ...] = ()
    categories: tuple[_Name, ...] = ()


class _PointsPerCurrencyDocument(Document):
    """So many points for each full `per` spent on the products, rounded down on the receipt's sum."""

    kind: Literal["points_per_currency"]
    id: _Id
    points: _PointsEach
    per: _MoneyDocument
    products: _ProductsDocument = _ProductsDocument()


class _ProductBonusDocument(Document):
    """Fixed points for each unit of the products; a line by weight counts as one unit."""

    kind: Literal["product_bonus"]
    id: _Id
    points: _PointsEach
    products: _ProductsDocument


_RuleDocument = Annotated[_PointsPerCurrencyDocument | _ProductBonusDocument, Field(discriminator="kind")]


class CampaignDocument(Document):
    """A campaign of a loyalty program: dates, retailers, a cap and earning rules."""

    id: Annotated[_Id, Field(examples=["spring-2026"])]
    version: Annotated[int, Field(ge=1, le=VERSION_MAX, description="Raise it at each change.")] = 1
    name: Annotated[_Name, Field(max_length=80, description="As members read it.")]
    starts_on: Annotated[date, Field(description="First purchase day that earns, in the store's calendar.")]
    ends_on: Annotated[date, Field(description="Last purchase day that earns.")]
    retailers: Annotated[
        tuple[_Name, ...], Field(description="Chains that take part; every chain when empty.")
    ] = ()
    cap_per_member: Annotated[
        int | None,
        Field(ge=1, le=CAP_MAX, description="Most points one member can ever earn here; null for no cap."),
    ] = None
    rules: Annotated[tuple[_RuleDocument, ...], Field(min_length=1, max_length=RULES_MAX)]

    @field_validator("rules")
    @classmethod
    def _rule_ids_differ(cls, rules: tuple[_RuleDocument, ...]) -> tuple[_RuleDocument, ...]:
        ids = [rule.id for rule in rules]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"two rules have the id {twice[0]!r}; give each its own")
        return rules

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> CampaignDocument:
        if self.ends_on < self.starts_on:
            raise ValueError(
                f"ends_on {self.ends_on} is before starts_on {self.starts_on}; exchange or correct them"
            )
        return self


def parse_campaign(document: Mapping[str, object], *, where: str = "") -> Campaign:
    """The campaign that a JSON object describes.

    Args:
        document: as `json.loads` gives it; dates as ``YYYY-MM-DD`` text.
        where: put before each place, such as ``campaigns.json[2]``.

    Raises:
        CampaignError: with every fault found.
    """
    try:
        checked = CampaignDocument.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise CampaignError(_FAULTS.sentences(error.errors(), CampaignDocument, where)) from error
    return Campaign(
        id=CampaignId(checked.id),
        version=checked.version,
        name=checked.name,
        starts_on=checked.starts_on,
        ends_on=checked.ends_on,
        retailers=checked.retailers,
        cap_per_member=None if checked.cap_per_member is None else Points(checked.cap_per_member),
        rules=tuple(_rule(rule) for rule in checked.rules),
    )


def parse_campaigns(text: str, *, where: str = "") -> tuple[Campaign, ...]:
    """The campaigns of a file: one object, or a list of them.

    Raises:
        CampaignError: no JSON (with line and column), or a fault in any of the campaigns.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}" if where else f"line {error.lineno}"
        fault = f"{place}, column {error.colno}: this is not JSON ({error.msg}); correct it there"
        raise CampaignError([fault]) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets nested without end.
        raise CampaignError([f"{where or 'the file'}: this is no campaign ({error}); correct it"]) from error
    several = document if isinstance(document, list) else [document]
    problems: list[str] = []
    campaigns: list[Campaign] = []
    for position, each in enumerate(several):
        place = f"{where}[{position}]" if isinstance(document, list) else where
        if not isinstance(each, dict):
            problems.append(f"{place or 'the document'}: a campaign is a JSON object in braces")
            continue
        try:
            campaigns.append(parse_campaign(each, where=place))
        except CampaignError as error:
            problems.extend(error.problems)
    named = Counter((campaign.id, campaign.version) for campaign in campaigns)
    problems.extend(
        f"{where or 'the file'}: campaign {each} is given more than once in version {version}; keep one"
        for (each, version), count in named.items()
        if count > 1
    )
    if problems:
        raise CampaignError(problems)
    return tuple(campaigns)


def campaign_document(campaign: Campaign) -> dict[str, Any]:
    """The JSON object that `parse_campaign` reads back as the same campaign."""
    return {
        "id": campaign.id,
        "version": campaign.version,
        "name": campaign.name,
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
        "retailers": list(campaign.retailers),
        "cap_per_member": campaign.cap_per_member,
        "rules": [_rule_document(rule) for rule in campaign.rules],
    }


def campaign_schema() -> dict[str, Any]:
    """The JSON Schema of a campaign document, as published in ``docs/campaign.schema.json``."""
    schema = CampaignDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def unknown_selections(campaign: Campaign, catalog: Catalog) -> tuple[str, ...]:
    """A sentence for each SKU, brand or category of a rule that no product of the catalog has.

    A warning and not an error: the catalog may follow later.
    """
    known = {
        "skus": {str(product.sku) for product in catalog.products},
        "brands": {product.brand.casefold().strip() for product in catalog.products},
        "categories": {product.category.casefold().strip() for product in catalog.products},
    }
    warnings: list[str] = []
    for position, rule in enumerate(campaign.rules):
        chosen: tuple[tuple[str, tuple[str, ...]], ...] = (
            ("skus", tuple(str(sku) for sku in rule.products.skus)),
            ("brands", rule.products.brands),
            ("categories", rule.products.categories),
        )
        for field, names in chosen:
            for name in names:
                if (name if field == "skus" else name.casefold().strip()) not in known[field]:
                    place = f"rules[{position}].products.{field}"
                    warnings.append(f"{place}: no product of the catalog has {name!r}; check the spelling")
    return tuple(warnings)


def _rule(document: _PointsPerCurrencyDocument | _ProductBonusDocument) -> EarningRule:
    chosen = document.products
    products = ProductSelector(
        skus=tuple(Sku(sku) for sku in chosen.skus), brands=chosen.brands, categories=chosen.categories
    )
    match document:
        case _PointsPerCurrencyDocument():
            return PointsPerCurrency(document.id, Points(document.points), document.per.money(), products)
        case _ProductBonusDocument():
            return ProductBonus(document.id, Points(document.points), products)
        case _:
            assert_never(document)


def _rule_document(rule: EarningRule) -> dict[str, Any]:
    shared: dict[str, Any] = {
        "id": rule.id,
        "points": rule.points,
        "products": {
            "skus": list(rule.products.skus),
            "brands": list(rule.products.brands),
            "categories": list(rule.products.categories),
        },
    }
    match rule:
        case PointsPerCurrency():
            per = {"amount": str(rule.per), "currency": rule.per.currency}
            return {"kind": "points_per_currency", **shared, "per": per}
        case ProductBonus():
            return {"kind": "product_bonus", **shared}
        case _:
            assert_never(rule)


_KINDS = "the kind of a rule is points_per_currency or product_bonus"
_FAULTS = Faults(
    what="the campaign",
    by_code={"union_tag_invalid": _KINDS, "union_tag_not_found": _KINDS},
    by_field={
        "id": "an id has up to 60 letters, digits, dots, hyphens and underscores, and no blanks",
        "currency": "write the currency's ISO 4217 code in capitals, such as USD",
        "amount": "write the amount as digits with a point, such as 1.00",
    },
    not_shown=frozenset({"points_per_currency", "product_bonus"}),
)
"""How a fault of a campaign's document is said."""
