"""The picture was photographed off a screen, as its regular fine pattern shows.

Honest members photograph an e-receipt on a monitor, so this alone is weak; it is worth asking for the
e-receipt itself, which earns without a photograph.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture_signals import Wording, findings_of, weak_from
from awarding.fraud.policy import ScreenPolicy
from receipts.fraud import FraudSignal

NAME = "screen_photo"
VERSION = 1
SUSPECT_FROM = 0.5
"""Regularity 4.8. Of 96 genuine pictures looked at the most is 4.5, of 45 photographed screens the least;
docs/fraud-picture.md has the figures."""

_SAYS = Wording(
    nothing_to_go_by="Too small or too dark to tell paper from a screen.",
    clear="No regular fine pattern, as a screen has, stands out.",
    reviewer=(
        "The picture has a regular fine pattern all over, as photographs of a screen have"
        " (score {score} of 1)."
    ),
    member=(
        "Your picture looks like a photo of a screen. If you have the receipt on paper, please photograph"
        " that; if the shop sent it by email, you can forward us the email instead."
    ),
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak from `SUSPECT_FROM` on."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    return weak_from(picture.screen, SUSPECT_FROM, check=NAME, version=VERSION, says=_SAYS)
