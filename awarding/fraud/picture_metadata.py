"""The file names an editor, contradicts itself or the receipt, or says that a model made the picture.

No metadata is never suspicious: messengers and browsers strip it. What is there is the sender's own word, so
it is weak against anyone; only a file that itself says it was generated is strong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from awarding.fraud.evidence import Evidence
from awarding.fraud.picture.findings import MetadataFindings, Source
from awarding.fraud.picture_signals import findings_of
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "picture_metadata"
VERSION = 1
ZONES = timedelta(days=1)
"""By how much the camera's clock, the store's day and ours may differ without anything being wrong."""

_EDITED = (
    "Your picture was saved by a program that changes pictures. Please send us the photo as your phone"
    " took it."
)
_MADE = "Your picture says that it was made by a program and not by a camera, so one of us will have a look."
_CLOCK = (
    "The time saved in your picture does not fit the receipt. If your phone's clock is right, send it anew."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Strong where the file says it was generated; weak for editors and what does not fit."""
    picture = findings_of(evidence, check=NAME, version=VERSION)
    if isinstance(picture, FraudSignal):
        return picture
    if not picture.width_px:
        said = "The picture has no file of its own that could say anything."
        return not_checked(check=NAME, version=VERSION, sentence=said)
    metadata = picture.metadata
    facts = tuple(_facts(metadata))
    generated = [field for source, field in metadata.sources if source is Source.GENERATED]
    generated += [each.field for each in metadata.programs if each.kind == "generator"]
    if generated:
        said = f"The file itself says that a trained model made it ({', '.join(dict.fromkeys(generated))})."
        return _suspect(Strength.STRONG, said, _MADE, facts)
    changed = [
        f"{source.value} ({field})"
        for source, field in metadata.sources
        if source in {Source.PARTLY_GENERATED, Source.COMPOSED, Source.DRAWN}
    ]
    if changed:
        return _suspect(
            Strength.WEAK, f"The file itself says how it was made: {', '.join(changed)}.", _EDITED, facts
        )
    editors = [f"{each.name} ({each.field})" for each in metadata.programs if each.kind == "editor"]
    if editors:
        said = f"The file names a program that changes pictures: {', '.join(dict.fromkeys(editors))}."
        return _suspect(Strength.WEAK, said, _EDITED, facts)
    odd = (*metadata.contradictions, *_odd_times(evidence, metadata))
    if odd:
        return _suspect(Strength.WEAK, " ".join(odd), _CLOCK, facts)
    said = "Nothing in the file speaks against it." if facts else "The file carries no metadata, as is usual."
    return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)


def _odd_times(evidence: Evidence, metadata: MetadataFindings) -> Iterator[str]:
    taken, bought = metadata.taken_at, evidence.receipt.date
    if taken is None:
        return
    if bought is not None and taken.date() < bought - ZONES:
        yield f"By its camera's clock it was taken on {taken:%Y-%m-%d}, before the purchase of {bought}."
    if taken > evidence.submitted_at.replace(tzinfo=None) + ZONES:
        yield f"By its camera's clock it was taken on {taken:%Y-%m-%d}, after it was sent."


def _facts(metadata: MetadataFindings) -> Iterator[EvidenceFact]:
    if metadata.camera:
        yield EvidenceFact("camera", metadata.camera)
    if metadata.taken_at is not None:
        yield EvidenceFact("taken, by the camera's clock", f"{metadata.taken_at:%Y-%m-%d %H:%M:%S}")
    for each in metadata.programs:
        yield EvidenceFact(f"{each.kind} named in {each.field}", each.name)
    for source, field in metadata.sources:
        yield EvidenceFact(f"made how, by {field}", source.value)
    if metadata.credentials:
        yield EvidenceFact("content credentials (C2PA)", "present, signature not verified")


def _suspect(strength: Strength, said: str, member: str, facts: tuple[EvidenceFact, ...]) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=strength,
        reviewer_sentence=said,
        member_sentence=member,
        evidence=facts,
    )
