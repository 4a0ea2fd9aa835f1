"""The artefacts' shapes: how each stage's result is kept as JSON, and read again by the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from awarding.fraud.examined import NOTHING_EXAMINED, Examined
from ocr.document import Reading
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.award import Award, Decision, Decline, Hold
from receipts.database.codec import from_json, to_json
from receipts.database.repositories.work import Artefact, Work
from receipts.fraud import Screening
from receipts.identity import ReceiptId, Sha256
from receipts.image import MediaType, Placed, Taken
from receipts.match import Match
from receipts.receipt import Receipt
from receipts.transcript import Quad, Transcript

READING, MATCHING, SCREENING, DECISION = "reading", "matching", "screening", "decision"

_DECISIONS: dict[str, type[Award | Hold | Decline]] = {"award": Award, "hold": Hold, "decline": Decline}


class MissingArtefactError(LookupError):
    """A stage's result is not there although the receipt's state says so: a bug."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The matches, and the number of the catalog that they name products of (0: the program has none)."""

    matches: tuple[Match, ...]
    catalog_number: int


def reading_artefact(
    reading: Reading,
    *,
    original: int = 0,
    found: Examined = NOTHING_EXAMINED,
    within: tuple[str, str] | None = None,
) -> Artefact:
    """What was read, what read it, in which of a mail's originals it was, and what else was looked at.

    `within` is the SHA-256 and the type of the file in a mail that the picture was read from.
    """
    return Artefact(
        READING,
        versions={"engine": reading.transcript.engine, "reader": reading.reader_version},
        body={
            "receipt": to_json(reading.receipt),
            "transcript": to_json(reading.transcript),
            "seconds": to_json(reading.seconds),
            "original": original,
            "examined": to_json(found),
            "placed": None if reading.placed is None else list(reading.placed),
            "hidden": to_json(reading.hidden, tuple[Quad, ...]),
            "taken": to_json(reading.taken, tuple[Taken, ...]),
            "within": None if within is None else list(within),
        },
        seconds=reading.seconds.total,
        engine_seconds=reading.seconds.ocr or None,
    )


def matching_artefact(matching: Matching, *, versions: dict[str, Any], seconds: float = 0.0) -> Artefact:
    """The matches, with matcher and catalog."""
    body = {
        "matches": to_json(matching.matches, tuple[Match, ...]),
        "catalog_number": matching.catalog_number,
    }
    return Artefact(MATCHING, versions, body, seconds)


def screening_artefact(
    screening: Screening,
    *,
    compared: dict[str, Any],
    purchase_keys: tuple[str, ...] = (),
    kept: dict[str, Any] | None = None,
) -> Artefact:
    """The findings, with the policy that weighed them and the receipts that were compared.

    Args:
        screening: the verdict.
        compared: what was looked at (`pipeline.steps.compared.Compared.kept`).
        purchase_keys: see `purchase_keys_from`.
        kept: the evidence and the rule that it was worked out by (`pipeline.judging`).
    """
    body = {"screening": to_json(screening), **compared, **(kept or {})}
    if len(purchase_keys) > 1:
        body["purchase_keys"] = list(purchase_keys)
    return Artefact(SCREENING, {"policy": screening.policy_version}, body)


def decision_artefact(decision: Decision, *, versions: dict[str, Any]) -> Artefact:
    """The decision, with the campaigns' versions."""
    kind = next(name for name, shape in _DECISIONS.items() if isinstance(decision, shape))
    return Artefact(DECISION, versions, {"kind": kind, "decision": to_json(decision)})


def receipt_from(artefact: Artefact) -> Receipt:
    """The receipt of a reading."""
    return from_json(Receipt, artefact.body["receipt"])


def original_from(artefact: Artefact) -> int:
    """Which of a mail's originals the receipt was read from."""
    return int(artefact.body.get("original", 0))  # readings from before there was a proof for each have none


def examined_from(artefact: Artefact) -> Examined:
    """What was looked at beside the purchase."""
    return from_json(Examined, artefact.body.get("examined", {}))  # older readings have none


def placed_from(artefact: Artefact) -> Placed | None:
    """What brings a point of the stored picture onto the repaired one; older readings did not keep it."""
    kept = artefact.body.get("placed")
    if kept is None or "hidden" not in artefact.body:
        return None
    a, b, c, d, e, f, g, h, i = kept
    return a, b, c, d, e, f, g, h, i


def taken_from(artefact: Artefact) -> tuple[Taken, ...]:
    """Which pictures of the file, or of the file within a mail, the kept one was made of.

    None for readings without a picture, and for older ones of other files than single pictures.
    """
    if "hidden" not in artefact.body:
        return ()
    if "taken" in artefact.body:
        return from_json(tuple[Taken, ...], artefact.body["taken"])
    placed, transcript = placed_from(artefact), transcript_from(artefact)
    return () if placed is None else (Taken(0, placed, (transcript.width_px, transcript.height_px)),)


def within_from(artefact: Artefact) -> tuple[Sha256, MediaType] | None:
    """The file within a mail that the picture was read from."""
    kept = artefact.body.get("within")
    return None if kept is None else (Sha256(kept[0]), MediaType(kept[1]))


def hidden_from(artefact: Artefact) -> tuple[Quad, ...]:
    """What of the repaired picture was painted over."""
    return from_json(tuple[Quad, ...], artefact.body["hidden"])


def transcript_from(artefact: Artefact) -> Transcript:
    """The transcript of a reading."""
    return from_json(Transcript, artefact.body["transcript"])


def matching_from(artefact: Artefact) -> Matching:
    """The matches."""
    matches: Any = from_json(tuple[Match, ...], artefact.body["matches"])
    return Matching(matches, artefact.body["catalog_number"])


def screening_from(artefact: Artefact) -> Screening:
    """The findings."""
    return from_json(Screening, artefact.body["screening"])


def risk_permille(screening: Screening) -> int:
    """The risk as a whole number, 0 to 1000, that a queue can be ordered by."""
    return round(1000 * screening.score)


def purchase_keys_from(artefact: Artefact | None, claimed_under: str) -> tuple[str, ...]:
    """Every key that a screened purchase is known by, that to claim under first."""
    others = [] if artefact is None else artefact.body.get("purchase_keys", [])  # one key has none beside it
    return tuple(dict.fromkeys([claimed_under, *others]))


def decision_from(artefact: Artefact) -> Decision:
    """The decision."""
    return from_json(_DECISIONS[artefact.body["kind"]], artefact.body["decision"])


def load(wiring: Wiring, receipt_id: ReceiptId, *kinds: str) -> tuple[Artefact, ...]:
    """The newest artefacts of these kinds, in the order asked.

    Raises:
        MissingArtefactError: one is not there.
    """
    with wiring.database.read() as session:
        work = Work(session, utc_now())
        found = {kind: work.artefact(receipt_id, kind) for kind in kinds}
    artefacts = []
    for kind in kinds:
        artefact = found[kind]
        if artefact is None:
            raise MissingArtefactError(f"receipt {receipt_id} has no {kind}")
        artefacts.append(artefact)
    return tuple(artefacts)
