"""Purchases of the generator in all the ways that one comes twice, and the ones that are told apart hardest.

Purchases come in threes of one shop, day and template: the second has another basket, the third the very
basket of the first, rung up minutes or hours later under a number of its own.
"""

from __future__ import annotations

import datetime as dt
import io
import pickle
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fixtures.generator import encode
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.photograph import Photograph
from fixtures.generator.purchase import Purchase, fill_basket, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from receipts.image import MediaType

Pixels = NDArray[np.uint8]

DAY: Final = dt.date(2026, 3, 2)
IN_A_GROUP: Final = 3
FIRST: Final = "photo"
WAYS: Final = ("re-photo", "crop", "quarter turn", "screenshot", "recompressed", "e-receipt")
"""How the purchase comes again; "photo" is how it came first."""
_PAPERS: Final = (Kind.PDF_TEXT, Kind.EMAIL, Kind.HTML)
_PHONE_SIZE: Final = (1170, 2532)
_PHONE_BAR_PX: Final = 150


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a purchase.

    Attributes:
        group: purchases of one shop, day and template share it.
    """

    group: int
    purchase: int
    way: str
    data: bytes
    media_type: MediaType


def draw(count: int, seed: int, kept: Path) -> Iterator[Document]:
    """The documents of so many purchases, each with its first photo first; each drawn once."""
    kept.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = kept / f"{seed}-{number}.pickle"
        if not path.exists():
            drawn = [astuple(document) for document in _documents(number, seed)]
            part = path.with_suffix(".part")
            part.write_bytes(pickle.dumps(drawn))
            part.replace(path)
        for values in pickle.loads(path.read_bytes()):  # noqa: S301 - written by ourselves
            yield Document(*values)


def purchase_of(number: int, seed: int) -> tuple[Purchase, str]:
    """The numbered purchase and its layout."""
    group, member = divmod(number, IN_A_GROUP)
    dice = Dice(f"{seed}/{group}")
    shop = dice.pick([shop for shop in SHOPS if shop.layouts])
    layout = dice.pick(shop.layouts)
    habits = LAYOUTS[layout].habits
    day = DAY + dt.timedelta(days=dice.whole(0, 60))
    own = dice.fork("other" if member == 1 else "same")
    basket = fill_basket(shop, own.fork("basket"), own=dice.whole(1, 4), others=dice.whole(1, 7))
    bought = ring_up(shop, basket, habits=habits, date=day, dice=own.fork("till"))
    if member == IN_A_GROUP - 1:
        later = Dice(f"{seed}/{group}/later")
        bought = replace(bought, time=_later(bought.time, later), receipt_number=_next(bought, later))
    return bought, layout


def _later(first: dt.time, dice: Dice) -> dt.time:
    """Minutes to hours on, within the day."""
    minutes = first.hour * 60 + first.minute + dice.whole(3, 170)
    return dt.time(min(minutes // 60, 23), minutes % 60, dice.whole(0, 59))


def _next(bought: Purchase, dice: Dice) -> str:
    """The number of one of the next customers, as long as the first."""
    digits = len(bought.receipt_number)
    return f"{(int(bought.receipt_number) + dice.whole(1, 120)) % 10**digits:0{digits}d}"


def _documents(number: int, seed: int) -> Iterator[Document]:
    bought, layout = purchase_of(number, seed)
    group = number // IN_A_GROUP
    name = f"{seed}-{number}"
    dice = Dice(f"{name}/ways")
    shots = [
        draw_sample(
            f"{name}-{shot}",
            kind=Kind.PHOTO,
            purchased_on=bought.date,
            purchase=bought,
            layout=layout,
            paper=name,
        )
        for shot in ("first", "again")
    ]
    first, again = shots
    assert first.upright is not None

    def made(way: str, data: bytes, media_type: MediaType) -> Document:
        return Document(group, number, way, data, media_type)

    yield made(FIRST, first.data, MediaType.JPEG)
    yield made("re-photo", again.data, MediaType.JPEG)
    seen = replace(first.upright, pixels=_decoded(first.data))
    yield made("crop", encode.jpeg(_cropped(seen, dice.fork("crop")), quality=88), MediaType.JPEG)
    turned = np.ascontiguousarray(np.rot90(seen.pixels, dice.pick([1, 3])))
    yield made("quarter turn", encode.jpeg(turned, quality=88), MediaType.JPEG)
    yield made("screenshot", encode.png(_on_phone(seen.pixels)), MediaType.PNG)
    yield made("recompressed", _squeezed(seen.pixels, dice.fork("squeeze")), MediaType.JPEG)
    kind = _PAPERS[number % len(_PAPERS)]
    paper = draw_sample(
        f"{name}-paper",
        kind=kind,
        purchased_on=bought.date,
        purchase=bought,
        layout="order" if kind is not Kind.PDF_TEXT else layout,
        paper=name,
        # Where tax is within the prices, a mail that names it does not add up as its label would.
        checked=False,
    )
    types = {Kind.PDF_TEXT: MediaType.PDF, Kind.EMAIL: MediaType.EMAIL, Kind.HTML: MediaType.HTML}
    yield made("e-receipt", paper.data, types[kind])


def _decoded(data: bytes) -> Pixels:
    """What a member's program works on is the file, not the scene."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _cropped(photo: Photograph, dice: Dice) -> Pixels:
    """Cut towards the paper at each side; every third also cuts off some of its head or foot."""
    height, width = photo.pixels.shape[:2]
    left, top = photo.outline.min(axis=0).clip(0)
    right, bottom = photo.outline.max(axis=0).clip(0, [width, height])
    sides = [dice.between(0.2, 1.0) for _ in range(4)]
    x0, y0 = left * sides[0], top * sides[1]
    x1, y1 = width - (width - right) * sides[2], height - (height - bottom) * sides[3]
    if dice.chance(1 / 3):
        cut = (bottom - top) * dice.between(0.03, 0.12)
        if dice.chance(0.5):
            y0 = top + cut
        else:
            y1 = bottom - cut
    return np.ascontiguousarray(photo.pixels[int(y0) : int(y1), int(x0) : int(x1)])


def _on_phone(pixels: Pixels) -> Pixels:
    """The photo as a phone's gallery shows it: fitted between the bars of the program."""
    width, height = _PHONE_SIZE
    screen = np.zeros((height, width, 3), np.uint8)
    room = height - 2 * _PHONE_BAR_PX
    scale = min(width / pixels.shape[1], room / pixels.shape[0])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    fitted = cv2.resize(pixels, size, interpolation=method)
    y, x = (height - size[1]) // 2, (width - size[0]) // 2
    screen[y : y + size[1], x : x + size[0]] = fitted
    cv2.putText(screen, "12:41", (60, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 3)
    cv2.putText(screen, "5G  82%", (860, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (255, 255, 255), 3)
    cv2.putText(
        screen, "Share   Edit   Delete", (120, 2460), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (200, 200, 200), 3
    )
    return screen


def _squeezed(pixels: Pixels, dice: Dice) -> bytes:
    """Smaller, brighter or darker, and saved with loss, as messengers pass pictures on."""
    scale = dice.between(0.6, 0.85)
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    smaller = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    lit = np.clip(smaller * dice.between(0.8, 1.15) + dice.between(-10, 10), 0, 255).astype(np.uint8)
    return encode.jpeg(lit, quality=dice.whole(45, 70))
