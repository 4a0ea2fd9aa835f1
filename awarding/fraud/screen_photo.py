"""The picture was photographed off a screen, as its regular fine pattern shows.

Honest members photograph an e-receipt on a monitor, so this alone is weak; it is worth asking for the
e-receipt itself, which earns without a photograph.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture_signals import facts_of, findings_of, places_of
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import Finding, FraudSignal, Strength

NAME = "screen_photo"
VERSION = 1
SUSPECT_FROM = 0.5
"""Regularity 4.8. Of 96 genuine pictures looked at the most is 4.5, of 45 photographed screens the least;
docs/fraud-picture.md has the figures."""

_MEMBER_SENTENCE = (
    "Your picture looks like a photo of a screen. If you have the receipt on paper, please photograph that;"
    " if the shop sent it by email, you can forward us the email instead."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak from `SUSPECT_FROM` on."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    screen = picture.screen
    if screen is None:
        return not_checked(
            check=NAME, version=VERSION, sentence="Too small or too dark to tell paper from a screen."
        )
    if screen.score < SUSPECT_FROM:
        said = "No regular fine pattern, as a screen has, stands out."
        return clear(check=NAME, version=VERSION, sentence=said, evidence=facts_of(screen.facts))
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            "The picture has a regular fine pattern all over, as photographs of a screen have"
            f" (score {screen.score:.2f} of 1)."
        ),
        member_sentence=_MEMBER_SENTENCE,
        evidence=facts_of(screen.facts),
        places=places_of(screen.spots),
    )
