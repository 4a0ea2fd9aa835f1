"""Whether a mail may hold another's words: then its signature does not speak for what is read of it.

A shop's answer repeats what a customer wrote, and so do acknowledgements of a contact form and mails that
came back. `sections` tells whose words are whose, to find the receipt; to lend the shop's proof to the words
that it takes for the shop's own is another matter, since whoever writes to a shop could have the shop sign a
receipt. So here the mail as a whole is looked at, and any sign of an answer will do. What it costs a genuine
receipt is its proof alone: it goes to the checks that most forwarded mails go to.

An answer that repeats another's words as its own, without a mark, a line or a word about it, cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from ingest.email.answer_words import RETURNED, YOUR_WORDS
from ingest.email.contents import MailLayer, open_mail
from ingest.email.forward_address import ADDRESS
from ingest.email.forward_attribution import attribution_at
from ingest.email.forward_blocks import block_at
from ingest.email.forward_dates import parse_printed_date
from ingest.email.forward_lines import (
    Field,
    Label,
    Line,
    Prefix,
    label_of,
    lines_of,
    says_mark,
    split_subject,
)
from ingest.email.forward_phrases import WROTE
from ingest.email.html_guard import is_parsable
from ingest.email.raw_message import header_block
from ingest.email.section_pages import lines_of_page
from ingest.email.sections import MOST_LINES
from receipts.errors import Rejection
from receipts.image import MediaType

MOST_SENTENCES: Final = 200
"""That end in a colon and are taken apart; a mail with more counts as an answer."""
_LONGEST_ABOVE: Final = 200
"""Characters of a line above a quote: a name, an address, a moment."""
_ANSWER_FIELD: Final = re.compile(
    rb"^(?:in-reply-to|x-autoreply|x-autorespond|auto-submitted)[ \t]*:(?![ \t\r\n]*(?:no|auto-generated)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWERING: Final = frozenset({Prefix.REPLY, Prefix.AMBIGUOUS})
_CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_BRACKETED: Final = re.compile(rf"[<(\[](?:mailto:)?{ADDRESS.pattern}[>)\]]")
_QUOTES_IN_PAGE: Final = re.compile(
    r"<blockquote\b|(?:class|id)\s?=\s?[\"']?[^\"'<>]{0,200}"
    r"(?:quoted|_quote|quote[-_]|moz-cite|divrplyfwdmsg|appendonsend|replymessage|replyforward)",
    re.IGNORECASE,
)
_MARKED: Final = re.compile(r"\s*(?:>|&gt;)")


def may_hold_anothers_words(raw: bytes) -> bool:
    """Whether anything points to an answer: its subject, header, marks, containers, or words above a quote.

    So does what cannot be looked through, as too long or too deep.
    """
    layer = open_mail(raw)
    if isinstance(layer, Rejection) or layer.report or _ANSWER_FIELD.search(header_block(raw)):
        return True
    return (
        _answers_by_subject(layer.subject)
        or any(map(_page_quotes, _bodies(layer, layer.html, MediaType.HTML)))
        or any(map(_text_quotes, _bodies(layer, layer.text, MediaType.TEXT)))
    )


def _answers_by_subject(subject: str) -> bool:
    folded = subject.casefold()
    if split_subject(subject)[0] in _ANSWERING or any(each in folded for each in _words(RETURNED)):
        return True
    return _says_your_words(subject)


def _bodies(layer: MailLayer, body: str | None, media_type: MediaType) -> Iterator[str]:
    """The mail's own, and the files of that kind, which are read alike."""
    if body:
        yield body
    for file in layer.documents:
        if file.media_type is media_type:
            yield file.data.decode("utf-8", "replace")


def _page_quotes(html: str) -> bool:
    if not is_parsable(html) or _QUOTES_IN_PAGE.search(html):
        return True
    lines = lines_of_page(html)
    return any(_MARKED.match(line.text) for line in lines) or _lines_quote(lines)


def _text_quotes(text: str) -> bool:
    return _lines_quote(lines_of(text))


def _lines_quote(lines: Sequence[Line]) -> bool:
    if len(lines) > MOST_LINES or any(line.quote for line in lines):
        return True
    filled = [line for line in lines if line.text]
    return (
        any(
            says_mark(line.text) or _says_your_words(line.text) or _stands_above(line.text) for line in filled
        )
        or _has_header(filled)
        or _has_introduction(lines)
    )


def _says_your_words(text: str) -> bool:
    """Whether a line speaks of what the reader wrote; a word with a colon has to be a label of its own."""
    folded = text.casefold().replace("：", ":").replace("’", "'")
    return any(
        folded.startswith(each) or folded.endswith(" " + each) if each.endswith(":") else each in folded
        for each in _words(YOUR_WORDS)
    )


def _stands_above(text: str) -> bool:
    """Whether it is a line such as ``Ann, Mar 3, 2026, 14:05 UTC:`` or ``Ann wrote:``."""
    if len(text) > _LONGEST_ABOVE or not text.endswith((":", "：")):
        return False
    return _verb().search(text) is not None or (
        _CLOCK.search(text) is not None and parse_printed_date(text) is not None
    )


def _has_header(lines: Sequence[Line]) -> bool:
    """Whether lines ``From: Ann <ann@a.example>`` and ``Date: ...`` stand together, in any words."""
    labels = [label_of(line.text) for line in lines]
    return any(
        above is not None and below is not None and _heads(above, below) for above, below in pairwise(labels)
    )


def _heads(above: Label, below: Label) -> bool:
    """Two lines of which one names an author, and the other is of a mail's header as well."""
    for one, other in ((above, below), (below, above)):
        if one.field is Field.FROM and other.field is not None and ADDRESS.search(one.value):
            return True
        if _BRACKETED.search(one.value) and (other.field is not None or parse_printed_date(other.value)):
            return True
    fields = {above.field, below.field}
    return fields == {Field.FROM, Field.SUBJECT}


def _has_introduction(lines: Sequence[Line]) -> bool:
    sentences = 0
    for at, line in enumerate(lines):
        if not line.text:
            continue
        if block_at(lines, at) is not None:
            return True
        sentences += line.text.endswith((":", "："))
        if sentences > MOST_SENTENCES or attribution_at(lines, at) is not None:
            return True
    return False


@cache
def _words(table: str) -> tuple[str, ...]:
    return tuple(table.split("|"))


@cache
def _verb() -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(WROTE.split("|"), key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{words})\s?[:：]$", re.IGNORECASE)
