"""No camera made the picture: it is a screenshot, or was drawn by software.

Both are usual with e-receipts, which some shops give out as pictures only, so both are weak. That a model
made the picture is said by its metadata, where at all: see `picture_metadata`.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture.findings import MadeFindings
from awarding.fraud.picture_signals import facts_of, findings_of, places_of
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "made_image"
VERSION = 1
SUSPECT_FROM = 0.5
"""Of either score; half of the even areas without any noise, or a phone's bar at the top of a screen's
measures."""

_SCREENSHOT = (
    "Your picture is a screenshot. That is fine where a shop gives its receipt on the phone only; if it came"
    " by email, please forward us the email, and if it is on paper, please photograph the paper."
)
_DRAWN = (
    "Your picture does not look like one from a camera. If the receipt is on paper, please photograph the"
    " paper; if the shop sent it by email, please forward us the email."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak for a screenshot and for a drawn picture."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    made, said_so = picture.made, picture.metadata.screen_capture
    if made is None:
        return not_checked(check=NAME, version=VERSION, sentence="Too small to tell how it was made.")
    facts = facts_of(made.facts)
    if said_so or made.capture >= SUSPECT_FROM:
        why = "its metadata says so" if said_so else "rows of one colour, as a phone's display has them"
        return _suspect(f"The picture is a screenshot: {why}.", _SCREENSHOT, picture_facts=facts, made=made)
    if made.drawn >= SUSPECT_FROM:
        return _suspect(
            f"Even areas have none of a camera's noise (score {made.drawn:.2f} of 1): drawn by software.",
            _DRAWN,
            picture_facts=facts,
            made=made,
        )
    return clear(
        check=NAME, version=VERSION, sentence="Nothing shows that no camera took it.", evidence=facts
    )


def _suspect(
    said: str, member: str, *, picture_facts: tuple[EvidenceFact, ...], made: MadeFindings
) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=said,
        member_sentence=member,
        evidence=picture_facts,
        places=places_of(made.spots),
    )
