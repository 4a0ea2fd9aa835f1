"""What speaks for and against each field: numbers from 0 to 1 (counts up to 3 as thirds), by name.

printed    the engine's confidence in the boxes it stands in, from 0.8 (0) to 1 (1)
closes     items, discounts and tax add up to the total exactly
held       how many identities hold
labelled   its own row says what it is
ahead      how far its evidence is ahead of the next candidate's
repeated   the same value stands on the page again
repaired   a digit was exchanged so that the sums close
settled    (date) it can be read one way only; by_country: the page's country decided
orphans    names among the items that have no price
multiplied (line) quantity times unit price is its amount
coded      (line) a product code is printed
worded     (line) how many letters its description has
unlike     the looks at the picture that read something else there, as a share
again      a second look was needed: the first did not close
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from ocr.dates import FoundDate
from ocr.drafts import Draft
from ocr.lines import Line
from ocr.sums import ChosenTotal, Sums

Clues = Mapping[str, float]

LEAST_PRINTED: Final = 0.8
"""Below it engines drop a box, or should."""
MANY: Final = 3.0
USUAL_MARGIN: Final = 5.0
"""Margin of a total's evidence over the next one's that nothing overtakes."""
USUAL_LETTERS: Final = 12.0
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PageClues:
    """Clues by field, and by line item in the receipt's order."""

    fields: Mapping[str, Clues] = field(default_factory=dict)
    lines: tuple[Clues, ...] = ()

    def with_looks(self, unlike: Mapping[str, float], *, again: bool) -> PageClues:
        """The same after several looks: for each field, the share of looks that read something else."""
        fields = {
            name: {**clues, "unlike": unlike.get(name, 0.0), "again": float(again)}
            for name, clues in self.fields.items()
        }
        lines = tuple({**clues, "again": float(again)} for clues in self.lines)
        return replace(self, fields=fields, lines=lines)


NO_CLUES: Final = PageClues()


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What clues are drawn from beside the fields themselves."""

    lines: Sequence[Line]
    sums: Sums
    closes: bool
    held: int
    orphans: int


def printed(confidence: float) -> float:
    """The engine's confidence, spread over what it ever says of good boxes."""
    return min(1.0, max(0.0, (confidence - LEAST_PRINTED) / (1 - LEAST_PRINTED)))


def page(facts: PageFacts) -> Clues:
    """Clues that every field shares."""
    return {
        "closes": float(facts.closes),
        "held": min(facts.held, MANY) / MANY,
        "orphans": min(facts.orphans, MANY) / MANY,
    }


def of_total(facts: PageFacts, total: ChosenTotal) -> Clues:
    """Clues for the total."""
    row = total.entry.line if total.entry else None
    same = sum(price.value == total.value for line in facts.lines if line is not row for price in line.prices)
    return {
        **page(facts),
        "printed": printed(row.row.confidence) if row else 0.0,
        "labelled": float(row is not None),
        "ahead": min(1.0, max(0.0, total.margin / USUAL_MARGIN)),
        "repeated": min(same, MANY) / MANY,
        "repaired": float(total.repaired),
    }


def of_labelled(facts: PageFacts, value: Decimal) -> Clues:
    """Clues for the subtotal or the tax."""
    entry = next((entry for entry in facts.sums.labelled if entry.value == value), None)
    return {
        **page(facts),
        "printed": printed(entry.line.row.confidence) if entry else 0.0,
        "labelled": float(entry is not None),
    }


def of_date(facts: PageFacts, day: FoundDate) -> Clues:
    """Clues for the purchase date."""
    return {
        **page(facts),
        "printed": printed(facts.lines[day.line].row.confidence),
        "settled": float(day.certain),
        "by_country": float(day.known_order and not day.certain),
    }


def of_row(facts: PageFacts, line: int) -> Clues:
    """Clues for what is read from one row."""
    return {**page(facts), "printed": printed(facts.lines[line].row.confidence)}


def of_retailer(facts: PageFacts, confidence: float) -> Clues:
    """Clues for the shop's name: `confidence` is what its rules and the directory say."""
    return {"ahead": confidence, "closes": float(facts.closes)}


def of_line(facts: PageFacts, draft: Draft) -> Clues:
    """Clues for a line item."""
    multiplied = (
        draft.quantity is not None
        and draft.unit_price is not None
        and abs(draft.quantity * draft.unit_price - draft.amount) <= CENT * max(1, int(abs(draft.quantity)))
    )
    letters = sum(char.isalpha() for char in draft.description)
    return {
        **page(facts),
        "printed": printed(draft.confidence),
        "amount": printed(draft.printed),
        "multiplied": float(multiplied and draft.quantity != 1),
        "coded": float(draft.code is not None),
        "worded": min(1.0, letters / USUAL_LETTERS),
        "repaired": float(draft.repaired),
    }
