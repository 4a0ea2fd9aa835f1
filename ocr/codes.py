"""Article numbers on rows of their own: above their item or below it, as this page does it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.item_text import MIN_BOXED_CODE_DIGITS
from ocr.works import Work

_CODE_ROW: Final = re.compile(
    r"^(?:(?i:sku|art(?:ikel|icle)?|item|plu|ean|upc|code|ref|nr|no)\b\.?\s?(?:nr|no)?[.:#]*\s*)?"
    r"(?:\(?\d{1,3}[.)]?\s+)?(?P<code>#?[A-Z]{0,4}[-/]?\d[\dA-Z./-]{3,20})(?:\s+[A-Z*#]{1,3}\d?)?$"
)
"""Perhaps a label or a serial number before it, perhaps a tax code behind it."""


def lone_code(text: str) -> str | None:
    """The code of a row that holds nothing else."""
    match = _CODE_ROW.match(text.strip())
    if match is None or sum(char.isdigit() for char in match["code"]) < MIN_BOXED_CODE_DIGITS:
        return None
    return match["code"].strip("#-./")


def give_codes(works: Sequence[Work]) -> None:
    """Items without a code take it from the row of a code beside them."""
    priced = [i for i, work in enumerate(works) if work.amount is not None and work.may_be_item]
    above = {i: _code_row(works, i, -1) for i in priced}
    below = {i: _code_row(works, i, +1) for i in priced}
    step = above if sum(map(bool, above.values())) >= sum(map(bool, below.values())) else below
    bare = [i for i in priced if works[i].parts.code is None and works[i].value > 0]
    if sum(step[i] is not None for i in bare) * 2 < len(bare):
        return  # A telephone number above the first item is not a habit of the page.
    for i, row in step.items():
        if row is not None and works[i].parts.code is None and not row.claimed and works[i].value > 0:
            row.claimed = True
            code = lone_code(row.line.text)
            works[i].names.append(row.line)
            works[i].parts = works[i].parts.with_code(code)


def _code_row(works: Sequence[Work], index: int, step: int) -> Work | None:
    """The row of a code that ends the item's own rows in this direction."""
    place = index + step
    own = {line.index for line in works[index].names}
    while 0 <= place < len(works) and works[place].line.index in own:
        place += step
    if not 0 <= place < len(works):
        return None
    work = works[place]
    if work.amount is not None or work.claimed or abs(work.line.index - works[place - step].line.index) > 1:
        return None
    return work if lone_code(work.line.text) else None
