"""Generated receipts: their pictures, and what a perfect engine would see on them.

Read from the drawn boxes, a receipt shows the faults of rows and fields alone, in milliseconds; read from
its picture it shows the engine's too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.reading.cases import DEFAULTS, Case, Row, receipt_row
from fixtures.generator.chains.chain import Chain, load_chains
from fixtures.generator.chains.draw import draw_chain_sample, print_chain_receipt
from fixtures.generator.label import BoxLabel
from fixtures.generator.label_file import label_json
from fixtures.generator.sample import Kind
from ocr.parse import parse
from ocr.rows import row_readings
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


def drawn_boxes(printed: Sequence[BoxLabel]) -> tuple[TextBox, ...]:
    """What an engine that makes no mistake would see of a receipt that lies flat."""
    rows: dict[int, list[_Box]] = {}
    for box in printed:
        rows.setdefault(box["row"], []).append(_Box(box["text"], *box["drawn"]))
    return tuple(
        TextBox(box.text, Quad.upright(left=box.left, top=box.top, right=box.right, bottom=box.bottom), 0.99)
        for row in rows.values()
        for box in _joined(row)
    )


def _read_boxes(name: str, boxes: tuple[TextBox, ...]) -> Row:
    """The best of the ways to join the boxes, as a picture's one look would be read."""
    answers = [parse(rows, DEFAULTS) for rows in row_readings(boxes)]
    parsed = [answer for answer in answers if not isinstance(answer, Rejection)]
    if not parsed:
        return receipt_row(name, None, answers[0].reason.value if isinstance(answers[0], Rejection) else "")
    return receipt_row(name, max(parsed, key=lambda answer: answer.score).receipt)


def seeds(chains: str, count: int, seed: str) -> Iterator[tuple[str, Chain, Kind]]:
    """Round the chains, every other receipt a scan."""
    shops = load_chains(chains)
    for index in range(count):
        kind = KINDS[(index + index // len(shops)) % len(KINDS)]
        yield f"{seed}-{index:03d}", shops[index % len(shops)], kind


def read_drawn(chains: str, count: int, labels: Path, *, seed: str) -> list[Row]:
    """So many receipts from what is printed on them, without a picture; their labels go to the folder."""
    labels.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, chain, kind in seeds(chains, count, seed):
        printed = print_chain_receipt(number, chain=chain, kind=kind, latest=LATEST)
        (labels / f"{printed.name}.json").write_text(label_json(printed.label), encoding="utf-8")
        rows.append(_read_boxes(printed.name, drawn_boxes(printed.label["boxes"])))
    return rows


def draw_set(chains: str, count: int, folder: Path, *, seed: str) -> list[Case]:
    """So many pictures, drawn once and kept in the folder."""
    labels = folder / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    cases = []
    for number, chain, kind in seeds(chains, count, seed):
        name = f"{chain.key}-{number}"
        path = folder / f"{name}.jpg"
        if not (path.exists() and (labels / f"{name}.json").exists()):
            sample = draw_chain_sample(number, chain=chain, kind=kind, latest=LATEST)
            path.write_bytes(sample.data)
            (labels / f"{name}.json").write_text(label_json(sample.label), encoding="utf-8")
        cases.append(Case(name, path))
    return cases
