"""Pages with the gold of their rows: drawn ones as an engine that slips would see them, and real ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.reading.cases import DEFAULTS, MEDIA_TYPES, Case, folder_cases
from bench.reading.drawn import LATEST, drawn_boxes, seeds
from bench.row_labels.gold import Allowed, chain_gold, drawn_gold, labelled_gold, sheet_gold
from bench.row_labels.rules import View, best_rows, view_of
from fixtures.generator.chains.draw import print_chain_receipt
from fixtures.generator.dice import Dice
from fixtures.generator.label import box_labels, make_label
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.paper import draw_style, print_sheet
from fixtures.generator.purchase import fill_basket, ring_up
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import set_out
from ocr.engines.base import OcrEngine
from ocr.pixels import read_image
from ocr.rows import row_readings
from receipts.errors import Rejection
from receipts.transcript import Row, TextBox

SLIPS: Final = (0.0, 0.0, 0.01, 0.03)
"""Shares of boxes misread, one for each receipt by chance; a third as many again are lost."""
_MISREAD: Final = str.maketrans("0123456789.ESOIB", "87Z894S149-FSQ18")


@dataclass(frozen=True, slots=True)
class Page:
    """A page with what is known of it.

    Attributes:
        group: receipts of one retailer or layout; a fold never parts them.
        gold: what each row may be; None where no line items are labelled.
        real: a person's receipt, not a drawn one.
    """

    name: str
    group: str
    rows: tuple[Row, ...]
    view: View
    label: Mapping[str, Any]
    gold: tuple[Allowed, ...] | None
    real: bool

    @property
    def lists_items(self) -> bool:
        """Whether the label says what was bought."""
        return "items" in self.label


def chain_pages(chains: str, count: int, *, seed: str, slips: bool) -> Iterator[Page]:
    """Receipts of the chains of a folder; as a perfect engine sees them, or one that slips."""
    chance = random.Random(f"{seed} {chains}")  # noqa: S311 - nothing secret
    for number, chain, kind in seeds(chains, count, seed):
        printed = print_chain_receipt(number, chain=chain, kind=kind, latest=LATEST)
        boxes = drawn_boxes(printed.label["boxes"])
        rows = best_rows(row_readings(_slipped(boxes, chance) if slips else boxes))
        gold = drawn_gold(printed.label["boxes"], chain_gold(chain, number, kind), rows)
        yield Page(printed.name, chain.key, rows, view_of(rows), {**printed.label}, tuple(gold), real=False)


def layout_pages(count: int, *, seed: str) -> Iterator[Page]:
    """Receipts of the first layouts, which are in code and no chain's."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    for index in range(count):
        layout = list(LAYOUTS.values())[index % len(LAYOUTS)]
        dice = Dice(f"{seed}/{index}")
        shop = dice.pick(SHOPS)
        basket = fill_basket(shop, dice.fork("basket"), own=dice.whole(0, 4), others=dice.whole(2, 7))
        bought = ring_up(shop, basket, habits=layout.habits, date=LATEST, dice=dice.fork("till"))
        sheet = set_out(bought, layout, dice)
        drawing = print_sheet(sheet, draw_style(sheet, dice.fork("print")))
        label = make_label(f"{layout.name}-{index}", bought, sheet, notes="", boxes=box_labels(drawing, None))
        boxes = _slipped(drawn_boxes(label["boxes"]), chance)
        rows = best_rows(row_readings(boxes))
        gold = drawn_gold(label["boxes"], sheet_gold(sheet), rows)
        yield Page(label["id"], layout.name, rows, view_of(rows), {**label}, tuple(gold), real=False)


def picture_pages(
    cases: Sequence[Case], labels: Path, engine: OcrEngine, *, real: bool
) -> Iterator[Page | str]:
    """Pictures as the product's engine and looks read them; the name alone where no receipt was found."""
    for case in cases:
        label = json.loads((labels / f"{case.name}.json").read_text(encoding="utf-8"))
        answer, _ = read_image(case.data(), case.media_type, engine, DEFAULTS)
        if isinstance(answer, Rejection):
            yield case.name
            continue
        rows = answer.transcript.rows
        view = view_of(rows)
        gold = labelled_gold(view.lines, label)
        group = str(label["retailer"]).casefold() if real else case.name.rsplit("-", 2)[0]
        yield Page(case.name, group, rows, view, label, None if gold is None else tuple(gold), real=real)


def real_cases(folder: Path) -> list[Case]:
    """The labelled pictures of a folder."""
    images = folder / "images" if (folder / "images").is_dir() else folder
    return [case for case in folder_cases(images) if case.path.suffix.lower() in MEDIA_TYPES]


def _slipped(boxes: Sequence[TextBox], chance: random.Random) -> tuple[TextBox, ...]:
    """The boxes with one lost or a character exchanged here and there."""
    share = chance.choice(SLIPS)
    out = []
    for box in boxes:
        if chance.random() < share / 3:
            continue
        text = box.text
        if text and chance.random() < share:
            at = chance.randrange(len(text))
            text = text[:at] + text[at].translate(_MISREAD) + text[at + 1 :]
        out.append(TextBox(text, box.quad, box.confidence))
    return tuple(out) or tuple(boxes)
