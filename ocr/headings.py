"""What a slip calls itself in rows of their own: a return, a cancelled sale, a training slip.

A row counts only if its words say nothing else: ``*** RETURN ***`` and ``RETURN TRANSACTION`` do, ``Returns
within 30 days`` does not. A lone word may be a line of wrapped prose, or be about one item; so its place
decides: above the items, in a frame of stars, or right below an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ocr.drafts import Draft
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line, squash
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.locales.wordset import WordSet
from ocr.sums import ChosenTotal
from receipts.errors import Rejection, RejectionReason

_DIGITS: Final = re.compile(r"\d+")
_FRAMED: Final = re.compile(r"^\W*([*=#<>_~-])\1+.*\w.*([*=#<>_~-])\2+\W*$|^\s*[*#]\s.*\w\s*[*#]\s*$")
_MISREAD_STAR: Final = re.compile(
    r"(?<=[*#])\s?[xk]{1,2}(?=\W*$)|(?<![^\W_])[xk]{1,2}(?=[*#])", re.IGNORECASE
)
"""Engines take a star of a frame for an X: ``*** VOID **X``."""
MAX_HEADING_WORDS: Final = 6
"""``TRAINING MODE - NOT A RECEIPT`` has five words; prose has more."""
MAX_HEADING_LETTERS: Final = 60
_FILLER: Final = EVERY_LANGUAGE["title_filler"].words


def _with_filler(*topics: str) -> WordSet:
    return WordSet(_FILLER.union(*(EVERY_LANGUAGE[topic].words for topic in topics)))


_RETURNS: Final = _with_filler("refund_title", "refund_tender")
_TENDERS: Final = WordSet(_with_filler("refund_tender").words | EVERY_LANGUAGE["payment"].words)
_REJECTING: Final = (
    ("void_title", RejectionReason.CANCELLED, "a heading says that the sale was cancelled"),
    ("unpaid_title", RejectionReason.NOT_BOUGHT, "a heading says that nothing was paid yet"),
    ("training_title", RejectionReason.NOT_A_RECEIPT, "a heading says that this is no sale"),
)
_TITLES: Final = {
    topic: _with_filler(topic, *(() if topic == "void_title" else ("training_title",)))
    for topic, _, _ in _REJECTING
}
_DECLINES: Final = WordSet(_with_filler("declined_title").words | EVERY_LANGUAGE["payment"].words)


@dataclass(frozen=True, slots=True)
class Slip:
    """What was read, as far as it tells where a heading stands.

    Attributes:
        own_text: the rows are a document's own text; its lone words are states of items and links too.
    """

    lines: Sequence[Line]
    drafts: Sequence[Draft]
    total: ChosenTotal | None
    own_text: bool

    @property
    def first(self) -> int:
        """The first row of the items."""
        return min((line.index for line in self._priced), default=self.end)

    @property
    def last(self) -> int:
        """The last row of the items."""
        return max((line.index for line in self._priced), default=-1)

    @property
    def end(self) -> int:
        """The total's row."""
        entry = self.total.entry if self.total else None
        return entry.line.index if entry else len(self.lines)

    @property
    def _priced(self) -> Iterator[Line]:
        return (line for draft in self.drafts for line in draft.lines if line.prices)


def is_return(slip: Slip) -> bool:
    """Whether the slip calls itself a return, or pays its whole total back."""
    total = slip.total
    if total is None:
        return False
    if any(_pays_back(line, slip) for line in slip.lines[slip.last + 1 :]):
        return True
    if any(draft.amount < 0 and not draft.whole_basket for draft in slip.drafts):
        # Some of the items came back: the word is about these, and the total says which way money went.
        return False
    return any(_titles_return(line, slip) for line in slip.lines)


def no_sale(slip: Slip) -> Rejection | None:
    """Why nothing was bought, where a heading says so."""
    for topic, reason, detail in _REJECTING:
        words = _TITLES[topic]
        if any(_is_title(line, slip, words, topic) for line in slip.lines):
            return Rejection(reason, detail)
    if not slip.own_text and _declined(slip):
        return Rejection(RejectionReason.NOT_BOUGHT, "the payment was declined")
    return None


def _titles_return(line: Line, slip: Slip) -> bool:
    if not _is_title(line, slip, _RETURNS, "refund_title", "refund_tender"):
        return False
    if line.index < slip.first or _FRAMED.match(_unstarred(line.text)):
        return True
    label = _letters(line)
    # RETOUR is change in Dutch, RETURN may be an empty bottle's.
    change = label in EVERY_LANGUAGE["change"] or label in EVERY_LANGUAGE["deposit"]
    return not change and _below_amount(line, slip)


def _is_title(line: Line, slip: Slip, words: WordSet, *topics: str) -> bool:
    if line.prices or len(_words(line)) > MAX_HEADING_WORDS or not _says(line, words, *topics):
        return False
    framed = _FRAMED.match(_unstarred(line.text)) is not None
    following = slip.lines[line.index + 1].prices if line.index + 1 < len(slip.lines) else ()
    if following and following[-1].value < 0:
        # It names what the next row takes back.
        return False
    if slip.first <= line.index <= slip.last:
        return framed and len(_words(line)) > 1
    if len(_words(line)) > 1 or framed:
        return True
    if slip.own_text and topics[0] != "refund_title":
        return line.index > slip.end and _below_amount(line, slip)
    return line.index < slip.first or _below_amount(line, slip)


def _below_amount(line: Line, slip: Slip) -> bool:
    above = slip.lines[line.index - 1] if line.index else None
    return above is not None and bool(above.prices)


def _pays_back(line: Line, slip: Slip) -> bool:
    """``VISA REFUND 11.58``: a tender of the whole total that goes to the customer."""
    total = slip.total
    if total is None or not line.prices or line.prices[-1].value not in {total.value, -total.value}:
        return False
    if not total.value or not _says(line, _TENDERS, "refund_tender"):
        return False
    # Cash paid out beside a purchase is not the purchase's money.
    return not any(
        other.prices
        and other.prices[-1].value >= total.value
        and kind_of(other) is Kind.PAYMENT
        and not _says(other, _TENDERS, "refund_tender")
        for other in slip.lines[slip.end + 1 :]
    )


def _declined(slip: Slip) -> bool:
    """The card was refused, and nothing after it paid."""
    refused = [line.index for line in slip.lines if _says(line, _DECLINES, "declined_title")]
    if not refused or (refused[-1] < slip.end and slip.total is not None):
        return False
    paying = {Kind.PAYMENT, Kind.CHANGE}
    return not any(line.prices and kind_of(line) in paying for line in slip.lines[refused[-1] + 1 :])


def _says(line: Line, words: WordSet, *topics: str) -> bool:
    """Whether the row's words are all of these, one of the topics among them."""
    letters = _letters(line)
    naming = [EVERY_LANGUAGE[topic] for topic in topics]
    if len(letters) > MAX_HEADING_LETTERS or not any(named.holds(letters) for named in naming):
        return False
    # For each place that words reach from the start: whether they can be had with one that names.
    reached: dict[int, bool] = {0: False}
    for at in range(len(letters)):
        if at not in reached:
            continue
        for end in range(at + 1, len(letters) + 1):
            word = letters[at:end]
            if word in words:
                named = reached[at] or any(word in table for table in naming)
                reached[end] = reached.get(end, False) or named
    return reached.get(len(letters), False)


def _letters(line: Line) -> str:
    return _DIGITS.sub("", squash(_unstarred(line.label)))


def _unstarred(text: str) -> str:
    return _MISREAD_STAR.sub("*", text)


def _words(line: Line) -> list[str]:
    return [word for word in re.split(r"[\W\d_]+", _unstarred(line.label)) if word]
