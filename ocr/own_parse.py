"""Items and total of a document's own text: every way to read the list is tried, a closing one wins."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Final

from ocr import arithmetic
from ocr.amounts import PLAIN_STYLE, NumberStyle
from ocr.drafts import Draft
from ocr.items import read_items, zone_of
from ocr.lexicon import Kind
from ocr.lines import Line, lines_from_rows
from ocr.order_items import in_table, order_items
from ocr.order_rows import PRICE_LABEL, Role, cut_row, outside_table
from ocr.own_kinds import REFUND_HEADING, REFUND_OF, own_kind
from ocr.own_rows import prepared
from ocr.regrouped import without_returned_goods
from ocr.sums import ChosenTotal, Labelled, Sums, TaxRow, choose_total, read_sums
from receipts.transcript import Row

ZERO: Final = Decimal(0)
CLOSES_WORTH: Final = 100.0
ITEMS_WORTH: Final = 20.0
MAX_OWN_ROWS: Final = 800
"""A weekly shop of 150 goods, four rows each, with its head and foot; what follows is not looked at."""
LONE_DOUBT: Final = 85.0
"""One amount that equals the total closes by itself: it may be the total again."""
MAX_MEANS: Final = 6
"""Gift cards, vouchers and cards that one purchase is paid with."""
RECOMMENDATIONS: Final = re.compile(
    r"customers? (?:who|also) (?:bought|viewed)|(?:also|frequently) (?:bought|viewed)"
    r"|recommended (?:for you|based)|you (?:may|might) (?:also )?(?:like|love|enjoy)"
    r"|(?:related|similar|trending|popular) (?:items|products)|more (?:to love|like this|for you)"
    r"|inspired by your|picked for you|customers (?:love|like)|complete the look|pair it with"
    r"|das könnte|kunden kauften|passend dazu|empfehlungen für|vous aimerez|vous pourriez"
    r"|nos suggestions|misschien vind je|ook interessant|aanbevolen|también te puede|te recomendamos"
    r"|du kanske|andra köpte",
    re.IGNORECASE,
)
"""From here on an order mail sells what was not bought."""


def own_sums(lines: Sequence[Line]) -> Sums:
    """The labelled amounts; a gift card that comes off above the total is a deduction like a discount."""
    end = before_recommendations(lines)
    charges = _charges(lines)
    sums = read_sums(lines, lambda line: charges.get(line.index) or own_kind(line))
    kinds = list(sums.kinds)
    labelled = without_returned_goods(lines, kinds, list(sums.labelled))
    labelled = [entry for entry in labelled if entry.line.index < end]
    labelled = [
        replace(entry, kind=Kind.DISCOUNT) if _comes_off(entry, lines, labelled) else entry
        for entry in labelled
    ]
    totals = [entry.line.index for entry in labelled if entry.kind in {Kind.TOTAL, Kind.FINAL_TOTAL}]
    last = max(totals, default=-1)
    moved = tuple(
        replace(entry, kind=Kind.DISCOUNT)
        if entry.kind is Kind.PAYMENT and entry.value < 0 and entry.line.index < last
        else entry
        for entry in labelled
    )
    return Sums(moved, _without_sum(sums.tax_rows), tuple(kinds))


def _comes_off(refund: Labelled, lines: Sequence[Line], labelled: Sequence[Labelled]) -> bool:
    """Whether a refund's row makes this purchase cheaper: the total below it is the rest of the sum above."""
    if refund.kind is not Kind.FINAL_TOTAL or refund.value >= 0 or "refund" not in refund.line.text.lower():
        return False
    totals = (Kind.TOTAL, Kind.FINAL_TOTAL)
    named = {entry.line.index: entry for entry in labelled}
    goods = [
        line.prices[-1].value
        for line in lines[: refund.line.index]
        if line.prices and line.index not in named
    ]
    above = [entry for entry in labelled if entry.line.index < refund.line.index]
    sums = {entry.value for entry in above if entry.kind in {Kind.SUBTOTAL, *totals}}
    extras = sum((entry.value for entry in above if entry.kind in {Kind.SERVICE, Kind.TIP, Kind.TAX}), ZERO)
    sums |= {sum(goods, ZERO), sum(goods, ZERO) + extras, *(each + extras for each in sums)}
    below = [
        entry.value for entry in labelled if entry.line.index > refund.line.index and entry.kind in totals
    ]
    return any(total > 0 and total - refund.value in sums for total in below)


def _without_sum(rows: tuple[TaxRow, ...]) -> tuple[TaxRow, ...]:
    """The tax table without a last row that adds the others up."""
    taxes = sum((row.tax for row in rows[:-1]), ZERO)
    return rows[:-1] if len(rows) > 1 and rows[-1].tax == taxes else rows


def _charges(lines: Sequence[Line]) -> dict[int, Kind]:
    """Rows between a subtotal and the total add up, whatever they are called (``Royal Mail Tracked``)."""
    kinds = [own_kind(line) if line.prices else None for line in lines]
    found: dict[int, Kind] = {}
    for index, kind in enumerate(kinds):
        if kind is not Kind.SUBTOTAL:
            continue
        block = kinds[index + 1 : index + 1 + MAX_CHARGES]
        total = next((at for at, other in enumerate(block) if other in {Kind.TOTAL, Kind.FINAL_TOTAL}), None)
        for at in range(total or 0):
            if block[at] is Kind.PLAIN:
                line = lines[index + 1 + at]
                found[line.index] = Kind.SERVICE if line.prices[-1].value > 0 else Kind.DISCOUNT
    return found


MAX_CHARGES: Final = 7
"""Rows from a subtotal to its total."""


def before_recommendations(lines: Sequence[Line]) -> int:
    """The first row that recommends something, or the number of rows."""
    return next((line.index for line in lines if RECOMMENDATIONS.search(line.text)), len(lines))


def own_items_and_total(lines: Sequence[Line], sums: Sums) -> tuple[tuple[Draft, ...], ChosenTotal | None]:
    """The reading whose sums close, else the first that finds items."""
    first = choose_total(sums, lines)
    best: tuple[float, tuple[Draft, ...], ChosenTotal | None] | None = None
    for rank, drafts in enumerate(_readings(lines, sums, first)):
        reachable = arithmetic.reachable(_sum(drafts), sums)
        total = _before_payment(choose_total(sums, lines, reachable), reachable, sums)
        settled = arithmetic.settle(drafts, total.value if total else None, sums, ())
        balance = arithmetic.check(settled, total.value if total else None, sums)
        goods = sum(not draft.whole_basket for draft in settled)
        worth = CLOSES_WORTH * balance.closes + ITEMS_WORTH * bool(goods) - rank
        if balance.closes and len(settled) == 1 and not balance.extras:
            worth -= LONE_DOUBT
        if best is None or worth > best[0]:
            best = (worth, settled, total)
        if worth > CLOSES_WORTH - rank:
            break
    return (best[1], best[2]) if best else ((), first)


def _sum(drafts: Sequence[Draft]) -> Decimal:
    return sum((draft.net for draft in drafts), ZERO)


def _readings(lines: Sequence[Line], sums: Sums, first: ChosenTotal | None) -> Iterator[tuple[Draft, ...]]:
    """Readings of the list, the likelier first: above the sums, below them as order mails do, everywhere."""
    end = before_recommendations(lines)
    total_line = first.entry.line.index if first and first.entry else None
    start, near, far = zone_of(lines, sums, total_line)
    zones = dict.fromkeys([(start, near), (start, far), (0, near), (0, far), (near + 1, end), (0, end)])
    seen: set[tuple[Draft, ...]] = set()
    listed = [cut_row(line, sums.kinds[line.index], in_table=True) for line in lines]
    free = [outside_table(row, sums.kinds[row.line.index]) for row in listed]
    for begin, stop in dict.fromkeys((begin, min(stop, end)) for begin, stop in zones):
        rows = listed if in_table(lines, sums, begin, min(stop, end)) else free
        for way in order_items(rows[begin : min(stop, end)]):
            if way not in seen:
                seen.add(way)
                yield way
    # A card that gives the sum of its one item: name, ``Total: 13.50``, the item's number.
    if not seen and (carded := _carded(lines, sums, end)):
        yield carded
    for begin, stop in zones:
        drafts = read_items(lines, sums, begin, min(stop, end), name_rows=1).drafts
        if any(REFUND_HEADING.match(draft.description) for draft in drafts):
            drafts = read_items(lines, sums, begin, min(stop, end), name_rows=0).drafts
        drafts = tuple(replace(draft, description=REFUND_OF.sub("", draft.description)) for draft in drafts)
        named = not any(PRICE_LABEL.match(draft.description) for draft in drafts)
        if drafts and named and drafts not in seen:
            seen.add(drafts)
            yield drafts


def _carded(lines: Sequence[Line], sums: Sums, end: int) -> tuple[Draft, ...]:
    drafts: list[Draft] = []
    for above, line, below in zip(lines, lines[1:end], lines[2:end], strict=False):
        if sums.kinds[line.index] not in {Kind.TOTAL, Kind.FINAL_TOTAL} or not line.prices:
            continue
        name = cut_row(above, sums.kinds[above.index], in_table=False)
        said = [
            cut_row(row, sums.kinds[row.index], in_table=False).role
            for row in (below, *lines[line.index + 2 : line.index + 3])
        ]
        if name.role is Role.NAME and {Role.DETAIL, Role.COUNT} & set(said):
            confidence = min(above.row.confidence, line.row.confidence)
            drafts.append(
                Draft(name.name, line.prices[-1].value, name.quantity, None, None, (above, line), confidence)
            )
    return tuple(drafts)


def own_lines(rows: Sequence[Row], style: NumberStyle = PLAIN_STYLE) -> tuple[Line, ...]:
    """Lines whose numbers stand as printed: own text has no letters that are digits (``1,5l`` is no 1.51)."""
    lines = lines_from_rows(prepared(rows[:MAX_OWN_ROWS]), style)
    return tuple(
        replace(line, numbers=tuple(number for number in line.numbers if not number.repaired))
        for line in lines
    )


def own_dated(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without what dates something else than the purchase: deliveries, periods, renewals."""
    out: list[Line] = []
    label = ""
    for line in lines:
        other = OTHER_DAY.search(line.text) or (OTHER_DAY.search(label) and not holds_moment_text(label))
        span = PERIOD.search(line.text)
        dropped = (other or span) and not PURCHASE_DAY.search(line.text)
        out.append(replace(line, text="" if dropped else plain_letters(line.text)))
        label = line.text if len(line.text.split()) <= MAX_LABEL_WORDS else ""
    return tuple(out)


def plain_letters(text: str) -> str:
    """Without accents, as months are looked up: février, août."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def holds_moment_text(text: str) -> bool:
    """Whether the label holds a day of its own, so that the row below it is not its value."""
    return bool(re.search(r"\d{1,2}[./ -]|\d{4}", text))


MAX_LABEL_WORDS: Final = 5
OTHER_DAY: Final = re.compile(
    r"deliver|arriv|dispatch|\bships?\b|shipped|expected|estimated|renew|\bdue\b|expir|\breturns?\b"
    r"|valid|pick-?up|until|liefer"
    r"|zustell|livraison|levering|lever|bezorg|entrega|vervaldatum|fällig|zahlungsziel|échéance"
    r"|vencimiento|offer ends"
    r"|check.?(?:in|out)|next (?:payment|billing)|trial|subscription period",
    re.IGNORECASE,
)
PERIOD: Final = re.compile(
    r"\d{2,4}\s?[-–]\s?(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})"
)
PURCHASE_DAY: Final = re.compile(
    r"order(?:ed)? (?:date|on|placed)|order ?datum|bestell ?datum|placed|purchase|invoice date"
    r"|rechnungsdatum|factuurdatum|paid|date de (?:commande|facture)|transaction",
    re.IGNORECASE,
)


def _before_payment(
    total: ChosenTotal | None, reachable: frozenset[Decimal], sums: Sums
) -> ChosenTotal | None:
    """Where a gift card was taken off a total that is printed above it, the printed one was bought for."""
    if total is None or total.entry is None:
        return total
    means = [abs(entry.value) for entry in sums.of(Kind.PAYMENT, Kind.DISCOUNT) if entry.value != total.value]
    for entry in sums.of(Kind.FINAL_TOTAL, Kind.TOTAL):
        if (
            entry.value > total.value
            and entry.value in reachable
            and _paid_by(entry, total.value, means[:MAX_MEANS], sums)
        ):
            return ChosenTotal(entry.value, total.score, total.margin, entry)
    return total


def _paid_by(entry: Labelled, rest: Decimal, means: Sequence[Decimal], sums: Sums) -> bool:
    """Whether means of payment below the total lead from it to the rest."""
    below = {
        abs(other.value)
        for other in sums.of(Kind.PAYMENT, Kind.DISCOUNT)
        if other.line.index > entry.line.index
    }
    usable = [value for value in means if value in below]
    sizes = range(1, len(usable) + 1)
    return any(
        sum(chosen, ZERO) == entry.value - rest for size in sizes for chosen in combinations(usable, size)
    )
