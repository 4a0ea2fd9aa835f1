"""What each printed row is, by what printed it or by a person's label.

A row's gold is the set of labels that may be right: where neither till nor label tells a tax from thanks,
both stay open, and neither training nor scores hold one against a reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bench.reading.drawn import LATEST
from fixtures.generator.chains.bill import ring_up
from fixtures.generator.chains.chain import Chain
from fixtures.generator.chains.form import fill_form
from fixtures.generator.dice import Dice
from fixtures.generator.label import BoxLabel
from fixtures.generator.layouts.sheet import Bars, Crest, Part, Sheet, TextRow
from fixtures.generator.sample import Kind
from ocr.lines import Line
from receipts.transcript import Row


class RowLabel(Enum):
    """What a row is."""

    ITEM = "item"
    """It holds the amount of a line item."""
    PART = "part"
    """It belongs to a line item and does not hold its amount: a name, a code, a count, an explanation."""
    DISCOUNT = "discount"
    SUBTOTAL = "subtotal"
    TOTAL = "total"
    TAX = "tax"
    """Tax and what else comes on top: a tip, a rounding; rows of the tax table."""
    TENDER = "tender"
    """Payment and change."""
    HEADER = "header"
    """All that stands above the first item."""
    NOISE = "noise"


Allowed = frozenset[RowLabel]
LABELS: Final = tuple(RowLabel)
ANY: Final[Allowed] = frozenset(RowLabel)
OF_ITEMS: Final[Allowed] = frozenset({RowLabel.ITEM, RowLabel.PART, RowLabel.DISCOUNT})
BELOW: Final[Allowed] = frozenset(
    {RowLabel.SUBTOTAL, RowLabel.TOTAL, RowLabel.TAX, RowLabel.TENDER, RowLabel.NOISE}
)


def as_matrix(gold: Sequence[Allowed]) -> NDArray[np.float64]:
    """A row for each, in it a one for each label that may be right, in the order of `LABELS`."""
    return np.array([[float(label in allowed) for label in LABELS] for allowed in gold])


MARK: Final = "@@"
_TOKEN: Final = re.compile(r"(?<!')\b([a-z][\w.]*)(?=[@>^~])|\{([\w.]+)\}")
_LITERAL: Final = re.compile(r"'[^']*'")


def drawn_gold(boxes: Sequence[BoxLabel], printed: Sequence[Allowed], rows: Sequence[Row]) -> list[Allowed]:
    """For rows read from drawn boxes: the gold of the printed row at the same height."""
    spans: dict[int, tuple[int, int]] = {}
    for box in boxes:
        top, bottom = spans.get(box["row"], (box["drawn"][1], box["drawn"][3]))
        spans[box["row"]] = (min(top, box["drawn"][1]), max(bottom, box["drawn"][3]))
    out: list[Allowed] = []
    for row in rows:
        tops, bottoms = [b.quad.top for b in row.boxes], [b.quad.bottom for b in row.boxes]
        shared = {
            index: min(bottom, max(bottoms)) - max(top, min(tops)) for index, (top, bottom) in spans.items()
        }
        best = max(shared, key=lambda index: shared[index])
        out.append(printed[best] if shared[best] > 0 else ANY)
    return out


def sheet_gold(sheet: Sheet) -> list[Allowed]:
    """For each row of print (a crest and a barcode's digits are one each): what its cells say it is."""
    rows = list(_rows_of_print(sheet))
    of_items = [index for index, row in enumerate(rows) if row and any(c.item is not None for c in row.cells)]
    first = of_items[0] if of_items else len(rows)
    return [_by_cells(row, above=index < first) for index, row in enumerate(rows)]


def _rows_of_print(sheet: Sheet) -> list[TextRow | None]:
    out: list[TextRow | None] = []
    for row in sheet.rows:
        match row:
            case TextRow():
                out.append(row)
            case Bars():
                out.append(None)
            case Crest():
                out += [None, None] if row.slogan else [None]
            case _:
                pass
    return out


def _by_cells(row: TextRow | None, *, above: bool) -> Allowed:
    parts = {cell.part for cell in row.cells} if row else set[Part]()
    if row and any(cell.item is not None for cell in row.cells):
        if Part.AMOUNT in parts:
            return frozenset({RowLabel.ITEM})
        return frozenset({RowLabel.DISCOUNT if Part.DISCOUNT in parts else RowLabel.PART})
    for part, label in (
        (Part.TOTAL, RowLabel.TOTAL),
        (Part.SUBTOTAL, RowLabel.SUBTOTAL),
        (Part.TAX, RowLabel.TAX),
    ):
        if part in parts:
            return frozenset({label})
    if above:
        return frozenset({RowLabel.HEADER})
    return frozenset({RowLabel.TAX, RowLabel.TENDER, RowLabel.NOISE})


def chain_gold(chain: Chain, number: str, kind: Kind) -> list[Allowed]:
    """For each row of print of a chain's receipt, as `print_chain_receipt` draws it by the same arguments.

    The form is filled once more with a mark in front of each of its lines, so that each printed row is known
    by the line that printed it.
    """
    dice = Dice(f"{number}/{chain.key}/{kind.value}")
    bill = ring_up(chain, dice.fork("bill"), date=LATEST)
    marked = replace(bill, chain=replace(chain, form=_marked(chain.form)))
    sheet = fill_form(marked, dice.fork("form"))
    lines = chain.form.strip("\n").splitlines()
    kept, made_by = list[Any](), list[str]()
    line = ""
    for row in sheet.rows:
        if isinstance(row, TextRow) and len(row.cells) == 1 and row.cells[0].text.startswith(MARK):
            line = lines[int(row.cells[0].text.removeprefix(MARK))]
            continue
        kept.append(row)
        made_by += [line] if isinstance(row, TextRow | Bars | Crest) else []
    gold = sheet_gold(Sheet(sheet.columns, tuple(kept)))
    return [_by_form(allowed, made) for allowed, made in zip(gold, made_by, strict=True)]


def _marked(form: str) -> str:
    out, inside = list[str](), False
    for index, line in enumerate(form.strip("\n").splitlines()):
        if not inside:
            out.append(f"^ {MARK}{index}")
        out.append(line)
        inside = line.strip() == "[items]" or (inside and line.strip() != "[end]")
    return "\n".join(out)


def _by_form(allowed: Allowed, line: str) -> Allowed:
    """What the cells leave open, by the names of the values that the form's line prints."""
    values = {a or b for a, b in _TOKEN.findall(_LITERAL.sub("''", line))}
    if allowed == {RowLabel.TOTAL} and line.startswith(("?card", "?cash")):
        return frozenset({RowLabel.TENDER})
    if len(allowed) == 1:
        return allowed
    if values & {"given", "change"}:
        return frozenset({RowLabel.TENDER})
    if any(value.startswith("t.") for value in values) or values & {"tip", "rounded", "net"}:
        return frozenset({RowLabel.TAX})
    if "due" in values:
        return frozenset({RowLabel.SUBTOTAL, RowLabel.TOTAL})
    if "card" in values:
        return frozenset({RowLabel.TENDER, RowLabel.NOISE})
    if _LITERAL.search(line) and not values:
        return frozenset({RowLabel.TAX, RowLabel.NOISE})  # the head of a tax table, or words
    return frozenset({RowLabel.NOISE})


SAME_NAME: Final = 80.0
NEAR: Final = 3
"""How many rows from its amount a name may stand."""
MIN_LETTERS: Final = 3


def labelled_gold(lines: Sequence[Line], label: Mapping[str, Any]) -> list[Allowed] | None:
    """For a labelled picture's rows, by the label's line items; None where it lists none."""
    if not label.get("items"):
        return None
    amount_rows: dict[int, Mapping[str, Any]] = {}
    for item in label["items"]:
        amount = Decimal(str(item["amount"]))
        found = [
            (_alike(lines, line.index, str(item["description"])), -line.index)
            for line in lines
            if line.index not in amount_rows and any(price.value == amount for price in line.prices)
        ]
        if found and max(found)[0] >= SAME_NAME:
            amount_rows[-max(found)[1]] = item
    if not amount_rows:
        return None
    first, last = min(amount_rows), max(amount_rows)
    gold = [_by_place(index, first, last) for index in range(len(lines))]
    for index, item in amount_rows.items():
        gold[index] = frozenset({RowLabel.ITEM})
        for near in range(max(0, index - NEAR), min(len(lines), index + NEAR + 1)):
            if near not in amount_rows and _is_part(lines[near], item):
                gold[near] = frozenset({RowLabel.PART})
    return gold


def _alike(lines: Sequence[Line], index: int, description: str) -> float:
    near = lines[max(0, index - NEAR) : index + NEAR + 1]
    return max(fuzz.partial_ratio(description.casefold(), line.text.casefold()) for line in near)


def _is_part(line: Line, item: Mapping[str, Any]) -> bool:
    wanted = str(item["description"]).casefold()
    alike = line.letters >= MIN_LETTERS and fuzz.ratio(wanted, line.label.casefold()) >= SAME_NAME
    return alike or bool(item.get("code") and str(item["code"]) in line.text)


def _by_place(index: int, first: int, last: int) -> Allowed:
    """Rows that no item claims; next to items they may explain one."""
    if first < index < last:
        return ANY - {RowLabel.ITEM, RowLabel.TOTAL, RowLabel.TENDER}
    if index < first:
        return frozenset({RowLabel.HEADER, *([RowLabel.PART] if index >= first - 2 else [])})
    return BELOW | (OF_ITEMS - {RowLabel.ITEM} if index <= last + 2 else frozenset())
