"""The fitted numbers of the two logistic models, as `bench/fit_matching.py` prints them."""

from __future__ import annotations

from typing import Final

# Ranker: one weight for each `matching.features.Feature`, in order.
RANK: Final = (
    2.0, 4.0, 6.0, 1.0, -3.0, 3.0, -0.7, 2.0, -0.5, 4.0, 0.5, 0.3, 0.5, 1.5, -5.0, 0.0, 0.0, -1.0, 1.0,
)  # fmt: skip

# Acceptor: one weight for each `matching.scorer.AcceptFeature`, in order.
ACCEPT: Final = (
    -9.0, 0.0, 2.0, 3.0, 1.0, -3.0, 2.0, -0.7, 1.5, -1.0, 2.0, 0.3, 0.3, 2.0, 1.0, 0.0, 0.0, 0.0, -1.0, 1.0,
    1.0, -1.0, 0.5, 0.5, 0.1, 0.0, 0.0, 0.0, 0.0,
)  # fmt: skip
