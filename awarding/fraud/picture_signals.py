"""What the checks of a picture share: no picture, one that could not be examined, places to show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.picture.findings import EditedFindings, PictureFindings, ScreenFindings, Spot
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength
from receipts.transcript import Quad

MOST_PLACES = 12
"""Shown to a reviewer: more hide what they mark."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a check of one score says.

    Attributes:
        nothing_to_go_by: where the picture has nothing that the score could be taken of.
        clear: below the threshold.
        reviewer: from the threshold on; `{score}` stands for it.
        member: the same for the member.
    """

    nothing_to_go_by: str
    clear: str
    reviewer: str
    member: str


def weak_from(
    found: ScreenFindings | EditedFindings | None, least: float, *, check: str, version: int, says: Wording
) -> FraudSignal:
    """A weak suspicion where the score is `least` or more, with the places that it is taken of."""
    if found is None:
        return not_checked(check=check, version=version, sentence=says.nothing_to_go_by)
    if found.score < least:
        return clear(check=check, version=version, sentence=says.clear, evidence=facts_of(found.facts))
    return FraudSignal(
        check=check,
        version=version,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=says.reviewer.format(score=f"{found.score:.2f}"),
        member_sentence=says.member,
        evidence=facts_of(found.facts),
        places=places_of(found.spots),
    )


def findings_of(evidence: Evidence, *, check: str, version: int) -> PictureFindings | FraudSignal:
    """The findings, or the signal that says why there are none."""
    picture = evidence.picture
    if picture is None:
        return clear(check=check, version=version, sentence="The receipt did not come as a picture.")
    if isinstance(picture, Unavailable):
        return unknown(
            check=check,
            version=version,
            sentence=f"The picture could not be examined: {picture.reason}.",
            member_sentence=CHECKED_BY_PERSON,
        )
    return picture


def facts_of(facts: Iterable[tuple[str, float]]) -> tuple[EvidenceFact, ...]:
    """Measures as shown."""
    return tuple(EvidenceFact(name, f"{value:g}") for name, value in facts)


def places_of(spots: Iterable[Spot]) -> tuple[Quad, ...]:
    """Where the spots lie, the strongest first."""
    return tuple(spot.quad for spot in spots)[:MOST_PLACES]
