"""Several mails forwarded in one, one below the other: where each begins.

Programs that forward a selection put a mark and a block of header lines above each mail. A block below a
mail that holds no purchase is none of these: that mail was a note, and the block belongs to what it passed
on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from ingest.email.amounts import has_amount
from ingest.email.forward_blocks import SEARCHED_LINES, Start, block_at
from ingest.email.forward_lines import Line, Mark, lines_of, mark_of
from ingest.email.html_guard import is_parsable
from ingest.email.section_pages import lines_of_page, only_lines

FEWEST_AMOUNTS: Final = 2
"""Lines with amounts in a mail that holds a purchase: an item and a total."""
MAX_FORWARDS: Final = 40
"""Told apart in one text; more stay with the last one."""
FARTHEST_BLOCK: Final = 3
"""Lines below a mark within which its header lines begin; blank ones stand between."""
MAX_PAGES: Final = 8
"""Cut out of one page as pages, each of which walks the whole page; further ones are cut out as text."""

Form = tuple[str | None, str | None]
"""A mail's page and its plain text."""


def apart(html: str | None, text: str | None) -> tuple[Form, ...]:
    """The same mail once for each mail that is forwarded in it; own words with a purchase in them come last.

    Never empty. Where page and text differ in how many they hold, the one that holds fewer is left out.
    """
    pages, texts = _pages(html), _texts(text)
    if len(pages) <= 1 and len(texts) <= 1:
        return ((html, text),)
    if len(pages) == len(texts):
        return tuple(
            (page, of_text or of_page) for (page, of_page), of_text in zip(pages, texts, strict=True)
        )
    return tuple(pages) if len(pages) > len(texts) else tuple((None, part) for part in texts)


def _pages(html: str | None) -> list[Form]:
    if not html or not is_parsable(html):
        return []
    lines = lines_of_page(html)
    parts = _parts(lines)
    if len(parts) <= 1:
        return []
    return [
        (None, "\n".join(lines[at].raw for at in part))
        if number >= MAX_PAGES
        else (only_lines(html, part.__contains__), None)
        for number, part in enumerate(parts)
    ]


def _texts(text: str | None) -> list[str]:
    if not text:
        return []
    lines = lines_of(text)
    parts = _parts(lines)
    return [] if len(parts) <= 1 else ["\n".join(lines[at].raw for at in part) for part in parts]


def _parts(lines: Sequence[Line]) -> list[range]:
    """Each forwarded mail's lines with its mark and header; own words with a purchase in them come last."""
    cuts, above = _cuts(lines)
    if not cuts:
        return [range(len(lines))]
    ends = [*cuts[1:], len(lines)]
    first = cuts[0] if above else 0
    parts = [range(first, ends[0]), *(range(*part) for part in zip(cuts[1:], ends[1:], strict=True))]
    return [*parts, range(cuts[0])] if above else parts


def _cuts(lines: Sequence[Line]) -> tuple[list[int], bool]:
    """Where forwarded mails begin, and whether there is a purchase above the first of them."""
    cuts: list[int] = []
    above, quote, body = False, 0, 0
    for block in _blocks(lines):
        amounts = sum(has_amount(line.text) for line in lines[body : block.first])
        if not cuts:
            above = amounts >= FEWEST_AMOUNTS
            cuts.append(block.first)
        elif amounts >= FEWEST_AMOUNTS and block.quote <= quote:
            cuts.append(block.first)
        quote, body = block.quote, block.body
    return cuts, above


def _blocks(lines: Sequence[Line]) -> Iterator[Start]:
    """The blocks of header lines right below marks of forwarding."""
    body = 0
    marks = (at for at, line in enumerate(lines[:SEARCHED_LINES]) if mark_of(line.text) is Mark.FORWARD)
    for mark in islice(marks, MAX_FORWARDS):
        below = range(mark + 1, min(mark + 1 + FARTHEST_BLOCK, len(lines)))
        at = next((each for each in below if lines[each].text), None)
        block = block_at(lines, at) if at is not None and mark >= body else None
        if block is not None and block.mark is Mark.FORWARD:
            body = block.body
            yield block
