"""From the precision that a program wants to the thresholds that gave it, and what they cost.

The counts in `precision.json` are of lines that no model was fitted on (`bench/fit_precision.py` says
which and how); docs/matching.md has what was reached on others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt

from matching.thresholds import ACCEPT_MIN, ASK_MIN, NEVER, Thresholds
from receipts.program import MatchWish

PRECISION_FILE = "precision.json"
# A catalog this much larger than those that were measured still counts as one of them.
_SAME_CLASS_FACTOR = 1.5
# Errors counted are few: one standard deviation more of them is reckoned with, half an error where none was.
_UNSEEN_ERRORS = 0.5


@dataclass(frozen=True, slots=True)
class _Counts:
    """What a threshold did: of the catalog's own lines, rightly and wrongly, and of strangers."""

    threshold: float
    right: int
    wrong: int
    strangers: int


@dataclass(frozen=True, slots=True)
class SizeClass:
    """What was measured on catalogs of about one size.

    Attributes:
        products: of the catalogs measured.
        own: lines of their products that were asked about.
        strangers: lines of other products.
        accept: what each threshold accepted, rising.
        none: what each threshold called another maker's, rising: `right` are strangers, `wrong` our own.
    """

    products: int
    own: int
    strangers: int
    accept: tuple[_Counts, ...]
    none: tuple[_Counts, ...]

    def accepted(self, at: float, own_share: float) -> Measured:
        """What accepting from that probability on gave."""
        each = _at(self.accept, at)
        if each is None:
            return Measured(precision=1.0, low=0.0, share=0.0)
        right = own_share * each.right / self.own
        wrong = own_share / self.own, (1.0 - own_share) / self.strangers
        return _measured(right, (each.wrong, each.strangers), wrong, share=each.right / self.own)

    def left(self, at: float, own_share: float) -> Measured:
        """What calling another maker's below that probability gave."""
        each = _at(self.none, at)
        if each is None:
            return Measured(precision=1.0, low=0.0, share=0.0)
        right = (1.0 - own_share) * each.strangers / self.strangers
        return _measured(right, (each.wrong,), (own_share / self.own,), share=each.strangers / self.strangers)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a threshold was worth on the measured lines.

    Attributes:
        precision: share of the answers that were right.
        low: the same, less one standard deviation.
        share: of the lines that could have been answered so rightly, how many were.
    """

    precision: float
    low: float
    share: float


@dataclass(frozen=True, slots=True)
class Found:
    """What follows from a program's wish for a catalog of some size.

    Attributes:
        thresholds: what the matcher goes by.
        accept: what accepting gave, measured; its share is of the catalog's own lines.
        none: what calling lines another maker's gave; its share is of strangers' lines.
        products: of the catalogs that this was measured on.
        reached: no threshold measured gives a wish that is not reached; then nothing is accepted by words, or
            nearly nothing called another maker's.
    """

    thresholds: Thresholds
    accept: Measured
    none: Measured
    products: int
    accept_reached: bool
    none_reached: bool


def thresholds_for(wish: MatchWish, products: int) -> Found:
    """The thresholds that give what is wanted, for a catalog of so many products.

    Without a wish the usual ones, with what they gave.
    """
    own = wish.own_share
    known = class_of(products)
    accept_min, ask_min = ACCEPT_MIN, ASK_MIN
    accept_reached = none_reached = True
    if (wanted := wish.accept_precision) is not None:
        enough = _first(
            [each.threshold for each in known.accept if known.accepted(each.threshold, own).low >= wanted]
        )
        accept_reached, accept_min = enough is not None, NEVER if enough is None else enough
    if (wanted := wish.none_precision) is not None:
        # The highest: each question less is a person's time saved.
        enough = _first(
            [each.threshold for each in reversed(known.none) if known.left(each.threshold, own).low >= wanted]
        )
        none_reached, ask_min = enough is not None, known.none[0].threshold if enough is None else enough
    # Who accepts at less than what is asked about would never ask.
    thresholds = Thresholds(accept_min=accept_min, ask_min=min(ask_min, accept_min))
    return Found(
        thresholds=thresholds,
        accept=known.accepted(thresholds.accept_min, own),
        none=known.left(thresholds.ask_min, own),
        products=known.products,
        accept_reached=accept_reached,
        none_reached=none_reached,
    )


def class_of(products: int) -> SizeClass:
    """The measurements for a catalog of that size: those on the next larger catalogs, where there are any."""
    classes = shipped_classes()
    return next((each for each in classes if products <= _SAME_CLASS_FACTOR * each.products), classes[-1])


@cache
def shipped_classes() -> tuple[SizeClass, ...]:
    """What comes with the program, by rising size."""
    document = json.loads((files("matching") / PRECISION_FILE).read_text(encoding="utf-8"))
    classes = (
        SizeClass(
            products=each["products"],
            own=each["own"],
            strangers=each["strangers"],
            accept=tuple(_Counts(at, right, wrong, strange) for at, right, wrong, strange in each["accept"]),
            none=tuple(_Counts(at, 0, own, strange) for at, own, strange in each["none"]),
        )
        for each in document["classes"]
    )
    return tuple(sorted(classes, key=lambda each: each.products))


def _at(counts: Sequence[_Counts], threshold: float) -> _Counts | None:
    """What was measured at that threshold, or at the next higher one."""
    return next((each for each in counts if each.threshold >= threshold - 1e-9), None)


def _first(thresholds: Sequence[float]) -> float | None:
    return thresholds[0] if thresholds else None


def _measured(right: float, errors: Sequence[int], weights: Sequence[float], *, share: float) -> Measured:
    wrong = sum(count * weight for count, weight in zip(errors, weights, strict=True))
    spread = sqrt(
        sum((count + _UNSEEN_ERRORS) * weight**2 for count, weight in zip(errors, weights, strict=True))
    )
    if right <= 0:
        return Measured(precision=1.0, low=0.0, share=share)
    return Measured(precision=right / (right + wrong), low=right / (right + wrong + spread), share=share)
