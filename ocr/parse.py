"""Rows to a receipt: the order in which everything is read off the page.

1. lines    numbers and labels of every row
2. cues     currency and country
3. sums     labelled amounts
4. items    rows between heading and sums, settled by arithmetic
5. total    by evidence, the items' own sum among it
6. dates, retailer, receipt number
7. verdict  is it a receipt at all
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from ocr import arithmetic, classify
from ocr.amounts import PLAIN_STYLE
from ocr.confidence import clues as signs
from ocr.confidence.clues import NO_CLUES, PageClues, PageFacts
from ocr.confidence.judge import judged
from ocr.cues import Cues, find_cues, number_style, order_of
from ocr.dates import DateOrder, FoundDate, FoundTime, either_order, find_dates, find_times
from ocr.directory import Chain, directory_with
from ocr.drafts import Draft
from ocr.headings import Slip, is_return, no_sale
from ocr.identities import held
from ocr.item_text import with_letters
from ocr.known_chain import with_chain
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line, lines_from_rows, squash
from ocr.locales.pack import Order
from ocr.locales.vocabulary import locales_of
from ocr.named_discounts import with_late
from ocr.named_numbers import named_numbers
from ocr.numbers import FoundNumber, find_receipt_number
from ocr.own_classify import named, other_mail
from ocr.own_kinds import language_currency
from ocr.own_numbers import find_own_number
from ocr.own_parse import own_dated, own_items_and_total, own_lines, own_sums
from ocr.own_refund import lists_refunds, says_refund
from ocr.own_retailer import find_own_retailer
from ocr.quantities import only_count, pieces_sold
from ocr.reductions import with_minus
from ocr.register import find_register
from ocr.regrouped import regrouped
from ocr.retailer import FoundRetailer, find_retailer
from ocr.solver import solve
from ocr.sums import ChosenTotal, Sums, choose_subtotal, choose_tax, overruled_total, read_sums
from receipts.errors import Rejection, RejectionReason
from receipts.money import Currency, Money
from receipts.receipt import FieldConfidence, LineItem, Receipt
from receipts.transcript import Row

CERTAIN: Final = 0.99
SENT_ON: Final = 0.5
"""A date that the document does not print: the day on which its mail was sent."""
NOT_PRINTED: Final = -1
"""In place of the line of what stands on none."""
DOUBTED: Final = 0.6
"""A total that nothing but its label supports."""
COUNTRY_DECIDED: Final = 0.98
"""A date of two readings, chosen as the page's country writes them (`ocr.confidence.judge.COUNTRY_DATE`)."""
ITEMS_UNBALANCED: Final = 0.7
"""Factor on the items' confidence where the sums do not close."""
ORPHAN_WEIGHT: Final = 3.0
"""Names without a price among the items: where rows are joined askew, every item leaves one."""
REFUND_TOTAL: Final = re.compile(
    r"\brefund(?! policy)|erstattung|gutschriftsbetrag|rembours|terugbeta|reembols", re.IGNORECASE
)
"""What the total's own row calls it."""


@dataclass(frozen=True, slots=True)
class ReadDefaults:
    """What to assume where nothing is printed.

    Attributes:
        currency: the program's own.
        day_first: whether 03/04 is in April where neither page nor country tells; None: the currency decides.
        locale: the pack that most of the program's receipts are of, such as ``en-US``; empty to let the
            currency decide where the page is silent.
        locales: a folder of a program's own locale packs, beside those that come with the product.
        chains, own_chains: a file of chains, and what the program says itself, beside the directory.
    """

    currency: Currency
    day_first: bool | None = None
    locale: str = ""
    locales: Path | None = None
    chains: Path | None = None
    own_chains: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A receipt with what decides between two looks at the same page.

    Attributes:
        score: how well the page was read; higher is better, no unit.
        orphans: rows between the items that name something and have no price.
        clues: what its confidence rests on; none for a document's own text, whose rules say how sure it is.
    """

    receipt: Receipt
    score: float
    orphans: int
    clues: PageClues = NO_CLUES


@dataclass(frozen=True, slots=True)
class _Found:
    lines: Sequence[Line]
    cues: Cues
    sums: Sums
    drafts: tuple[Draft, ...]
    orphans: int
    total: ChosenTotal | None
    balanced: bool
    day: FoundDate | None
    at: FoundTime | None
    retailer: FoundRetailer
    number: FoundNumber | None
    refund: bool = False


def parse(
    rows: Sequence[Row],
    defaults: ReadDefaults,
    *,
    hint: str = "",
    own_text: bool = False,
    sent_on: date | None = None,
) -> Parsed | Rejection:
    """The receipt on these rows, or why there is none.

    `hint` says who sent it, for pages that do not name the retailer; `own_text` that this is the document's
    own text and not an engine's reading; `sent_on` when the mail was sent, for pages that print no date.
    """
    cut = own_lines if own_text else lines_from_rows
    lines, locales = cut(rows), locales_of(defaults.locales)
    cues = find_cues(lines, locales, expected=defaults.locale, default_currency=defaults.currency)
    style = number_style(cues, locales, default_currency=defaults.currency)
    if style != PLAIN_STYLE:
        lines = cut(rows, style)
    found = _find(lines, cues, defaults, hint=hint, own_text=own_text)
    if (given_back := with_minus(lines, found.drafts, found.total)) is not None:
        lines = given_back
        found = _find(lines, cues, defaults, hint=hint, own_text=own_text)
    slip = Slip(lines, found.drafts, found.total, own_text)
    found = replace(found, refund=_is_refund(found) or is_return(slip))
    if own_text:
        sent = None if sent_on is None else FoundDate(sent_on, NOT_PRINTED, 0, 0.0, certain=False)
        found = replace(
            found,
            refund=found.refund
            or says_refund(rows, found.total.value if found.total else None)
            or lists_refunds(found.drafts),
            day=next(iter(_dates(own_dated(lines), defaults, found.cues)), None) or sent or found.day,
        )
        rejection = _reject_own(rows, found)
    else:
        rejection = _reject(found)
    rejection = rejection or no_sale(slip)
    if rejection is not None:
        return rejection
    receipt = _receipt(found, defaults)
    if own_text:
        return Parsed(replace(receipt, numbers=named_numbers(lines)), _score(found), found.orphans)
    spelled = (replace(item, description=with_letters(item.description)) for item in receipt.items)
    receipt = replace(receipt, items=tuple(spelled))
    clues = _clues(found, receipt)
    return Parsed(judged(receipt, clues), _score(found), found.orphans, clues)


def _dates(lines: Sequence[Line], defaults: ReadDefaults, cues: Cues) -> tuple[FoundDate, ...]:
    order, known = order_of(cues, defaults.currency, day_first=defaults.day_first)
    found = find_dates(lines, order, known_order=known, vocabulary=cues.vocabulary)
    if cues.locale is None or cues.locale.dates.order is not Order.UNDECIDED:
        return found
    return either_order(found, find_dates(lines, DateOrder.YEAR_FIRST, vocabulary=cues.vocabulary))


def _reject(found: _Found) -> Rejection | None:
    return classify.reject(
        classify.Evidence(
            lines=found.lines,
            kinds=found.sums.kinds,
            has_total=found.total is not None,
            total_score=found.total.score if found.total else 0.0,
            has_date=found.day is not None,
            items=len(found.drafts),
            balanced=found.balanced,
            has_retailer_cues=bool(found.retailer.retailer.tax_id or found.retailer.retailer.phone),
        )
    )


def _reject_own(rows: Sequence[Row], found: _Found) -> Rejection | None:
    """Mails say what they are; what does not is judged as any other page."""
    listed = bool(found.drafts) and found.total is not None
    if (other := other_mail(rows, listed=listed, closes=found.balanced)) is not None:
        return other
    if not found.drafts:
        return named(Rejection(RejectionReason.NOT_A_RECEIPT, "the document lists no line items"), rows)
    rejection = _reject(found)
    return None if rejection is None else named(rejection, rows)


def _find(lines: Sequence[Line], cues: Cues, defaults: ReadDefaults, *, hint: str, own_text: bool) -> _Found:
    if own_text and cues.currency is None:
        cues = replace(cues, currency=language_currency(lines))
    if own_text:
        sums, orphans = own_sums(lines), 0
        drafts, total = own_items_and_total(lines, sums)
        closes = arithmetic.check(drafts, total.value if total else None, sums).closes
    else:
        sums = regrouped(read_sums(lines, partial(kind_of, vocabulary=cues.vocabulary)), lines)
        if cues.locale is not None:
            step = cues.locale.money.cash_step
            sums = replace(sums, largest_rounding=max(step, sums.largest_rounding))
        solved = solve(lines, sums)
        drafts, total, orphans, closes = solved.drafts, solved.total, solved.orphans, solved.closes
    find_number = find_own_number if own_text else find_receipt_number
    find_name = find_own_retailer if own_text else find_retailer
    directory = directory_with(defaults.chains, defaults.own_chains)
    day = next(iter(_dates(lines, defaults, cues)), None)
    times = find_times(lines, day, cues.vocabulary)
    return _Found(
        lines=lines,
        cues=cues,
        sums=sums,
        drafts=drafts,
        orphans=orphans,
        total=total,
        balanced=closes,
        day=day,
        at=times[0] if times else None,
        retailer=with_chain(find_name(lines, sums.kinds, hint), lines, directory, own_text=own_text),
        number=find_number(lines),
    )


def _receipt(found: _Found, defaults: ReadDefaults) -> Receipt:
    code = found.cues.currency or defaults.currency
    total = found.total.value if found.total else None
    subtotal = choose_subtotal(found.sums, total)
    tax = choose_tax(found.sums, total, subtotal)
    return Receipt(
        retailer=found.retailer.retailer,
        date=found.day.value if found.day else None,
        time=found.at.value if found.at else None,
        date_alternative=found.day.alternative if found.day else None,
        currency=code,
        currency_assumed=found.cues.currency is None,
        receipt_number=found.number.value if found.number else "",
        subtotal=_money(subtotal, code),
        tax=_money(tax, code),
        total=_money(total, code),
        items=tuple(
            _line_item(position, draft, code, found) for position, draft in enumerate(_products(found))
        ),
        is_refund=found.refund,
        balanced=found.balanced,
        confidence=_confidence(found, subtotal, tax),
        identities=held(found.drafts, total, found.sums, found.lines, closes=found.balanced),
        repaired=("total",) if found.total and found.total.repaired else (),
        items_sold=only_count(pieces_sold(found.lines, found.sums.kinds)),
        register=find_register(found.lines, found.cues.vocabulary),
        overruled_total=_money(overruled_total(found.sums, found.lines, total), code),
    )


def _products(found: _Found) -> list[Draft]:
    return with_late(found.drafts, found.sums, found.lines, closes=found.balanced)


def _money(value: Decimal | None, code: Currency) -> Money | None:
    return None if value is None else Money.of(value, code)


def _line_item(position: int, draft: Draft, code: Currency, found: _Found) -> LineItem:
    return LineItem(
        position=position,
        description=draft.description,
        quantity=draft.quantity if draft.quantity is not None else Decimal(1),
        unit_price=_money(draft.unit_price, code),
        amount=Money.of(draft.amount, code),
        discount=Money.of(draft.discount, code) if draft.discount else None,
        code=draft.code,
        confidence=round(min(CERTAIN, draft.confidence) * (1.0 if found.balanced else ITEMS_UNBALANCED), 3),
        quads=draft.quads,
        repaired=draft.repaired,
    )


def _is_refund(found: _Found) -> bool:
    total = found.total
    if total is not None and (
        total.value < 0 or (total.entry and REFUND_TOTAL.search(total.entry.line.label))
    ):
        return True
    if any(draft.amount > 0 for draft in found.drafts):
        return False
    words = found.cues.vocabulary["refund"]
    return any(words.start(line.squashed) for line in found.lines if line.prices)


def _confidence(found: _Found, subtotal: Decimal | None, tax: Decimal | None) -> tuple[FieldConfidence, ...]:
    out: list[FieldConfidence] = []

    def note(name: str, value: float, line: Line | None) -> None:
        quad = line.quad if line else None
        out.append(FieldConfidence(name, round(min(CERTAIN, max(0.0, value)), 3), quad))

    if found.retailer.retailer.name:
        out.append(
            FieldConfidence(
                "retailer", round(min(CERTAIN, found.retailer.confidence), 3), found.retailer.quad
            )
        )
    if found.day and found.day.line == NOT_PRINTED:
        note("date", SENT_ON, None)
    elif found.day:
        line = found.lines[found.day.line]
        note("date", line.row.confidence * _date_trust(found.day), line)
    if found.at:
        line = found.lines[found.at.line]
        note("time", line.row.confidence, line)
    if found.number:
        line = found.lines[found.number.line]
        note("receipt_number", line.row.confidence, line)
    for name, value in (("subtotal", subtotal), ("tax", tax)):
        entry = next((entry for entry in found.sums.labelled if entry.value == value), None)
        if value is not None:
            note(name, entry.line.row.confidence if entry else DOUBTED, entry.line if entry else None)
    if found.total:
        note(
            "total",
            _total_confidence(found, found.total),
            found.total.entry.line if found.total.entry else None,
        )
    if found.drafts:
        mean = sum(draft.confidence for draft in found.drafts) / len(found.drafts)
        note("items", mean * (1.0 if found.balanced else ITEMS_UNBALANCED), None)
    return tuple(out)


def _clues(found: _Found, receipt: Receipt) -> PageClues:
    facts = PageFacts(found.lines, found.sums, found.balanced, len(receipt.identities), found.orphans)
    fields = {"retailer": signs.of_retailer(facts, found.retailer.confidence)}
    if found.total:
        fields["total"] = signs.of_total(facts, found.total)
    if found.day:
        fields["date"] = signs.of_date(facts, found.day)
    if found.at:
        fields["time"] = signs.of_row(facts, found.at.line)
    if found.number:
        fields["receipt_number"] = signs.of_row(facts, found.number.line)
    for name, value in (("subtotal", receipt.subtotal), ("tax", receipt.tax)):
        if value is not None:
            fields[name] = signs.of_labelled(facts, value.decimal)
    return PageClues(fields, tuple(signs.of_line(facts, draft) for draft in _products(found)))


def _date_trust(day: FoundDate) -> float:
    """1 where only one reading is possible; less by who decided between two."""
    if day.certain:
        return 1.0
    return COUNTRY_DECIDED if day.known_order else DOUBTED


def _total_confidence(found: _Found, total: ChosenTotal) -> float:
    printed = total.entry.line.row.confidence if total.entry else DOUBTED
    if found.balanced:
        return max(printed, CERTAIN)
    supported = min(1.0, DOUBTED + 0.08 * max(0.0, total.margin))
    return printed * supported


def _score(found: _Found) -> float:
    """Worth of a look: sums that close count most, then the fields, then how much was read how surely."""
    boxes = [box for line in found.lines for box in line.row.boxes]
    sure = sum(box.confidence for box in boxes if len(squash(box.text)) > 1)
    return (
        100.0 * found.balanced
        + 40.0 * (found.total is not None)
        + 2.0 * (found.total.score if found.total else 0.0)
        + 15.0 * (found.day is not None)
        + 3.0 * len(found.drafts)
        - ORPHAN_WEIGHT * found.orphans
        + sure
        + 5.0 * any(kind in {Kind.PAYMENT, Kind.CHANGE} for kind in found.sums.kinds)
    )
