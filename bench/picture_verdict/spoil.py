"""Receipts photographed badly, from hardly to hopelessly so.

How bad a picture came out is not decided here: `label` has the engine read it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from fixtures.generator import encode
from fixtures.generator.dice import Dice
from fixtures.generator.label import Label
from fixtures.generator.photograph import Conditions, Photograph, phone_conditions, scanner_conditions
from fixtures.generator.sample import Kind, draw_sample
from fixtures.generator.surfaces import Surface, lay
from ocr.engines.base import Picture

BOUGHT_ON: Final = dt.date(2026, 2, 14)
SCALE: Final = 0.6
"""Of the generator's usual size, whose print is taller than it need be: lines of 20 pixels."""
ENLARGED_SHARE: Final = 0.25
"""Of the photographs, brought to the size that phones take: blur that is wide in pixels may still be fine."""
ENLARGED_LONG_SIDE_PX: Final = 4000


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture and what a perfect reader would say of the receipt on it.

    Attributes:
        name: seed and kind; the same name gives the same picture on the same library versions.
        kind: how it was spoiled.
        label: None where there is no receipt.
    """

    name: str
    kind: str
    picture: Picture
    label: Label | None


def _blur(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(conditions, blur_px=1.5 * 8 ** dice.unit() * conditions.scale)


def _shake(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(conditions, shake_px=5 * 8 ** dice.unit() * conditions.scale)


def _dark(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(conditions, exposure=0.02 * 15 ** dice.unit(), grain=dice.between(2, 12))


def _far(conditions: Conditions, dice: Dice) -> Conditions:
    shrink = dice.between(0.12, 0.5)
    return replace(conditions, scale=conditions.scale * shrink, blur_px=conditions.blur_px * 0.6)


def _pale(conditions: Conditions, dice: Dice) -> Conditions:
    return replace(conditions, fade=dice.between(0.6, 0.99), grain=dice.between(2, 8))


def _as_it_is(conditions: Conditions, _dice: Dice) -> Conditions:
    return conditions


def _glare(taken: Photograph, dice: Dice) -> Picture:
    """Lamps mirrored in the paper: soft-edged spots in which nothing is left."""
    light = np.zeros(taken.pixels.shape[:2], np.float32)
    top_left, size = taken.outline.min(axis=0), np.ptp(taken.outline, axis=0)
    for _ in range(dice.whole(1, 3)):
        centre = top_left + size * np.array([dice.between(0.15, 0.85), dice.between(0.15, 0.85)])
        axes = (round(size[0] * dice.between(0.1, 0.5)), round(size[0] * dice.between(0.1, 0.7)))
        spot = np.zeros_like(light)
        cv2.ellipse(
            spot, (round(centre[0]), round(centre[1])), axes, dice.between(0, 180), 0, 360, 1.0, cv2.FILLED
        )
        spot = np.asarray(cv2.GaussianBlur(spot, (0, 0), size[0] * dice.between(0.03, 0.1)), np.float32)
        light = np.maximum(light, spot * dice.between(0.8, 2.0))
    lit = taken.pixels.astype(np.float32) + 255 * light[..., None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _cut(taken: Photograph, dice: Dice) -> Picture:
    """Held too close or aside: a part of the paper is outside the frame."""
    left, top = taken.outline.min(axis=0)
    right, bottom = taken.outline.max(axis=0)
    share = dice.between(0.08, 0.6)
    side = dice.pick(("left", "right", "right", "top", "bottom", "bottom"))
    pixels = taken.pixels
    match side:
        case "left":
            pixels = pixels[:, round(left + share * (right - left)) :]
        case "right":
            pixels = pixels[:, : round(right - share * (right - left))]
        case "top":
            pixels = pixels[round(top + share * (bottom - top)) :]
        case _:
            pixels = pixels[: round(bottom - share * (bottom - top))]
    return np.ascontiguousarray(pixels)


Change = Callable[[Conditions, Dice], Conditions]
After = Callable[[Photograph, Dice], Picture]


def _pixels(taken: Photograph, _dice: Dice) -> Picture:
    return taken.pixels


KINDS: Final[dict[str, tuple[Change, After, int]]] = {
    "plain": (_as_it_is, _pixels, 24),
    "scan": (_as_it_is, _pixels, 6),
    "blurred": (_blur, _pixels, 16),
    "shaken": (_shake, _pixels, 8),
    "dark": (_dark, _pixels, 14),
    "glare": (_as_it_is, _glare, 16),
    "cut_off": (_as_it_is, _cut, 14),
    "small": (_far, _pixels, 12),
    "pale": (_pale, _pixels, 6),
    "nothing": (_as_it_is, _pixels, 8),
}
"""For each kind: what is done to the conditions, what to the photograph, how many are taken for each half."""
MORE: Final = {
    "plain": 10,
    "blurred": 15,
    "shaken": 15,
    "dark": 15,
    "glare": 14,
    "cut_off": 14,
    "small": 14,
    "pale": 6,
    "nothing": 14,
}
"""Drawn later, since eight shaken ones were too few to set a limit by."""
SETS: Final = {
    "fit": {kind: count for kind, (_, _, count) in KINDS.items()},
    "more": MORE,
    "held": {kind: count for kind, (_, _, count) in KINDS.items()},
}
"""How many of each kind. Limits are fitted on the first two; the last is not looked at for it."""
HALVES: Final = ("fit", "held")
"""The two sets that were drawn first."""


def names() -> Iterator[tuple[str, str]]:
    """Name and kind of every shot."""
    for drawn, counts in SETS.items():
        for kind, count in counts.items():
            for number in range(count):
                yield f"{drawn}-{kind}-{number:02d}", kind


def draw(name: str, kind: str) -> Shot:
    """The shot of that name."""
    dice = Dice(f"verdict/{name}")
    if kind == "nothing":
        return Shot(name, kind, _stored(_empty(dice), dice), None)
    change, after, _ = KINDS[kind]
    usual = scanner_conditions if kind == "scan" else phone_conditions
    usual_one = usual(dice.fork("conditions"))
    conditions = change(replace(usual_one, scale=usual_one.scale * SCALE), dice.fork("change"))
    sample = draw_sample(
        f"verdict/{name}", kind=Kind.PNG, purchased_on=BOUGHT_ON, conditions=conditions, name=name
    )
    if sample.upright is None:
        raise ValueError(f"{name} is no picture")
    picture = after(sample.upright, dice.fork("after"))
    return Shot(name, kind, _stored(picture, dice), sample.label)


def _empty(dice: Dice) -> Picture:
    """A table top, or the blank back of a receipt upon it."""
    rng = np.random.default_rng(dice.noise_seed())
    height, width = dice.whole(900, 1600), dice.whole(700, 1300)
    scene = lay(dice.pick(tuple(Surface)), rng, height, width)
    if dice.chance(0.5):
        corners = np.array([[0.2, 0.1], [0.75, 0.15], [0.8, 0.9], [0.25, 0.85]]) * (width, height)
        cv2.fillConvexPoly(scene, corners.round().astype(np.int32), (0.93, 0.93, 0.92), cv2.LINE_AA)
    scene = scene * dice.between(0.5, 1.0)
    grain = rng.standard_normal(scene.shape, dtype=np.float32) * dice.between(0.005, 0.02)
    return (np.clip(scene + grain, 0, 1) * 255).astype(np.uint8)


def _stored(pixels: Picture, dice: Dice) -> Picture:
    """As a phone stores it: sometimes in its own many pixels, always as a JPEG. BGR."""
    size = dice.fork("size")
    if size.chance(ENLARGED_SHARE):
        grow = ENLARGED_LONG_SIDE_PX / max(pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, None, fx=grow, fy=grow, interpolation=cv2.INTER_CUBIC))
    data = np.frombuffer(encode.jpeg(pixels, quality=size.whole(60, 93)), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("a JPEG of our own did not open")
    return np.asarray(picture, np.uint8)
