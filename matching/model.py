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
Leaves = npt.NDArray[np.uint16]

MODEL_FILE = "model.json"
# OpenBLAS splits larger products among threads, which cost more processor time than they save.
_ROWS_AT_ONCE = 200
MOST_LEAVES = 16
_ALL_LEAVES = np.uint16(0xFFFF)
_CODES = np.arange(1 << MOST_LEAVES, dtype=np.int64)
# By leaves that are open, the place of the leftmost.
_LOWEST_BIT = np.log2(np.maximum(_CODES & -_CODES, 1)).astype(np.uint8)


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
    """Boosted trees of at most 16 leaves, asked all at once rather than walked.

    Each question that is answered by no rules out the leaves to its left; of the leaves that no answer rules
    out, the leftmost is the one that a walk from the root ends in (Lucchese et al., QuickScorer, 2015).

    Attributes:
        feature: questions x trees: the column asked; 0 where a tree has fewer questions.
        threshold: up to it the answer is yes; infinite where a tree has fewer questions.
        left_open: the leaves that a no leaves open, a bit each, the leftmost lowest.
        value: trees x leaves, left to right: what each adds.
    """

    feature: npt.NDArray[np.intp]
    threshold: Floats
    left_open: Leaves
    value: Floats

    @classmethod
    def of(cls, document: Sequence[dict[str, list[float]]]) -> Trees:
        """Of one object a tree: a row a node, leaves leading to themselves."""
        trees = [_questions(tree) for tree in document]
        most = max(1, *(len(asked) for asked, _ in trees))
        nothing = (0, np.inf, _ALL_LEAVES)
        rows = [[*asked, *[nothing] * (most - len(asked))] for asked, _ in trees]

        def column(place: int) -> list[list[object]]:
            return [[question[place] for question in row] for row in rows]

        return cls(
            feature=np.array(column(0), dtype=np.intp).T.copy(),
            threshold=np.array(column(1), dtype=np.float32).T.copy(),
            left_open=np.array(column(2), dtype=np.uint16).T.copy(),
            value=np.array(
                [[*values, *[0.0] * (MOST_LEAVES - len(values))] for _, values in trees], dtype=np.float32
            ),
        )

    def score(self, rows: Floats) -> Floats:
        """The sum of the leaves that each row falls into."""
        is_yes = rows.take(self.feature, axis=1) <= self.threshold
        still_open = np.bitwise_and.reduce(np.where(is_yes, _ALL_LEAVES, self.left_open), axis=1)
        leaf = _LOWEST_BIT.take(still_open)
        trees = np.arange(self.value.shape[0], dtype=np.intp) * self.value.shape[1]
        answer: Floats = self.value.take(trees + leaf).sum(axis=1, dtype=np.float32)
        return answer


def _questions(tree: dict[str, list[float]]) -> tuple[list[tuple[int, float, np.uint16]], list[float]]:
    """A tree's questions and its leaves' values, left to right."""
    asked: list[tuple[int, float, np.uint16]] = []
    values: list[float] = []

    def walk(node: int) -> None:
        left, right = int(tree["left"][node]), int(tree["right"][node])
        if left == node:
            values.append(tree["value"][node])
            return
        first = len(values)
        walk(left)
        under = ((1 << len(values)) - 1) ^ ((1 << first) - 1)
        threshold = tree["threshold"][node]
        asked.append((int(tree["feature"][node]), float(threshold), _ALL_LEAVES ^ np.uint16(under)))
        walk(right)

    walk(0)
    if len(values) > MOST_LEAVES:
        raise ValueError(f"a tree of {len(values)} leaves; at most {MOST_LEAVES} are read")
    return asked, values


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
            acceptor=Trees.of(document["acceptor"]["trees"]),
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
