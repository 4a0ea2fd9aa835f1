"""Serial numbers on rows of their own, which say which piece was sold: kept with the item above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.drafts import Draft
from ocr.lines import Line
from ocr.works import Work
from receipts.serial import is_serial_alone


def serial_rows(works: Sequence[Work]) -> tuple[Line, ...]:
    """Rows without an amount that say a serial number and nothing else; they name and number no item."""
    found = [work for work in works if work.amount is None and is_serial_alone(work.line.text)]
    for work in found:
        work.claimed = True
    return tuple(work.line for work in found)


def with_pieces(drafts: Sequence[Draft], rows: Sequence[Line]) -> list[Draft]:
    """The items with the serial numbers printed under them behind their names."""
    items = list(drafts)
    for row in rows:
        above = [place for place, draft in enumerate(items) if draft.lines[0].index < row.index]
        if above:
            place = max(above, key=lambda each: items[each].lines[0].index)
            named = f"{items[place].description} {row.text.strip()}"
            items[place] = replace(items[place], description=named, lines=(*items[place].lines, row))
    return items
