"""JSON documents that people write: strict models, and each fault said with its place and the fix."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails


class Document(BaseModel):
    """Part of a document: no field that is not listed, no text taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def printable(text: str) -> str:
    """The text, where it may stand in one line and in every database.

    Raises:
        ValueError: it holds a control character.
    """
    if not text.isprintable():
        raise ValueError("holds a line end or another control character; write it in one line")
    return text


_DAY = 'write a day of the calendar as "YYYY-MM-DD"'
_BY_CODE = {
    "missing": "is missing; add it",
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "int_type": "write a whole number, without quotation marks",
    "int_from_float": "write a whole number, without decimals",
    "float_type": "write a number, without quotation marks",
    "string_type": "write text in quotation marks",
    "string_too_short": "must not be empty",
    "tuple_type": "write a list in square brackets",
    "model_type": "write an object in braces",
    "model_attributes_type": "write an object in braces",
    "dict_type": "write an object in braces",
    "too_short": "is empty; give at least one",
}
"""What to do about a fault, by pydantic's code for it; its own message stands in for the others."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How the faults of one kind of document are said.

    Attributes:
        what: the document, where a fault has no place within it.
        by_code: what to do, by pydantic's code, beside what is said for every document.
        by_field: the form that a field's text must have.
        not_shown: steps of pydantic's places that the document does not have.
    """

    what: str
    by_code: Mapping[str, str] = field(default_factory=dict)
    by_field: Mapping[str, str] = field(default_factory=dict)
    not_shown: frozenset[str] = frozenset()

    def sentences(self, faults: list[ErrorDetails], model: type[BaseModel], where: str) -> list[str]:
        """A sentence for each fault; a list whose members all have faults is not called empty as well."""
        inside = {fault["loc"][:depth] for fault in faults for depth in range(1, len(fault["loc"]))}
        return [
            self._sentence(fault, model, where)
            for fault in faults
            if not (fault["type"] == "too_short" and fault["loc"] in inside)
        ]

    def _sentence(self, fault: ErrorDetails, model: type[BaseModel], where: str) -> str:
        """Place, fault and fix in one line."""
        steps = [step for step in fault["loc"] if step not in self.not_shown]
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
        start = ": ".join(part for part in (where, place) if part) or self.what
        code = fault["type"]
        if code == "extra_forbidden":
            return f"{start}: there is no such field; {_nearest(str(steps[-1]), model)}"
        if code == "string_pattern_mismatch":
            return f"{start}: {self.by_field.get(str(steps[-1]), 'must not be blank')}"
        said = self.by_code.get(code) or _BY_CODE.get(code) or fault["msg"].removeprefix("Value error, ")
        return f"{start}: {said}"


def nearest(name: str, known: frozenset[str]) -> str:
    """What to do about a name that is not known."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else "remove it"


def _nearest(name: str, model: type[BaseModel]) -> str:
    return nearest(name, frozenset(_all_fields(model)))


def _all_fields(model: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    for name, entry in model.model_fields.items():
        names.add(name)
        for inner in _models_in(entry.annotation):
            names |= _all_fields(inner)
    return names


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in {Union, UnionType, tuple, dict, Annotated}:
        return [model for argument in get_args(annotation) for model in _models_in(argument)]
    return []
