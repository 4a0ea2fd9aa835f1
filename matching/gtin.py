"""Article numbers: the catalog's to 14 digits, and what the digits printed on a receipt may stand for.

Sources: GS1 General Specifications, sections 1.4 (prefixes), 2.6 and 7.9 (check digit), 7.10 (UPC-E).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from stdnum import ean
from stdnum.exceptions import ValidationError

from receipts.identity import Gtin

GTIN_DIGITS = 14
EAN13_DIGITS = 13
UPC_A_DIGITS = 12
EAN8_DIGITS = 8
UPC_E_BODY_DIGITS = 6
# A number in a spreadsheet loses its leading zeros; a company prefix never leaves fewer than these.
_SHORTEST_UNPADDED_DIGITS = 9
# Shorter printed numbers are a shop's own (PLU, department); longer ones are transaction numbers.
_SHORTEST_CUT_DIGITS = 10

# First two digits of the GTIN-13. 02 and 2x: numbered by the shop, mostly with a price or weight inside;
# 04: a shop's own numbers; 05, 98, 99: coupons.
_SHOP_PREFIXES = frozenset({"02", "04", *(f"2{digit}" for digit in range(10))})
_COUPON_PREFIXES = frozenset({"05", "98", "99"})
# GTIN-8 beginning 0 or 2 are for use inside one shop.
_EAN8_SHOP_FIRST = frozenset({"0", "2"})

# A tax or food flag behind a long number (Walmart's F). A letter that may be a digit is not taken for one;
# a short number with a letter is an article number.
_FLAG = re.compile(r"(?<=\d{10})\s?[ACEFGHJKMNPRTUVWXYZ]$")
_SEPARATORS = re.compile(r"[\s\-.]")
# A table of floating numbers writes it behind; with its dot passed over, the zero would be one digit more.
_NO_FRACTION = re.compile(r"\.0+$")
# Only used where all the rest of the printed number is digits.
_LOOK_ALIKE_DIGITS = str.maketrans({"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "S": "5", "B": "8"})


class Reserved(Enum):
    """A range that names no maker's product."""

    SHOP = "shop"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """What a printed number may stand for.

    Attributes:
        certain: the number is whole and its check digit is right.
        possible: the number if the till cut its check digit or leading zeros; needs words that agree.
        reserved: set when the whole number lies in a range that never names a maker's product.
    """

    certain: tuple[Gtin, ...]
    possible: tuple[Gtin, ...]
    reserved: Reserved | None


def _is_valid(digits: str) -> bool:
    try:
        ean.validate(digits)
    except ValidationError:
        return False
    return True


def with_check_digit(body: str) -> Gtin:
    """The GTIN whose digits before the check digit are `body`."""
    padded = body.zfill(EAN13_DIGITS)
    # python-stdnum weighs 13-digit bodies from the right, as GTIN-14 needs.
    return Gtin(padded + ean.calc_check_digit(padded))


def reserved_range(gtin: Gtin) -> Reserved | None:
    """The reserved range that a GTIN of 12, 13 or 14 digits lies in, or None for a maker's own number."""
    prefix = gtin[1:3]
    if prefix in _SHOP_PREFIXES:
        return Reserved.SHOP
    return Reserved.COUPON if prefix in _COUPON_PREFIXES else None


def catalog_gtin(text: str) -> Gtin:
    """A catalog's number as 14 digits; leading zeros that a spreadsheet dropped come back.

    Raises:
        ValueError: it is no GTIN; the message says why and what to write instead.
    """
    digits = _SEPARATORS.sub("", _NO_FRACTION.sub("", text.strip()))
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(
            f"gtin {text!r} has characters that are no digits; write the digits under the barcode"
        )
    if not digits.strip("0"):
        raise ValueError(f"gtin {text!r} is nothing but zeros, which is nobody's number; leave it empty")
    if len(digits) == EAN8_DIGITS:
        valid = _is_valid(digits)
    elif _SHORTEST_UNPADDED_DIGITS <= len(digits) <= GTIN_DIGITS:
        valid = _is_valid(digits.zfill(GTIN_DIGITS))
    else:
        raise ValueError(f"gtin {text!r} has {len(digits)} digits; write 8, 12, 13 or 14, or leave it empty")
    if not valid:
        right = with_check_digit(digits[:-1])[-1]
        raise ValueError(
            f"gtin {text!r} has a wrong check digit (the last one); if the other digits are right it is"
            f" {digits[:-1]}{right}: copy it again from the package, or leave it empty"
        )
    return Gtin(digits.zfill(GTIN_DIGITS))


def expand_upc_e(body: str, *, number_system: str) -> str:
    """The first 11 digits of the UPC-A that the six digits of a UPC-E stand for (GS1 7.10)."""
    a, b, c, d, e, last = tuple(body)
    if last in "012":
        middle = f"{a}{b}{last}0000{c}{d}{e}"
    elif last == "3":
        middle = f"{a}{b}{c}00000{d}{e}"
    elif last == "4":
        middle = f"{a}{b}{c}{d}00000{e}"
    else:
        middle = f"{a}{b}{c}{d}{e}0000{last}"
    return number_system + middle


def _from_upc_e(digits: str) -> Gtin | None:
    """An 8-digit UPC-E (number system, six digits, check digit) as a GTIN, if its check digit is right."""
    if digits[0] not in "01":
        return None
    expanded = with_check_digit(expand_upc_e(digits[1:-1], number_system=digits[0]))
    return expanded if expanded[-1] == digits[-1] else None


def _read_eight(digits: str) -> PrintedCode:
    certain = []
    if _is_valid(digits) and digits[0] not in _EAN8_SHOP_FIRST:
        certain.append(Gtin(digits.zfill(GTIN_DIGITS)))
    upc = _from_upc_e(digits)
    if upc is not None and reserved_range(upc) is None:
        certain.append(upc)
    return PrintedCode(certain=tuple(certain), possible=(), reserved=None)


def _read_cut_eight(digits: str) -> PrintedCode:
    """Seven digits: a UPC-E that lost its leading zero, or a UPC-E or GTIN-8 that lost its check digit."""
    readings = [_from_upc_e("0" + digits)]
    if digits[0] in "01":
        readings.append(with_check_digit(expand_upc_e(digits[1:], number_system=digits[0])))
    if digits[0] not in _EAN8_SHOP_FIRST:
        readings.append(with_check_digit(digits))
    possible = [gtin for gtin in readings if gtin is not None and reserved_range(gtin) is None]
    return PrintedCode(certain=(), possible=tuple(dict.fromkeys(possible)), reserved=None)


def _cut_readings(digits: str) -> tuple[Gtin, ...]:
    """What the number is if the till cut leading zeros, or the check digit, or both."""
    readings = []
    padded = digits.zfill(GTIN_DIGITS)
    if _is_valid(padded):
        readings.append(Gtin(padded))
    if len(digits) < GTIN_DIGITS:
        readings.append(with_check_digit(digits))
    return tuple(gtin for gtin in readings if reserved_range(gtin) is None)


def read_code(text: str) -> PrintedCode:
    """What a printed number may stand for; empty of readings when it is a shop's own or unreadable."""
    nothing = PrintedCode(certain=(), possible=(), reserved=None)
    digits = _SEPARATORS.sub("", _FLAG.sub("", text.strip().upper()))
    if any(character.isdigit() for character in digits):
        digits = digits.translate(_LOOK_ALIKE_DIGITS)
    # Tills print zeros where they know no number.
    if not (digits.isascii() and digits.isdigit()) or not digits.strip("0"):
        return nothing
    if len(digits) == EAN8_DIGITS:
        return _read_eight(digits)
    if len(digits) == EAN8_DIGITS - 1:
        return _read_cut_eight(digits)
    if not _SHORTEST_CUT_DIGITS <= len(digits) <= GTIN_DIGITS:
        return nothing
    whole = len(digits) >= UPC_A_DIGITS and _is_valid(digits)
    padded = Gtin(digits.zfill(GTIN_DIGITS))
    if not whole:
        return PrintedCode(certain=(), possible=_cut_readings(digits), reserved=None)
    reserved = reserved_range(padded)
    if reserved is not None:
        return PrintedCode(certain=(), possible=(), reserved=reserved)
    # One shop number in ten has, by chance, a right check digit: the cut reading stays possible.
    cut = tuple(gtin for gtin in _cut_readings(digits) if gtin != padded)
    return PrintedCode(certain=(padded,), possible=cut, reserved=None)
