"""The fitted numbers of the two logistic models, as `bench/fit_matching.py` prints them."""

from __future__ import annotations

from typing import Final

# Ranker: one weight for each `matching.features.Feature`, in order.
RANK: Final = (
    2.994,
    0.784,
    1.372,
    1.379,
    -1.514,
    1.201,
    -0.784,
    0.303,
    -0.501,
    2.700,
    -0.205,
    -1.123,
    1.424,
    1.875,
    -2.923,
    0.063,
    0.482,
    -2.952,
    1.234,
)

# Acceptor: bias, one for each `Feature` of the winner, one for each `matching.scorer.AcceptFeature`.
ACCEPT: Final = (
    -11.471,
    0.649,
    0.511,
    0.269,
    -0.215,
    -0.333,
    0.535,
    -0.326,
    0.643,
    -0.365,
    5.996,
    -0.223,
    0.467,
    0.250,
    0.634,
    0.000,
    0.185,
    1.789,
    -4.479,
    -1.273,
    0.335,
    0.216,
    0.488,
    0.029,
    3.709,
    -2.478,
    0.060,
    -1.338,
    0.730,
)
