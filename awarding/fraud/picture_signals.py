"""What the checks of a picture share: no picture, one that could not be examined, places to show."""

from __future__ import annotations

from collections.abc import Iterable

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.picture.findings import PictureFindings, Spot
from awarding.fraud.signals import CHECKED_BY_PERSON, clear, unknown
from receipts.fraud import EvidenceFact, FraudSignal
from receipts.transcript import Quad

MOST_PLACES = 12
"""Shown to a reviewer: more hide what they mark."""


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
