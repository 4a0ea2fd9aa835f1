"""What a PDF's own history and layers say: saved again with other numbers, written over, made by an editor.

That a PDF was saved more than once is nothing: delivery services stamp theirs, banks sign theirs. What weighs
is a number that an earlier revision had otherwise, or that lies beneath another one.
"""

from __future__ import annotations

import re
from typing import Final

from awarding.fraud.evidence import Evidence
from awarding.fraud.files.base import NotExamined, PdfHistory, SameMaker, maker
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.transcript import Quad

NAME = "pdf_history"
VERSION = 1

ENOUGH_SEEN: Final = 20
"""Paid PDFs of a retailer from which on its software is known. Were one in ten honest ones made otherwise, 20
without such a one would be seen once in eight."""
MOST_SHOWN: Final = 6
EDITORS: Final = (
    "acrobat pro",
    "canva",
    "dochub",
    "draw",
    "foxit phantompdf",
    "foxit pdf editor",
    "gimp",
    "illustrator",
    "inkscape",
    "master pdf editor",
    "nitro pro",
    "pdf-xchange editor",
    "pdfelement",
    "pdfescape",
    "pdffiller",
    "photoshop",
    "sejda",
    "soda pdf",
    "word",
    "writer",
    "xodo",
)
"""Words of producer or creator: software in which a person changes a document. Who joins or shrinks PDFs
(iLovePDF, Smallpdf) or prints a page (Skia, Quartz, Microsoft Print to PDF) changes nothing on it."""
_EDITOR: Final = re.compile(r"\b(?:" + "|".join(map(re.escape, EDITORS)) + r")\b")
_NUMBERS: Final = re.compile(r"\d[\d.,:/-]*\d|\d")
_MEMBER: Final = (
    "The PDF was changed after it was made, as some programs do when they save it. One of us will look at it."
    " If you still have the shop's own file or email, you can also send us that."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong: a number that was changed or written over. Weak: an editor, another maker, mixed digits."""
    found = evidence.pdf
    if found is None:
        return clear(check=NAME, version=VERSION, sentence="It is no PDF with words of its own.")
    if isinstance(found, NotExamined):
        return not_checked(check=NAME, version=VERSION, sentence=f"{found.reason}.")
    strong, weak = _strong(found), _weak(found, evidence.same_maker)
    quads = (*(each.quad for each in found.written_over), *(each.quad for each in found.mixed))
    places = tuple(quad for quad in quads if quad is not None)
    if strong:
        return _suspect(Strength.STRONG, strong, found, (*strong, *weak), places)
    if weak:
        return _suspect(Strength.WEAK, weak, found, weak, places)
    return clear(
        check=NAME,
        version=VERSION,
        sentence="The PDF was not changed after it was made, as far as its own history says.",
        evidence=_about(found),
    )


def _strong(found: PdfHistory) -> tuple[EvidenceFact, ...]:
    changed = (
        EvidenceFact("changed when it was saved again", f"{each.was} became {each.now}")
        for each in found.changes
        if each.was and each.now and _numbers(each.was) != _numbers(each.now)
    )
    covered = (
        EvidenceFact("written over", f"{each.above} lies on {each.below}")
        for each in found.written_over
        if _numbers(each.below) and _numbers(each.above) and _numbers(each.below) != _numbers(each.above)
    )
    return (*changed, *covered)[:MOST_SHOWN]


def _weak(found: PdfHistory, same: SameMaker | None) -> tuple[EvidenceFact, ...]:
    facts: list[EvidenceFact] = []
    for each in found.changes:
        if not (each.was and each.now):
            what = f"taken out: {each.was}" if each.was else f"put in: {each.now}"
            if _numbers(each.was or each.now):
                facts.append(EvidenceFact("changed when it was saved again", what))
    editor = _EDITOR.search(f"{found.creator} {found.producer}".lower())
    if editor is not None:
        facts.append(EvidenceFact("made with an editor", f"{found.creator} {found.producer}".strip()))
    facts += [EvidenceFact("number of several fonts", each.text) for each in found.mixed]
    if same is not None and same.of_retailer >= ENOUGH_SEEN and not same.by_this:
        said = f"{maker(found) or 'not named'}, as none of {same.of_retailer} paid ones of this retailer"
        facts.append(EvidenceFact("made by other software", said))
    return tuple(facts[:MOST_SHOWN])


def _numbers(text: str) -> list[str]:
    return _NUMBERS.findall(text)


def _about(found: PdfHistory) -> tuple[EvidenceFact, ...]:
    facts = (
        ("producer", found.producer),
        ("creator", found.creator),
        ("made", found.made),
        ("changed", found.changed if found.changed != found.made else ""),
        ("revisions", str(found.revisions)),
    )
    return tuple(EvidenceFact(name, value) for name, value in facts if value)


def _suspect(
    strength: Strength,
    named: tuple[EvidenceFact, ...],
    found: PdfHistory,
    facts: tuple[EvidenceFact, ...],
    places: tuple[Quad, ...],
) -> FraudSignal:
    what = ", ".join(dict.fromkeys(fact.name for fact in named))
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength,
        reviewer_sentence=f"The PDF itself says: {what}.",
        member_sentence=_MEMBER,
        evidence=(*facts, *_about(found)),
        places=places,
    )
