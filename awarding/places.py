"""Where in the text of a JSON document a fault lies: its place, such as ``rules[0].points``, as a line."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_PLACE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*")


def lines_of(text: str) -> dict[str, int]:
    """The line, from 1 on, of each value of a document that `json.loads` takes, by the value's place.

    The document itself has the place ``""``. A field counts from its name's line on.
    """
    found = {"": 1}
    open_at: list[str] = []
    steps: list[str | int | None] = []
    line, read_to = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", read_to, token.start())
        read_to = token.start()
        word = token.group()
        if word in "]}":
            open_at.pop()
            steps.pop()
        elif word == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
        elif word == ":":
            continue
        elif steps and steps[-1] is None:
            steps[-1] = json.loads(word)
            found.setdefault(_at(open_at[-1], steps[-1]), line)
        else:
            place = _at(open_at[-1], steps[-1]) if steps else ""
            found.setdefault(place, line)
            if word in "[{":
                open_at.append(place)
                steps.append(0 if word == "[" else None)
    return found


def _at(outer: str, step: str | int | None) -> str:
    if isinstance(step, int):
        return f"{outer}[{step}]"
    return f"{outer}.{step}" if outer else f"{step}"


def place_of(problem: str) -> str:
    """The place that a sentence about a fault begins with; empty where it names none."""
    start, colon, _ = problem.partition(": ")
    return start if colon and _PLACE.fullmatch(start) else ""


def line_of(lines: dict[str, int], place: str) -> int:
    """The line of a place, or of the nearest one around it that is there: what is missing has no line."""
    while place not in lines:
        place = place[: max(place.rfind("."), place.rfind("["), 0)]
    return lines[place]
