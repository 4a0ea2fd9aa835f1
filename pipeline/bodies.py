"""A mail's body to readings: which of the mails quoted in it is the receipt, and what of it is small print.

The body's own words come first. Where they hold no receipt, the quotes are tried, level by level: whoever
answers a shop's mail and sends the answer to us has the receipt in the quote alone. Where a person's note
alone was taken for a receipt whose sums do not close, a quote goes before it.

Small print is left out unless only the words with it make a receipt whose sums close: a rule between items
and total looks like the one above a signature. Nor is it left out where all items and the small print make
another total, as after a coupon. What it says of a purchase that was cancelled or paid back counts always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ingest.email.section_pages import sections_of_page
from ingest.email.sections import Section, sections_of_text
from ocr.document import Reading
from ocr.documents.text import decode_text
from ocr.own_small_print import cancels, pays_back
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType

Answer = tuple[Reading, ...] | Rejection
Read = Callable[[bytes, MediaType, str, date | None], Answer]
"""Bytes, what they are, the name of their sender, and the day on which they were sent."""

SHORT_WORDS: Final = 200
"""Characters of a note above a quote; the shortest receipts have as many, and their sums close."""
_NOTHING: Final = Rejection(RejectionReason.NO_TEXT, "nothing was left out")


@dataclass(frozen=True, slots=True)
class BodyRead:
    """What came of a body.

    Attributes:
        quoted: it was read from a quote, or from words among which quotes are: not from the author's alone.
        beside: another quote holds another purchase, which was not taken.
    """

    answer: Answer
    quoted: bool = False
    beside: bool = False


def read_body(data: bytes, media_type: MediaType, *, hint: str, sent_on: date | None, read: Read) -> BodyRead:
    """The receipts in a page or text that may quote others, or why there are none."""
    body = decode_text(data)
    own, *quotes = sections_of_page(body) if media_type is MediaType.HTML else sections_of_text(body)
    if own.sender is not None:  # nobody wrote a word around the quote
        hint = own.sender.name
    if not quotes and own.body == own.whole:
        return BodyRead(read(data, media_type, hint, sent_on), own.quoted)
    answer = _read_section(own, media_type, hint, sent_on, read)
    if _closes(answer) or (_found(answer) and (not quotes or own.words > SHORT_WORDS)):
        beside = any(differs(_read_quote(each, media_type, sent_on, read), answer) for each in quotes)
        return BodyRead(answer, own.quoted, beside)
    best: Answer | None = answer if _found(answer) else None
    of_quotes: Answer | None = None
    for number, quote in enumerate(quotes, start=1):
        quoted = _read_quote(quote, media_type, sent_on, read)
        if _closes(quoted):
            older = (_read_quote(each, media_type, sent_on, read) for each in quotes[number:])
            return BodyRead(quoted, quoted=True, beside=any(differs(each, quoted) for each in older))
        of_quotes = of_quotes or (quoted if _found(quoted) else None)
    best = of_quotes or best
    whole = _taken_back(read(data, media_type, hint, sent_on), own.small_print)
    if _closes(whole) or (best is None and not _is_unread(whole)):
        return BodyRead(whole, quoted=own.quoted or bool(quotes))
    return BodyRead(best or answer, quoted=own.quoted or of_quotes is not None)


def differs(answer: Answer, taken: Answer) -> bool:
    """Whether it holds a purchase that is none of those taken: one whose sums close, by its total."""
    totals = {each.receipt.total for each in _readings(taken)}
    return any(
        each.receipt.balanced and each.receipt.items and each.receipt.total not in totals
        for each in _readings(answer)
    )


def _read_quote(quote: Section, media_type: MediaType, sent_on: date | None, read: Read) -> Answer:
    name = "" if quote.sender is None else quote.sender.name
    day = sent_on if quote.date is None else quote.date.date()
    return _read_section(quote, media_type, name, day, read)


def _read_section(
    section: Section, media_type: MediaType, hint: str, sent_on: date | None, read: Read
) -> Answer:
    """One writer's words without their small print, less what that takes back."""
    return _taken_back(_read_words(section, media_type, hint, sent_on, read), section.small_print)


def _taken_back(answer: Answer, small_print: str) -> Answer:
    """The receipt as cancelled or paid back where its small print says so; of several it tells nothing."""
    if isinstance(answer, Rejection) or len(answer) > 1:
        return answer
    if cancels(small_print):
        return Rejection(RejectionReason.CANCELLED, "its small print says that the order was cancelled")
    if pays_back(small_print):
        return (replace(answer[0], receipt=replace(answer[0].receipt, is_refund=True)),)
    return answer


def _read_words(
    section: Section, media_type: MediaType, hint: str, sent_on: date | None, read: Read
) -> Answer:
    """One writer's words without their small print; with it where only that closes, or lowers the total."""
    bare = read(_bytes(section.body), media_type, hint, sent_on)
    nameless = not isinstance(bare, Rejection) and not hint and not bare[0].receipt.retailer.name
    if section.body == section.whole:
        return bare
    hidden = read(_bytes(section.hidden), media_type, hint, sent_on) if section.hidden else _NOTHING
    if _closes(bare) and not nameless and not section.hidden:
        return bare
    whole = read(_bytes(section.whole), media_type, hint, sent_on)
    if _has_total(hidden) and _found(bare):
        return _with_hidden(bare, hidden, whole)
    if section.hidden and _goes_on(whole, bare):
        return whole
    if _closes(bare):
        return _named_by(whole, bare) if nameless else bare
    return whole if _closes(whole) or not (_found(bare) or _is_unread(whole)) else bare


def _goes_on(whole: Answer, bare: Answer) -> bool:
    """Whether the small print goes on with the purchase: with it all items make another total."""
    if not (_closes(whole) and _closes(bare)) or len(_readings(whole)) != len(_readings(bare)):
        return False
    pairs = [
        (one.receipt, other.receipt) for one, other in zip(_readings(whole), _readings(bare), strict=True)
    ]
    complete = all(len(one.items) >= len(other.items) for one, other in pairs)
    return complete and any(one.total != other.total for one, other in pairs)


def _with_hidden(bare: Answer, hidden: Answer, whole: Answer) -> Answer:
    """What was taken for small print has a total: it is another receipt, or what became of the first one."""
    if _count(whole) <= _count(bare) and _closes(bare) and _closes(hidden):
        return (*_readings(bare), *_readings(hidden))
    return whole if _found(whole) else bare


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _readings(answer: Answer) -> tuple[Reading, ...]:
    return () if isinstance(answer, Rejection) else answer


def _count(answer: Answer) -> int:
    """How many of its receipts close."""
    return sum(bool(each.receipt.balanced) for each in _readings(answer))


def _has_total(answer: Answer) -> bool:
    return any(each.receipt.total is not None and each.receipt.items for each in _readings(answer))


def _named_by(whole: Answer, bare: Answer) -> Answer:
    """A saved page that names no shop but in its small print, and no sender: then that is the shop."""
    if isinstance(whole, Rejection) or isinstance(bare, Rejection):
        return bare
    retailer = whole[0].receipt.retailer
    return tuple(replace(each, receipt=replace(each.receipt, retailer=retailer)) for each in bare)


def _found(answer: Answer) -> bool:
    return not isinstance(answer, Rejection)


def _closes(answer: Answer) -> bool:
    return not isinstance(answer, Rejection) and all(each.receipt.balanced for each in answer)


def _is_unread(answer: Answer) -> bool:
    """Whether no line was left to look at it."""
    return isinstance(answer, Rejection) and answer.reason is RejectionReason.TOO_MANY
