"""A program's status document: tiers and badges as JSON, with errors that name the place and the fix."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from awarding.campaign_file import VERSION_MAX
from awarding.campaign_parts import EventName, Name
from awarding.documents import Document, Faults
from receipts.money import UnknownCurrencyError, currency
from receipts.status import BadgeRule, Count, Level, Measure, StatusRules, TierRules, Window

SCHEMA_ID = "/schemas/status.schema.json"
_MOST_TIERS, _MOST_BADGES = 20, 200
_LONGEST_WINDOW = 3650
_THRESHOLD_MAX = 1_000_000_000


class StatusError(ValueError):
    """The document cannot be used.

    Attributes:
        problems: a sentence for each fault, with its place and the fix.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class WindowDocument(Document):
    """Which days count: the last so many, or those of the calendar year, in the program's time zone."""

    days: Annotated[
        int | None, Field(ge=1, le=_LONGEST_WINDOW, description="The last so many, today among them.")
    ] = None
    calendar_year: Annotated[bool, Field(description="Since the first of January.")] = False

    @model_validator(mode="after")
    def _one_of_both(self) -> WindowDocument:
        if (self.days is not None) == self.calendar_year:
            raise ValueError('write either "days": 365 or "calendar_year": true')
        return self


class MeasureDocument(Document):
    """What is added up, and over which days."""

    count: Annotated[
        Count,
        Field(
            description="points: earned, what was taken back taken off, without gifts. spent: on the"
            " program's products, in whole units. purchases, activities: how many."
        ),
    ]
    window: Annotated[WindowDocument | None, Field(description="All days when left out.")] = None
    event: Annotated[
        EventName | None,
        Field(description="Of activities, which; all if left out.", examples=["review_written"]),
    ] = None
    currency: Annotated[
        str | None,
        Field(pattern=r"^[A-Z]{3}$", description="Of what is spent; the program's own when left out."),
    ] = None

    @model_validator(mode="after")
    def _fields_fit_the_count(self) -> MeasureDocument:
        if self.event is not None and self.count is not Count.ACTIVITIES:
            raise ValueError('an event is named where "activities" are counted; remove it')
        if self.currency is not None:
            if self.count is not Count.SPENT:
                raise ValueError('a currency is named where "spent" is counted; remove it')
            try:
                currency(self.currency)
            except UnknownCurrencyError as error:
                raise ValueError(str(error)) from error
        return self

    def measure(self) -> Measure:
        """What is added up."""
        window = Window() if self.window is None else Window(self.window.days, self.window.calendar_year)
        code = None if self.currency is None else currency(self.currency)
        return Measure(self.count, window, self.event or "", code)


_Threshold = Annotated[int, Field(ge=1, le=_THRESHOLD_MAX, description="From this total on.")]


class LevelDocument(Document):
    """A tier, and the total from which it is had."""

    name: Annotated[Name, Field(examples=["gold"])]
    threshold: _Threshold


class TiersDocument(MeasureDocument):
    """The tiers, lowest first: a member has the highest that the total reaches, and none below the first."""

    levels: Annotated[tuple[LevelDocument, ...], Field(min_length=1, max_length=_MOST_TIERS)]

    @model_validator(mode="after")
    def _levels_rise(self) -> TiersDocument:
        for lower, higher in zip(self.levels, self.levels[1:], strict=False):
            if higher.threshold <= lower.threshold:
                raise ValueError(
                    f"{higher.name!r} must have a threshold above that of {lower.name!r}; lowest first"
                )
        if len({level.name for level in self.levels}) < len(self.levels):
            raise ValueError("two tiers have one name; give each its own")
        return self


class BadgeDocument(MeasureDocument):
    """A badge: once the total was reached, a member has it for good."""

    name: Annotated[Name, Field(examples=["explorer"])]
    threshold: _Threshold


class StatusDocument(Document):
    """What moves a program's tiers and badges. Without `tiers` the core loyalty service sets them."""

    version: Annotated[int, Field(ge=1, le=VERSION_MAX, description="Raise it at each change.")]
    tiers: TiersDocument | None = None
    badges: Annotated[tuple[BadgeDocument, ...], Field(max_length=_MOST_BADGES)] = ()

    @model_validator(mode="after")
    def _badges_differ(self) -> StatusDocument:
        if len({badge.name for badge in self.badges}) < len(self.badges):
            raise ValueError("two badges have one name; give each its own")
        return self

    def rules(self) -> StatusRules:
        """The rules."""
        tiers = None
        if self.tiers is not None:
            levels = tuple(Level(each.name, each.threshold) for each in self.tiers.levels)
            tiers = TierRules(self.tiers.measure(), levels)
        badges = tuple(BadgeRule(each.name, each.measure(), each.threshold) for each in self.badges)
        return StatusRules(self.version, tiers, badges)


def parse_status(document: dict[str, Any], *, where: str = "") -> tuple[StatusRules, dict[str, Any]]:
    """The rules, and the document as it is kept.

    Raises:
        StatusError: with every fault found.
    """
    try:
        checked = StatusDocument.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise StatusError(_FAULTS.sentences(error.errors(), StatusDocument, where)) from error
    return checked.rules(), checked.model_dump(mode="json", exclude_none=True)


def parse_status_text(text: str, *, where: str = "") -> tuple[StatusRules, dict[str, Any]]:
    """The same of a file's text.

    Raises:
        StatusError: no JSON (with line and column), or every fault found.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}" if where else f"line {error.lineno}"
        fault = f"{place}, column {error.colno}: this is not JSON ({error.msg}); correct it there"
        raise StatusError([fault]) from error
    except (ValueError, RecursionError) as error:
        raise StatusError([f"{where or 'the file'}: this cannot be read ({error}); correct it"]) from error
    if not isinstance(document, dict):
        raise StatusError([f"{where or 'the document'}: write a JSON object in braces"])
    return parse_status(document, where=where)


def status_schema() -> dict[str, Any]:
    """The JSON Schema of the document, as published in ``docs/status.schema.json``."""
    schema = StatusDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


_FAULTS = Faults(
    what="the status document",
    by_code={"bool_type": "write true or false, without quotation marks"},
    by_field={
        "currency": "write the currency's ISO 4217 code in capitals, such as USD",
        "event": "an event is named in small letters, digits and underscores, such as review_written",
    },
)
"""How a fault of the document is said."""
