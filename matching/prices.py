"""What a shop charges: its level of prices beside the suggested ones, and what single products cost there.

A shop that asks a tenth more for everything makes each right product look a tenth too dear. The level is
known from what reviewers confirmed at the shop, or from the lines of one receipt that are sure without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp
from statistics import median

import numpy as np
import numpy.typing as npt

from matching.arrays import Int32s
from matching.index import CatalogIndex
from matching.learned import LearnedNames
from receipts.money import Money

Prices = npt.NDArray[np.float64]

# Fewer lines say nothing of a shop: one of them may be on offer.
FEWEST_PRICES = 3
# A level is believed as far as so many more lines at the suggested price would leave it.
DOUBTING_PRICES = 1.0
# Farther from the suggested prices than this is another unit of measure, not a dear shop.
FARTHEST_LEVEL = 0.4
# Nearer to them than this changes no answer.
NEAREST_LEVEL = 0.03


@dataclass(frozen=True, slots=True)
class ShopPrices:
    """What is known of a shop's prices.

    Attributes:
        level: what it charges over what is suggested.
        rows: products whose price there is known, rising.
        charged: what one unit of each costs there, minor units.
    """

    level: float
    rows: Int32s
    charged: Prices

    @property
    def is_known(self) -> bool:
        """Whether anything is."""
        return self.level != 1.0 or self.rows.size > 0

    def expected(self, products: Int32s, suggested: Prices) -> Prices:
        """What one unit of each should cost at this shop."""
        expected: Prices = suggested * self.level
        if self.rows.size:
            place = np.minimum(np.searchsorted(self.rows, products), self.rows.size - 1)
            expected = np.where(self.rows[place] == products, self.charged[place], expected).astype(
                np.float64
            )
        return expected


UNKNOWN_PRICES = ShopPrices(1.0, np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))


def prices_of(learned: LearnedNames, index: CatalogIndex) -> ShopPrices:
    """By what reviewers confirmed at the shop; worked out once for each book and catalog."""
    return learned.once(index.version, lambda: _prices_of(learned, index))


def _prices_of(learned: LearnedNames, index: CatalogIndex) -> ShopPrices:
    known: dict[int, float] = {}
    for choices in learned.choices.values():
        agreed = choices[0]
        if len(choices) > 1 or agreed.sku is None or agreed.lowest is None or agreed.highest is None:
            continue
        if agreed.lowest.currency != index.currency or min(agreed.lowest.minor, agreed.highest.minor) <= 0:
            continue
        for row in index.products_of_code(agreed.sku):
            if index.sku_at(row) == agreed.sku:
                known[row] = (agreed.lowest.minor * agreed.highest.minor) ** 0.5
    rows = np.array(sorted(known), dtype=np.int32)
    charged = np.array([known[row] for row in sorted(known)], dtype=np.float64)
    return ShopPrices(level_of(_ratios(rows, charged, index)), rows, charged)


def level_of_lines(
    units: Sequence[Money | None], products: Sequence[int | None], index: CatalogIndex
) -> ShopPrices:
    """By the lines of one receipt whose product is sure; a product counts once."""
    paid = {
        product: unit.minor
        for unit, product in zip(units, products, strict=True)
        if product is not None and unit is not None and unit.currency == index.currency and unit.minor > 0
    }
    rows = np.array(sorted(paid), dtype=np.int32)
    charged = np.array([paid[row] for row in sorted(paid)], dtype=np.float64)
    return replace(UNKNOWN_PRICES, level=level_of(_ratios(rows, charged, index)))


def _ratios(rows: Int32s, charged: Prices, index: CatalogIndex) -> list[float]:
    suggested = index.products.price_minor[rows].astype(np.float64)
    fine = np.isfinite(suggested) & (suggested > 0)
    ratios: list[float] = np.log(charged[fine] / suggested[fine]).tolist()
    return ratios


def level_of(ratios: Iterable[float]) -> float:
    """The level that these logarithms of charged over suggested prices speak for; 1 where they are few."""
    listed = sorted(ratios)
    if len(listed) < FEWEST_PRICES:
        return 1.0
    middle = median(listed) * len(listed) / (len(listed) + DOUBTING_PRICES)
    return exp(middle) if NEAREST_LEVEL <= abs(middle) <= FARTHEST_LEVEL else 1.0
