"""The fitted models, as `bench/fit_matching.py` writes them: a network orders, boosted trees believe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

MODEL_FILE = "model.json"
# OpenBLAS splits larger products among threads, which cost more processor time than they save.
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Network:
    """Layers of weights with nothing below zero passed on between them.

    Attributes:
        layers: inputs x outputs and a bias for each output; the last has one output.
    """

    layers: tuple[tuple[Floats, Floats], ...]

    def score(self, rows: Floats) -> Floats:
        """A number for each row."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        starts = range(0, len(rows), _ROWS_AT_ONCE)
        return np.concatenate([self._score(rows[start : start + _ROWS_AT_ONCE]) for start in starts])

    def _score(self, rows: Floats) -> Floats:
        values = rows
        for weights, bias in self.layers[:-1]:
            values = np.maximum(values @ weights + bias, 0.0)
        weights, bias = self.layers[-1]
        answer: Floats = (values @ weights + bias)[:, 0]
        return answer


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees; a tree's row holds its nodes, leaves leading to themselves.

    Attributes:
        feature: trees x nodes: the column asked; 0 in leaves.
        threshold: up to it the left node follows; infinite in leaves.
        left: the following node; `right` likewise.
        value: what a leaf adds.
        depth: steps from the root to the farthest leaf.
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    depth: int

    @classmethod
    def of(cls, document: Sequence[dict[str, list[float]]], depth: int) -> Trees:
        """Of one object a tree."""
        nodes = max(len(tree["value"]) for tree in document)

        def padded(name: str, fill: float) -> Floats:
            return np.array(
                [[*tree[name], *[fill] * (nodes - len(tree[name]))] for tree in document], dtype=np.float32
            )

        threshold = padded("threshold", np.inf)
        threshold[np.isnan(threshold)] = np.inf
        return cls(
            feature=padded("feature", 0).astype(np.int32),
            threshold=threshold,
            left=padded("left", 0).astype(np.int32),
            right=padded("right", 0).astype(np.int32),
            value=padded("value", 0.0),
            depth=depth,
        )

    def score(self, rows: Floats) -> Floats:
        """The sum of the leaves that each row falls into."""
        trees = np.arange(self.feature.shape[0], dtype=np.intp) * self.feature.shape[1]
        places = np.broadcast_to(trees, (rows.shape[0], trees.size))
        columns = np.arange(rows.shape[0], dtype=np.intp)[:, None] * rows.shape[1]
        flat = np.ascontiguousarray(rows).ravel()
        node = places
        for _ in range(self.depth):
            asked = flat.take(columns + self.feature.take(node))
            step = np.where(asked <= self.threshold.take(node), self.left.take(node), self.right.take(node))
            node = places + step
        answer: Floats = self.value.take(node).sum(axis=1, dtype=np.float32)
        return answer


@dataclass(frozen=True, slots=True)
class Model:
    """Ranker, acceptor, and what share of the acceptor's answers proved right.

    Attributes:
        calibration: the acceptor's sums, rising, and the probability at each.
    """

    ranker: Network
    acceptor: Trees
    calibration: tuple[Floats, Floats]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Model:
        """From what `bench/fit_matching.py` wrote."""
        layers = tuple(
            (np.array(layer["weights"], dtype=np.float32), np.array(layer["bias"], dtype=np.float32))
            for layer in document["ranker"]
        )
        sums, shares = document["calibration"]
        return cls(
            ranker=Network(layers),
            acceptor=Trees.of(document["acceptor"]["trees"], document["acceptor"]["depth"]),
            calibration=(np.array(sums, dtype=np.float32), np.array(shares, dtype=np.float32)),
        )

    def rank(self, rows: Floats) -> Floats:
        """A logarithm of odds for each candidate's features."""
        return self.ranker.score(rows)

    def accept(self, rows: Floats) -> Floats:
        """The probability, 0 to 1, that each line's first family is right."""
        answer: Floats = np.interp(self.acceptor.score(rows), *self.calibration).astype(np.float32)
        return answer


@cache
def shipped_model() -> Model:
    """The one that comes with the program."""
    text = (files("matching") / MODEL_FILE).read_text(encoding="utf-8")
    return Model.of(json.loads(text))
