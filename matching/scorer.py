"""From the feature table to products in order, and the probability that the first is right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import exp, log

import numpy as np
import numpy.typing as npt

from matching.features import Array, Feature, LineTable
from matching.index import CatalogIndex
from matching.sizes import SizeFit
from matching.text import NormalText
from matching.weights import ACCEPT, RANK

_RANK_WEIGHTS = np.array(RANK, dtype=np.float64)
_ACCEPT_WEIGHTS = np.array(ACCEPT, dtype=np.float64)
# Rank scores are natural logarithms of odds: a family closer than one unit is a rival.
RIVAL_WITHIN = 1.0
_WIDEST_MARGIN = 6.0
_MOST_WORDS = 6
# Above these a line is well covered; the hinges let the logistic model bend there.
_WELL_COVERED = 0.8
_NAME_HALF_COVERED = 0.5


class AcceptFeature(IntEnum):
    """Columns of the acceptor, after the bias and the winner's own features."""

    MARGIN = 0
    """Rank score over the next family's, capped."""
    RIVALS = 1
    """Logarithm of one more than the families within `RIVAL_WITHIN`."""
    LETTERS = 2
    """Logarithm of the letters printed."""
    WORDS = 3
    SHARE = 4
    """The winner's family's share of all candidates, as the ranker sees it."""
    COVERED_WELL = 5
    NAME_COVERED_WELL = 6
    BRAND_AND_NAME = 7
    """Brand covered times name covered."""
    LINE_AND_NAME = 8
    """Line covered times name covered: both explain each other."""


ACCEPT_COLUMNS = 1 + len(Feature) + len(AcceptFeature)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product among a line's candidates.

    Attributes:
        row: its best entry's row in the line's table.
        score: the ranker's, a logarithm of odds.
    """

    product: int
    family: int
    row: int
    score: float
    size_fit: SizeFit


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidate products, best first, and what the acceptor looks at."""

    products: tuple[Ranked, ...]
    accept_row: Array

    @property
    def best(self) -> Ranked:
        """The first product."""
        return self.products[0]


def rank(line: NormalText, table: LineTable, index: CatalogIndex) -> Ranking:
    """Products in order of the ranker's score; equal scores in the catalog's order."""
    return ranking_of(line, table, index, _RANK_WEIGHTS)


def ranking_of(line: NormalText, table: LineTable, index: CatalogIndex, weights: Array) -> Ranking:
    """The same by given weights, one for each `Feature`: what fitting needs."""
    scores = table.features @ weights
    numbers = index.entries.product[table.entry]
    ranked: dict[int, Ranked] = {}
    for row in np.lexsort((numbers, -np.round(scores, 9))):
        product = int(numbers[row])
        if product not in ranked:
            ranked[product] = Ranked(
                product=product,
                family=int(index.family[product]),
                row=int(row),
                score=float(scores[row]),
                size_fit=table.size_fit[row],
            )
    products = tuple(ranked.values())
    return Ranking(products=products, accept_row=_accept_row(line, table, products))


def _accept_row(line: NormalText, table: LineTable, products: tuple[Ranked, ...]) -> Array:
    families: dict[int, float] = {}
    for product in products:
        families.setdefault(product.family, product.score)
    best, *others = families.values()
    margin = min(best - others[0], _WIDEST_MARGIN) if others else _WIDEST_MARGIN
    own = table.features[products[0].row]
    listed = np.zeros(len(AcceptFeature), dtype=np.float64)
    listed[AcceptFeature.MARGIN] = margin
    listed[AcceptFeature.RIVALS] = log(1 + sum(best - score < RIVAL_WITHIN for score in others))
    listed[AcceptFeature.LETTERS] = log(1 + line.letters)
    listed[AcceptFeature.WORDS] = min(len(line.words), _MOST_WORDS)
    listed[AcceptFeature.SHARE] = 1.0 / (1.0 + sum(exp(score - best) for score in others))
    covered, name = own[Feature.LINE_COVERED], own[Feature.NAME_COVERED]
    listed[AcceptFeature.COVERED_WELL] = max(0.0, covered - _WELL_COVERED)
    listed[AcceptFeature.NAME_COVERED_WELL] = max(0.0, name - _NAME_HALF_COVERED)
    listed[AcceptFeature.BRAND_AND_NAME] = own[Feature.BRAND_COVERED] * name
    listed[AcceptFeature.LINE_AND_NAME] = covered * name
    return np.concatenate(([1.0], own, listed))


def probability(ranking: Ranking) -> float:
    """That the first product's family is the right one, sizes left aside."""
    logit = float(_ACCEPT_WEIGHTS @ _without_size_conflict(ranking.accept_row))
    return 1.0 / (1.0 + exp(-logit)) if logit > 0 else exp(logit) / (1.0 + exp(logit))


def _without_size_conflict(row: npt.NDArray[np.float64]) -> Array:
    """A conflict of size is a guard's matter, not the acceptor's."""
    without = row.copy()
    without[1 + Feature.SIZE_CONFLICTS] = 0.0
    return without
