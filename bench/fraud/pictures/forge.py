"""Changes a photograph of a receipt as forgers do: digits cut from the same receipt, typed ones, lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.fraud.pictures.camera import Pixels
from bench.fraud.pictures.drawn import Quads
from fixtures.generator.dice import Dice
from fixtures.generator.layouts.sheet import Part
from fixtures.generator.typefaces import Face, strike

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are just outside."""
_MONEY = (Part.AMOUNT, Part.UNIT_PRICE, Part.SUBTOTAL, Part.TAX, Part.TOTAL, Part.DISCOUNT)
_ITEM = (Part.DESCRIPTION, Part.AMOUNT)
MANNERS = ("cut", "cut_soft", "typed", "typed_matched")
SUBJECTS = ("total", "date", "added_line", "pasted_line")


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture to change, and where its runs of print lie."""

    pixels: Pixels
    quads: Quads
    texts: tuple[str, ...]
    parts: tuple[Part, ...]
    fixed_pitch: bool


@dataclass(frozen=True, slots=True)
class Forged:
    """The changed picture and the rectangles that were touched."""

    pixels: Pixels
    touched: tuple[Rect, ...]


class CannotForgeError(ValueError):
    """The receipt has nothing on it that this change could be made to."""


def forge(canvas: Canvas, subject: str, manner: str, dice: Dice, other: Canvas) -> Forged:
    """One change; `other` is the receipt that a pasted line comes from."""
    match subject:
        case "total":
            return _change(canvas, _index(canvas, Part.TOTAL, dice), manner, dice)
        case "date":
            return _change(canvas, _index(canvas, Part.DATE, dice), manner, dice)
        case "added_line":
            return _added_line(canvas, manner, dice)
        case "pasted_line":
            return _pasted_line(canvas, manner, dice, other)
        case _:
            raise ValueError(subject)


def bounds(quad: NDArray[np.float64], shape: tuple[int, ...], pad: float = 0.0) -> Rect:
    """The upright rectangle around the quad, within the picture."""
    left, top = np.floor(quad.min(axis=0) - pad).astype(int)
    right, bottom = np.ceil(quad.max(axis=0) + pad).astype(int)
    return max(0, int(left)), max(0, int(top)), min(shape[1], int(right)), min(shape[0], int(bottom))


def _index(canvas: Canvas, part: Part, dice: Dice) -> int:
    found = [i for i, each in enumerate(canvas.parts) if each is part and _digits(canvas.texts[i])]
    if not found:
        raise CannotForgeError(f"no {part.value}")
    return dice.pick(found)


def _digits(text: str) -> list[int]:
    return [i for i, char in enumerate(text) if char.isdigit()]


def _cell(quad: NDArray[np.float64], count: int, first: int, last: int) -> NDArray[np.float64]:
    """The part of a run that characters `first` up to, not including, `last` take."""
    a, b = first / count, last / count
    top_left, top_right, bottom_right, bottom_left = quad
    return np.stack(
        [
            top_left + (top_right - top_left) * a,
            top_left + (top_right - top_left) * b,
            bottom_left + (bottom_right - bottom_left) * b,
            bottom_left + (bottom_right - bottom_left) * a,
        ]
    )


def _change(canvas: Canvas, index: int, manner: str, dice: Dice) -> Forged:
    if manner.startswith("cut"):
        return _cut_digits(canvas, index, dice, soft=manner == "cut_soft")
    return _type(canvas, index, dice, matched=manner == "typed_matched")


def _cut_digits(canvas: Canvas, index: int, dice: Dice, *, soft: bool) -> Forged:
    """One to three digits replaced by others of the same receipt; else a whole run."""
    text, quad = canvas.texts[index], canvas.quads[index]
    out = canvas.pixels.copy()
    height = _height(quad)
    if not canvas.fixed_pitch:
        runs = [
            i
            for i, part in enumerate(canvas.parts)
            if i != index and part in {*_MONEY, Part.DATE} and _alike(canvas, i, index)
        ]
        if not runs:
            raise CannotForgeError("no run to cut")
        source = dice.pick(runs)
        rect = _paste(out, canvas.pixels, canvas.quads[source], quad, 0.08 * height, dice, soft=soft)
        return Forged(out, (rect,))
    sources = [
        (i, place)
        for i, part in enumerate(canvas.parts)
        if part not in {Part.RETAILER, Part.WORDS} and 0.85 < _height(canvas.quads[i]) / height < 1.15  # noqa: PLR2004
        for place in _digits(canvas.texts[i])
    ]
    touched = []
    for place in dice.some(_digits(text), dice.whole(1, 3)):
        different = [(i, p) for i, p in sources if canvas.texts[i][p] != text[place]]
        if not different:
            continue
        i, p = dice.pick(different)
        source_cell = _cell(canvas.quads[i], len(canvas.texts[i]), p, p + 1)
        target_cell = _cell(quad, len(text), place, place + 1)
        touched.append(_paste(out, canvas.pixels, source_cell, target_cell, 1.0, dice, soft=soft))
    if not touched:
        raise CannotForgeError("no digit to cut")
    return Forged(out, tuple(touched))


def _alike(canvas: Canvas, first: int, second: int) -> bool:
    """Two runs that may stand in for one another: as long, as high, another text."""
    a, b = canvas.quads[first], canvas.quads[second]
    return (
        len(canvas.texts[first]) == len(canvas.texts[second])
        and canvas.texts[first] != canvas.texts[second]
        and 0.85 < _height(a) / _height(b) < 1.15  # noqa: PLR2004
    )


def _height(quad: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2


def _paste(
    out: Pixels,
    source: Pixels,
    source_quad: NDArray[np.float64],
    target_quad: NDArray[np.float64],
    pad: float,
    dice: Dice,
    *,
    soft: bool,
) -> Rect:
    """Move a piece by whole pixels, its paper as light as where it goes to, its rim soft if asked."""
    left, top, right, bottom = bounds(source_quad, source.shape, pad)
    piece = source[top:bottom, left:right].astype(np.float32)
    grown = _height(target_quad) / _height(source_quad)
    if abs(grown - 1) > 0.06:  # noqa: PLR2004 - less is not seen
        piece = cv2.resize(piece, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC)
    return _lay(out, piece, target_quad.mean(axis=0), dice, soft=soft)


def _lay(
    out: Pixels, piece: NDArray[np.float32], centre: NDArray[np.float64], dice: Dice, *, soft: bool
) -> Rect:
    height, width = piece.shape[:2]
    x = int(np.clip(round(float(centre[0]) - width / 2), 0, out.shape[1] - width))
    y = int(np.clip(round(float(centre[1]) - height / 2), 0, out.shape[0] - height))
    there = out[y : y + height, x : x + width].astype(np.float32)
    if soft or dice.chance(0.5):
        piece = piece + np.percentile(there, 85, axis=(0, 1)) - np.percentile(piece, 85, axis=(0, 1))
    mask = np.ones((height, width, 1), np.float32)
    if soft:
        mask[:2], mask[-2:], mask[:, :2], mask[:, -2:] = 0, 0, 0, 0
        mask = cv2.GaussianBlur(mask, (0, 0), 1.2)[..., None]
    out[y : y + height, x : x + width] = np.clip(there * (1 - mask) + piece * mask, 0, 255).round()
    return x, y, x + width, y + height


def _type(canvas: Canvas, index: int, dice: Dice, *, matched: bool) -> Forged:
    """The run painted over and other digits typed in a near face; noise and blur matched if asked."""
    text, quad = canvas.texts[index], canvas.quads[index]
    new = "".join(
        str((int(char) + dice.whole(1, 9)) % 10) if char.isdigit() and dice.chance(0.6) else char
        for char in text
    )
    if new == text:
        place = _digits(text)[0]
        new = text[:place] + str((int(text[place]) + 4) % 10) + text[place + 1 :]
    out = canvas.pixels.copy()
    rect = bounds(quad, out.shape, 0.15 * _height(quad))
    left, top, right, bottom = rect
    original = canvas.pixels[top:bottom, left:right]
    ink_colour = np.percentile(original, 6, axis=(0, 1)).astype(np.float32)
    faces = (Face.MONO,) if canvas.fixed_pitch else (Face.SANS, Face.SERIF)
    coverage = _typed_run(new, dice.pick(faces), quad, rect)
    clean = _erased(canvas.pixels, rect, dice.pick(("flat", "inpaint", "clone")))
    painted = clean * (1 - coverage[..., None]) + ink_colour * coverage[..., None]
    if matched:
        painted = cv2.GaussianBlur(painted, (0, 0), dice.between(0.5, 0.9))
        rng = np.random.default_rng(dice.noise_seed())
        rough = cv2.GaussianBlur(rng.standard_normal(painted.shape).astype(np.float32), (0, 0), 0.6)
        painted = painted + rough / rough.std() * _roughness(canvas.pixels, rect)
    out[top:bottom, left:right] = np.clip(painted, 0, 255).round()
    return Forged(out, (rect,))


def _typed_run(text: str, face: Face, quad: NDArray[np.float64], rect: Rect) -> NDArray[np.float32]:
    """Coverage by ink of the run, drawn large and brought into place."""
    ink = strike(text, face, line_px=64, pitch_px=64 * 0.78 * 0.6)
    rows, columns = np.nonzero(ink > 0.25)  # noqa: PLR2004
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = ink.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, (quad - np.array(rect[:2])).astype(np.float32))
    soft = cv2.GaussianBlur(ink, (0, 0), 0.35 * height / max(_height(quad), 1.0))
    return cv2.warpPerspective(soft, matrix, (rect[2] - rect[0], rect[3] - rect[1]), flags=cv2.INTER_LINEAR)


def _erased(pixels: Pixels, rect: Rect, how: str) -> NDArray[np.float32]:
    left, top, right, bottom = rect
    here = pixels[top:bottom, left:right]
    if how == "flat":
        return np.broadcast_to(np.percentile(here, 80, axis=(0, 1)), here.shape).astype(np.float32)
    if how == "clone":
        height = bottom - top
        for shift in (height, -height, 2 * height, -2 * height):
            if top + shift >= 0 and bottom + shift <= pixels.shape[0]:
                there = pixels[top + shift : bottom + shift, left:right].astype(np.float32)
                if np.percentile(there, 5) > 0.75 * np.percentile(there, 80):  # no print there
                    return there
    grey = cv2.cvtColor(here, cv2.COLOR_RGB2GRAY)
    ink = (grey < 0.85 * np.percentile(grey, 80)).astype(np.uint8)
    ink = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    return cv2.inpaint(np.ascontiguousarray(here), ink, 3, cv2.INPAINT_TELEA).astype(np.float32)


def _roughness(pixels: Pixels, rect: Rect) -> float:
    """Standard deviation of the noise around, as somebody would measure it to match it."""
    left, top, right, bottom = rect
    grey = cv2.cvtColor(np.ascontiguousarray(pixels[top:bottom, left:right]), cv2.COLOR_RGB2GRAY).astype(
        np.float32
    )
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    bright = grey > np.percentile(grey, 50)
    return float(np.median(np.abs(fine[bright])) / 0.6745)


def _row_rect(canvas: Canvas, dice: Dice) -> Rect:
    """All of an item's line, from its name to its amount."""
    amounts = [i for i, part in enumerate(canvas.parts) if part is Part.AMOUNT]
    if not amounts:
        raise CannotForgeError("no item line")
    index = dice.pick(amounts)
    height = _height(canvas.quads[index])
    middle = canvas.quads[index].mean(axis=0)[1]
    beside = [i for i, quad in enumerate(canvas.quads) if abs(quad.mean(axis=0)[1] - middle) < 0.6 * height]
    quads = np.concatenate([canvas.quads[i] for i in beside])
    return bounds(quads, canvas.pixels.shape, 0.15 * height)


def _added_line(canvas: Canvas, manner: str, dice: Dice) -> Forged:
    """A line of the receipt again below itself, all below it moved down, and its amount changed."""
    left, top, right, bottom = _row_rect(canvas, dice)
    height = bottom - top
    out = canvas.pixels.copy()
    out[bottom + height :, left:right] = canvas.pixels[bottom : canvas.pixels.shape[0] - height, left:right]
    _lay(
        out,
        canvas.pixels[top:bottom, left:right].astype(np.float32),
        np.array([(left + right) / 2, bottom + height / 2]),
        dice,
        soft=manner.endswith(("soft", "matched")),
    )
    moved = canvas.quads + np.where(canvas.quads.mean(axis=1)[:, 1] > bottom, height, 0)[:, None, None] * [
        0,
        1,
    ]
    inside = [
        i
        for i, quad in enumerate(canvas.quads)
        if canvas.parts[i] is Part.AMOUNT and top <= quad.mean(axis=0)[1] < bottom
    ]
    touched: tuple[Rect, ...] = ((left, bottom, right, bottom + height),)
    again = replace(canvas, pixels=out, quads=moved.copy())
    for i in inside[:1]:
        again.quads[i] = canvas.quads[i] + [0, height]
        try:
            changed = _change(again, i, manner, dice)
        except CannotForgeError:
            continue
        return Forged(changed.pixels, touched)
    return Forged(out, touched)


def _pasted_line(canvas: Canvas, manner: str, dice: Dice, other: Canvas) -> Forged:
    """A line of another receipt laid over one of this, brought to its height and light."""
    left, top, right, bottom = _row_rect(canvas, dice)
    a, b, c, d = _row_rect(other, dice)
    piece = other.pixels[b:d, a:c].astype(np.float32)
    grown = (bottom - top) / (d - b)
    piece = cv2.resize(piece, None, fx=grown, fy=grown, interpolation=cv2.INTER_CUBIC)
    piece = piece[: canvas.pixels.shape[0], : canvas.pixels.shape[1] - 2]
    out = canvas.pixels.copy()
    here = out[top:bottom, left:right]
    gain = np.percentile(here, 85, axis=(0, 1)) / np.maximum(np.percentile(piece, 85, axis=(0, 1)), 1)
    soft = manner.endswith(("soft", "matched"))
    centre = np.array([(left + right) / 2, (top + bottom) / 2])
    rect = _lay(out, np.clip(piece * gain, 0, 255).astype(np.float32), centre, dice, soft=soft)
    return Forged(out, (rect,))


Forger = Callable[[Canvas, str, str, Dice, Canvas], Forged]
