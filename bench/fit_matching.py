# ruff: noqa: E501, S311 (settings and seeds of a fit are what this file is about)
"""Fit the models of `matching/model.json` and print the file.

    python bench/fit_matching.py ../shared/catalogs > matching/model.json

The ranker is a small network that makes the right candidates' share of each line as large as can be. The
acceptor, boosted trees, says whether the first family is right; it learns from what a ranker says of lines that
this ranker was not fitted on. Its sums become probabilities by isotonic regression on lines that it did not see.
The lists of real lines, of people's shorthand and of instacart's products are never looked at.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt
from matching_samples import CATALOGS, WIDE_CATALOGS, Batch, batches, brands_for_fitting
from scipy.optimize import isotonic_regression

from matching.feature_names import Feature
from matching.model import Network
from matching.scorer import ranked

SEED = 20261
LINES_PER_CATALOG = 10_000
HIDDEN = (32, 16)
EPOCHS = 12
LINES_A_STEP = 128
FASTEST = 3e-3
DECAY = 1e-5
FOLDS = 4
TREES = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.06, "min_data_in_leaf": 60, "feature_fraction": 0.5,
    "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1, "verbosity": -1, "seed": SEED,
}  # fmt: skip
TREE_COUNT = 160
CALIBRATION_POINTS = 60
# Between what was seen of few lines and nothing at all: no sum is believed more than this.
SUREST = 0.999
Floats = npt.NDArray[np.float32]
Layers = list[tuple[Floats, Floats]]


def fit_ranker(found: Sequence[Batch], *, seed: int) -> Layers:
    """The network's layers, by Adam on a falling step, fitted to features of mean 0 and spread 1."""
    parts = [(batch, np.flatnonzero(batch.right.any(axis=1))) for batch in found]
    features = np.concatenate([batch.tables.features[rows] for batch, rows in parts])
    real = np.concatenate([batch.tables.entry[rows] >= 0 for batch, rows in parts])
    right = np.concatenate([batch.right[rows] for batch, rows in parts])
    mean, spread = features[real].mean(axis=0), features[real].std(axis=0) + 1e-6
    features = (features - mean) / spread
    draw = np.random.default_rng(seed)
    sizes = (len(Feature), *HIDDEN, 1)
    weights = [
        draw.normal(0, np.sqrt(2 / rows), (rows, columns)).astype(np.float32)
        for rows, columns in pairwise(sizes)
    ]
    values = [*weights, *(np.zeros(size, dtype=np.float32) for size in sizes[1:])]
    steps = EPOCHS * (len(features) // LINES_A_STEP)
    first, second = [np.zeros_like(value) for value in values], [np.zeros_like(value) for value in values]
    for step in range(1, steps + 1):
        if step % max(1, steps // EPOCHS) == 1:
            order = draw.permutation(len(features))
        start = ((step - 1) % (len(features) // LINES_A_STEP)) * LINES_A_STEP
        rows = order[start : start + LINES_A_STEP]
        slopes = _slopes(values, features[rows], real[rows], right[rows])
        pace = FASTEST * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
        for place, slope in enumerate(slopes):
            first[place] = 0.9 * first[place] + 0.1 * slope
            second[place] = 0.999 * second[place] + 0.001 * slope**2
            towards = first[place] / (1 - 0.9**step)
            values[place] -= pace * towards / (np.sqrt(second[place] / (1 - 0.999**step)) + 1e-8)
    layers = list(zip(values[: len(weights)], values[len(weights) :], strict=True))
    # The scaling goes into the first layer, so that the network takes features as they are measured.
    entry, bias = layers[0]
    layers[0] = (entry / spread[:, None], bias - (mean / spread) @ entry)
    return layers


def _slopes(
    values: Sequence[Floats], features: Floats, real: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]
) -> list[Floats]:
    """Of minus the logarithm of the right candidates' share."""
    depth = len(values) // 2
    passed = [features.reshape(-1, features.shape[-1])]
    for layer in range(depth):
        out = passed[-1] @ values[layer] + values[depth + layer]
        passed.append(np.maximum(out, 0.0) if layer < depth - 1 else out)
    scores = np.where(real, passed[-1].reshape(real.shape), -1e9)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    good = odds * right
    wanted = good / np.maximum(good.sum(axis=1, keepdims=True), 1e-12)
    off = (odds / odds.sum(axis=1, keepdims=True) - wanted) * real / len(real)
    back = off.reshape(-1, 1).astype(np.float32)
    slopes: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(values)
    for layer in range(depth - 1, -1, -1):
        slopes[layer] = passed[layer].T @ back + DECAY * values[layer]
        slopes[depth + layer] = back.sum(axis=0)
        if layer:
            back = (back @ values[layer].T) * (passed[layer] > 0)
    return slopes


def accept_rows(found: Sequence[Batch], layers: Layers) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What the acceptor looks at, and whether the first family is right."""
    network, rows, answers = Network(tuple(layers)), [], []
    for batch in found:
        real = batch.tables.entry >= 0
        scores = np.full(real.shape, -1e9, dtype=np.float32)
        scores[real] = np.round(network.score(batch.tables.features[real]), 4)
        rankings = ranked(batch.texts, batch.tables, batch.index, scores)
        rows.append(rankings.accept)
        answers.append((rankings.family[:, 0] == batch.family) & (batch.family >= 0))
    return np.concatenate(rows), np.concatenate(answers)


def fit_acceptor(rows: Floats, answers: npt.NDArray[np.bool_]) -> lightgbm.Booster:
    """Boosted trees on whether the first family is right."""
    return lightgbm.train(TREES, lightgbm.Dataset(rows, answers.astype(np.int32)), TREE_COUNT)


def calibration(rows: Floats, answers: npt.NDArray[np.bool_]) -> tuple[list[float], list[float]]:
    """Sums and the share that was right at each, by trees that did not see the line."""
    sums = np.zeros(len(rows))
    fold = np.arange(len(rows)) * FOLDS // len(rows)
    for number in range(FOLDS):
        trees = fit_acceptor(rows[fold != number], answers[fold != number])
        sums[fold == number] = trees.predict(rows[fold == number], raw_score=True)
    order = np.argsort(sums, kind="stable")
    shares = isotonic_regression(answers[order].astype(np.float64)).x
    # Points between, so that two sums never share one probability by the steps of the regression.
    edges = np.unique(np.quantile(sums, np.linspace(0, 1, CALIBRATION_POINTS)))
    middle = np.searchsorted(sums[order], edges).clip(0, len(rows) - 1)
    smooth = np.array([shares[max(0, each - 60) : each + 61].mean() for each in middle])
    rising = np.maximum.accumulate(np.minimum(smooth, SUREST) + np.arange(len(edges)) * 1e-6)
    return [round(float(edge), 4) for edge in edges], [round(float(share), 6) for share in rising]


def _tree(node: dict[str, object], table: dict[str, list[float]]) -> int:
    """Add the node and what hangs on it; its number."""
    number = len(table["value"])
    leaf = "leaf_value" in node
    table["feature"].append(0 if leaf else int(str(node["split_feature"])))
    table["threshold"].append(float("nan") if leaf else float(np.float32(str(node["threshold"]))))
    table["value"].append(round(float(str(node["leaf_value"])), 6) if leaf else 0.0)
    table["left"].append(number)
    table["right"].append(number)
    if leaf:
        return number
    for side in ("left", "right"):
        below = node[f"{side}_child"]
        assert isinstance(below, dict)
        table[side][number] = _tree(below, table)
    return number


def document(layers: Layers, trees: lightgbm.Booster, points: tuple[list[float], list[float]]) -> str:
    """The file's text."""
    tables = []
    for tree in trees.dump_model()["tree_info"]:
        table: dict[str, list[float]] = {
            name: [] for name in ("feature", "threshold", "left", "right", "value")
        }
        _tree(tree["tree_structure"], table)
        tables.append({**table, "threshold": [None if each != each else each for each in table["threshold"]]})
    shown = [
        {
            "weights": np.round(rows, 5).astype(float).tolist(),
            "bias": np.round(bias, 5).astype(float).tolist(),
        }
        for rows, bias in layers
    ]
    whole = {"ranker": shown, "acceptor": {"trees": tables}, "calibration": points}
    return json.dumps(whole, separators=(",", ":"))


def main() -> None:
    """Print the models."""
    draw = random.Random(SEED)
    american, wide = brands_for_fitting(Path(sys.argv[1]))
    found: list[Batch] = []
    for brands, wanted in ((american, CATALOGS), (wide, WIDE_CATALOGS)):
        for size, messy in wanted:
            found.extend(batches(brands, size=size, messy=messy, lines=LINES_PER_CATALOG, draw=draw))
            print(size, "products,", sum(len(batch.texts) for batch in found), "lines", file=sys.stderr)
    halves = (found[::2], found[1::2])
    rows, answers = [], []
    for seed, (fitted, other) in enumerate((halves, halves[::-1])):
        table, right = accept_rows(other, fit_ranker(fitted, seed=seed))
        rows.append(table)
        answers.append(right)
    layers = fit_ranker(found, seed=SEED)
    # Shuffled, so that each fold of the calibration holds lines of every catalog.
    mixed = np.random.default_rng(SEED).permutation(sum(map(len, rows)))
    table, right = np.concatenate(rows)[mixed], np.concatenate(answers)[mixed]
    print(document(layers, fit_acceptor(table, right), calibration(table, right)))


if __name__ == "__main__":
    main()
