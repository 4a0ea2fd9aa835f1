"""What was found in a file, frozen: a PDF's history and layers, and where a mail's links lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from receipts.transcript import Quad


@dataclass(frozen=True, slots=True)
class NotExamined:
    """It could not be looked into.

    Attributes:
        reason: for the reviewer.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Lines of an earlier revision, and those that stand there now; one of them may be empty."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Over:
    """A text that is written over another, and where, on the first page's own scale."""

    below: str
    above: str
    quad: Quad | None


@dataclass(frozen=True, slots=True)
class Mixed:
    """A number whose digits are of several fonts or sizes."""

    text: str
    quad: Quad | None


@dataclass(frozen=True, slots=True)
class PdfHistory:
    """One PDF.

    Attributes:
        producer: of the information dictionary, as `creator`; empty where it says nothing.
        revisions: how often it was saved without being written anew, and once.
        font: of most letters of the first page; empty where there are none, and in older readings.
        changes: between an earlier revision's words and the newest one's.
    """

    producer: str
    creator: str
    made: str
    changed: str
    revisions: int
    changes: tuple[Change, ...] = ()
    written_over: tuple[Over, ...] = ()
    mixed: tuple[Mixed, ...] = ()
    font: str = ""


@dataclass(frozen=True, slots=True)
class SameMaker:
    """How many paid PDFs of the retailer were made by this software, of how many that were paid.

    Attributes:
        of_retailer: counted up to a bound.
        by_this: of these.
    """

    of_retailer: int
    by_this: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a mail.

    Attributes:
        domain: registrable domain that it leads to.
        shown: registrable domain that its words show; empty where they show none.
    """

    domain: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class MailLinks:
    """Where a mail's links lead.

    Attributes:
        sender: registrable domain of the original's sender; empty where unknown.
        links: each once, in the order of the mail.
        count: of all links that lead to a domain.
    """

    sender: str
    links: tuple[Link, ...]
    count: int


_VERSION: Final = re.compile(r"[\d.]*\d[\w.]*")


def maker(history: PdfHistory) -> str:
    """The software that made it, without versions: ``itext`` for ``iText 2.1.7 by 1T3XT``."""
    named = history.producer or history.creator
    return " ".join(_VERSION.sub(" ", named.lower()).split()[:4])[:60]


def history_from(found: Any) -> PdfHistory | NotExamined:  # noqa: ANN401 - one line of JSON, by our own script
    """What `pdf_child` says."""
    if "failed" in found:
        return NotExamined(f"the PDF could not be looked into ({found['failed']})")
    return PdfHistory(
        producer=found["producer"],
        creator=found["creator"],
        made=found["made"],
        changed=found["changed"],
        revisions=found["revisions"],
        changes=tuple(Change(each["was"], each["now"]) for each in found["changes"]),
        written_over=tuple(Over(each["below"], each["above"], _quad(each)) for each in found["written_over"]),
        mixed=tuple(Mixed(each["text"], _quad(each)) for each in found["mixed"]),
        font=found["font"],
    )


def _quad(found: Any) -> Quad | None:  # noqa: ANN401
    """Places are shown on the first page, on which text documents are laid out."""
    if found["page"]:
        return None
    left, top, right, bottom = found["box"]
    return Quad.upright(left=left, top=top, right=right, bottom=bottom)
