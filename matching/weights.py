"""The fitted numbers of the two logistic models, as `bench/fit_matching.py` prints them."""

from __future__ import annotations

from typing import Final

# Ranker: one weight for each `matching.features.Feature`, in order.
RANK: Final = (
    2.999,
    0.791,
    1.410,
    1.335,
    -1.589,
    1.186,
    -0.789,
    0.310,
    -0.497,
    2.681,
    -0.215,
    -1.113,
    1.414,
    1.872,
    -2.925,
    0.065,
    0.479,
    -2.952,
    1.239,
)

# Acceptor: bias, one for each `Feature` of the winner, one for each `matching.scorer.AcceptFeature`.
ACCEPT: Final = (
    -11.392,
    0.617,
    0.568,
    0.259,
    -0.313,
    -0.350,
    0.482,
    -0.329,
    0.654,
    -0.371,
    6.062,
    -0.204,
    0.472,
    0.281,
    0.632,
    0.000,
    0.173,
    1.819,
    -4.527,
    -1.294,
    0.336,
    0.212,
    0.461,
    0.020,
    3.684,
    -2.752,
    0.039,
    -1.358,
    0.851,
)
