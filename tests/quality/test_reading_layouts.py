"""Generated receipts of many countries' chains, as a perfect engine sees them: rows and fields alone.

Floors stand a little below what was measured (docs/scoreboard.md). Those of the layouts held out are all that
is said of them: whoever mends a rule looks at the training layouts.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from bench.reading.cases import Row
from bench.reading.drawn import read_drawn

COUNTS = {"training": 42, "held_out": 50}
"""Two of each chain."""
FLOORS = {
    "training": {"total": 0.85, "date": 0.85, "lines": 0.85},
    "held_out": {"total": 0.92, "date": 0.90, "lines": 0.85},
}


def _cents(amount: object) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def _lines_found(row: Row, label: Row) -> tuple[int, int, int]:
    """Line items with the right amount and words: found, printed, read."""
    printed = Counter((item["description"].casefold(), _cents(item["amount"])) for item in label["items"])
    items = row["receipt"]["items"] if row["receipt"] else []
    read = Counter((item["description"].casefold(), _cents(item["amount"])) for item in items)
    return sum((printed & read).values()), sum(printed.values()), sum(read.values())


@pytest.mark.slow
@pytest.mark.parametrize("chains", COUNTS)
def test_layouts_of_many_countries_are_read_as_well_as_measured(chains: str, tmp_path: Path) -> None:
    rows = read_drawn(chains, COUNTS[chains], tmp_path, seed="guard")
    totals = dates = found = printed = read = 0
    for row in rows:
        label = json.loads((tmp_path / Path(row["file"]).with_suffix(".json").name).read_text("utf-8"))
        receipt = row["receipt"] or {"total": None, "date": None}
        totals += receipt["total"] is not None and _cents(receipt["total"]) == _cents(label["total"])
        dates += receipt["date"] == label["date"]
        counted = _lines_found(row, label)
        found, printed, read = found + counted[0], printed + counted[1], read + counted[2]
    measured = {
        "total": totals / len(rows),
        "date": dates / len(rows),
        "lines": 2 * found / (printed + read),
    }
    short = {name: measured[name] for name, floor in FLOORS[chains].items() if measured[name] < floor}
    assert not short, f"below the floors {FLOORS[chains]}: {measured}"
