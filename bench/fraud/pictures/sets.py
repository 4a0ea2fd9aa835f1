"""The whole test set on disk, made once for a seed: files, and a line of JSON for each."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.fraud.pictures.camera import CHANNELS, DEVICES, Pixels, as_jpeg, opened
from bench.fraud.pictures.drawn import Base, Quads, draw_base
from bench.fraud.pictures.forge import MANNERS, SUBJECTS, CannotForgeError, Canvas, forge
from bench.fraud.pictures.screens import SCREENS, photograph_screen
from fixtures.generator.dice import Dice
from fixtures.generator.typefaces import Face

SAVED = (70, 80, 88, 92, 96)
"""Qualities at which editors save."""
VERSION = 1
"""Raised when the same seed gives another set."""


@dataclass(frozen=True, slots=True)
class Case:
    """One file of the set.

    Attributes:
        kind: genuine, edited, screen, screenshot or drawn.
        how: the change and its manner, or the screen.
        sent: how the file came: straight, or through which messenger.
        lines: where the runs of print lie, each four corners.
        touched: rectangles that were changed: left, top, right, bottom.
    """

    file: str
    split: str
    kind: str
    how: str
    device: str
    sent: str
    lines: list[list[list[float]]] = field(default_factory=list)
    touched: list[list[float]] = field(default_factory=list)


def load(folder: Path) -> list[Case]:
    """The set's cases."""
    return [Case(**json.loads(line)) for line in (folder / "cases.jsonl").read_text().splitlines()]


def make(folder: Path, *, seed: int, bases: int) -> list[Case]:
    """Draw the set unless it is there: `bases` receipts to learn from and as many others to test on."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "cases.jsonl"
    said = folder / "made.json"
    stamp = json.dumps({"version": VERSION, "seed": seed, "bases": bases})
    if done.exists() and said.exists() and said.read_text() == stamp:
        return load(folder)
    cases = []
    previous: dict[str, Base] = {}
    with (folder / "cases.part").open("w") as lines:
        for number in range(bases):
            for split in ("learn", "test"):
                base = draw_base(f"{seed}-{split}-{number}", held_back=split == "test")
                for data, case in _of_base(base, previous.get(split, base), split):
                    (folder / case.file).write_bytes(data)
                    cases.append(case)
                    lines.write(json.dumps(asdict(case)) + "\n")
                lines.flush()
                previous[split] = base
    (folder / "cases.part").rename(done)
    said.write_text(stamp)
    return cases


def _of_base(base: Base, other: Base, split: str) -> Iterator[tuple[bytes, Case]]:
    dice = Dice(f"{base.name}/cases")
    yield _case(base.name, base.data, split, "genuine", "", base.device.name, base.quads, dice, straight=True)
    yield _case(base.name, base.data, split, "genuine", "", base.device.name, base.quads, dice)
    subject = SUBJECTS[dice.whole(0, 3)]
    for number, manner in enumerate(dice.some(MANNERS, 2)):
        edited = _edited(base, other, SUBJECTS[(SUBJECTS.index(subject) + number) % 4], manner, dice)
        if edited is None:
            continue
        data, how, touched = edited
        yield _case(
            base.name, data, split, "edited", how, base.device.name, base.quads, dice,
            straight=number == 0, touched=touched,
        )  # fmt: skip
    if dice.chance(0.7):
        yield _screen(base, split, dice)
    if dice.chance(0.4):
        yield _screenshot(base, split, dice)
    if dice.chance(0.4):
        yield _rendered(base, split, dice)


def canvas_of(base: Base) -> Canvas:
    """The base's own file, opened as a forger would."""
    return Canvas(
        opened(base.data), base.quads, base.texts, base.parts, base.face in {Face.MONO, Face.MATRIX}
    )


def _edited(
    base: Base, other: Base, subject: str, manner: str, dice: Dice
) -> tuple[bytes, str, list[tuple[int, int, int, int]]] | None:
    order = (subject, *(each for each in SUBJECTS if each != subject))
    for each in order:
        try:
            forged = forge(canvas_of(base), each, manner, dice.fork(each), canvas_of(other))
        except CannotForgeError:
            continue
        return as_jpeg(forged.pixels, dice.pick(SAVED)), f"{each} {manner}", list(forged.touched)
    return None


def _case(
    name: str,
    data: bytes,
    split: str,
    kind: str,
    how: str,
    device: str,
    quads: Quads,
    dice: Dice,
    *,
    straight: bool = False,
    touched: list[tuple[int, int, int, int]] | None = None,
) -> tuple[bytes, Case]:
    sent, scale = "straight", 1.0
    if not straight:
        channel = dice.pick(CHANNELS)
        data, scale = channel.send(data)
        sent = channel.name
    file = f"{name}-{kind}-{how.replace(' ', '_')}-{sent}.jpg"
    lines = (np.asarray(quads) * scale).round(1).tolist()
    areas = [[round(value * scale, 1) for value in rect] for rect in touched or ()]
    return data, Case(file, split, kind, how, device, sent, lines, areas)


def _screen(base: Base, split: str, dice: Dice) -> tuple[bytes, Case]:
    screen = dice.pick([each for each in SCREENS if each.held_back == (split == "test")])
    device = dice.pick([each for each in DEVICES if each.held_back == (split == "test")])
    shown = base.pixels if dice.chance(0.6) else _page(base)
    shot = photograph_screen(shown, screen, device, dice.fork("screen"), long_side_px=dice.whole(1000, 1500))
    data = as_jpeg(shot.pixels, device.quality, device.subsampling)
    return _case(
        base.name, data, split, "screen", screen.name, device.name, [], dice, straight=dice.chance(0.6)
    )


def _page(base: Base) -> Pixels:
    """The print alone, black on white, as an e-receipt shows it."""
    ink = 1 - np.clip(base.drawing.ink, 0, 1)
    grey = (40 + 215 * ink).round().astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


_PHONES = ((1170, 2532), (1080, 2400), (1290, 2796), (1080, 1920), (750, 1334), (1440, 3120))


def _screenshot(base: Base, split: str, dice: Dice) -> tuple[bytes, Case]:
    """A phone's screen with the receipt's page, or with a photo of it, under its bars."""
    width, height = dice.pick(_PHONES)
    dark = dice.chance(0.3)
    image = Image.new("RGB", (width, height), (0, 0, 0) if dark else (250, 250, 250))
    inside = Image.fromarray(_page(base) if dice.chance(0.6) else opened(base.data))
    scale = min(width / inside.width, 0.84 * height / inside.height)
    inside = inside.resize(
        (round(inside.width * scale), round(inside.height * scale)), Image.Resampling.LANCZOS
    )
    image.paste(inside, ((width - inside.width) // 2, round(0.08 * height)))
    draw = ImageDraw.Draw(image)
    tone = (235, 235, 235) if dark else (30, 30, 30)
    bar = round(0.02 * height)
    draw.rectangle((round(0.06 * width), bar // 2, round(0.17 * width), bar), fill=tone)
    for place in (0.80, 0.86, 0.92):
        draw.rectangle((round(place * width), bar // 2, round((place + 0.04) * width), bar), fill=tone)
    draw.rounded_rectangle(
        (round(0.35 * width), height - bar, round(0.65 * width), height - round(0.6 * bar)),
        bar // 4,
        fill=tone,
    )
    out = io.BytesIO()
    if dice.chance(0.6):
        image.save(out, "PNG")
        name = f"{base.name}-screenshot.png"
    else:
        image.save(out, "JPEG", quality=dice.whole(80, 95))
        name = f"{base.name}-screenshot.jpg"
    return out.getvalue(), Case(name, split, "screenshot", "", "", "straight")


def _rendered(base: Base, split: str, dice: Dice) -> tuple[bytes, Case]:
    """A receipt that no camera saw: drawn flat, or drawn onto a made table, a little noise at most."""
    page = _page(base).astype(np.float32)
    how = dice.pick(("flat", "tinted", "noisy", "turned"))
    rng = np.random.default_rng(dice.noise_seed())
    if how in {"tinted", "turned"}:
        page = page * np.array([0.97, 0.96, 0.92], np.float32)
    if how == "turned":
        height, width = page.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), dice.between(-5, 5), 0.85)
        page = cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(120, 90, 60))
    if how == "noisy":
        page = page + rng.standard_normal(page.shape).astype(np.float32) * 2.0
    pixels = np.clip(page, 0, 255).round().astype(np.uint8)
    data = as_jpeg(pixels, dice.whole(80, 96))
    return data, Case(f"{base.name}-drawn-{how}.jpg", split, "drawn", how, "", "straight")
