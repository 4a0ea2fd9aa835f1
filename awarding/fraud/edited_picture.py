"""A piece of the picture is there twice, noise and all: a line was copied, or bare paper laid over print.

It finds copies within one picture and nothing else: not typed digits, not a line of another receipt. Programs
that clean a scan may copy paper as well, so this alone is weak, and it is told with both places for a person
to look at.
"""

from __future__ import annotations

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture_signals import Wording, findings_of, weak_from
from awarding.fraud.policy import ScreenPolicy
from receipts.fraud import FraudSignal

NAME = "edited_picture"
VERSION = 1
SUSPECT_FROM = 0.5
"""The best fit, with its neighbours', stands three times above the next best; docs/fraud-picture.md has the
figures, which `python -m bench fraud --only picture` prints."""

_SAYS = Wording(
    nothing_to_go_by="No bare paper between print to look for copied pieces on.",
    clear="No piece of the picture was found twice; other changes are not looked for.",
    reviewer=(
        "A piece of the picture is there twice with the same noise between its letters, as when a line is"
        " copied (score {score} of 1); which of the two is the copy cannot be told."
    ),
    member=(
        "A part of your picture looks like another part of it. Scanning apps can cause this; if you have the"
        " receipt on paper, please photograph it with the plain camera."
    ),
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak from `SUSPECT_FROM` on."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    return weak_from(picture.edited, SUSPECT_FROM, check=NAME, version=VERSION, says=_SAYS)
