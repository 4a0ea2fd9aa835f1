"""A piece of the picture is there twice, noise and all: a line was copied, or bare paper laid over print.

It finds copies within one picture and nothing else: not typed digits, not a line of another receipt. Programs
that clean a scan may copy paper as well, so this alone is weak, and it is told with both places for a person
to look at.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture_signals import facts_of, findings_of, places_of
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import Finding, FraudSignal, Strength

NAME = "edited_picture"
VERSION = 1
SUSPECT_FROM = 0.5
"""The best fit, with its neighbours', stands three times above the next best; docs/fraud-picture.md has the
figures, which `python -m bench fraud --only picture` prints."""

_MEMBER_SENTENCE = (
    "A part of your picture looks like another part of it. Scanning apps can cause this; if you have the"
    " receipt on paper, please photograph it with the plain camera."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak from `SUSPECT_FROM` on."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    edited = picture.edited
    if edited is None:
        return not_checked(
            check=NAME, version=VERSION, sentence="No bare paper between print to look for copied pieces on."
        )
    if edited.score < SUSPECT_FROM:
        said = "No piece of the picture was found twice; other changes are not looked for."
        return clear(check=NAME, version=VERSION, sentence=said, evidence=facts_of(edited.facts))
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=(
            "A piece of the picture is there twice with the same noise between its letters, as when a line is"
            f" copied (score {edited.score:.2f} of 1); which of the two is the copy cannot be told."
        ),
        member_sentence=_MEMBER_SENTENCE,
        evidence=facts_of(edited.facts),
        places=places_of(edited.spots),
    )
