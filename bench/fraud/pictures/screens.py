"""Photographs of a screen that shows a receipt: its dots, its glow and its rim, seen through a camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.fraud.pictures.camera import Device, Pixels, linear, shoot
from fixtures.generator.dice import Dice

_MODULE = 6
"""Fine samples to a screen's pixel, across and down, at which its dots are drawn."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen.

    Attributes:
        dots: how its colours lie: stripes, or the diamond grid of phones.
        gap: share of a pixel's height that is dark.
        black: what it shines where it shows black.
        held_back: only the test has pictures of it.
    """

    name: str
    dots: str
    gap: float
    black: float
    held_back: bool = False


SCREENS = (
    Screen("monitor", "stripes", 0.18, 0.012),
    Screen("laptop", "stripes", 0.10, 0.008),
    Screen("phone", "diamond", 0.30, 0.002),
    Screen("television", "stripes_bgr", 0.25, 0.010, held_back=True),
    Screen("tablet", "stripes_down", 0.12, 0.006, held_back=True),
)


def _cell(screen: Screen) -> NDArray[np.float32]:
    """One pixel's dots (two by two pixels of the diamond grid), each colour's mean 1."""
    fine = _MODULE
    if screen.dots == "diamond":
        cell = np.zeros((2 * fine, 2 * fine, 3), np.float32)
        rows, columns = np.mgrid[0 : 2 * fine, 0 : 2 * fine].astype(np.float32)
        for y in (0, 1):
            for x in (0, 1):
                centre = ((y + 0.5) * fine - 0.5, (x + 0.5) * fine - 0.5)
                away = np.abs(rows - centre[0]) + np.abs(columns - centre[1])
                cell[..., 1] += away < 0.32 * fine
                corner = (((y + 1.0) * fine) % (2 * fine), ((x + 1.0) * fine) % (2 * fine))
                dy = np.minimum(np.abs(rows - corner[0]), 2 * fine - np.abs(rows - corner[0]))
                dx = np.minimum(np.abs(columns - corner[1]), 2 * fine - np.abs(columns - corner[1]))
                cell[..., 0 if (x + y) % 2 else 2] += dy + dx < 0.45 * fine
    else:
        cell = np.zeros((fine, fine, 3), np.float32)
        order = (2, 1, 0) if screen.dots == "stripes_bgr" else (0, 1, 2)
        for place, colour in enumerate(order):
            cell[:, place * 2 : place * 2 + 2, colour] = 1
        cell[: max(1, round(screen.gap * fine))] *= 0.1
        if screen.dots == "stripes_down":
            cell = np.ascontiguousarray(cell.transpose(1, 0, 2))
    return cell / cell.mean(axis=(0, 1))


@dataclass(frozen=True, slots=True)
class ScreenShot:
    """The photograph, and what brings a point of the shown picture onto it."""

    pixels: Pixels
    matrix: NDArray[np.float64]


def photograph_screen(
    shown: Pixels, screen: Screen, device: Device, dice: Dice, *, long_side_px: int
) -> ScreenShot:
    """`shown` on the screen, photographed so that a screen's pixel takes 0.8 to 3 of the camera's."""
    rng = np.random.default_rng(dice.noise_seed())
    pitch = dice.between(0.8, 3.0)
    height, width = shown.shape[:2]
    shrink = min(1.0, long_side_px / (max(height, width) * pitch))
    image = cv2.resize(shown, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    rim = dice.chance(0.5)
    border = round(dice.between(0.02, 0.08) * max(height, width)) if rim else 0
    light = linear(image) * (1 - screen.black) + screen.black
    cover = 1.06
    size = (round(width * pitch * cover), round(height * pitch * cover)) if rim else (
        round(width * pitch * 0.94), round(height * pitch * 0.94))  # fmt: skip
    lean = dice.between(0.0, 0.05) * pitch * width
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) * pitch
    shift = (np.array(size) - corners[2]) / 2
    corners = corners + shift + np.array([[dice.between(-lean, lean) for _ in "xy"] for _ in "abcd"])
    angle = np.deg2rad(dice.between(-4, 4))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array(size) / 2
    corners = (corners - middle) @ turn.T + middle
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners.astype(np.float32)).astype(np.float64)
    over = 2
    seen = _through_lens(light, _cell(screen), matrix, size, over, dice, border, rng)
    return ScreenShot(shoot(np.clip(seen, 0, 1).astype(np.float32), device, rng), matrix)


def _through_lens(
    light: NDArray[np.float32],
    cell: NDArray[np.float32],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    over: int,
    dice: Dice,
    border: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """The screen's light on the sensor: sampled finely, blurred by the lens, met by pixels."""
    columns, rows = size
    u, v = np.meshgrid(np.arange(columns * over, dtype=np.float32), np.arange(rows * over, dtype=np.float32))
    back = np.linalg.inv(matrix)
    x, y = (u + 0.5) / over, (v + 0.5) / over
    w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    sx = ((back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w).astype(np.float32)
    sy = ((back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w).astype(np.float32)
    # Each screen pixel is one colour: no smoothing between them but the lens's.
    picture = cv2.remap(light, sx - 0.5, sy - 0.5, cv2.INTER_NEAREST, borderValue=0)

    grid = cell[
        np.floor(sy * _MODULE).astype(np.int32) % cell.shape[0],
        np.floor(sx * _MODULE).astype(np.int32) % cell.shape[1],
    ]
    on = (sx >= 0) & (sy >= 0) & (sx < light.shape[1]) & (sy < light.shape[0])
    scene = picture * grid * on[..., None]
    rim = (
        (~on)
        & (sx > -border)
        & (sy > -border)
        & (sx < light.shape[1] + border)
        & (sy < light.shape[0] + border)
    )
    room = np.float32(dice.between(0.02, 0.25))
    scene[rim] = 0.01
    scene[~on & ~rim] = room * (1 + 0.1 * rng.standard_normal(3).astype(np.float32))
    glare = dice.between(0.0, 0.04)
    scene = scene * np.float32(dice.between(0.7, 1.05)) + np.float32(glare)
    cast = np.array([1 + dice.between(-0.06, 0.04), 1.0, 1 + dice.between(-0.02, 0.12)], np.float32)
    soft = cv2.GaussianBlur(scene * cast, (0, 0), over * dice.between(0.4, 1.1))
    return cv2.resize(soft, size, interpolation=cv2.INTER_AREA)
