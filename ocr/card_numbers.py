"""Numbers of payment cards and bank accounts in a text: where they stand, and what of them to hide.

A card number is 13 to 19 digits whose check digit (Luhn) is right. One number in ten of that length passes by
chance, so a number in one piece that no card issuer begins with may be kept by who knows what it is (a
product's code, the receipt's own number); one that an issuer begins with may not, but for product codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

MIN_DIGITS: Final = 13
MAX_DIGITS: Final = 19
"""ISO/IEC 7812: the lengths in use."""
EAN_DIGITS: Final = 13
"""Cards of 13 digits are no longer issued; product codes of 13 digits are on every shelf."""
KEPT_DIGITS: Final = 4
"""What receipts print of a card anyway, and what a member knows it by."""
MIN_INNER_GROUP: Final = 3
MAX_INNER_GROUP: Final = 6
"""Card numbers are printed 4-4-4-4, 4-6-5 and the like; dates and order numbers have other groups."""
GTIN_DIGITS: Final = frozenset({8, 12, 13, 14})
MAX_GROUPS: Final = 6
"""No card is printed in more; a bound on the work for a row of hundreds of digits."""
NEAR_DIGITS: Final = range(15, MAX_DIGITS + 1)
"""Lengths at which a digit of a card may be lost or doubled; shorter ones are articles' and references'."""
MIN_SURE_DIGITS: Final = 10
"""So many true digits, before letters among them are taken for misread ones."""

# Beginnings and lengths by issuer, as published: Visa, Mastercard, American Express, Diners, Discover, JCB,
# UnionPay, Maestro and girocard, RuPay, Troy, Mir.
_ISSUERS: Final = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"30[0-5]|309|3[689]"), frozenset({14, 16, 19})),
    (re.compile(r"352[89]|35[3-8]"), frozenset({16, 17, 18, 19})),
    (re.compile(r"50|5[6-9]|6"), frozenset(range(MIN_DIGITS, MAX_DIGITS + 1))),
    (re.compile(r"81|82|9792|220[0-4]"), frozenset({16, 19})),
)
# Letters that engines read for digits, and back.
_MISREAD: Final = str.maketrans("OoQDIl|SBZ", "0000111582")
_GROUP: Final = re.compile(r"[\dOoQDIl|SBZ]+")
_BREAK: Final = re.compile(r"\s{1,3}|\s?[-–·._/,]\s?")
_PRICE_BEHIND: Final = re.compile(r"\s{2,3}(?=\d{1,3}[.,]\d\d(?!\d))")
"""Between a number and the price in the next column, whose digits are no more of the number."""
_RARE_BREAKS: Final = frozenset("._/,")
"""They stand in prices and dates too: only groups of a card's own printing count between them."""
_PRINTINGS: Final = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3))
"""How cards show their number; engines lose a blank, but never move one."""
_CARD_ROW: Final = re.compile(
    r"VISA|MASTER\s?CARD|MAESTRO|AMEX|AMERICAN EXP|GIROCARD|DISCOVER|UNIONPAY|\bPAN\b|\bE?C-?KARTE"
    r"|\b(?:CREDIT|DEBIT|GIFT|BANK)\s?CARD|CARD\s?(?:NO|NUM|NR|#|:)|\bACC(?:OUN)?T\b|KARTEN?-?\s?(?:NR|NUMMER)"
    r"|\bCARTE\b|\bTARJETA\b|\bCARTA\b|\bKAART|\bKORTN|\bKORT\b|\bKARTA\b|\bCART[AÃ]O\b",
    re.IGNORECASE,
)
_PARTLY: Final = re.compile(r"(?<![A-Za-z])[\d*#•●×Xx]+(?:[\s-]?[\d*#•●×Xx]+)*")
"""A number that the till has hidden in part already: ``XXXXXXXXXXXX1234``, ``411111******1111``."""
_HIDING: Final = re.compile(r"[*#•●×Xx]{3}")
_MIDDLE_HIDDEN: Final = re.compile(r"(?<!\d)\d{4,8}\s?[-–_=~.…]{3,}+\s?\d{4}(?!\d)")
"""``411111------1111``; in other rows dots lead from an article's number to its price."""
_SINGLE: Final = re.compile(r"(?<![\d.,])\d(?:\s{1,2}\d){12,18}(?![\d.,]|\s{1,2}\d)")
_IBAN: Final = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2}\d{2})((?:\s?[A-Z0-9]){11,30})(?![A-Z0-9])", re.IGNORECASE | re.ASCII
)
MIN_IBAN_DIGITS: Final = 10
"""Of an IBAN in small letters without its label: words of a sentence have fewer."""
_IBAN_LABEL: Final = re.compile(r"\bIBAN\b", re.IGNORECASE)
IBAN_MODULUS: Final = 97
IBAN_LENGTHS: Final = range(15, 35)

Span = tuple[int, int]


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    doubled = (2 * int(digit) for digit in digits[-2::-2])
    return (
        sum(value - 9 if value > 9 else value for value in doubled) + sum(map(int, digits[::-2]))  # noqa: PLR2004 - Luhn
    ) % 10 == 0


def is_ean(digits: str) -> bool:
    """Whether the check digit is that of a product's 13-digit code."""
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return len(digits) == EAN_DIGITS and weighed % 10 == 0


def is_gtin(digits: str) -> bool:
    """Whether the check digit is that of a product's code of 8, 12, 13 or 14 digits."""
    weighed = sum(int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(digits[:-1]), 2))
    return len(digits) in GTIN_DIGITS and (weighed + int(digits[-1])) % 10 == 0


def by_an_issuer(digits: str) -> bool:
    """Whether some issuer's cards begin like this and are this long."""
    return any(start.match(digits) and len(digits) in lengths for start, lengths in _ISSUERS)


def near_an_issuer(digits: str) -> bool:
    """Whether it is such a number but for one digit that was lost or read twice."""
    return len(digits) in NEAR_DIGITS and any(
        start.match(digits) and not lengths.isdisjoint({len(digits) - 1, len(digits) + 1})
        for start, lengths in _ISSUERS
    )


def plain(text: str) -> str:
    """The text with full-width and other scripts' digits, letters and marks as ASCII has them; as long."""
    return text if text.isascii() else "".join(map(_plain_character, text))


def _plain_character(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if unicodedata.category(char) == "Cf":
        return " "  # nothing to see, and it parts groups as a blank does
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


def is_card_number(digits: str) -> bool:
    """Whether digits in one piece can be a card's number."""
    return (
        digits.isascii()
        and digits.isdigit()
        and MIN_DIGITS <= len(digits) <= MAX_DIGITS
        and passes_luhn(digits)
    )


def secret_spans(text: str, *, keep: frozenset[str]) -> Iterator[Span]:
    """What to hide of card and account numbers: from the first character to before the last four shown.

    `keep` holds digits that are known to be something else; see the module's words on which of them count.
    """
    text = plain(text)
    named = bool(_CARD_ROW.search(text))
    yield from _hidden_in_part(text, named=named)
    yield from _accounts(text)
    yield from _digit_by_digit(text)
    for groups in _runs(text):
        yield from _cards(text, groups, keep, named=named)


def _digit_by_digit(text: str) -> Iterator[Span]:
    """``4 1 1 1 1 1 ...``, as forms with a box for each digit are read."""
    for match in _SINGLE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if by_an_issuer(digits) and passes_luhn(digits):
            yield _all_but_the_last(text, *match.span())


def _runs(text: str) -> Iterator[list[Span]]:
    """Groups of digits that stand one after another, with nothing but a break between."""
    run: list[Span] = []
    for match in _GROUP.finditer(text):
        start, end = match.span()
        if not any(char.isdigit() for char in match.group()):
            continue
        if run and (not _BREAK.fullmatch(text, run[-1][1], start) or _PRICE_BEHIND.match(text, run[-1][1])):
            yield run
            run = []
        if not run:  # letters before the first digit are the end of a word
            start += next(at for at, char in enumerate(match.group()) if char.isdigit())
        run.append((start, end))
    if run:
        yield run


def _cards(text: str, groups: list[Span], keep: frozenset[str], *, named: bool) -> Iterator[Span]:
    """True numbers first; then, in a row about cards, what is nearly one."""
    taken: set[int] = set()
    for sure in (True, False) if named else (True,):
        first = 0
        while first < len(groups):
            last = _end_of_card(text, groups, first, keep, taken, sure=sure, named=named)
            if last > first:
                start, end = groups[first][0], _without_letters_behind(text, [groups[last - 1]])[0][1]
                yield _all_but_the_last(text, start, end)
                taken.update(range(first, last))
            first = max(last, first + 1)


def _end_of_card(
    text: str,
    groups: list[Span],
    first: int,
    keep: frozenset[str],
    taken: set[int],
    *,
    sure: bool,
    named: bool,
) -> int:
    """Behind which group the longest card number ends that starts with group `first`; `first` for none."""
    longest, size = first, 0
    for at in range(first, min(len(groups), first + MAX_GROUPS)):
        size += groups[at][1] - groups[at][0]
        if at in taken or (at > first and size > MAX_DIGITS + 1):  # one may be a letter behind the number
            break
        window = _without_letters_behind(text, groups[first : at + 1])
        if _is_card(text, window, keep, sure=sure, named=named):
            longest = at + 1
    return longest


def _without_letters_behind(text: str, window: list[Span]) -> list[Span]:
    """A letter at the very end is a tax letter or the next word's."""
    start, end = window[-1]
    while not text[end - 1].isdigit():
        end -= 1
    return [*window[:-1], (start, end)]


def _is_card(text: str, window: list[Span], keep: frozenset[str], *, sure: bool, named: bool) -> bool:
    printed = "".join(text[start:end] for start, end in window)
    digits = printed.translate(_MISREAD)
    if sum(char.isdigit() for char in printed) < MIN_SURE_DIGITS or digits in keep:
        return False
    if len(window) > 1:
        if any(text[start:end] in keep and is_gtin(text[start:end]) for start, end in window):
            return False
        return _one_number(digits, sure=sure) and _grouped_like_a_card(text, window, sure=sure, named=named)
    if named and len(digits) > MAX_DIGITS and digits.isdigit():
        return any(by_an_issuer(digits[:size]) and passes_luhn(digits[:size]) for size in (15, 16, 19))
    if len(digits) == EAN_DIGITS and not named and is_ean(digits):
        return False
    return is_card_number(digits) or _one_number(digits, sure=sure)


def _one_number(digits: str, *, sure: bool) -> bool:
    """By its issuer and check digit; else a digit may be misread, lost or doubled."""
    if sure:
        return by_an_issuer(digits) and is_card_number(digits)
    return by_an_issuer(digits) or near_an_issuer(digits)


def _grouped_like_a_card(text: str, window: list[Span], *, sure: bool, named: bool) -> bool:
    sizes = [end - start for start, end in window]
    breaks = {text[before[1] : after[0]].strip() for before, after in pairwise(window)}
    if _printed_so(sizes):
        return True
    if named and sure:
        return len(breaks) == 1
    if len(breaks) > 1 or min(sizes[:-1]) < MIN_INNER_GROUP:
        return False
    return named or (max(sizes[:-1]) <= MAX_INNER_GROUP and breaks.isdisjoint(_RARE_BREAKS))


def _printed_so(sizes: Sequence[int]) -> bool:
    """Whether the groups are those of a card, where blanks between some may be lost."""
    ends = set(accumulate(sizes))
    return any(sum(sizes) == sum(printing) and ends <= set(accumulate(printing)) for printing in _PRINTINGS)


def _all_but_the_last(text: str, start: int, end: int) -> Span:
    shown, at = 0, end
    while at > start and shown < KEPT_DIGITS:
        at -= 1
        shown += text[at].isalnum()
    return start, at


def _hidden_in_part(text: str, *, named: bool) -> Iterator[Span]:
    for match in _MIDDLE_HIDDEN.finditer(text):
        if named or by_an_issuer(re.sub(r"\D", "0", match.group())):
            yield _all_but_the_last(text, *match.span())
    for match in _PARTLY.finditer(text):
        printed = match.group()
        if _HIDING.search(printed) and sum(char.isdigit() for char in printed) > KEPT_DIGITS:
            yield _all_but_the_last(text, *match.span())


def _accounts(text: str) -> Iterator[Span]:
    labelled = bool(_IBAN_LABEL.search(text))
    for match in _IBAN.finditer(text):
        printed = match[1] + match[2]
        if not (labelled or printed.isupper() or sum(map(str.isdigit, printed)) >= MIN_IBAN_DIGITS):
            continue
        ends = [end for end in _iban_ends(printed) if _is_iban(re.sub(r"\s", "", printed[:end]))]
        if ends or labelled:
            yield _all_but_the_last(text, match.end(1), match.start() + (ends or [len(printed)])[0])


def _iban_ends(printed: str) -> Iterator[int]:
    """Where the number may end, the longest first: a word behind it reads as part of it."""
    yield len(printed)
    for at in range(len(printed) - 1, 0, -1):
        if printed[at].isspace():
            yield at


def _is_iban(whole: str) -> bool:
    if len(whole) not in IBAN_LENGTHS:
        return False
    turned = whole[4:] + whole[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % IBAN_MODULUS == 1
