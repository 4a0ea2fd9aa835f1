"""Clues to a probability: a weighed sum of clues, then a curve that says how often such a sum was right.

`fitted.json` holds weights and curves; `python -m bench.fit_confidence` writes it. A curve only rises: it is
isotonic, found by pooling neighbours that would fall (PAV).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp
from typing import Final

from ocr.confidence.clues import Clues

BIAS: Final = "bias"
MOST: Final = 0.995
"""Nothing read from a picture is said surer: the receipts it was fitted on are hundreds, not thousands."""
_STEEPEST: Final = 30.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How one field's clues become a probability.

    Attributes:
        weights: by clue; those not named count nothing.
        curve: (weighed sum, share right), both rising.
    """

    weights: Mapping[str, float]
    curve: tuple[tuple[float, float], ...]

    def raw(self, clues: Clues) -> float:
        """The weighed sum."""
        return self.weights.get(BIAS, 0.0) + sum(
            self.weights.get(name, 0.0) * value for name, value in clues.items()
        )

    def said(self, clues: Clues) -> float:
        """The probability that the field is right, 0 to `MOST`."""
        return on_curve(self.curve, self.raw(clues))


def on_curve(curve: Sequence[tuple[float, float]], raw: float) -> float:
    """The curve's value: straight between its points, level above them.

    Below its lowest point no receipt was seen; from there it falls as the odds do.
    """
    lowest, share = curve[0]
    if raw <= lowest:
        odds = _possible(share)
        return 1.0 / (1.0 + (1 - odds) / odds * exp(min(_STEEPEST, lowest - raw)))
    if raw >= curve[-1][0]:
        return _possible(curve[-1][1])
    after = bisect_right([x for x, _ in curve], raw)
    (x0, y0), (x1, y1) = curve[after - 1], curve[after]
    return _possible(y0 + (y1 - y0) * (raw - x0) / (x1 - x0))


def _possible(share: float) -> float:
    """Nothing is certain, and nothing impossible."""
    return min(MOST, max(1 - MOST, share))


@cache
def scales() -> Mapping[str, Scale]:
    """The shipped scales by field; ``line`` is a line item's."""
    held = json.loads((files("ocr.confidence") / "fitted.json").read_text(encoding="utf-8"))
    return {name: scale_from(entry) for name, entry in held["fields"].items()}


def scale_from(entry: Mapping[str, object]) -> Scale:
    """A scale as the file holds it.

    Raises:
        ValueError: the curve has no point, or falls.
    """
    weights, points = entry["weights"], entry["curve"]
    if not isinstance(weights, dict) or not isinstance(points, list) or not points:
        raise ValueError(
            "a scale needs weights by clue and a curve; write it again: python -m bench.fit_confidence"
        )
    curve = tuple((float(x), float(y)) for x, y in points)
    if any(x1 <= x0 or y1 < y0 for (x0, y0), (x1, y1) in pairwise(curve)):
        raise ValueError("a curve must rise; write it again: python -m bench.fit_confidence")
    return Scale({str(name): float(weight) for name, weight in weights.items()}, curve)
