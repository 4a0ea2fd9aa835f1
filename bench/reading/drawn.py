"""Generated receipts: their pictures, and what a perfect engine would see on them.

Read from the drawn boxes, a receipt shows the faults of rows and fields alone, in milliseconds; read from
its picture it shows the engine's too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.reading.cases import DEFAULTS, Case, Row, receipt_row
from fixtures.generator.chains.chain import Chain, load_chains
from fixtures.generator.chains.draw import draw_chain_sample, print_chain_receipt
from fixtures.generator.label import BoxLabel
from fixtures.generator.label_file import label_json
from fixtures.generator.sample import Kind
from ocr.engines.base import OcrEngine, Picture
from ocr.pixels import read_pixels
from receipts.errors import Rejection
from receipts.transcript import Quad, TextBox

LATEST = dt.date(2026, 11, 20)
"""Fixed, so that the same receipts are drawn on every day."""
JOINED_GAP = 0.9
"""Runs of print nearer than this many of their heights come back from the engine as one box (measured on the
training layouts: the usual gap between two words is 0.5)."""
KINDS = (Kind.PHOTO, Kind.SCAN)


@dataclass(frozen=True, slots=True)
class _Box:
    text: str
    left: int
    top: int
    right: int
    bottom: int


def _joined(boxes: Sequence[_Box]) -> list[_Box]:
    """Boxes of one printed row as the engine would join them."""
    out: list[_Box] = []
    for box in sorted(boxes, key=lambda box: box.left):
        last = out[-1] if out else None
        if last and box.left - last.right < JOINED_GAP * (last.bottom - last.top):
            out[-1] = _Box(
                f"{last.text} {box.text}",
                last.left,
                min(last.top, box.top),
                box.right,
                max(last.bottom, box.bottom),
            )
        else:
            out.append(box)
    return out


class DrawnEngine(OcrEngine):
    """An engine that makes no mistake: it knows what was printed, and where."""

    def __init__(self, printed: Sequence[BoxLabel]) -> None:
        rows: dict[int, list[_Box]] = {}
        for box in printed:
            rows.setdefault(box["row"], []).append(_Box(box["text"], *box["drawn"]))
        self._boxes = tuple(
            TextBox(
                box.text, Quad.upright(left=box.left, top=box.top, right=box.right, bottom=box.bottom), 0.99
            )
            for row in rows.values()
            for box in _joined(row)
        )

    @property
    def name(self) -> str:
        """Of no library."""
        return "drawn"

    @property
    def version(self) -> str:
        """Does not change."""
        return "1"

    @property
    def page(self) -> Picture:
        """Blank paper of the size that the boxes lie on."""
        right, bottom = (max(getattr(box.quad, side) for box in self._boxes) for side in ("right", "bottom"))
        return np.full((int(bottom) + 60, int(right) + 60, 3), 255, np.uint8)

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """The same at every size."""
        del picture, zoom
        return self._boxes

    def quarter_turns(self, picture: Picture) -> int:
        """Drawn upright."""
        del picture
        return 0


def _seeds(chains: str, count: int, seed: str) -> Iterator[tuple[str, Chain, Kind]]:
    """Round the chains, every other receipt a scan."""
    shops = load_chains(chains)
    for index in range(count):
        kind = KINDS[(index + index // len(shops)) % len(KINDS)]
        yield f"{seed}-{index:03d}", shops[index % len(shops)], kind


def read_drawn(chains: str, count: int, labels: Path, *, seed: str) -> list[Row]:
    """So many receipts from what is printed on them, without a picture; their labels go to the folder."""
    labels.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, chain, kind in _seeds(chains, count, seed):
        printed = print_chain_receipt(number, chain=chain, kind=kind, latest=LATEST)
        (labels / f"{printed.name}.json").write_text(label_json(printed.label), encoding="utf-8")
        engine = DrawnEngine(printed.label["boxes"])
        found, _ = read_pixels(engine.page, engine, DEFAULTS)
        rows.append(
            receipt_row(printed.name, None, found.reason.value)
            if isinstance(found, Rejection)
            else receipt_row(printed.name, found.receipt)
        )
    return rows


def draw_set(chains: str, count: int, folder: Path, *, seed: str) -> list[Case]:
    """So many pictures, drawn once and kept in the folder."""
    labels = folder / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    cases = []
    for number, chain, kind in _seeds(chains, count, seed):
        name = f"{chain.key}-{number}"
        path = folder / f"{name}.jpg"
        if not (path.exists() and (labels / f"{name}.json").exists()):
            sample = draw_chain_sample(number, chain=chain, kind=kind, latest=LATEST)
            path.write_bytes(sample.data)
            (labels / f"{name}.json").write_text(label_json(sample.label), encoding="utf-8")
        cases.append(Case(name, path))
    return cases
