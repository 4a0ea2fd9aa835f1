"""One row of an item cut into its parts: name, code, quantity, unit price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ocr.amounts import CENT_DIGITS, Number
from ocr.lines import Line
from ocr.multiples import Multiple

MAX_QUANTITY: Final = Decimal(10000)
MAX_FACTORS: Final = 16
"""Numbers before an amount that may multiply to it, the nearest ones; each is tried with each other."""
CENT: Final = Decimal("0.01")
MIN_NAME_LETTERS: Final = 3
"""Fewer letters are a tax code, a unit or dirt."""
MIN_CODE_DIGITS: Final = 3
"""Leading numbers from here on are article numbers: 99 counts, 489 names."""
MIN_TRAILING_CODE_DIGITS: Final = 5
"""Behind a name, shorter numbers are sizes and years unless they stand in a box of their own."""
MIN_BOXED_CODE_DIGITS: Final = 4

_WORD: Final = re.compile(r"[^\W\d_]{3,}", re.UNICODE)
_CODE_ONLY: Final = re.compile(r"^[#*]?(?=[A-Za-z0-9./-]*\d)[A-Za-z0-9]+(?:[-./ ][A-Za-z0-9]+)*[-.]?$")
_LEADING_CODE: Final = re.compile(
    r"^(?:(?:SR|ZR|ZRL|SRL|Z|S|E|T|A)\s*:?\s+|[A-Z]{1,3}\s+(?=\d{4}))?"
    r"(?P<code>#\S{3,16}|\d{2,}(?:-\d{2,})+(?:-\d)?|[IlO0-9]{3,14}\d|\d{3,14}|[A-Z]{1,3}\d{5,14})(?:[-:.]+\s*"
    r"|\s+)(?=\S)"
)
_SERIAL: Final = re.compile(r"^\d{1,3}[.)]?\s+(?=\d{8,14}\s)|^\d{1,3}[.)](?=\d{3,}-\d{2,}\s)")
"""``001 7891000100103 LEITE``, ``1.2012-0021 BILL BOOK``: the line's number stands before the article's."""
_BRACKETED_COUNT: Final = re.compile(r"^\(\d{1,2}\)\s?(?=\d{5})")
_ARTICLE: Final = re.compile(r"(?<!\S)\d{8,14}(?!\S)")
_TRAILING_CODE: Final = re.compile(r"\s+(?P<code>\d{5,14})\s?(?P<tax>[A-Z]{0,2})$")
_TAX_PREFIX: Final = re.compile(
    r"^(?:(?:SR|ZR|ZRL|SRL|OS)\s*[:.]?\s+|[A-Z]\s*[:|]\s*|\([A-Z]\)\s*|[A-E]00\s+(?=\D)|[*+#%]+\s?(?=[^\W\d_]{2}))"
)
_TAX_SUFFIX: Final = re.compile(r"\s+(?:<[A-Z]{1,2}>|[*#%][A-Z]?[0-9]?|[*#]\s?[A-Z0-9]|SRL|ZRL|\*+)$")
_TAX_BOX: Final = re.compile(r"[*#]?[A-Z]{1,2}[0-9]?|SRL|ZRL|[*#%.:=@()/-]+|RM|USD|EUR|CHF|NOK|kr")
"""A box of its own with nothing but this holds no part of the name, unless it is the only one."""
_SHORT_NAME: Final = re.compile(r"(?!KR|ZR|OS|TX|NT)[A-Z]{2}")
_UNIT_WORDS: Final = re.compile(
    r"\b(?:PCS?|PKT|EA|EACH|UNI|UNIT|UNITS|UNT|STK|STCK|KG|LB|WALK|QTY|BTL|BOX|NOS|X|RM|USD|EUR|CHF|NOK"
    r"|GRAM|LFM|QM|SR|ZRL|SRL)\b\.?",
    re.IGNORECASE,
)
NO_NAME: Final = re.compile(
    r"(?:sold by|fulfilled by|condition\b|placed on|item number|article (?:no|number)|art\.? ?(?:nr|no)"
    r"|sku\b|ean\b|seller\b"
    r"|dispatched|delivered|arriving|estimated delivery|[qo0ga]ty\b|quantity\b|tare weight|return window"
    r"|colou?r\s?:|size\s?:|was now\b|statt jetzt\b"
    r"|verkauf durch|verkauft von|versand durch|vendu par|order (?:no|number|#)|note to seller)",
    re.IGNORECASE,
)
"""Rows beside an item that say something else of it than its name."""
_EDGE: Final = " -–—:;,.|*_=~/\\'`\"·"
_MULTIPLIES: Final = re.compile(
    r"\d\s*(?:kg|lbs?|1b|oz|g|pcs?|ea|stk|st|l|gal)?\s*(?:[@×*]|\bx\b|(?<=\d)x|\bAT\b|\bfor\b)|"
    r"\bqty\b|\boty\b|[@/]\s*(?:kg|lb|1b|ea|stk|litre|ltr|l)\b|\b(?:litre|liter|ltr|gal)\b|\d\s?(?:kg|lb"
    r"|1b|pc|pcs)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one row says of an item.

    Attributes:
        name: the words; empty where the row has none.
        quantity_row: the row multiplies, and has no amount of its own.
        products: amounts that the row's own numbers multiply out to.
    """

    name: str
    code: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    quantity_row: bool
    products: tuple[Decimal, ...]

    @property
    def has_name(self) -> bool:
        """Whether the row names its item."""
        return is_words(self.name)

    def named_by(self, rows: Sequence[Parts]) -> Parts:
        """These parts with name and code from other rows; what stood on the own row becomes the code."""
        names = [row.name for row in rows if row.name]
        own_code = self.code or code_of(self.name)
        borrowed = next((row.code for row in rows if row.code), None)
        return replace(self, name=" ".join(names), code=own_code or borrowed)

    def renamed(self, other: Parts) -> Parts:
        """These parts with another row's name and code."""
        return replace(self, name=other.name, code=other.code)

    def with_code(self, code: str | None) -> Parts:
        """These parts with an article number that stands on another row."""
        return replace(self, code=self.code or code)


def is_words(text: str) -> bool:
    """Whether the text names something: a word of three letters, or three letters in all."""
    if NO_NAME.match(text):
        return False
    text = _UNIT_WORDS.sub(" ", text)
    return bool(_WORD.search(text)) or sum(char.isalpha() for char in text) > MIN_NAME_LETTERS


_ZERO_IN_WORD: Final = re.compile(r"(?<=[^\W\d_])0(?=[^\W\d_])")
_WHOLE_TOKEN: Final = re.compile(r"\w{4,}")


def with_letters(name: str) -> str:
    """``GAT0RADE`` as engines read it: a nought between letters, in a word without another digit, is an O."""
    return _WHOLE_TOKEN.sub(lambda match: _lettered(match.group()), name)


def _lettered(token: str) -> str:
    changed = _ZERO_IN_WORD.sub("O" if token[0].isupper() else "o", token)
    return token if any(char.isdigit() for char in changed) else changed


def is_short_name(text: str) -> bool:
    """``TV``, ``CD``: two letters that name something where nothing else on the row does."""
    return bool(_SHORT_NAME.fullmatch(text)) and not _UNIT_WORDS.fullmatch(text)


def is_code_like(text: str) -> bool:
    """Letters and digits without a word in them: a shelf or article number."""
    return bool(text) and any(char.isdigit() for char in text) and not _WORD.search(text)


def code_of(text: str) -> str | None:
    """The text as a product code, if it can be one."""
    stripped = text.strip(_EDGE + "#")
    if " " in stripped and (article := _ARTICLE.findall(stripped)) and not is_words(stripped):
        # A serial number and a tax code beside an article number that tills print in full.
        return str(article[-1])
    if len(stripped) >= MIN_CODE_DIGITS and _CODE_ONLY.match(stripped):
        return stripped
    return None


def split_code(text: str) -> tuple[str | None, str]:
    """An article number before the name, and the name."""
    serial = _SERIAL.match(text)
    text = text[serial.end() :] if serial else text
    match = _LEADING_CODE.match(text)
    if match and sum(char.isdigit() for char in match["code"]) >= MIN_CODE_DIGITS:
        rest = text[match.end() :]
        if is_words(rest):
            return match["code"].strip("#-:."), rest
    return None, text


def cut_parts(line: Line, amount: Number | None, flags: frozenset[str] = frozenset()) -> Parts:
    """The row's name, code, quantity and unit price; `amount` is the row's price, if it has one.

    `flags` are boxes that this page prints behind names: tax codes.
    """
    before = [number for number in line.numbers if number is not amount]
    multiples = [one for one in line.multiples if not _covers(one, amount)]
    if amount is not None:
        before = [number for number in before if number.start < amount.start]
        multiples = [one for one in multiples if one.start < amount.start]
    found = _found(before, multiples, amount.value) if amount is not None else None
    name, code = _name_and_code(line, amount, before, found, multiples, flags)
    multiplies = bool(multiples) or (bool(_MULTIPLIES.search(line.text)) and bool(line.numbers))
    letters = sum(char.isalpha() for char in _UNIT_WORDS.sub("", name))
    quantity_row = (
        amount is None and multiplies and (letters <= MIN_NAME_LETTERS or _starts_with_number(line))
    )
    sole = multiples[0] if len(multiples) == 1 and multiples[0].quantity is not None else None
    if found is None and sole is not None and sole.quantity is not None and amount is not None:
        # Its amount came down by a discount, or a digit was misread: what is written so is still a count.
        found = (sole.quantity, sole.unit_price)
    return Parts(
        name=name,
        code=code,
        quantity=found[0] if found else None,
        unit_price=found[1] if found else None,
        quantity_row=quantity_row,
        products=tuple(sorted({*_products(before), *_made(multiples)})),
    )


def _covers(multiple: Multiple, amount: Number | None) -> bool:
    return amount is not None and multiple.start < amount.end and amount.start < multiple.end


def _made(multiples: Sequence[Multiple]) -> set[Decimal]:
    return {one.amount for one in multiples if one.amount is not None}


def _found(
    before: Sequence[Number], multiples: Sequence[Multiple], amount: Decimal
) -> tuple[Decimal, Decimal] | None:
    """Quantity and unit price as written with a sign, else as columns that multiply, else by a lone price."""
    for one in multiples:
        if one.quantity is not None and one.makes(amount):
            return one.quantity, one.unit_price
    if (found := multiply_out(before, amount)) is not None:
        return found
    return next(
        ((count, one.unit_price) for one in multiples if (count := one.count_for(amount)) is not None), None
    )


def quantity_for(line: Line, amount: Decimal) -> tuple[Decimal, Decimal] | None:
    """Quantity and unit price on a row without an amount of its own, if they make this one."""
    return _found(line.numbers, line.multiples, amount)


def multiply_out(numbers: Sequence[Number], amount: Decimal) -> tuple[Decimal, Decimal] | None:
    """Two of the numbers, quantity and unit price, whose product is the amount to the cent."""
    numbers = numbers[-MAX_FACTORS:]
    best: tuple[int, tuple[Decimal, Decimal]] | None = None
    counts = [(i, one) for i, one in enumerate(numbers) if one.unit != "%" and abs(one.value) <= MAX_QUANTITY]
    prices = [(j, one) for j, one in enumerate(numbers) if _is_unit_price(one)]
    for i, first in counts:
        for j, second in prices:
            if i == j:
                continue
            quantity, price = first.value, second.value
            if abs(quantity * price - amount) >= CENT or (quantity == 0) != (amount == 0):
                continue
            if first.decimals == CENT_DIGITS and not first.unit and quantity != quantity.to_integral_value():
                distance = 10 + abs(i - j)
            else:
                distance = abs(i - j)
            if quantity == 1:
                distance += 5
            if best is None or distance <= best[0]:
                best = (distance, (quantity, price))
    return best[1] if best else None


def _is_unit_price(number: Number) -> bool:
    printed = number.decimals >= CENT_DIGITS or number.currency_mark
    return bool(printed) and number.unit != "%" and (number.value == 0 or number.value >= CENT)


def _starts_with_number(line: Line) -> bool:
    return bool(re.match(r"^(?:[OQo]ty\s*)?\d", line.text)) and any(
        number.is_price for number in line.numbers
    )


def _products(numbers: Sequence[Number]) -> tuple[Decimal, ...]:
    out: set[Decimal] = set()
    numbers = numbers[-MAX_FACTORS:]
    for first in numbers:
        for second in numbers:
            if first is second or second.decimals < CENT_DIGITS or first.unit == "%" or first.value <= 0:
                continue
            if first.value == first.value.to_integral_value() and first.value < 1000:  # noqa: PLR2004 - a count
                out.add((first.value * second.value).quantize(CENT))
    return tuple(sorted(out))


def _name_and_code(
    line: Line,
    amount: Number | None,
    before: Sequence[Number],
    found: tuple[Decimal, Decimal] | None,
    multiples: Sequence[Multiple],
    flags: frozenset[str],
) -> tuple[str, str | None]:
    end = amount.start if amount is not None else len(line.text)
    boxed = _boxed_code(line, end)
    spans = [(start, stop) for _, start, stop in ([boxed] if boxed else [])]
    spans += [(one.start, min(one.end, end)) for one in multiples]
    spans += [(number.start, number.end) for number in before if _is_column(number, before, found, line)]
    spans += _tax_boxes(line, end, flags)
    text = _without(line.text[:end], spans)
    code = boxed[0] if boxed else None
    text = _strip(text)
    leading, text = split_code(_BRACKETED_COUNT.sub("", text))
    code = code or leading
    match = _TRAILING_CODE.search(text)
    if match and code is None and is_words(text[: match.start()]):
        code = match["code"]
        text = text[: match.start()]
    text = _strip(text)
    if not is_words(text) and code is None:
        code = code_of(_UNIT_WORDS.sub("", text).strip())
    return text, code


def _tax_boxes(line: Line, end: int, flags: frozenset[str]) -> list[tuple[int, int]]:
    if len(line.row.boxes) < 2:  # noqa: PLR2004 - a lone box holds the name
        return []
    before = [
        (box.text.strip(), start, stop)
        for box, (start, stop, _, _) in zip(line.row.boxes, line.spans, strict=True)
        if stop <= end
    ]
    # ``TV | 99.00``: letters that head a row with a price, and are all it has, are a name.
    alone = before[:1] if end < len(line.text) and len(before) == 1 and is_short_name(before[0][0]) else []
    return [
        (start, stop)
        for text, start, stop in before[len(alone) :]
        if _TAX_BOX.fullmatch(text) or (start and text in flags)
    ]


def _boxed_code(line: Line, end: int) -> tuple[str, int, int] | None:
    """A box that holds nothing but a long number (and perhaps a tax letter) is the article's number."""
    for box, (start, stop, _, _) in zip(line.row.boxes, line.spans, strict=True):
        match = re.fullmatch(r"#?(\d{4,14})\s?[A-Z]{0,3}", box.text.strip())
        if match and stop <= end and len(match[1]) >= MIN_BOXED_CODE_DIGITS:
            return match[1], start, stop
    return None


def _is_column(
    number: Number, before: Sequence[Number], found: tuple[Decimal, Decimal] | None, line: Line
) -> bool:
    """Whether a number is a column of its own, not part of the name such as a size."""
    boxed = _fills_box(number, line)
    if number.unit == "%":
        return boxed
    if found and number.value in found and _stands_alone(number, line):
        # ``HEARTS 3 CT | 3 | 4.29``: where the same number has a column of its own, the other is a size.
        return boxed or not any(
            other is not number
            and other.value == number.value
            and (other.start == 0 or _fills_box(other, line))
            for other in before
        )
    if number.at and not number.decimals:
        return boxed
    if not found and _inside_name(number, line):
        return False  # ``PFAND 0,25 EUR`` is its name.
    if number.is_price and not number.repaired:
        return True
    return boxed and (number.is_price or number.value < 1000)  # noqa: PLR2004 - counts; longer ones are codes


def _inside_name(number: Number, line: Line) -> bool:
    """Whether words stand before the number, and its currency or more words behind it, in one box."""
    for start, stop, _, _ in line.spans:
        if start < number.start and number.end <= stop:
            after = line.text[number.end : stop].strip()
            more = len(after) > 1 and after.isalpha()
            mark = bool(number.currency_mark) and line.text[number.start : number.end].lstrip()[:1].isdigit()
            return (mark or more) and is_words(line.text[start : number.start])
    return False


def _stands_alone(number: Number, line: Line) -> bool:
    after = line.text[number.end : number.end + 1]
    return not after.isalpha()


def _fills_box(number: Number, line: Line) -> bool:
    for box, (start, stop, _, _) in zip(line.row.boxes, line.spans, strict=True):
        if start <= number.start and number.end <= stop:
            rest = box.text[: number.start - start] + box.text[number.end - start :]
            return not any(char.isalpha() for char in rest) and (start > 0 or len(line.row.boxes) == 1)
    return False


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    kept, last = [], 0
    for start, stop in sorted(spans):
        if start >= len(text):
            break
        kept.append(text[last:start])
        last = max(last, stop)
    kept.append(text[last:])
    return " ".join(kept)


def _strip(text: str) -> str:
    """Without what surrounds a name: tax letters, currency, signs of multiplication, loose punctuation."""
    previous = None
    text = " ".join(text.split())
    while previous != text:
        previous = text
        text = text.strip(_EDGE)
        text = re.sub(r"(?:\s(?:RM|USD|EUR|CHF|NOK|[$£€@xX×*]))+$", "", text)
        text = re.sub(r"^(?:[xX×@]\s+)", "", text)
        text = _TAX_PREFIX.sub("", text)
        shorter = _TAX_SUFFIX.sub("", text)
        if is_words(shorter) or not is_words(text):
            text = shorter
    return " ".join(text.split())
