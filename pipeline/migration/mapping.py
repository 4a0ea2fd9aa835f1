"""The mapping file: which columns of the other system's files are what here. TOML or JSON, by a schema."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SCHEMA_FILE = "migrate.schema.json"
MAX_BYTES = 1_000_000
_SHOWN = 5

Column = Annotated[
    str, Field(min_length=1, max_length=200, description="A column's name, as the file has it.")
]
Files = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    Field(min_length=1, description="CSV or Parquet files beside the mapping file; several are read as one."),
]


class MappingError(ValueError):
    """The mapping file cannot be used; the message says where and what to write."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Formats(_Part):
    """How the files write what is no plain text."""

    date: str = Field(
        default="%Y-%m-%d",
        description="As strptime has it; a time behind the date is left out where the format ends before it.",
        examples=["%d.%m.%Y"],
    )
    thousands: Literal["", ",", ".", "'", " "] = Field(default="", description="Between groups of digits.")
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = Field(default="utf-8", description="Of CSV.")
    separator: str = Field(
        default=";", min_length=1, max_length=3, description="Between segments in one cell."
    )


class Points(_Part):
    """How points there become points here."""

    factor: Decimal = Field(default=Decimal(1), gt=0, le=1_000_000, description="Points here for one there.")
    rounding: Literal["exact", "down", "nearest"] = Field(
        default="exact", description="Of what is no whole number then; `exact` refuses the row."
    )
    below_zero: Literal["refuse", "zero"] = Field(
        default="refuse", description="A member who owes points: refused, or brought over with none."
    )
    expire: Literal["terms", "never"] = Field(
        default="terms",
        description="Points without a day: by the program's terms from the load on, or never.",
    )


class Members(_Part):
    """The members, one row each. Only `id` has to be mapped."""

    files: Files
    id: Column
    name: Column | list[Column] | None = Field(default=None, description="Several are joined by a blank.")
    email: Column | None = None
    phone: Column | None = None
    joined: Column | None = None
    birthday: Column | None = Field(default=None, description="The year is not kept.")
    language: Column | None = Field(default=None, description="Such as `de` or `de-AT`.")
    segments: Column | None = None
    tier: Column | None = None
    tier_since: Column | None = None
    tier_until: Column | None = Field(
        default=None, description="The last day on which the tier is the least that the member has."
    )
    balance: Column | None = Field(
        default=None, description="To be spent; with `balances`, the sum that those must come to."
    )
    expires: Column | None = Field(
        default=None, description="The last day on which the balance can be spent."
    )
    only: dict[Column, list[str]] = Field(
        default={},
        description="Rows whose column says something else are left out.",
        examples=[{"Status": ["A"]}],
    )


class Balances(_Part):
    """Points that a member has, as many rows as they have different days."""

    files: Files
    member: Column
    points: Column
    expires: Column | None = None
    pending_until: Column | None = Field(
        default=None, description="Where filled, the points are pending, and can be spent from that day on."
    )


class History(_Part):
    """What happened there; the member reads it, and nothing is counted."""

    files: Files
    member: Column
    on: Column
    points: Column | None = None
    words: Column | None = None
    reference: Column | None = Field(
        default=None, description="The row's own id; without it, a row that says the same is the same."
    )


class Tiers(_Part):
    """Tiers there and here."""

    names: dict[str, str] = Field(default={}, description="There: here. Others keep their name.")
    until: str | None = Field(
        default=None,
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="The last day for members whose row names none.",
    )


class Totals(_Part):
    """What the other system says there is: files that come to less are not loaded."""

    members: int | None = Field(default=None, ge=0, description="Rows of members, those left out, too.")
    points: Decimal | None = Field(default=None, description="As there, before `points.factor`.")


class Mapping(_Part):
    """A mapping of another loyalty system's files."""

    version: Literal[1]
    system: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$",
        description="A name for the other system, always the same: its ids are known by it.",
    )
    title: str = Field(
        default="",
        max_length=60,
        description="What members know it by; the name, where left out.",
        examples=["Sunny Club"],
    )
    members: Members
    balances: Balances | None = None
    history: History | None = None
    points: Points = Points()
    tiers: Tiers = Tiers()
    formats: Formats = Formats()
    totals: Totals = Totals()

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if self.balances is not None and self.members.expires is not None:
            raise ValueError("members.expires has no meaning beside balances: name balances.expires")
        if self.members.expires is not None and self.members.balance is None:
            raise ValueError("members.expires needs members.balance")
        for name in ("tier_since", "tier_until"):
            if getattr(self.members, name) is not None and self.members.tier is None:
                raise ValueError(f"members.{name} needs members.tier")
        return self


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        MappingError: it cannot be read, or something in it is not as the schema says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MappingError(f"{path} cannot be opened ({error.strerror}); check the path") from error
    if len(data) > MAX_BYTES:
        raise MappingError(f"{path} is no mapping file: it has {len(data)} bytes")
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of TOML, JSON and UTF-8
        raise MappingError(
            f"{path} is not read: {error}. Write TOML, or JSON in a file that ends in .json"
        ) from error
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise MappingError(f"{path}: {_said(error)}. docs/{SCHEMA_FILE} says what can stand where") from error


def _said(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    said = [f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in faults[:_SHOWN]]
    more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
    return "; ".join(said) + more


def schema() -> dict[str, Any]:
    """The JSON Schema of a mapping file, as published in ``docs/migrate.schema.json``."""
    made = Mapping.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Mapping of another system",
    }
