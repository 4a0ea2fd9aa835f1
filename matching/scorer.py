"""From feature tables to products in order, and what the acceptor looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from matching.feature_names import Feature
from matching.features import Tables
from matching.index import SIZE_FITS, CatalogIndex
from matching.model import Model
from matching.sizes import SizeFit
from matching.text import NormalText
from matching.word_grid import Array

# Rank scores are natural logarithms of odds: a family closer than one unit is a rival.
RIVAL_WITHIN = 1.0
_WIDEST_MARGIN = 8.0
_COVERED_ALIKE_WITHIN = 0.02
_NOWHERE = np.float32(-1e9)
_CONFLICT = SIZE_FITS.index(SizeFit.CONFLICT)
_NO_FAMILY = -1


class AcceptFeature(IntEnum):
    """Columns of the acceptor, after the winner's own features."""

    MARGIN = 0
    """Rank score over the next family's, capped."""
    RIVALS = 1
    """Logarithm of one more than the families within `RIVAL_WITHIN`."""
    SHARE = 2
    """The winner's family's share of all candidates, as the ranker sees it."""
    ALIKE = 3
    """Logarithm of one more than other families whose names cover the printed words as well."""
    NEXT_COVERED = 4
    """How much more of the line the winner covers than the next family; likewise for the next four."""
    NEXT_NAME = 5
    NEXT_BRAND = 6
    NEXT_LETTERS = 7
    NEXT_PRICE = 8
    SCORE = 9
    """The rank score itself."""
    LETTERS_PRINTED = 10
    """Logarithm of one more than the letters printed."""
    UNMATCHED = 11
    """Logarithm of one more than `Tables.unmatched`."""
    OTHER = 12
    """1 where something speaks for another product; see `Tables.is_other`."""


ACCEPT_COLUMNS = len(Feature) + len(AcceptFeature)


@dataclass(frozen=True, slots=True)
class Rankings:
    """Candidates of some lines in order, best first; lines x candidates.

    Attributes:
        order: places in the tables' candidates.
        product: -1 past the last.
        family: likewise.
        score: the ranker's, a logarithm of odds.
        is_first: the product's best entry: others of the same product follow it.
        accept: lines x `ACCEPT_COLUMNS`.
    """

    order: npt.NDArray[np.intp]
    product: npt.NDArray[np.int32]
    family: npt.NDArray[np.int32]
    score: Array
    is_first: npt.NDArray[np.bool_]
    accept: Array


def rank(lines: Sequence[NormalText], tables: Tables, index: CatalogIndex, model: Model) -> Rankings:
    """Products in order of the ranker's score; equal scores in the catalog's order."""
    real = tables.entry >= 0
    scores = np.full(tables.entry.shape, _NOWHERE, dtype=np.float32)
    scores[real] = np.round(model.rank(tables.features[real]), 4)
    return ranked(lines, tables, index, scores)


def ranked(lines: Sequence[NormalText], tables: Tables, index: CatalogIndex, scores: Array) -> Rankings:
    """The same by given scores: what fitting needs."""
    products = np.where(tables.entry >= 0, index.product_of_entry[tables.entry], -1)
    order = np.lexsort((products, -scores), axis=1)
    product = np.take_along_axis(products, order, axis=1)
    score = np.take_along_axis(scores, order, axis=1)
    family = np.where(product >= 0, index.family[product], _NO_FAMILY).astype(np.int32)
    is_first = ~_seen_before(product) & (product >= 0)
    return Rankings(
        order=order,
        product=product.astype(np.int32),
        family=family,
        score=score,
        is_first=is_first,
        accept=_accept_rows(lines, tables, order, family, score),
    )


def _seen_before(values: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    same = values[:, :, None] == values[:, None, :]
    answer: npt.NDArray[np.bool_] = (same & np.tri(values.shape[1], k=-1, dtype=np.bool_)).any(axis=2)
    return answer


def _accept_rows(
    lines: Sequence[NormalText],
    tables: Tables,
    order: npt.NDArray[np.intp],
    family: npt.NDArray[np.int32],
    score: Array,
) -> Array:
    count = len(lines)
    other = (family != family[:, :1]) & (family != _NO_FAMILY) & ~_seen_before(family)
    behind = score - score[:, :1]
    winner = tables.features[np.arange(count), order[:, 0]]
    rows = np.zeros((count, ACCEPT_COLUMNS), dtype=np.float32)
    rows[:, : len(Feature)] = winner
    # A conflict of size is a guard's matter, not the acceptor's.
    rows[:, Feature.SIZE_CONFLICTS] = 0.0
    listed = rows[:, len(Feature) :]
    has_next = other.any(axis=1)
    place = other.argmax(axis=1)
    following = tables.features[np.arange(count), order[np.arange(count), place]]
    margin = -behind[np.arange(count), place]
    listed[:, AcceptFeature.MARGIN] = np.where(has_next, np.minimum(margin, _WIDEST_MARGIN), _WIDEST_MARGIN)
    listed[:, AcceptFeature.RIVALS] = np.log1p((other & (behind > -RIVAL_WITHIN)).sum(axis=1))
    odds = np.where(other, np.exp(np.maximum(behind, -50.0)), 0.0)
    listed[:, AcceptFeature.SHARE] = 1.0 / (1.0 + odds.sum(axis=1))
    covered = np.take_along_axis(tables.features[:, :, Feature.LINE_RARE_COVERED], order, axis=1)
    alike = other & (covered >= covered[:, :1] - _COVERED_ALIKE_WITHIN)
    listed[:, AcceptFeature.ALIKE] = np.log1p(alike.sum(axis=1))
    for column, feature, alone in (
        (AcceptFeature.NEXT_COVERED, Feature.LINE_RARE_COVERED, 1.0),
        (AcceptFeature.NEXT_NAME, Feature.NAME_COVERED, 1.0),
        (AcceptFeature.NEXT_BRAND, Feature.BRAND_COVERED, 1.0),
        (AcceptFeature.NEXT_LETTERS, Feature.LETTERS_COVERED, 1.0),
        (AcceptFeature.NEXT_PRICE, Feature.PRICE_DISTANCE, -1.0),
    ):
        listed[:, column] = np.where(has_next, winner[:, feature] - following[:, feature], alone)
    listed[:, AcceptFeature.SCORE] = score[:, 0]
    first = (np.arange(count), order[:, 0])
    listed[:, AcceptFeature.UNMATCHED] = np.log1p(tables.unmatched[first])
    listed[:, AcceptFeature.OTHER] = tables.is_other[first]
    listed[:, AcceptFeature.LETTERS_PRINTED] = np.log1p([line.letters for line in lines])
    return rows


def size_conflicts(tables: Tables, rankings: Rankings) -> npt.NDArray[np.bool_]:
    """Whether each line's first product has another size than the line prints."""
    answer: npt.NDArray[np.bool_] = (
        tables.size_fit[np.arange(len(rankings.order)), rankings.order[:, 0]] == _CONFLICT
    )
    return answer
