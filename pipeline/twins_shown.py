"""A suspected twin beside the receipt of a case: what differs, and how their pictures lie on each other.

The pictures are repaired ones, upright and straight, so two scales and two shifts bring one onto the other.
They are fitted to the places of the lines and fields that both print alike; nothing is measured on pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median

from pipeline import formats
from pipeline.review_views import CaseView, Related
from pipeline.steps.artefacts import READING, MissingArtefactError, load, receipt_from
from pipeline.wiring import Wiring
from receipts.receipt import LineItem, Receipt
from receipts.transcript import Quad

TWINS_SHOWN = 3
_LEAST_SCALE, _MOST_SCALE = 0.2, 5.0
"""Repaired pictures have letters of one height or nearly: beyond this the lines were paired wrongly."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """From the twin's picture to the case's: x = `scale_x` x' + `left`, in pixels, and so for y."""

    scale_x: float
    left: float
    scale_y: float
    top: float


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that both receipts may print; an empty text where one does not."""

    name: str
    mine: str
    theirs: str

    @property
    def same(self) -> bool:
        """Whether they print it alike."""
        return self.mine == self.theirs


@dataclass(frozen=True, slots=True)
class TwinShown:
    """The twin, held against the receipt of the case.

    Attributes:
        mine: where the case's receipt prints what the twin does not, on its picture.
        theirs: the same of the twin.
        alignment: None where too little is common to both; then their papers are made equally wide.
    """

    related: Related
    facts: tuple[Compared, ...]
    lines: tuple[Compared, ...]
    mine: tuple[Quad, ...]
    theirs: tuple[Quad, ...]
    alignment: Alignment | None

    @property
    def differences(self) -> int:
        """How many facts and lines are not alike."""
        return sum(not each.same for each in (*self.facts, *self.lines))


def twins_of(wiring: Wiring, view: CaseView) -> tuple[TwinShown, ...]:
    """The receipts that the findings name, each once, those with a picture first."""
    mine = view.receipt.receipt
    if mine is None:
        return ()
    named = {other.receipt.id: other for signal in view.signals for other in signal.related}
    first = sorted(named.values(), key=lambda other: not other.pictured)[:TWINS_SHOWN]
    read = ((other, _receipt(wiring, other)) for other in first)
    return tuple(held_against(mine, theirs, other) for other, theirs in read if theirs is not None)


def _receipt(wiring: Wiring, other: Related) -> Receipt | None:
    try:
        (reading,) = load(wiring, other.receipt.id, READING)
    except MissingArtefactError:  # its member was erased, or it is being read
        return None
    return receipt_from(reading)


def held_against(mine: Receipt, theirs: Receipt, related: Related) -> TwinShown:
    """What both print, side by side."""
    lines: list[Compared] = []
    only_mine: list[Quad] = []
    only_theirs: list[Quad] = []
    places = list(_common_fields(mine, theirs))
    for here, there in _paired(mine.items, theirs.items):
        lines.append(Compared("", _line(here), _line(there)))
        if here is not None and there is not None and lines[-1].same:
            places.extend(zip(here.quads[:1], there.quads[:1], strict=False))
            continue
        only_mine.extend(() if here is None else here.quads)
        only_theirs.extend(() if there is None else there.quads)
    facts = tuple(_facts(mine, theirs))
    for fact in facts:
        if not fact.same:
            only_mine.extend(_quad_of(mine, fact.name))
            only_theirs.extend(_quad_of(theirs, fact.name))
    return TwinShown(related, facts, tuple(lines), tuple(only_mine), tuple(only_theirs), aligned(places))


_FIELDS = ("retailer", "date", "time", "receipt_number", "total")
FIELD_WORDS = {
    "retailer": "Shop",
    "date": "Date",
    "time": "Time",
    "receipt_number": "Receipt no.",
    "total": "Total",
}


def _value(receipt: Receipt, name: str) -> str:
    match name:
        case "retailer":
            return receipt.retailer.name
        case "date":
            return "" if receipt.date is None else formats.day(receipt.date)
        case "time":
            return "" if receipt.time is None else receipt.time.strftime("%H:%M")
        case "receipt_number":
            return receipt.receipt_number or ""
        case _:
            return "" if receipt.total is None else str(receipt.total)


def _facts(mine: Receipt, theirs: Receipt) -> Iterator[Compared]:
    for name in _FIELDS:
        fact = Compared(name, _value(mine, name), _value(theirs, name))
        if fact.mine or fact.theirs:
            yield fact


def _quad_of(receipt: Receipt, name: str) -> tuple[Quad, ...]:
    return tuple(entry.quad for entry in receipt.confidence if entry.field == name and entry.quad is not None)


def _common_fields(mine: Receipt, theirs: Receipt) -> Iterator[tuple[Quad, Quad]]:
    for name in _FIELDS:
        if _value(mine, name) and _value(mine, name) == _value(theirs, name):
            yield from zip(_quad_of(mine, name)[:1], _quad_of(theirs, name)[:1], strict=False)


def _line(item: LineItem | None) -> str:
    if item is None:
        return ""
    times = "" if item.quantity == 1 else f" × {item.quantity.normalize():f}"
    return f"{item.description}{times}  {item.net}"


def _paired(
    mine: Sequence[LineItem], theirs: Sequence[LineItem]
) -> Iterator[tuple[LineItem | None, LineItem | None]]:
    """In the order of print; lines that differ stand beside each other as long as there are some of both."""
    here, there = [_line(item) for item in mine], [_line(item) for item in theirs]
    for _, first, last, start, end in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        left, right = mine[first:last], theirs[start:end]
        for number in range(max(len(left), len(right))):
            yield (
                left[number] if number < len(left) else None,
                right[number] if number < len(right) else None,
            )


def aligned(places: Sequence[tuple[Quad, Quad]]) -> Alignment | None:
    """The scales and shifts that most pairs of places agree on; None for fewer than two places.

    Medians, since a line that was paired with another of the same print must not tilt the whole.

    Args:
        places: the same print on the case's picture and on the twin's.
    """
    tall = _fitted([(_middle(here), _middle(there)) for here, there in places])
    wide = _fitted([(edge(here), edge(there)) for here, there in places for edge in (_left, _right)])
    if tall is None or wide is None:
        return None
    return Alignment(wide[0], wide[1], tall[0], tall[1])


def _left(quad: Quad) -> float:
    return quad.left


def _right(quad: Quad) -> float:
    return quad.right


def _middle(quad: Quad) -> float:
    return (quad.top + quad.bottom) / 2


def _fitted(pairs: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Scale and shift of one axis by the median of all slopes (Theil and Sen)."""
    slopes = [
        (here - other_here) / (there - other_there)
        for number, (here, there) in enumerate(pairs)
        for other_here, other_there in pairs[:number]
        if abs(there - other_there) >= 1
    ]
    if not slopes:
        return None
    scale = median(slopes)
    if not _LEAST_SCALE <= scale <= _MOST_SCALE:
        return None
    return scale, median([here - scale * there for here, there in pairs])
