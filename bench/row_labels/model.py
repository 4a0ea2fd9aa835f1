"""A small network over rows: one hidden layer or none, trained by Adam in numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FARTHEST: Final = 5.0
"""Standardised features are cut here: a page longer than all others says no more than a long one."""
RATE: Final = 2e-3
DECAY: Final = 1e-4
BATCH: Final = 256
TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class RowModel:
    """Networks whose answers are averaged; each a list of layers of weights and biases."""

    mean: Floats
    spread: Floats
    networks: tuple[tuple[tuple[Floats, Floats], ...], ...]

    def probabilities(self, features: Floats) -> Floats:
        """For each row of features, the probability of each label."""
        x = np.clip((features - self.mean) / self.spread, -FARTHEST, FARTHEST)
        return np.asarray(np.mean([_forward(x, layers)[-1] for layers in self.networks], axis=0))

    @property
    def weights(self) -> int:
        """How many numbers it holds."""
        return sum(w.size + b.size for layers in self.networks for w, b in layers)


def _forward(x: Floats, layers: Sequence[tuple[Floats, Floats]]) -> list[Floats]:
    """What each layer gives; the last gives probabilities."""
    out = [x]
    for weights, bias in layers[:-1]:
        out.append(np.maximum(0.0, out[-1] @ weights + bias))
    raw = out[-1] @ layers[-1][0] + layers[-1][1]
    raw -= raw.max(axis=1, keepdims=True)
    odds = np.exp(raw)
    out.append(odds / odds.sum(axis=1, keepdims=True))
    return out


def train(
    features: Floats,
    allowed: Floats,
    *,
    hidden: int,
    epochs: int,
    networks: int,
    seed: int = 1,
    weight: Floats | None = None,
) -> RowModel:
    """Fits networks to rows whose `allowed` labels are ones: the loss is minus the log of their sum."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < TINY] = 1.0
    x = np.clip((features - mean) / spread, -FARTHEST, FARTHEST)
    weight = np.ones(len(x)) if weight is None else weight
    made = []
    for number in range(networks):
        chance = np.random.default_rng(seed + number)
        sizes = [x.shape[1], *([hidden] if hidden else []), allowed.shape[1]]
        layers = [(chance.normal(0, np.sqrt(2 / a), (a, b)), np.zeros(b)) for a, b in pairwise(sizes)]
        made.append(tuple(_descended(layers, x, allowed, weight, epochs, chance)))
    return RowModel(mean, spread, tuple(made))


def _descended(
    layers: list[tuple[Floats, Floats]],
    x: Floats,
    allowed: Floats,
    weight: Floats,
    epochs: int,
    chance: np.random.Generator,
) -> list[tuple[Floats, Floats]]:
    """The layers after so many rounds of Adam over shuffled batches; the rate falls to nothing."""
    flat = [part for layer in layers for part in layer]
    first, second = [np.zeros_like(p) for p in flat], [np.zeros_like(p) for p in flat]
    steps, step = epochs * -(-len(x) // BATCH), 0
    for _ in range(epochs):
        order = chance.permutation(len(x))
        for start in range(0, len(x), BATCH):
            picked = order[start : start + BATCH]
            step += 1
            slopes = _slopes(layers, x[picked], allowed[picked], weight[picked])
            rate = RATE * (1 - step / (steps + 1))
            for held in zip(flat, slopes, first, second, strict=True):
                _step(*held, step=step, rate=rate)
    return layers


def _step(part: Floats, slope: Floats, first: Floats, second: Floats, *, step: int, rate: float) -> None:
    """One of Adam's, in place, with its usual constants."""
    first += 0.1 * (slope - first)
    second += 0.001 * (slope**2 - second)
    mean, size = first / (1 - 0.9**step), np.sqrt(second / (1 - 0.999**step))
    part -= rate * (mean / (size + 1e-8) + DECAY * part)


def _slopes(
    layers: Sequence[tuple[Floats, Floats]], x: Floats, allowed: Floats, weight: Floats
) -> list[Floats]:
    """Of the loss, by weights and biases in turn."""
    out = _forward(x, layers)
    odds = out[-1]
    held = odds * allowed
    wanted = held / np.maximum(TINY, held.sum(axis=1, keepdims=True))
    back = (odds - wanted) * (weight / weight.sum())[:, None]
    slopes: list[Floats] = []
    for (weights, _), given in zip(reversed(layers), reversed(out[:-1]), strict=True):
        slopes[:0] = [given.T @ back, back.sum(axis=0)]
        back = (back @ weights.T) * (given > 0)
    return slopes
