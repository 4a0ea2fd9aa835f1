"""Is what is said 0.9 sure right nine times in ten?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BINS: Final = 10
WANTED: Final = {"total": 0.04, "date": 0.04, "items": 0.06}
"""Expected calibration error, at most (issue 4)."""
FIELDS: Final = ("total", "date", "retailer", "items")
Said = tuple[str, float, bool]
"""Receipt, confidence, right."""


@dataclass(frozen=True, slots=True)
class Bin:
    """What was said between two tenths: how many, how sure on average, how many right."""

    count: int
    sure: float
    right: float


def bins(pairs: Sequence[tuple[float, bool]]) -> list[Bin]:
    """Tenths of confidence that hold anything."""
    out = []
    for number in range(BINS):
        members = [pair for pair in pairs if min(int(pair[0] * BINS), BINS - 1) == number]
        if members:
            count = len(members)
            out.append(Bin(count, sum(p for p, _ in members) / count, sum(ok for _, ok in members) / count))
    return out


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float | None:
    """Expected calibration error: the mean distance of sureness from truth over tenths, by their size."""
    if not pairs:
        return None
    return sum(each.count * abs(each.sure - each.right) for each in bins(pairs)) / len(pairs)


_COLOURS: Final = {"total": "#1b6ca8", "date": "#2e8b57", "retailer": "#8a6d3b", "items": "#b03a2e"}
_SIDE: Final = 320
_MARGIN: Final = 44


def _at(x: float, y: float) -> str:
    return f"{_MARGIN + x * _SIDE:.1f},{_MARGIN + (1 - y) * _SIDE:.1f}"


def curve_svg(pairs: Mapping[str, Sequence[tuple[float, bool]]], title: str) -> str:
    """The reliability curve of each field; a dot's area grows with how often that was said."""
    size = _SIDE + 2 * _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size + 110}" height="{size}" '
        f'font-family="sans-serif" font-size="12">',
        f'<rect width="{size + 110}" height="{size}" fill="white"/>',
        f'<text x="{_MARGIN}" y="20">{title}</text>',
        f'<polyline points="{_at(0, 0)} {_at(1, 1)}" stroke="#bbb" stroke-dasharray="4 4" fill="none"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _MARGIN + tick * _SIDE, _MARGIN + (1 - tick) * _SIDE
        out.append(f'<text x="{x:.0f}" y="{size - _MARGIN + 16}" text-anchor="middle">{tick:g}</text>')
        out.append(f'<text x="{_MARGIN - 8}" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>')
    out.append(
        f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>'
    )
    out.append(f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">how sure it says it is</text>')
    for line, (field, said) in enumerate(pairs.items()):
        points = bins(said)
        colour = _COLOURS[field]
        path = " ".join(_at(each.sure, each.right) for each in points)
        out.append(f'<polyline points="{path}" stroke="{colour}" fill="none" stroke-width="1.5"/>')
        for each in points:
            left, top = _at(each.sure, each.right).split(",")
            radius = 2 + 8 * (each.count / max(1, len(said))) ** 0.5
            out.append(
                f'<circle cx="{left}" cy="{top}" r="{radius:.1f}" fill="{colour}" fill-opacity="0.55"/>'
            )
        out.append(
            f'<text x="{size - 30}" y="{_MARGIN + 18 * (line + 1)}" fill="{colour}">'
            f"{field}, {len(said)}</text>"
        )
    return "\n".join([*out, "</svg>"]) + "\n"


def write_curve(path: Path, pairs: Mapping[str, Sequence[tuple[float, bool]]], title: str) -> None:
    """The curve as a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(curve_svg(pairs, title), encoding="utf-8")
