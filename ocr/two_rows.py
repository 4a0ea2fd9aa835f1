"""Numbers of cards and accounts that begin on one row and end on the next."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from ocr.card_numbers import Span, by_an_issuer, passes_luhn, plain, secret_spans

_TAIL: Final = re.compile(r"(?<![\d.,])(?:\d{4,6}[ -]?){1,4}$")
_HEAD: Final = re.compile(r"^\s*(?:\d{4,6}[ -]?){1,4}(?![\d.,])")
"""Groups as cards print them, at the end of one row and the start of the next."""
CARD_DIGITS: Final = frozenset({15, 16, 19})
_IBAN_TAIL: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{2,4})+\s*$")
_IBAN_HEAD: Final = re.compile(r"^\s*(?:[A-Z0-9]{1,4}\s?)+")


def secrets_across(texts: Sequence[str]) -> Mapping[int, Sequence[Span]]:
    """What to hide of each row of a number that runs over its end; the last four digits stay."""
    found: dict[int, list[Span]] = defaultdict(list)
    for at, (above, below) in enumerate(pairwise(map(plain, texts))):
        ends = _card(above, below) or _account(above, below)
        if ends is not None:
            found[at].append((ends[0], len(above)))
            found[at + 1].append((0, ends[1]))
    return found


def _card(above: str, below: str) -> Span | None:
    """Where it begins above, and where its last four begin below."""
    tail, head = _TAIL.search(above), _HEAD.match(below)
    if tail is None or head is None:
        return None
    digits = re.sub(r"\D", "", tail.group() + head.group())
    if len(digits) not in CARD_DIGITS or not (by_an_issuer(digits) and passes_luhn(digits)):
        return None
    return tail.start(), _before_last_four(head.group())


def _account(above: str, below: str) -> Span | None:
    tail, head = _IBAN_TAIL.search(above), _IBAN_HEAD.match(below)
    if tail is None or head is None:
        return None
    joined = f"{tail.group().rstrip()} {head.group().strip()}"
    whole = [span for span in secret_spans(joined, keep=frozenset()) if span[1] > len(tail.group().rstrip())]
    return (tail.start() + whole[0][0], _before_last_four(head.group())) if whole else None


def _before_last_four(text: str) -> int:
    places = [at for at, char in enumerate(text) if char.isalnum()]
    return places[max(0, len(places) - 4)]
