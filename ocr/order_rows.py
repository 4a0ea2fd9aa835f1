"""One row of an order mail or web receipt cut into name, count, unit price and amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Final

from ocr.amounts import Number
from ocr.item_text import multiply_out
from ocr.lexicon import Kind, names_staff
from ocr.lines import Line
from ocr.multiples import weighed_in
from ocr.own_kinds import REFUND_OF

MAX_COUNT: Final = 999
MIN_NAME_LETTERS: Final = 2
MAX_SENTENCE_WORDS: Final = 12
"""Names run to thirty words, but without a verb to a member; rows this long with one are prose."""
MAX_LABEL_WORDS: Final = 3

_COUNT_WORDS: Final = (
    r"(?:qty|quantity|quantité|qté|menge|anzahl|aantal|hoeveelheid|cantidad|cant|antal|antall|quantità"
    r"|qtà|stück"
    r"|units?)"
)
_COUNT_ROW: Final = re.compile(
    rf"^{_COUNT_WORDS}\.?\s*[:x×]?\s*(\d{{1,3}})$|^[x×]\s?(\d{{1,3}})$|^(\d{{1,3}})\s?[x×]$|^(\d{{1,2}})$",
    re.IGNORECASE,
)
_MEASURED: Final = re.compile(
    r"(?<![\w.,])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:kg|g|l|ml|lbs?|oz|stk|stück|st|pcs?|x|×|ea)\b\.?\s*[x×*@]?",
    re.IGNORECASE,
)
"""A weight or count that multiplies a unit price."""
_COUNT_IN: Final = re.compile(rf"[\s,;(|–-]*\b{_COUNT_WORDS}\.?\s*[:x×]?\s*(\d{{1,3}})\b\)?", re.IGNORECASE)
_COUNT_BEFORE: Final = re.compile(
    r"^(\d{1,3})\s?[x×*]\s+(?=\S*[^\W\d])|^(\d{1,3})[x×](?=[A-Z])|^[x×]\s?(\d{1,3})\s+(?=[^\W\d])"
)
_COUNT_BEHIND: Final = re.compile(r"\s*[x×*]\s?(\d{1,3})$|\s+\((?:[x×]\s?(\d{1,3})|(\d{1,3})\s?[x×])\)$")
_COUNT_BOX: Final = re.compile(
    rf"^(?:{_COUNT_WORDS}\.?\s*:?\s*)?[x×]?\s?(\d{{1,3}}(?:[.,]\d{{1,3}})?)\s?(?:[x×]|stk|stück|pcs?|pzs?|pz|st"
    rf"|ea|each|units?|unid|uds?|un?|kpl|szt|ks|db|buc|adet|шт|個|点|개|kg|g|l|lb|lbs|oz|m)?\.?\s?[x×*@]?$",
    re.IGNORECASE,
)
_UNIT_BEHIND: Final = re.compile(
    r"^\s*(?:/|per\b|pro\b|par\b|je\b|por\b)\s*(?:\d+\s?)?(?:kg|g|l|ml|lb|oz|ea(?:ch)?|unit|item|piece"
    r"|pc|st(?:k|ück|uk|yck)?|pièce|unidad|stk)?\b"
    r"|^\s*(?:each|ea\.?|apiece|p/st|le kilo)\b",
    re.IGNORECASE,
)
_AT_BEFORE: Final = re.compile(r"(?:@|\bà|\bat|\bje|[x×])\s*$", re.IGNORECASE)
PRICE_LABEL: Final = re.compile(
    r"^(?:your |unit |item |list |line |net )?(?:price|preis|einzelpreis|prix|prijs|precio|pris|prezzo"
    r"|cost|each|amount|betrag|paid)"
    r"(?: each| per unit)?\s*:?$",
    re.IGNORECASE,
)
DETAIL: Final = re.compile(
    r"^(?:sold by|fulfilled by|ships? from|shipped by|supplied by|delivered by|condition\b|placed on"
    r"|item (?:number|no|#|id)|item#"
    r"|article (?:no|number)|art(?:ikel)?\.?\s?-?(?:nr|no|nummer)|artikelnummer|r[ée]f(?:[ée]rence)?\b"
    r"|model(?: no)?\b|modell|sku\b|ean\b|gtin|upc\b|asin|isbn|seller\b|vendor\b|verkauf durch"
    r"|verkauft von|versand durch"
    r"|vendu par|vendido por|verkoop door|verkocht door|dispatched|delivered|arriv(?:es|ing)|estimated"
    r"|delivery|return (?:window|eligible|by|policy)|returns?\b|colou?r\b|couleur|farbe|kleur|color"
    r"|size\b|größe|taille|maat|talla|variant|style|option|grade|material|edition|format|gift\b|renews"
    r"|in-app purchase|report a problem|write a review|view |track |buy it again|"
    r"personali[sz]ed|customi[sz]ation|note to seller|warranty|serial|serien|serienummer"
    r"|subscription renews|subscribe|free returns|pickup|pick up|ship to|sent to|status\b|details\b"
    r"|invoice\b|order (?:no|number|#)|product (?:id|code)|code:|by [A-Z])",
    re.IGNORECASE,
)
"""Rows beside an item that say something else of it than its name."""
_KEY_VALUE: Final = re.compile(
    r"^(?!item\b|artikel\b|article\b|product|produkt|produit|title|name\b)[^\W\d_][\w'’]*(?: \w+)?\s?:\s\S",
    re.IGNORECASE,
)
_DAY: Final = (
    r"(?:[A-Z][a-zé]{2,8}\.? \d{1,2}(?:,? \d{4})?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d"
    r"|\d{1,2}\.? [A-Z]?[a-zéû]{2,8}\.?(?: \d{4})?)"
)
_DAYS: Final = re.compile(rf"^{_DAY}(?:\s*(?:[-–—]|to|bis|au)\s*{_DAY})?$")
"""A cell with a day or a period: when it was bought or what it covers, and no part of its name."""
_CODE_TAIL: Final = re.compile(
    r"[\s,;|–-]*[(\[]?\s*(?:sku|item\s?(?:#|no\.?|number|id)|art(?:ikel)?\.?\s?-?(?:nr\.?|no\.?|nummer)"
    r"|artikelnummer|ref\.?|upc|ean|gtin|asin|model|#)\s*[:#]?\s*"
    r"(?P<code>[A-Z0-9][\w./-]{2,24})\s*[)\]]?$",
    re.IGNORECASE,
)
_CODE_BEHIND: Final = re.compile(r"\s+(?P<code>\d{6,14})(?:\s?[A-Z]{1,2})?$")
_CODE_BEFORE: Final = re.compile(r"^#?(?P<code>\d{5,14})\s+(?=\S)")
"""Article numbers as tills print them, before or behind the name."""
_LEADERS: Final = re.compile(r"(?:\s*(?:\.{3,}|…+|_{3,}))+$")
_MEASURED_BEHIND: Final = re.compile(r"\s+(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:kg|g|lbs?|oz|l)$", re.IGNORECASE)
_CODE_BOX: Final = re.compile(r"^#?(?=[\w./-]*\d{2})[A-Z0-9][A-Z0-9./-]{3,20}$")
_TAX_BOX: Final = re.compile(r"^(?:\(?\d{1,2}(?:[.,]\d{1,2})?\s?%\)?|[A-Z]{1,2}\d?|\*|[A-Z]\s?\*)$")
_TAIL: Final = re.compile(
    r"^\s*(?:[A-Z]{1,3}\d?|USD|EUR|GBP|[*#])?\s*\*?\s*(?:\((?:incl\w*\.?|inkl\.?|included"
    r"|inc\.?)[^)]*\)|incl\.? .{0,12})?\s*$",
    re.IGNORECASE,
)
_EDGE: Final = " -–—:;,.|*_=~/\\•·›»>"
_SENTENCE: Final = re.compile(
    r"\b(?:you|your|we|our|us|i|please|thanks?|thank you|sie|ihr[e]?|wir|bitte|danke|vous|votre|nous"
    r"|merci|je|jouw|uw|wij|bedankt|usted|su|gracias|du|din|tack|takk|tak)\b",
    re.IGNORECASE,
)


class Role(Enum):
    """What a row of the list is for."""

    ITEM = "item"
    """Bears an amount, perhaps a name."""
    NAME = "name"
    COUNT = "count"
    DETAIL = "detail"
    DISCOUNT = "discount"
    SAVING = "saving"
    """Says with a minus what was saved on the item above: some tills take it off there, some only say so."""
    BREAK = "break"
    """A sum, a heading, prose: no item goes on across it."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One row, cut.

    Attributes:
        per_unit: the amount is said to be for one, by ``each`` or ``/ ea``.
        lettered: a tax letter stands behind the amount, as tills print it behind every line.
    """

    line: Line
    role: Role
    name: str = ""
    code: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    per_unit: bool = False
    lettered: bool = False


_SUM_KINDS: Final = frozenset(Kind) - {
    Kind.PLAIN,
    Kind.DISCOUNT,
    Kind.SAVINGS,
    Kind.VOID,
    Kind.META,
    Kind.COUNT,
}


def cut_row(line: Line, kind: Kind, *, in_table: bool) -> OrderRow:
    """What the row says; `in_table` where a count and two prices make it an item, whatever its words."""
    prices = _prices(line)
    row = _weighed(_valued(line, prices), prices[-1]) if prices else None
    if kind in _SUM_KINDS | {Kind.COUNT}:
        listed = in_table and row is not None and row.quantity is not None and row.unit_price is not None
        return (
            row
            if listed and row is not None and row.name and kind in _LISTED_KINDS
            else OrderRow(line, Role.BREAK)
        )
    if kind is Kind.SAVINGS:
        amount = line.prices[-1].value if line.prices else None
        return OrderRow(
            line, Role.SAVING if amount is not None and amount < 0 else Role.NOTHING, amount=amount
        )
    if row is None:
        return _without_price(line, kind)
    if kind is Kind.META and names_staff(line):
        return OrderRow(line, Role.NOTHING)
    if PART_OF.match(row.name):
        return OrderRow(line, Role.DETAIL)
    if kind is Kind.DISCOUNT or (
        row.amount is not None and row.amount < 0 and kind is Kind.PLAIN and not DEPOSIT.search(row.name)
    ):
        return replace(row, role=Role.DISCOUNT)
    return row


def outside_table(row: OrderRow, kind: Kind) -> OrderRow:
    """What `cut_row` says of the same row outside a table."""
    return OrderRow(row.line, Role.BREAK) if kind in _SUM_KINDS | {Kind.COUNT} else row


PART_OF: Final = re.compile(
    r"(?:incl(?:uding|uded|usief|\.)|inkl\.|waarvan|davon|dont|of which|herav)\s", re.IGNORECASE
)
"""An amount that the item above holds already: a levy, a copying fee."""
DEPOSIT: Final = re.compile(
    r"leerg|pfand|\bpant\b|deposit|consigne|statiegeld|retour|retur|refund", re.IGNORECASE
)
"""What comes back for empties and goods is a line of its own; anything else with a minus is a discount."""
_LISTED_KINDS: Final = frozenset({Kind.SERVICE, Kind.TIP, Kind.PAYMENT, Kind.COUNT, Kind.META})


def _prices(line: Line) -> list[Number]:
    return list(line.prices)


def _without_price(line: Line, kind: Kind) -> OrderRow:
    text = line.text.strip()
    match = _COUNT_ROW.match(text)
    if match:
        return OrderRow(line, Role.COUNT, quantity=Decimal(next(filter(None, match.groups()))))
    if len(line.multiples) == 1 and line.multiples[0].unit and line.multiples[0].quantity:
        # ``1.234 kg x 0.500``: a price of three decimals is none by itself, and is one behind a weight.
        return OrderRow(line, Role.ITEM, quantity=line.multiples[0].quantity, amount=line.multiples[0].price)
    if kind in {Kind.META, Kind.HEADER, Kind.TAX_TABLE}:
        return OrderRow(line, Role.DETAIL if DETAIL.match(text) else Role.BREAK)
    if text.endswith(":") or _is_sentence(text) or text.startswith(("http", "www.")):
        return OrderRow(line, Role.BREAK)
    if DETAIL.match(text) or _KEY_VALUE.match(text):
        found = _COUNT_IN.search(text)
        return OrderRow(line, Role.DETAIL, quantity=Decimal(found[1]) if found else None)
    name, quantity, code = _named(text)
    if sum(char.isalpha() for char in name) < MIN_NAME_LETTERS:
        return OrderRow(line, Role.NOTHING)
    return OrderRow(line, Role.NAME, name=name, quantity=quantity, code=code)


def _is_sentence(text: str) -> bool:
    words = text.split()
    if text.endswith(("!", "?")):
        return True
    return (len(words) > MAX_SENTENCE_WORDS or text.endswith(".")) and bool(_SENTENCE.search(text))


def _valued(line: Line, prices: Sequence[Number]) -> OrderRow | None:
    """The row's values, if its last price ends it or fills a cell; a price within prose is none."""
    last = prices[-1]
    tail = line.text[last.end :]
    behind = _boxes_behind(line, last)
    unit_said = bool(_UNIT_BEHIND.match(tail))
    if not unit_said and not _TAIL.match(tail) and not behind:
        return None
    boxes = [
        (box.text.strip(), start, stop)
        for box, (start, stop, _, _) in zip(line.row.boxes, line.spans, strict=True)
    ]
    pieces: list[str] = []
    counts: list[Decimal] = []
    code: str | None = None
    for text, start, stop in boxes:
        inside = [number for number in line.numbers if start <= number.start < stop]
        if start > last.end:
            counts += _counts(text)
            continue
        rest = _without_numbers(line, start, stop, prices)
        counted = _COUNT_BOX.match(text) is not None  # ``2 st`` looks like a day, too
        if (_TAX_BOX.match(text) or (_DAYS.match(text) and not counted)) and len(boxes) > 1:
            continue
        if counted and not any(number.is_price for number in inside) and len(boxes) > 1:
            counts += _counts(text)
        elif _CODE_BOX.match(text) and len(boxes) > 2 and not any(number.is_price for number in inside):  # noqa: PLR2004
            code = text.lstrip("#")
        elif not any(char.isalpha() for char in _MONEY_WORDS.sub(" ", _MEASURED.sub(" ", rest))):
            counts += _measures(rest) or [number.value for number in inside if _may_count(number)]
        else:
            pieces.append(rest)
    name, quantity, tail_code = _named(" ".join(pieces))
    unit_price = None
    found = multiply_out(line.numbers[: line.numbers.index(last)], last.value)
    if found and found[0] != last.value:
        quantity, unit_price = found
    elif quantity is None and counts and 0 < counts[-1] <= MAX_COUNT:
        quantity = counts[0] if len(counts) == 1 else counts[-1]
    if unit_price is None and len(prices) > 1 and not unit_said:
        unit_price = (
            prices[-2].value
            if quantity and abs(prices[-2].value * quantity - last.value) < Decimal("0.01")
            else None
        )
    name = _item_name(name, None if counts else quantity)  # ``Oats 1 kg | 1x``: the kilo is the name's
    lettered = bool(re.match(r"^\s*[A-Z]\d?\b\s*\*?\s*$", tail))
    at = bool(_AT_BEFORE.search(line.text[: last.start])) or last.at
    return OrderRow(
        line,
        Role.ITEM,
        name=name,
        code=code or tail_code,
        quantity=quantity,
        unit_price=unit_price,
        amount=last.value,
        per_unit=unit_said or (at and unit_price is None),
        lettered=lettered,
    )


def _weighed(row: OrderRow | None, amount: Number) -> OrderRow | None:
    """With weight and price as a sign joins them, and without them in the name."""
    one = None if row is None else weighed_in(row.line.multiples, amount.start, amount.value)
    if row is None or one is None:
        return row
    said = " ".join(row.line.text[one.start : one.end].split())
    name = row.name.replace(said, "").strip(_EDGE)
    return replace(row, name=name, quantity=one.quantity, unit_price=one.unit_price, per_unit=False)


_MONEY_WORDS: Final = re.compile(
    r"\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|CAD|AUD|NZD|JPY|INR|PLN|CZK|kr|Rs|RM|kg|g|l|stk|st|pcs?|x|each"
    r"|ea|per|incl|btw|vat|mwst)\b\.?",
    re.IGNORECASE,
)


def _item_name(name: str, quantity: Decimal | None) -> str:
    """Without the weight that is its quantity; empty where it only says that this is the price."""
    weight = _MEASURED_BEHIND.search(name)
    if weight and quantity is not None and Decimal(weight[1].replace(",", ".")) == quantity:
        name = name[: weight.start()]
    name = REFUND_OF.sub("", name)
    return "" if PRICE_LABEL.match(name) else name


def _may_count(number: Number) -> bool:
    return not number.is_price and not number.unit and not number.decimals


def _measures(text: str) -> list[Decimal]:
    return [Decimal(match[1].replace(",", ".")) for match in _MEASURED.finditer(text)]


def _boxes_behind(line: Line, number: Number) -> bool:
    """Whether the price ends a cell and the cells behind it hold no words."""
    for box, (start, stop, _, _) in zip(line.row.boxes, line.spans, strict=True):
        if (
            start <= number.start < stop
            and line.text[number.end : stop].strip(" *")
            and not _TAIL.match(line.text[number.end : stop])
        ):
            return False
        if start > number.end and sum(char.isalpha() for char in box.text) > MAX_LABEL_WORDS:
            return False
    return True


def _counts(text: str) -> list[Decimal]:
    match = _COUNT_BOX.match(text)
    return [Decimal(match[1].replace(",", "."))] if match else []


def _without_numbers(line: Line, start: int, stop: int, prices: Sequence[Number]) -> str:
    """The cell's words without its prices, and without what ties a price to them."""
    text, last = "", start
    for number in prices:
        if start <= number.start < stop:
            text += _AT_BEFORE.sub(" ", line.text[last : number.start])
            last = number.end
            unit = _UNIT_BEHIND.match(line.text[last:stop])
            last += unit.end() if unit else 0
    tail = line.text[last:stop]
    if last > start:
        tail = re.sub(r"^\s*(?:[A-Z]{1,3}\d?|[*#])?\s*\*?\s*$", "", tail)
    return f"{text} {tail}".strip()


def _named(text: str) -> tuple[str, Decimal | None, str | None]:
    """Name, count and code from the words of a row."""
    text = _LEADERS.sub("", " ".join(text.split()).strip(_EDGE.replace(".", "")))
    code = None
    quantity: Decimal | None = None
    for pattern in (_COUNT_BEFORE, _COUNT_BEHIND, _COUNT_IN):
        match = pattern.search(text)
        if match and (rest := f"{text[: match.start()]} {text[match.end() :]}".strip(_EDGE)):
            if sum(char.isalpha() for char in rest) < MIN_NAME_LETTERS:
                continue
            quantity = Decimal(next(group for group in match.groups() if group))
            text = rest
            break
    match = _CODE_TAIL.search(text)
    if (
        match
        and any(char.isdigit() for char in match["code"])
        and len(text[: match.start()].strip()) > MIN_NAME_LETTERS
    ):
        code, text = match["code"], text[: match.start()]
    match = _CODE_BEHIND.search(text)
    if match and code is None and sum(char.isalpha() for char in text[: match.start()]) > MIN_NAME_LETTERS:
        code, text = match["code"], text[: match.start()]
    match = _CODE_BEFORE.match(text)
    if match and code is None and sum(char.isalpha() for char in text[match.end() :]) > MIN_NAME_LETTERS:
        code, text = match["code"], text[match.end() :]
    text = re.sub(
        r"^(?:item|artikel|article|product|produkt|produit|description)\s*\d?\s*:\s*",
        "",
        text,
        flags=re.IGNORECASE,
    )
    return " ".join(text.split()).strip(_EDGE.replace(".", "")), quantity, code
