"""A currency that no locale pack knows, told by its own print.

1,500 naira read as 1,500 dollars would be paid a thousand times over. So a sign that one currency alone has
counts beside an amount, and a code on a row of sums.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ocr.lines import Line, squash
from ocr.locales.elsewhere import CODES, SIGNS, WHOLE
from ocr.locales.vocabulary import Locales, Vocabulary
from receipts.money import Currency, minor_unit_digits

_NAMES: Final = {
    **{code: code for code in CODES},
    **{sign: code for sign, code in SIGNS.items() if sign.isalpha()},
}
_CODE: Final = re.compile(r"(?<![A-Za-z])(?:" + "|".join(sorted(_NAMES)) + r")(?![A-Za-z])")
_DIGITS: Final = re.compile(r"\d+")


def printed_elsewhere(lines: Sequence[Line], locales: Locales, vocabulary: Vocabulary) -> Counter[str]:
    """For each currency without a pack: the rows that print its sign by an amount, or its code by a sum."""
    known = {pack.money.currency for pack in locales.countries}
    found: Counter[str] = Counter()
    for line in lines:
        marks = {SIGNS.get(number.currency_mark, "") for number in line.numbers}
        if line.numbers and _is_sum(line, vocabulary):
            marks |= {_NAMES[name] for name in _CODE.findall(line.text)}
        found.update(marks - known - {""})
    return found


def _is_sum(line: Line, vocabulary: Vocabulary) -> bool:
    """Whether the row names a sum or a tender and, but for the code, nothing else."""
    label = _DIGITS.sub("", squash(_CODE.sub(" ", line.text)))
    return bool(label) and vocabulary.known.covered(label) == len(label)


def is_whole(code: Currency) -> bool:
    """Whether its amounts are printed with nothing behind a mark."""
    return code in WHOLE or minor_unit_digits(code) == 0
