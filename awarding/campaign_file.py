"""Campaigns as JSON documents: validated on the way in, with errors that name the place and the fix."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from awarding.campaign_parts import (
    CAP_MAX,
    ExcludedDocument,
    Id,
    Most,
    Name,
    Names,
    WhenDocument,
    most,
)
from awarding.campaign_writing import campaign_document
from awarding.documents import Document, Faults, nowhere
from awarding.json_places import Place, line_of, places_of
from awarding.rule_documents import KINDS, AnyRuleDocument, MultiplierDocument
from receipts.campaign import NO_CAPS, Campaign, Caps, Clock, Group, Rate, Stacking, products_of
from receipts.catalog import Catalog
from receipts.conditions import ALWAYS, folded
from receipts.identity import CampaignId
from receipts.money import UnknownCurrencyError, currency

__all__ = [
    "CampaignError",
    "campaign_document",
    "campaign_schema",
    "parse_campaign",
    "parse_campaigns",
    "read_campaigns",
    "unknown_names",
    "unknown_selections",
]

SCHEMA_ID = "/schemas/campaign.schema.json"

VERSION_MAX = 2**31 - 1
"""The largest whole number of a database's integer column."""
RULES_MAX = 100


class CampaignError(ValueError):
    """The document is no campaign.

    Attributes:
        problems: a sentence for each fault, with its place and the fix; all faults, not only the first.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class CapsDocument(Document):
    """Most points of the campaign; what they cut off is told with its reason."""

    per_receipt: Annotated[Most, Field(description="For one receipt.")] = None
    per_day: Annotated[Most, Field(description="For one member's purchases and activities of one day.")] = (
        None
    )
    all_members: Annotated[Most, Field(description="The budget: of all members together.")] = None

    def caps(self) -> Caps:
        """The caps; `NO_CAPS` itself where there are none."""
        found = Caps(most(self.per_receipt), most(self.per_day), most(self.all_members))
        return NO_CAPS if found == NO_CAPS else found


class GroupDocument(Document):
    """Campaigns that name one group do not add up: of each receipt one of them pays."""

    name: Id
    how: Annotated[
        Stacking,
        Field(description="best: the largest sum. first: the highest priority that pays. sum: all."),
    ] = Stacking.BEST
    priority: Annotated[int, Field(ge=-1000, le=1000, description="The higher goes first.")] = 0


class RateDocument(Document):
    """One unit of the given currency counts as so many of the wanted one."""

    given: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CAD"])]
    wanted: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["USD"])]
    rate: Annotated[str, Field(pattern=r"^\d{1,7}(\.\d{1,10})?$", examples=["0.73"])]

    @model_validator(mode="after")
    def _between_two_known_ones(self) -> RateDocument:
        try:
            pair = {currency(self.given), currency(self.wanted)}
        except UnknownCurrencyError as error:
            raise ValueError(str(error)) from error
        if len(pair) == 1:
            raise ValueError(f"{self.given} needs no rate to itself; remove it")
        if Decimal(self.rate) <= 0:
            raise ValueError("the rate must be above zero, such as 0.73")
        return self

    def noun(self) -> Rate:
        """The rate."""
        return Rate(currency(self.given), currency(self.wanted), Decimal(self.rate))


_Time = Annotated[dt.time | None, Field(examples=["09:00"])]


class CampaignDocument(Document):
    """A campaign of a loyalty program: dates, retailers, caps and earning rules."""

    id: Annotated[Id, Field(examples=["spring-2026"])]
    version: Annotated[int, Field(ge=1, le=VERSION_MAX, description="Raise it at each change.")] = 1
    name: Annotated[Name, Field(max_length=80, description="As members read it.")]
    starts_on: Annotated[date, Field(description="First purchase day that earns, in the store's calendar.")]
    ends_on: Annotated[date, Field(description="Last purchase day that earns.")]
    retailers: Annotated[Names, Field(description="Chains that take part; every chain when empty.")] = ()
    cap_per_member: Annotated[
        int | None,
        Field(ge=1, le=CAP_MAX, description="Most points one member can ever earn here; null for no cap."),
    ] = None
    starts_time: Annotated[_Time, Field(description="On the first day, from this time on.")] = None
    ends_time: Annotated[_Time, Field(description="On the last day, until before this time.")] = None
    clock: Annotated[
        Clock, Field(description="Whose calendar and clock: the store's own, or the program's time zone.")
    ] = Clock.STORE
    when: Annotated[WhenDocument | None, Field(description="Conditions of all its rules.")] = None
    exclude: Annotated[
        ExcludedDocument | None, Field(description="Products that none of its rules pays for.")
    ] = None
    caps: CapsDocument | None = None
    stacking: Annotated[
        Stacking,
        Field(description="Which of its rules pay: sum for all, best for the best, first for the first."),
    ] = Stacking.SUM
    group: GroupDocument | None = None
    rates: Annotated[
        tuple[RateDocument, ...],
        Field(max_length=100, description="How other currencies count; without a rate they do not."),
    ] = ()
    effective_on: Annotated[
        date | None,
        Field(description="The first purchase day that this version holds for; all days when left out."),
    ] = None
    rules: Annotated[tuple[AnyRuleDocument, ...], Field(min_length=1, max_length=RULES_MAX)]

    @field_validator("rules")
    @classmethod
    def _rule_ids_differ(cls, rules: tuple[AnyRuleDocument, ...]) -> tuple[AnyRuleDocument, ...]:
        counted = Counter(rule.id for rule in rules)
        twice = sorted(each for each, count in counted.items() if count > 1)
        if twice:
            raise ValueError(f"two rules have the id {twice[0]!r}; give each its own")
        multipliers = {rule.id for rule in rules if isinstance(rule, MultiplierDocument)}
        for rule in rules:
            for ref in rule.of if isinstance(rule, MultiplierDocument) else ():
                if ref.campaign is None and ref.rule is not None and ref.rule not in counted:
                    raise ValueError(
                        f"{rule.id!r} multiplies {ref.rule!r}, which is none of the rules; correct it"
                    )
                if ref.campaign is None and ref.rule in multipliers:
                    raise ValueError(
                        f"{rule.id!r} multiplies {ref.rule!r}, a multiplier itself; name what it pays for"
                    )
        return rules

    @field_validator("rates")
    @classmethod
    def _one_rate_each(cls, rates: tuple[RateDocument, ...]) -> tuple[RateDocument, ...]:
        counted = Counter((rate.given, rate.wanted) for rate in rates)
        for (given, wanted), count in counted.items():
            if count > 1:
                raise ValueError(f"{given} has more than one rate to {wanted}; keep one")
        return rates

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> CampaignDocument:
        if self.ends_on < self.starts_on:
            raise ValueError(
                f"ends_on {self.ends_on} is before starts_on {self.starts_on}; exchange or correct them"
            )
        times = (self.starts_time, self.ends_time)
        if any(time is not None and time.tzinfo is not None for time in times):
            raise ValueError("write starts_time and ends_time without a zone; clock says whose they are")
        if self.ends_on == self.starts_on and None not in times and str(times[1]) <= str(times[0]):
            raise ValueError("ends_time is not after starts_time on the only day; exchange or correct them")
        return self

    def campaign(self) -> Campaign:
        """The campaign."""
        return Campaign(
            id=CampaignId(self.id),
            version=self.version,
            name=self.name,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            retailers=self.retailers,
            cap_per_member=most(self.cap_per_member),
            rules=tuple(rule.rule() for rule in self.rules),
            starts_time=self.starts_time,
            ends_time=self.ends_time,
            clock=self.clock,
            when=ALWAYS if self.when is None else self.when.conditions(),
            exclude=None if self.exclude is None else self.exclude.selector(),
            caps=NO_CAPS if self.caps is None else self.caps.caps(),
            stacking=self.stacking,
            group=None if self.group is None else Group(self.group.name, self.group.how, self.group.priority),
            rates=tuple(rate.noun() for rate in self.rates),
            effective_on=self.effective_on,
        )


def parse_campaign(
    document: Mapping[str, object], *, where: str = "", line_at: Callable[[Place], int | None] = nowhere
) -> Campaign:
    """The campaign that a JSON object describes.

    Args:
        document: as `json.loads` gives it; dates as ``YYYY-MM-DD`` text.
        where: put before each place, such as ``campaigns.json[2]``.
        line_at: the line of each place, where the document was read from a file.

    Raises:
        CampaignError: with every fault found.
    """
    try:
        checked = CampaignDocument.model_validate_json(json.dumps(document))
    except ValidationError as error:
        problems = _FAULTS.sentences(error.errors(), CampaignDocument, where, line_at)
        raise CampaignError(problems) from error
    return checked.campaign()


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
    except RecursionError as error:
        fault = (
            f"{where or 'the file'}: brackets and braces are nested too deeply for a campaign; write it anew"
        )
        raise CampaignError([fault]) from error
    except ValueError as error:
        # A number of thousands of digits.
        raise CampaignError([f"{where or 'the file'}: this is no campaign ({error}); correct it"]) from error
    several = document if isinstance(document, list) else [document]
    lines, twice = places_of(text)
    problems = [
        f"{where}, line {line}: ".removeprefix(", ")
        + f"{place[-1]} stands twice in one object; keep one, only the last would count"
        for place, line in twice
    ]
    campaigns: list[Campaign] = []
    for position, each in enumerate(several):
        place = f"{where}[{position}]" if isinstance(document, list) else where
        start: Place = (position,) if isinstance(document, list) else ()
        if not isinstance(each, dict):
            problems.append(f"{place or 'the document'}: a campaign is a JSON object in braces")
            continue
        try:
            campaigns.append(parse_campaign(each, where=place, line_at=partial(_line_within, lines, start)))
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


def _line_within(lines: Mapping[Place, int], start: Place, place: Place) -> int | None:
    return line_of(lines, (*start, *place))


def read_campaigns(file: Path) -> tuple[Campaign, ...]:
    """The campaigns of a file, whose name stands before each fault.

    Raises:
        CampaignError: as `parse_campaigns`, or the file is no text in UTF-8.
        OSError: it cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CampaignError([f"{file.name}: this is no text in UTF-8; save it as UTF-8"]) from error
    return parse_campaigns(text, where=file.name)


def campaign_schema() -> dict[str, Any]:
    """The JSON Schema of a campaign document, as published in ``docs/campaign.schema.json``."""
    schema = CampaignDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def unknown_selections(campaign: Campaign, catalog: Catalog) -> tuple[str, ...]:
    """A sentence for each SKU, brand or category of a rule that no product of the catalog has.

    A warning and not an error: the catalog may follow later.
    """
    return unknown_names(
        campaign,
        skus={str(product.sku) for product in catalog.products},
        brands={product.brand for product in catalog.products},
        categories={product.category for product in catalog.products},
    )


def unknown_names(
    campaign: Campaign, *, skus: Collection[str], brands: Iterable[str], categories: Iterable[str]
) -> tuple[str, ...]:
    """The same, of a catalog with these SKUs, brands and categories."""
    known: dict[str, Collection[str]] = {
        "skus": skus,
        "brands": {folded(name) for name in brands},
        "categories": {folded(name) for name in categories},
    }
    warnings: list[str] = []
    for position, rule in enumerate(campaign.rules):
        selectors = products_of(rule)
        for part, selector in enumerate(selectors):
            chosen: tuple[tuple[str, tuple[str, ...]], ...] = (
                ("skus", tuple(str(sku) for sku in selector.skus)),
                ("brands", selector.brands),
                ("categories", selector.categories),
            )
            inner = f"parts[{part}].products" if len(selectors) > 1 else "products"
            for field, names in chosen:
                for name in names:
                    if (name if field == "skus" else folded(name)) not in known[field]:
                        place = f"rules[{position}].{inner}.{field}"
                        warnings.append(
                            f"{place}: no product of the catalog has {name!r}; check the spelling"
                        )
    return tuple(warnings)


_KINDS = f"the kind of a rule is {KINDS[0]} or one of {', '.join(KINDS[1:])}"
_TIME = 'write a time of day as "HH:MM"'
_FAULTS = Faults(
    what="the campaign",
    by_code={
        "union_tag_invalid": _KINDS,
        "union_tag_not_found": _KINDS,
        "time_parsing": _TIME,
        "time_type": _TIME,
        "bool_type": "write true or false, without quotation marks",
    },
    by_field={
        "id": "an id has up to 60 letters, digits, dots, hyphens and underscores, and no blanks",
        "currency": "write the currency's ISO 4217 code in capitals, such as USD",
        "given": "write the currency's ISO 4217 code in capitals, such as CAD",
        "wanted": "write the currency's ISO 4217 code in capitals, such as USD",
        "amount": "write the amount as digits with a point, such as 1.00",
        "rate": "write the rate as digits with a point, such as 0.73",
        "times": 'write how many times as text, such as "2" or "1.5", up to 99',
        "event": "an event is named in small letters, digits and underscores, such as profile_completed",
    },
    not_shown=frozenset(KINDS),
)
"""How a fault of a campaign's document is said."""
