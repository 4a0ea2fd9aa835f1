"""Which till of the shop rang the purchase up: ``REG 03``, ``TE# 21``, ``Kasse 2``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.lines import Line, squash
from ocr.locales.vocabulary import Vocabulary

_LABELLED: Final = re.compile(
    r"(?<![^\W\d_])(?P<label>[^\W\d_]{2,})\.?\s?(?:N[or]\b|N[°º])?[\s.:#№]*(?P<number>\d{1,3})(?!\w|%|\s?%|[.,:/]\d)",
    re.IGNORECASE,
)
"""Three digits at most: a card terminal's number, a company's and a telephone's are longer."""
_OTHER_NUMBER: Final = re.compile(r"\b(?:CO|COMPANY|BUSINESS|GST|SST|VAT|TAX)\W*$", re.IGNORECASE)
"""Before ``Reg. No``: who is registered, not where was paid."""


def find_register(lines: Sequence[Line], vocabulary: Vocabulary) -> str:
    """Its number as printed; empty where there is none, or where the page names several."""
    found: dict[int, str] = {}
    for line in lines:
        for match in () if line.prices else _LABELLED.finditer(line.text):
            other = _OTHER_NUMBER.search(line.text[: match.start()])
            if not other and squash(match["label"]) in vocabulary["till"]:
                found.setdefault(int(match["number"]), match["number"])
    return next(iter(found.values())) if len(found) == 1 else ""
