"""One line's products in order, as the verdict looks at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.feature_names import Feature
from matching.features import Array, Tables
from matching.index import SIZE_FITS
from matching.scorer import Rankings
from matching.sizes import SizeFit


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
    def of(cls, row: int, tables: Tables, rankings: Rankings, probability: float) -> Scored | None:
        """One line's part of the tables; None where it has no candidate."""
        chosen = np.flatnonzero(rankings.is_first[row])
        if chosen.size == 0:
            return None
        places = rankings.order[row].take(chosen)
        return cls(
            products=tuple(rankings.product[row].take(chosen).tolist()),
            families=tuple(rankings.family[row].take(chosen).tolist()),
            scores=tuple(rankings.score[row].take(chosen).tolist()),
            fits=tuple([SIZE_FITS[fit] for fit in tables.size_fit[row].take(places).tolist()]),
            has_unmatched=bool(tables.unmatched[row, places[0]]),
            is_other=bool(tables.is_other[row, places[0]]),
            probability=probability,
            _features=tables.features[row],
            _places=places.tolist(),
        )

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
