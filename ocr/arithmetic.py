"""Do the sums close? Items less discounts, plus tax, service and rounding, make the total or they do not.

Also where a doubtful amount is settled: of several readings of a line, the one with which the sums close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, combinations
from typing import Final

from ocr.items import Draft
from ocr.lexicon import Kind
from ocr.sums import Sums

MAX_EXTRAS: Final = 8
"""Rows such as tax, service and rounding that are tried in every combination: 256 at most."""
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Whether the items make the total, and with which other rows."""

    closes: bool
    extras: tuple[Decimal, ...] = ()


def extras_of(sums: Sums) -> tuple[Decimal, ...]:
    """Signed amounts that may stand between items and total: each row once, zeros left out."""
    out: list[Decimal] = []
    for entry in sums.of(Kind.TAX, Kind.SERVICE, Kind.TIP, Kind.ROUNDING):
        out.append(entry.value)
    out += [-abs(entry.value) for entry in sums.of(Kind.DISCOUNT)]
    table = sum((row.tax for row in sums.tax_rows), ZERO)
    seen: list[Decimal] = []
    for value in [*out, table]:
        if value and value not in seen:
            seen.append(value)
    return tuple(seen[:MAX_EXTRAS])


def check(drafts: Sequence[Draft], total: Decimal | None, sums: Sums) -> Balance:
    """Whether the sums close exactly."""
    if total is None or not drafts:
        return Balance(closes=False)
    missing = total - sum((draft.net for draft in drafts), ZERO)
    for extras in _subsets(extras_of(sums)):
        if sum(extras, ZERO) == missing:
            return Balance(closes=True, extras=extras)
    return Balance(closes=False)


def settle(drafts: tuple[Draft, ...], total: Decimal | None, sums: Sums) -> tuple[Draft, ...]:
    """The drafts, one amount exchanged for another reading of it if that, and only that, closes the sums."""
    if total is None or not drafts or check(drafts, total, sums).closes:
        return drafts
    targets = {total - sum(extras, ZERO) for extras in _subsets(extras_of(sums))}
    reckoned = sum((draft.net for draft in drafts), ZERO)
    for position, draft in enumerate(drafts):
        for other in draft.alternatives:
            if reckoned - draft.amount + other in targets:
                changed = replace(draft, amount=other)
                return (*drafts[:position], changed, *drafts[position + 1 :])
    return drafts


def _subsets(values: Sequence[Decimal]) -> Iterator[tuple[Decimal, ...]]:
    """All choices, the smaller first."""
    return chain.from_iterable(combinations(values, size) for size in range(len(values) + 1))
