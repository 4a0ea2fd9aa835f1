"""On which line of a JSON text each value stands, so that a fault can be found in an editor."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

_TOKEN = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

Place = tuple[str | int, ...]


class Twice(NamedTuple):
    """A field that an object has more than once: readers keep the last and drop the others unsaid."""

    place: Place
    line: int


@dataclass(slots=True)
class _Open:
    """An object or a list that is not closed yet."""

    place: Place
    is_object: bool
    step: str | int
    seen: set[str] = field(default_factory=set)
    awaits_name: bool = False


def places_of(text: str) -> tuple[dict[Place, int], list[Twice]]:
    """The line of each value, from 1 on, by its fields and positions; and the fields that stand twice.

    Args:
        text: valid JSON, nested as deeply as may be.
    """
    lines: dict[Place, int] = {}
    twice: list[Twice] = []
    line, opened = 1, list[_Open]()
    for part in _TOKEN.findall(text):
        inner = opened[-1] if opened else None
        if part == "\n":
            line += 1
        elif part == "," and inner is not None:
            inner.awaits_name = inner.is_object
            inner.step = inner.step + 1 if isinstance(inner.step, int) else ""
        elif part in {"]", "}"}:
            opened.pop()
        elif part in {":", ","}:
            continue
        elif inner is not None and inner.awaits_name:
            name = _name(part)
            if name in inner.seen:
                twice.append(Twice((*inner.place, name), line))
            inner.seen.add(name)
            inner.step, inner.awaits_name = name, False
        else:
            place: Place = () if inner is None else (*inner.place, inner.step)
            lines[place] = line
            if part in {"[", "{"}:
                is_object = part == "{"
                opened.append(_Open(place, is_object, "" if is_object else 0, awaits_name=is_object))
    return lines, twice


def line_of(lines: Mapping[Place, int], place: Sequence[str | int]) -> int | None:
    """The line of a value, or of the innermost one around it that is there; None where nothing is known."""
    for length in range(len(place), -1, -1):
        if (found := lines.get(tuple(place[:length]))) is not None:
            return found
    return None


def _name(token: str) -> str:
    return str(json.loads(token, strict=False))
