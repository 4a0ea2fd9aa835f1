"""The same picture, or another photo of the same paper, was sent before.

A hash alone is mostly wrong: receipts of one shop look alike. So a candidate counts only when local features
lie alike on both pictures, and a different purchase printed on the same form is told by its facts. What is
left for this check after files and facts: a photo that was cropped, turned or saved anew and reads otherwise
now, above all because somebody changed what it says; and the better photo of one that could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from awarding.fraud import made_image
from awarding.fraud.evidence import Evidence, PictureTwin, Unavailable, came_before
from awarding.fraud.picture.findings import PictureFindings
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.repeats import (
    EARNED_NOTHING,
    MEMBER_SENTENCES,
    REVIEWER_WORDS,
    kind_of_repeat,
    strength_of,
    weightiest,
)
from awarding.fraud.side_by_side import side_by_side
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from awarding.likeness import Different, SamePurchase, same_purchase
from awarding.purchase import purchase_facts
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME: Final = "same_picture"
VERSION: Final = 2

POINTS_MIN: Final = 30
"""The least of 90 repeats drawn and 3 real ones have 65 points in common. It keeps out pictures that show
next to nothing; up to 438 points are also common to two receipts of one shop."""
SHARE_MIN: Final = 0.5
"""Of the print. Of 684 pairs of different receipts, 144 of them of one shop and template, none reaches it
(0.478 at most), but 7 of 72 that list the very same goods; of repeats all 72 cropped, turned, squeezed or on
a screenshot do (0.68 at least), and 16 of 18 photos taken again (0.448 at least)."""
SAME_SHOT_BITS: Final = 24
"""Of 256. A photo saved anew is 6 apart at most, turned 2; two photos of one paper 82 at least. Receipts of
one form that lie at the same place, as screenshots do, are 30 to 42 apart."""
CHANGED_SHOT_BITS: Final = 20
"""A camera's photo that reads otherwise is held up to here. Of 2,415 pairs of 70 different scans the nearest
are 28 apart, of 171 pairs of photos 100; saved anew a photo is 6 apart at most, and with three patches of a
third of its width painted over 8 to 26 (6 photos)."""
_CHANGED: Final = (
    "We have this very picture already, and this time we read other things on it. One of us will have a look."
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One earlier picture that shows the same.

    Attributes:
        same_shot: it is the very photo, not another one of the same paper.
        other_facts: both were read, and what they print is of two purchases.
    """

    twin: PictureTwin
    same_shot: bool
    other_facts: bool


def is_same_paper(points: int, share: float) -> bool:
    """Whether what was found of one picture on another is enough to call them pictures of one paper."""
    return points >= POINTS_MIN and share >= SHARE_MIN


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong for the very photo of another member; weak for another photo of the same paper.

    Another photo with other facts is another receipt of the same shop. The very photo with other facts is
    one that was changed or read badly, or two screenshots of one form: it is shown. It is strong where a
    camera took it and the first was or may be paid: under other facts the claims would pay it once more.
    """
    if isinstance(evidence.same_picture, Unavailable):
        return unknown(
            check=NAME,
            version=VERSION,
            sentence=f"Earlier pictures could not be compared: {evidence.same_picture.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    seen = tuple(
        found
        for twin in evidence.same_picture
        if came_before(twin.earlier, evidence) and (found := _seen(twin, evidence)) is not None
    )
    if not seen:
        compared = len(evidence.same_picture)
        return clear(
            check=NAME,
            version=VERSION,
            sentence=f"No earlier picture shows this paper ({compared} compared).",
        )
    return _found(evidence, seen)


def _seen(twin: PictureTwin, evidence: Evidence) -> _Seen | None:
    if not is_same_paper(twin.points, twin.share):
        return None
    same_shot = twin.apart_bits is not None and twin.apart_bits <= SAME_SHOT_BITS
    earlier = twin.earlier.facts
    compared = None if earlier is None else same_purchase(purchase_facts(evidence.receipt), earlier)
    other_facts = isinstance(compared, Different)
    if other_facts and not same_shot:
        return None
    return _Seen(twin, same_shot, other_facts)


def _found(evidence: Evidence, seen: tuple[_Seen, ...]) -> FraudSignal:
    shots = tuple(each for each in seen if each.same_shot)
    chosen = weightiest(tuple(each.twin.earlier for each in shots or seen))
    found = next(each for each in seen if each.twin.earlier is chosen)
    repeat = kind_of_repeat(chosen)
    sure = found.same_shot and not found.other_facts and chosen.facts is not None
    strength = strength_of(repeat) if sure else Strength.WEAK  # for one never read nothing can have been paid
    paid_anew = found.other_facts and repeat not in EARNED_NOTHING and _changed_shot(found, evidence)
    what = "the very picture" if found.same_shot else "another picture of the same paper as that"
    changed = (
        "; but other facts were read from it, so look whether it was changed" if found.other_facts else ""
    )
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG if paid_anew else strength,
        reviewer_sentence=(
            f"This is {what} of {REVIEWER_WORDS[repeat]} {chosen.receipt_id},"
            f" sent {chosen.submitted_at:%Y-%m-%d %H:%M %Z}{changed}."
        ),
        member_sentence=_CHANGED if paid_anew else MEMBER_SENTENCES[repeat],
        evidence=(*_measures(found.twin), *_differences(evidence, found.twin)),
        related=tuple(each.twin.earlier.receipt_id for each in seen),
    )


def _changed_shot(seen: _Seen, evidence: Evidence) -> bool:
    """Whether a camera took it and few bits of its hash differ; screenshots of one form look alike too."""
    picture = evidence.picture
    if not isinstance(picture, PictureFindings) or picture.made is None or picture.metadata.screen_capture:
        return False
    by_camera = max(picture.made.drawn, picture.made.capture) < made_image.SUSPECT_FROM
    apart = seen.twin.apart_bits
    return by_camera and apart is not None and apart <= CHANGED_SHOT_BITS


def _measures(twin: PictureTwin) -> tuple[EvidenceFact, ...]:
    facts = [
        EvidenceFact(
            f"print found again on {twin.earlier.receipt_id}", f"{twin.points} points, {twin.share:.0%} of it"
        )
    ]
    for name, bits in (("whole picture", twin.apart_bits), ("paper", twin.paper_apart_bits)):
        if bits is not None:
            facts.append(EvidenceFact(f"hashes of the {name}", f"{bits} of 256 bits apart"))
    return tuple(facts)


def _differences(evidence: Evidence, twin: PictureTwin) -> tuple[EvidenceFact, ...]:
    if twin.earlier.facts is None:
        return ()
    compared = same_purchase(purchase_facts(evidence.receipt), twin.earlier.facts)
    if isinstance(compared, SamePurchase):
        return ()  # told by the check of the same purchase
    return side_by_side(compared.likeness, twin.earlier.receipt_id)
