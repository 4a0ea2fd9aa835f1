"""Charts as SVG that stands in the page itself: no script, no style element, colours from the page's own CSS.

Leather writes nothing but shapes with attributes, so the Content-Security-Policy needs no exception. Every
chart has the table of its numbers beside it; for who cannot see it the table is what is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from leather import Chart

WIDTH = 460
"""Drawn for a phone's width nearly, so that its words can be read there too."""
_BAR_HEIGHT, _BARS_LEAST, _HEIGHT = 34, 120, 240
_LABEL = 22
_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')
_FONT = re.compile(r' font-family="[^"]*"')
_GROUND = re.compile(r"(<svg[^>]*><g>)<rect [^>]*/>")
_WEEK, _MOST_DAYS = 6, 364
_LABELS = 6
"""So many days stand side by side under a chart of this width."""
_COLOURS = ("#0f8a6d", "#c2641d", "#3f78c9", "#8a5bc7", "#b8335a")
"""Of lines, on light and on dark ground; the table beside the chart names each."""


def _drawn(chart: Chart, height: int) -> Markup:
    text = str(chart.to_svg(width=WIDTH, height=height))
    text = _SIZE.sub(r'<svg viewBox="0 0 \1 \2" aria-hidden="true" focusable="false"', text, count=1)
    # Its words and shapes are escaped by the library's own XML writer; ground and font are the page's.
    return Markup(_GROUND.sub(r"\1", _FONT.sub("", text), count=1))  # noqa: S704


def _short(label: str) -> str:
    plain = " ".join("".join(letter for letter in label if letter.isprintable()).split()) or "?"
    return plain if len(plain) <= _LABEL else f"{plain[: _LABEL - 1].rstrip()}…"


def _unlike(labels: Sequence[str]) -> list[str]:
    """Short labels of which no two are the same: the chart would lay their bars over each other."""
    seen: dict[str, int] = {}
    found = []
    for label in map(_short, labels):
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} {seen[label]}")
    return found


def bars(rows: Sequence[tuple[str, int | Decimal]]) -> Markup:
    """One bar a row, the first on top; nothing where there is nothing to show."""
    import leather  # only who looks at the dashboard waits for it

    if not any(value > 0 for _, value in rows):
        return Markup()
    chart = leather.Chart()
    chart.add_x_scale(0, float(max(value for _, value in rows)))
    labels = _unlike([label for label, _ in rows])
    data = [(float(max(value, 0)), label) for (_, value), label in zip(rows, labels, strict=True)]
    chart.add_bars(data, fill_color="currentColor")
    return _drawn(chart, max(_BARS_LEAST, _BAR_HEIGHT * len(rows) + 60))


def columns(rows: Sequence[tuple[date, int]]) -> Markup:
    """One column a day, those without anything too, for a week at least and the last year at most."""
    import leather

    if not rows:
        return Markup()
    chart = leather.Chart()
    counts = dict(rows)
    last = rows[-1][0]
    days = min((last - rows[0][0]).days, _MOST_DAYS)
    rows = [
        (day, counts.get(day, 0))
        for day in (last - timedelta(days=back) for back in range(max(days, _WEEK), -1, -1))
    ]
    chart.add_y_scale(0, float(max(1, *(value for _, value in rows))))
    each = -(-len(rows) // _LABELS)
    labels = [f"{day:%-d %b}" for day, _ in rows]
    chart.add_x_axis(tick_formatter=lambda label, i, _count: "" if i % each else label)
    data = [(label, float(value)) for label, (_, value) in zip(labels, rows, strict=True)]
    chart.add_columns(data, fill_color="currentColor")
    return _drawn(chart, _HEIGHT)


def lines(series: Sequence[tuple[str, Sequence[tuple[str, Decimal]]]]) -> Markup:
    """One line a series over labelled months, at most five; nothing where no series has two points."""
    import leather

    shown = [(name, points) for name, points in series if len(points) > 1][: len(_COLOURS)]
    if not shown:
        return Markup()
    chart = leather.Chart()
    chart.add_y_scale(0, float(max(price for _, points in shown for _, price in points)))
    months = sorted({month for _, points in shown for month, _ in points})
    each = -(-len(months) // _LABELS)
    chart.add_x_axis(
        ticks=[_first(month) for month in months[::each]],
        tick_formatter=lambda day, _i, _count: f"{day:%b %y}",
    )
    for (name, points), colour in zip(shown, _COLOURS, strict=False):
        days = [(_first(month), float(price)) for month, price in points]
        chart.add_line(days, name=_short(name), stroke_color=colour)
    return _drawn(chart, _HEIGHT)


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
