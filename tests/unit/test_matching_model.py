"""The acceptor's trees, asked all at once, answer as a walk from the root does."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest

from matching.model import MODEL_FILE, Trees
from matching.scorer import ACCEPT_COLUMNS

DOCUMENT = json.loads((files("matching") / MODEL_FILE).read_text(encoding="utf-8"))["acceptor"]["trees"]


def walked(tree: dict[str, list[float]], row: list[float]) -> float:
    node = 0
    while tree["left"][node] != node:
        is_yes = row[int(tree["feature"][node])] <= np.float32(tree["threshold"][node])
        node = int(tree["left" if is_yes else "right"][node])
    return tree["value"][node]


def test_the_trees_answer_as_a_walk_does() -> None:
    draw = np.random.default_rng(5)
    rows = draw.normal(0.5, 1.0, (60, ACCEPT_COLUMNS)).astype(np.float32)
    asked = {(int(tree["feature"][0]), tree["threshold"][0]) for tree in DOCUMENT}
    for row, (column, threshold) in zip(rows, sorted(asked), strict=False):
        row[column] = threshold  # exactly on it: yes
    wanted = [sum(walked(tree, row.tolist()) for tree in DOCUMENT) for row in rows]
    np.testing.assert_allclose(Trees.of(DOCUMENT).score(rows), wanted, atol=1e-4)


def test_a_tree_with_more_leaves_than_are_read_is_refused() -> None:
    many = 17
    left = [
        number + 1 if number % 2 == 0 and number < 2 * many - 2 else number for number in range(2 * many - 1)
    ]
    right = [
        number + 2 if number % 2 == 0 and number < 2 * many - 2 else number for number in range(2 * many - 1)
    ]
    flat = [0.0] * len(left)
    tree = {
        "feature": flat,
        "threshold": flat,
        "value": flat,
        "left": [float(each) for each in left],
        "right": [float(each) for each in right],
    }
    with pytest.raises(ValueError, match="17 leaves"):
        Trees.of([tree])
