"""One line's products in order, as the verdict looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.feature_names import Feature
from matching.features import Tables
from matching.index import SIZE_FITS
from matching.scorer import Rankings
from matching.sizes import SizeFit
from matching.word_grid import Array


@dataclass(frozen=True, slots=True)
class Scored:
    """Products that a line may be, best first, each by its best entry.

    Attributes:
        has_unmatched: a printed word of weight stands for nothing in the first product.
        is_other: something speaks for another than the first product; see `Tables.is_other`.
        probability: that the first product's family is the right one, sizes left aside.
    """

    products: tuple[int, ...]
    families: tuple[int, ...]
    scores: tuple[float, ...]
    fits: tuple[SizeFit, ...]
    has_unmatched: bool
    is_other: bool
    probability: float
    _features: Array
    _places: list[int]

    @classmethod
    def all(cls, tables: Tables, rankings: Rankings, probabilities: Sequence[float]) -> list[Scored | None]:
        """Each line's part of the tables; None where it has no candidate."""
        # Lists of all lines at once: a few steps of numpy a call, not a dozen a line.
        row, column = np.nonzero(rankings.is_first)
        order = rankings.order[row, column]
        places, products = order.tolist(), rankings.product[row, column].tolist()
        families, scores = rankings.family[row, column].tolist(), rankings.score[row, column].tolist()
        fits = [SIZE_FITS[fit] for fit in tables.size_fit[row, order].tolist()]
        unmatched, other = tables.unmatched[row, order].tolist(), tables.is_other[row, order].tolist()
        starts = row.searchsorted(np.arange(len(probabilities) + 1)).tolist()
        found: list[Scored | None] = []
        for line, (first, last) in enumerate(pairwise(starts)):
            if first == last:
                found.append(None)
                continue
            found.append(
                cls(
                    products=tuple(products[first:last]),
                    families=tuple(families[first:last]),
                    scores=tuple(scores[first:last]),
                    fits=tuple(fits[first:last]),
                    has_unmatched=bool(unmatched[first]),
                    is_other=bool(other[first]),
                    probability=probabilities[line],
                    _features=tables.features[line],
                    _places=places[first:last],
                )
            )
        return found

    def place_of(self, product: int) -> int | None:
        """Where the product stands; None where it is no candidate."""
        return self.products.index(product) if product in self.products else None

    def value(self, place: int, feature: Feature) -> float:
        """One feature of the product at that place."""
        return float(self._features[self._places[place], feature])

    def cover_of(self, product: int) -> float:
        """Share of the printed words that stand for words of the product."""
        place = self.place_of(product)
        return 0.0 if place is None else self.value(place, Feature.LINE_COVERED)
