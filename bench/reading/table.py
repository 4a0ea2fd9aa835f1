"""Tables for a terminal and for Markdown alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.reading.scores import FIGURES

WANTED: dict[str, dict[str, float]] = {
    "scans": {
        "total": 0.97,
        "date": 0.98,
        "retailer": 0.95,
        "item_f1": 0.92,
        "quantity": 0.97,
        "code": 0.92,
        "basket": 0.75,
    },
    "photos": {
        "total": 0.92,
        "date": 0.92,
        "retailer": 0.95,
        "item_f1": 0.87,
        "quantity": 0.95,
        "code": 0.90,
        "basket": 0.45,
    },
}
"""What issue 4 asks for, at least."""


def number(value: float | None) -> str:
    """Three decimals; empty where there is nothing to say."""
    return "" if value is None else f"{value:.3f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns stand below each other."""
    widths = [max(len(head), *(len(row[i]) for row in rows)) for i, head in enumerate(heads)]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def figure_row(
    name: str, figures: Mapping[str, float], wanted: Mapping[str, float] | None = None
) -> list[str]:
    """One row of all figures, each with what is wanted and a mark."""
    cells = [name]
    for figure in FIGURES:
        value = figures.get(figure)
        cell = number(value)
        if wanted and figure in wanted and value is not None:
            cell += f" ({'ok' if value >= wanted[figure] else 'SHORT OF'} {wanted[figure]:.2f})"
        cells.append(cell)
    return cells


def figure_table(rows: Sequence[list[str]]) -> str:
    """A table of figures."""
    return table(["", *FIGURES], rows)
