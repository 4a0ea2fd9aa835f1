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
        features: products x `Feature`.
        unmatched: printed words of weight that stand for nothing in the product.
        is_other: something speaks for another product; see `Tables.is_other`.
        probability: that the first product's family is the right one, sizes left aside.
    """

    products: tuple[int, ...]
    families: tuple[int, ...]
    scores: tuple[float, ...]
    fits: tuple[SizeFit, ...]
    unmatched: tuple[int, ...]
    features: Array
    is_other: tuple[bool, ...]
    probability: float

    @classmethod
    def of(cls, row: int, tables: Tables, rankings: Rankings, probability: float) -> Scored | None:
        """One line's part of the tables; None where it has no candidate."""
        chosen = np.flatnonzero(rankings.is_first[row])
        if chosen.size == 0:
            return None
        places = rankings.order[row, chosen]
        return cls(
            products=tuple(rankings.product[row, chosen].tolist()),
            families=tuple(rankings.family[row, chosen].tolist()),
            scores=tuple(rankings.score[row, chosen].tolist()),
            fits=tuple([SIZE_FITS[fit] for fit in tables.size_fit[row, places].tolist()]),
            unmatched=tuple(tables.unmatched[row, places].tolist()),
            features=tables.features[row, places],
            is_other=tuple(tables.is_other[row, places].tolist()),
            probability=probability,
        )

    def place_of(self, product: int) -> int | None:
        """Where the product stands; None where it is no candidate."""
        return self.products.index(product) if product in self.products else None

    def value(self, place: int, feature: Feature) -> float:
        """One feature of the product at that place."""
        return float(self.features[place, feature])

    def cover_of(self, product: int) -> float:
        """Share of the printed words that stand for words of the product."""
        place = self.place_of(product)
        return 0.0 if place is None else self.value(place, Feature.LINE_COVERED)
