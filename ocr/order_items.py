"""The items of an order mail or web receipt: rows with an amount, each with the name on it or above it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from rapidfuzz import fuzz

from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.order_rows import OrderRow, Role
from ocr.sums import Sums

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")
NAME_CHOICES: Final = 3
"""Above a lone price, the name is the longest of so many rows."""
NAMED_RATIO: Final = 70.0
"""Of 100: a discount whose words hold the item's name is that item's."""
MIN_GROUP: Final = 2


@dataclass(slots=True)
class _Building:
    """Items as they are found, with the rows that wait for an amount; only inside this module."""

    rows: list[OrderRow] = field(default_factory=list)
    sources: list[tuple[Line, ...]] = field(default_factory=list)
    discounts: dict[int, list[OrderRow]] = field(default_factory=dict)
    bare: list[tuple[int, list[OrderRow]]] = field(default_factory=list)
    names: list[OrderRow] = field(default_factory=list)
    count: Decimal | None = None
    factors: tuple[Decimal, Decimal] | None = None


def in_table(lines: Sequence[Line], sums: Sums, begin: int, end: int) -> bool:
    """Whether these rows stand in a table: below a heading, or several with a count and two prices."""
    headed = any(sums.kinds[line.index] is Kind.HEADER for line in lines[:end])
    full = sum(len(line.prices) > 1 and len(line.row.boxes) > MIN_GROUP for line in lines[begin:end])
    return headed or full >= MIN_GROUP


def order_items(cut: Sequence[OrderRow]) -> tuple[tuple[Draft, ...], ...]:
    """The items on these rows, each way to read them: as printed, and with prices taken for one piece.

    Rows that say what was saved are taken off in further readings: which is right shows in the sums.
    """
    ways = list(_ways(cut))
    if any(row.role is Role.SAVING for row in cut):
        ways += _ways([replace(row, role=Role.DISCOUNT) if row.role is Role.SAVING else row for row in cut])
    return tuple(dict.fromkeys(way for way in ways if way))


def _ways(cut: Sequence[OrderRow]) -> Iterator[tuple[Draft, ...]]:
    found = _collect(cut)
    _name_bare(found)
    rows = _leading_counts([row if row.name else replace(row, name=row.code or "") for row in found.rows])
    printed = _drafts(rows, found, multiply=False)
    single = _drafts(rows, found, multiply=True)
    plain = _without_groups(printed)
    for way in (plain, single):
        yield way
    for way in (plain, single):
        yield _before_sum(way)
    yield printed
    if any(row.per_unit for row in rows):  # ``2x`` in a cell before the price of both
        yield _without_groups(_drafts([replace(row, per_unit=False) for row in rows], found, multiply=False))


def _collect(cut: Sequence[OrderRow]) -> _Building:
    found = _Building()
    for position, row in enumerate(cut):
        following = cut[position + 1] if position + 1 < len(cut) else None
        if row.role is Role.ITEM:
            _item(row, found)
        elif row.role is Role.NAME:
            found.names.append(row)
            found.count = row.quantity or found.count
        elif row.role in {Role.COUNT, Role.DETAIL} and row.quantity is not None:
            _counted(row, found)
        elif row.role is Role.DISCOUNT and found.rows:
            basket = following is None or following.role is not Role.ITEM or following.amount is None
            _discounted(row, found, ends=basket)
        elif row.role is Role.BREAK:
            found.names, found.count = [], None
    return found


def _item(row: OrderRow, found: _Building) -> None:
    last = found.rows[-1] if found.rows else None
    if not row.name and not found.names and last is not None and row.amount is not None:
        _more_of(last, row, found)
        return
    if row.quantity is None and found.count is not None:
        row = replace(row, quantity=found.count)
    if found.factors is not None and found.factors[0] * found.factors[1] == row.amount:
        row = replace(row, quantity=found.factors[0], unit_price=found.factors[1])
    found.factors = None
    if not row.name:
        if not found.names:
            return
        found.bare.append((len(found.rows), found.names))
    sources = [name.line for name in found.names if not row.name]
    found.rows.append(row)
    found.sources.append((*sources, row.line))
    found.names, found.count = [], None


def _more_of(last: OrderRow, row: OrderRow, found: _Building) -> None:
    """A row of numbers below an item: how its amount came about, or what it comes to in all."""
    printed, amount = last.amount, row.amount
    if printed is None or amount is None:
        return
    count = row.quantity if row.quantity is not None else found.count
    if count is not None and abs(count * amount - printed) < CENT:
        last = replace(last, quantity=count, unit_price=amount)
    elif last.quantity is not None and abs(last.quantity * printed - amount) < CENT:
        last = replace(last, unit_price=printed, amount=amount, per_unit=False)
    elif count is not None and row.unit_price is not None and amount == printed:
        last = replace(last, quantity=count, unit_price=row.unit_price)
    else:
        found.factors = None if count is None else (count, amount)
        return
    found.rows[-1] = last
    found.sources[-1] = (*found.sources[-1], row.line)


def _counted(row: OrderRow, found: _Building) -> None:
    """A count stands between name and price, or behind the item."""
    behind = bool(found.rows) and bool(found.rows[-1].name) and found.rows[-1].quantity is None
    if not found.rows or (found.names and not behind):
        found.count = row.quantity
    elif found.rows[-1].quantity is None:
        found.rows[-1] = replace(found.rows[-1], quantity=row.quantity)
        found.sources[-1] = (*found.sources[-1], row.line)


def _discounted(row: OrderRow, found: _Building, *, ends: bool) -> None:
    """A discount is the item's above, unless it ends the list and does not name it: then the basket's."""
    if row.amount is None:
        return
    item = found.rows[-1]
    taken = sum((abs(d.amount or ZERO) for d in found.discounts.get(len(found.rows) - 1, [])), ZERO)
    fits = item.amount is not None and abs(row.amount) + taken <= abs(item.amount)
    named = not row.name or fuzz.partial_token_set_ratio(row.name.lower(), item.name.lower()) >= NAMED_RATIO
    own = fits and item.role is Role.ITEM and (named or not ends)
    if own:
        found.discounts.setdefault(len(found.rows) - 1, []).append(row)
        return
    found.rows.append(row)
    found.sources.append((row.line,))


def _name_bare(found: _Building) -> None:
    """Names from above: as many rows above each price as this page has them; above a lone one the longest."""
    later = [len(names) for _, names in found.bare[1:]]
    for index, names in found.bare:
        if later:
            chosen = names[-min(*later, len(names)) if len(later) > 1 else -min(later[0], len(names))]
        else:
            chosen = max(names[-NAME_CHOICES:], key=lambda row: len(row.name))
        row = found.rows[index]
        counted = row.quantity if row.quantity is not None else chosen.quantity
        found.rows[index] = replace(row, name=chosen.name, code=row.code or chosen.code, quantity=counted)


def _drafts(rows: Sequence[OrderRow], found: _Building, *, multiply: bool) -> tuple[Draft, ...]:
    out: list[Draft] = []
    for index, row in enumerate(rows):
        if row.amount is None or not row.name:
            continue
        lines = tuple(sorted(set(found.sources[index]), key=lambda line: line.index))
        confidence = min(line.row.confidence for line in lines)
        if row.role is Role.DISCOUNT:
            value = -abs(row.amount)
            out.append(
                Draft(row.name, value, None, None, None, lines, confidence, whole_basket=not row.lettered)
            )
            continue
        amount, unit = row.amount, row.unit_price
        count = row.quantity
        if count and unit is None and count != 1 and (multiply or row.per_unit):
            amount, unit = (row.amount * count).quantize(CENT), row.amount
        elif count and unit is None and (row.amount / count).quantize(CENT) * count == row.amount:
            unit = (row.amount / count).quantize(CENT)
        discount = sum((abs(d.amount or ZERO) for d in found.discounts.get(index, [])), ZERO)
        out.append(Draft(row.name, amount, count, unit, row.code, lines, confidence, discount=discount))
    return tuple(out)


def _before_sum(drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """The items above a row that adds them all up under a name of its own (``Groceries 11.05``)."""
    reached = ZERO
    for index, draft in enumerate(drafts):
        if index >= MIN_GROUP and draft.quantity is None and draft.amount == reached:
            return drafts[:index]
        reached += draft.net
    return drafts


def _without_groups(drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """Without rows that only sum up the rows below them: a dish above its parts."""
    kept: list[Draft] = []
    for index, draft in enumerate(drafts):
        if draft.quantity is None and draft.amount > 0 and _sums_up(draft, drafts[index + 1 :]):
            continue
        kept.append(draft)
    return tuple(kept)


def _sums_up(group: Draft, following: Iterable[Draft]) -> bool:
    reached = ZERO
    for count, draft in enumerate(following, start=1):
        if draft.quantity is None:
            return False
        reached += draft.net
        if reached >= group.amount:
            enough = count >= MIN_GROUP or draft.description == group.description
            return reached == group.amount and enough
    return False


_BARE_COUNT: Final = re.compile(r"^(\d{1,3})\s+(?=[^\W\d]{2})")


def _leading_counts(rows: Sequence[OrderRow]) -> list[OrderRow]:
    """``2 COFFEE`` where most rows begin so: the numbers are counts, or 1, 2, 3 down the page: serials."""
    matches = [_BARE_COUNT.match(row.name) for row in rows]
    found = [int(match[1]) for match in matches if match]
    if not rows or len(found) < COUNTED_SHARE * len(rows):
        return list(rows)
    serial = len(found) > 1 and found == list(range(found[0], found[0] + len(found)))
    out: list[OrderRow] = []
    for row, match in zip(rows, matches, strict=True):
        if match is None:
            out.append(row)
            continue
        quantity = row.quantity if serial or row.quantity is not None else Decimal(match[1])
        out.append(replace(row, name=row.name[match.end() :], quantity=quantity))
    return out


COUNTED_SHARE: Final = 0.6
"""Where most names begin with a small number, it is a column of counts."""
