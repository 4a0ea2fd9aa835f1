"""JSON documents that people write: strict models, and each fault said with its place and the fix."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails

from awarding.json_places import Place


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

_BOUNDS = {"less_than_equal": ("less", "le"), "greater_than_equal": ("more", "ge")}
"""What is said of a number out of bounds, and where pydantic names the bound."""


def nowhere(_: Place) -> None:
    """No line: the document did not come as a text of ours to read."""


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

    def sentences(
        self,
        faults: list[ErrorDetails],
        model: type[BaseModel],
        where: str,
        line_at: Callable[[Place], int | None] = nowhere,
    ) -> list[str]:
        """A sentence for each fault; a list whose members all have faults is not called empty as well.

        Args:
            faults: as pydantic tells them.
            model: of the document.
            where: put before each place, such as the file's name.
            line_at: the line of a place of the document, where it was read from a text.
        """
        inside = {fault["loc"][:depth] for fault in faults for depth in range(1, len(fault["loc"]))}
        return [
            self._sentence(fault, model, where, line_at)
            for fault in faults
            if not (fault["type"] == "too_short" and fault["loc"] in inside)
        ]

    def _sentence(
        self,
        fault: ErrorDetails,
        model: type[BaseModel],
        where: str,
        line_at: Callable[[Place], int | None],
    ) -> str:
        """Place, fault and fix in one line."""
        steps = [step for step in fault["loc"] if step not in self.not_shown]
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
        line = line_at(tuple(steps))
        file = where if line is None else ", ".join(part for part in (where, f"line {line}") if part)
        start = ": ".join(part for part in (file, place) if part) or self.what
        code = fault["type"]
        if code == "extra_forbidden":
            return f"{start}: there is no such field; {_nearest(str(steps[-1]), model)}"
        if code == "string_pattern_mismatch":
            return f"{start}: {self.by_field.get(str(steps[-1]), 'must not be blank')}"
        if code == "too_long" and "max_length" in fault.get("ctx", {}):
            return f"{start}: has more than {fault['ctx']['max_length']} entries; take some out"
        if code in _BOUNDS and code not in self.by_code:
            bound, key = _BOUNDS[code]
            return f"{start}: write {fault['ctx'][key]} or {bound}"
        said = self.by_code.get(code) or _BY_CODE.get(code) or fault["msg"].removeprefix("Value error, ")
        return f"{start}: {said}"


def nearest(name: str, known: frozenset[str]) -> str:
    """What to do about a name that is not known."""
    if name in known:
        return "it is a field of another part of the document: move it there"
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
