"""Receipts drawn, printed and photographed with a given device, and where each run of print lies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.fraud.pictures.camera import DEVICES, Device, Pixels, as_jpeg, linear, shoot
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.layouts.sheet import Part
from fixtures.generator.paper import Drawing, draw_style, print_sheet
from fixtures.generator.photograph import phone_conditions, take
from fixtures.generator.purchase import fill_basket, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import set_out
from fixtures.generator.surfaces import Surface
from fixtures.generator.typefaces import Face

BOUGHT = dt.date(2026, 3, 14)
Quads = NDArray[np.float64]
"""Count x 4 x 2: top left, top right, bottom right, bottom left as the text reads."""

LEARNT_FACES = (Face.MONO, Face.SANS)
HELD_FACES = (Face.MATRIX, Face.SERIF)
LEARNT_GROUNDS = (Surface.DARK_WOOD, Surface.CLOTH, Surface.STONE)
HELD_GROUNDS = (Surface.LIGHT_WOOD, Surface.CARD, Surface.CLOTH)
"""Cloth, whose weave looks most like a screen's grid, is in both."""
HELD_LAYOUTS = frozenset(sorted(name for name in LAYOUTS if name != "order")[::3])
WIDEST_ROLL = 56
"""Characters; wider sheets are A4."""


@dataclass(frozen=True, slots=True)
class Base:
    """A receipt as photographed, before anything is done to it.

    Attributes:
        data: the camera's file.
        quads: of each run of print.
        texts: what each says.
        parts: what each is.
        face: of the print.
    """

    name: str
    data: bytes
    pixels: Pixels
    quads: Quads
    texts: tuple[str, ...]
    parts: tuple[Part, ...]
    face: Face
    device: Device
    drawing: Drawing


def draw_base(name: str, *, held_back: bool) -> Base:
    """A photograph by its name; held-back ones have faces, grounds, layouts and devices of their own."""
    dice = Dice(name)
    layouts = [n for n in LAYOUTS if n != "order" and (n in HELD_LAYOUTS) == held_back]
    shops = [shop for shop in SHOPS if set(shop.layouts) & set(layouts)]
    while True:
        shop = dice.pick(shops)
        layout = LAYOUTS[dice.pick([n for n in shop.layouts if n in layouts])]
        basket = fill_basket(shop, dice.fork("basket"), own=dice.whole(0, 3), others=dice.whole(2, 6))
        purchase = ring_up(shop, basket, habits=layout.habits, date=BOUGHT, dice=dice.fork("till"))
        sheet = set_out(purchase, layout, dice)
        if sheet.columns <= WIDEST_ROLL:
            break
    face = dice.pick(HELD_FACES if held_back else LEARNT_FACES)
    style = replace(draw_style(sheet, dice.fork("print")), face=face)
    drawing = print_sheet(sheet, style)
    ground = dice.pick(HELD_GROUNDS if held_back else LEARNT_GROUNDS)
    conditions = replace(phone_conditions(dice.fork("conditions")), surface=ground, grain=0.0)
    photo = take(drawing, conditions, dice.fork("picture"))
    device = dice.pick([each for each in DEVICES if each.held_back == held_back])
    pixels = shoot(linear(photo.pixels), device, np.random.default_rng(dice.noise_seed()))
    data = as_jpeg(pixels, device.quality, device.subsampling)
    return Base(
        name=name,
        data=data,
        pixels=pixels,
        quads=np.asarray(photo.quads),
        texts=tuple(box.text for box in drawing.boxes),
        parts=tuple(box.part for box in drawing.boxes),
        face=face,
        device=device,
        drawing=drawing,
    )
