"""Evidence from the receipt and from the program's history, and what the checks make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from awarding.fraud.evidence import EarlierReceipt, Evidence, Unavailable
from awarding.fraud.member_facts import MemberFacts
from awarding.fraud.retailer_domains import known_domains
from awarding.fraud.world_facts import WorldFacts
from awarding.likeness import shared_purchase_keys
from awarding.purchase import PurchaseFacts, purchase_facts
from pipeline.alike import alike_pictures, compared
from pipeline.clock import day_in, day_start, utc_now
from pipeline.judging import Rule, judge, rule_in_force
from pipeline.snapshots import Basis
from pipeline.steps.around import member_facts, world_facts
from pipeline.steps.artefacts import (
    MATCHING,
    READING,
    SCREENING,
    load,
    matching_from,
    original_from,
    purchase_keys_from,
    receipt_from,
    screening_artefact,
)
from pipeline.steps.base import StageResult
from pipeline.steps.compared import EARLIER_LOOKED_AT, Compared, likely_twins, marked
from pipeline.steps.file_evidence import FileEvidence, file_evidence
from pipeline.steps.programs import program_of
from pipeline.steps.sent import Sent
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.reviews import Earlier, History, Sharing
from receipts.database.repositories.work import Artefact, Work, WorkItem
from receipts.fraud import Screening
from receipts.identity import ReceiptId
from receipts.inbound import InboundMessage
from receipts.match import Match
from receipts.proof import SentBy
from receipts.receipt import Receipt
from receipts.spans import span
from receipts.state import ReceiptState

_TOO_MANY = f"more than {EARLIER_LOOKED_AT} receipts share facts with this one, too many to compare"


@dataclass(frozen=True, slots=True)
class Screened:
    """A screening with what it rests on.

    Attributes:
        compared: what was looked at, so that what comes to light later is told from it.
        purchase_keys: name the purchase, after every likely twin has been looked at; that to claim under
            first.
        kept: the evidence and the rule, for the artefact.
    """

    screening: Screening
    compared: Compared
    purchase_keys: tuple[str, ...]
    kept: dict[str, Any]

    @property
    def purchase_key(self) -> str:
        """To claim under."""
        return self.purchase_keys[0]

    def artefact(self) -> Artefact:
        """As it is kept."""
        return screening_artefact(
            self.screening, compared=self.compared.kept(), purchase_keys=self.purchase_keys, kept=self.kept
        )


def screen_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Run every check; the purchase is named here, after every earlier one has been looked at."""
    reading, matching = load(wiring, item.receipt_id, READING, MATCHING)
    basis = Basis(reading.revision, matching.revision)
    done = screened(wiring, item, receipt_from(reading), matching_from(matching).matches, basis)
    return StageResult(
        ReceiptState.SCREENED,
        done.artefact(),
        columns={"purchase_key": done.purchase_key},
    )


def screened(
    wiring: Wiring, sent: Sent, receipt: Receipt, matches: tuple[Match, ...], basis: Basis
) -> Screened:
    """Run every check on the evidence as it stands now.

    Args:
        wiring: the process's parts.
        sent: whose receipt it is.
        receipt: as read.
        matches: of its lines.
        basis: the artefacts that receipt and matches are kept in.
    """
    program = program_of(wiring, sent.program_id)
    pictures = alike_pictures(
        wiring, program_id=sent.program_id, member_id=sent.member_id, number=sent.number
    )
    rule = rule_in_force(wiring, program)
    with wiring.database.read() as session:
        found = _gathered(wiring, session, sent, receipt, matches, pictures.earlier, rule)
    own_domains = wiring.channels_of(sent.program_id).retailer_domains
    same_facts = tuple(found.known[twin.receipt_id] for twin in found.twins.earlier)
    evidence = Evidence(
        receipt=receipt,
        matches=matches,
        receipt_id=sent.receipt_id,
        member_id=sent.member_id,
        submitted_at=sent.received_at,
        store_today=day_in(program.time_zone, sent.received_at),
        same_bytes=tuple(found.known[earlier.receipt_id] for earlier in found.by_bytes),
        same_facts=same_facts if found.twins.complete else Unavailable(_TOO_MANY),
        receipts_today=found.receipts_today,
        sent_by=found.sent_by,
        retailer_domains=known_domains(receipt.retailer.name, own=own_domains),
        member=found.member,
        world=found.world,
        fiscal=found.file.fiscal,
        pdf=found.file.pdf,
        same_maker=found.file.same_maker,
        links=found.file.links,
        same_picture=compared(wiring, pictures, found.known),
        picture=found.file.picture,
    )
    with span("fraud"):
        judged = judge(wiring, program, evidence, rule, basis)
    twins = marked((*found.twins.earlier, *pictures.near))
    return Screened(judged.screening, Compared(twins, pictures.hashes), found.purchase_keys, judged.kept)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the database says around a receipt.

    Attributes:
        known: what the checks see of each earlier receipt that is looked at.
        receipts_today: of the member's day, this one included.
        purchase_keys: those of earlier receipts of the same purchase, else its own.
    """

    by_bytes: tuple[Earlier, ...]
    twins: Sharing
    known: dict[ReceiptId, EarlierReceipt]
    receipts_today: int
    sent_by: SentBy | None
    member: MemberFacts
    world: WorldFacts
    file: FileEvidence
    purchase_keys: tuple[str, ...]


def _gathered(
    wiring: Wiring,
    session: Session,
    sent: Sent,
    receipt: Receipt,
    matches: tuple[Match, ...],
    pictured: tuple[Earlier, ...],
    rule: Rule,
) -> _Gathered:
    program = program_of(wiring, sent.program_id)
    history = History(session, sent.program_id)
    by_bytes = history.same_bytes(
        sent.file_sha256, part=sent.part, before=sent.number, limit=EARLIER_LOOKED_AT
    )
    twins = likely_twins(session, sent, receipt)
    today = history.count_between(
        sent.member_id, start=day_start(program.time_zone, sent.received_at), before=sent.number
    )
    known = _described(session, sent, (*by_bytes, *twins.earlier, *pictured))
    purchase_keys = shared_purchase_keys(purchase_facts(receipt), _named(session, twins, known))
    same = (*by_bytes, *(twin for twin in twins.earlier if twin.purchase_key in purchase_keys))
    limits = rule.thresholds.member
    message = Inbound(session, sent.program_id, utc_now()).of_submission(sent.submission_id)
    return _Gathered(
        by_bytes=by_bytes,
        twins=twins,
        known=known,
        receipts_today=today + 1,
        sent_by=_sent_by(session, sent, message),
        member=member_facts(session, sent, limits, (each.member_id for each in same)),
        world=world_facts(wiring, session, sent, receipt, matches),
        file=file_evidence(
            session,
            sent.program_id,
            sent.receipt_id,
            number=sent.number,
            receipt=receipt,
            keys=wiring.fiscal_keys,
        ),
        purchase_keys=purchase_keys,
    )


def _named(
    session: Session, twins: Sharing, known: dict[ReceiptId, EarlierReceipt]
) -> list[tuple[tuple[str, ...], PurchaseFacts]]:
    return [
        (_keys(session, twin, twin.purchase_key), facts)
        for twin in twins.earlier
        if twin.purchase_key is not None and (facts := known[twin.receipt_id].facts) is not None
    ]


def _keys(session: Session, twin: Earlier, claimed_under: str) -> tuple[str, ...]:
    """What the twin's purchase is known by; a refused one, perhaps made up, joins no purchases."""
    if twin.refused:
        return (claimed_under,)
    return purchase_keys_from(Work(session, utc_now()).artefact(twin.receipt_id, SCREENING), claimed_under)


def _sent_by(session: Session, sent: Sent, message: InboundMessage | None) -> SentBy | None:
    """What the original that the receipt was read from proves; a mail may hold several."""
    if message is None or message.sent_by is None:
        return None
    reading = Work(session, utc_now()).artefact(sent.receipt_id, READING)
    return message.sent_by if reading is None else message.sent_by.of(original_from(reading))


def _described(session: Session, sent: Sent, others: Iterable[Earlier]) -> dict[ReceiptId, EarlierReceipt]:
    work = Work(session, utc_now())
    known: dict[ReceiptId, EarlierReceipt] = {}
    for earlier in others:
        if earlier.receipt_id in known:
            continue
        artefact = work.artefact(earlier.receipt_id, READING)
        known[earlier.receipt_id] = EarlierReceipt(
            receipt_id=earlier.receipt_id,
            own=earlier.member_id == sent.member_id,
            facts=None if artefact is None else purchase_facts(receipt_from(artefact)),
            state=earlier.state,
            submitted_at=earlier.received_at,
            refused=earlier.refused,
            withdrawn=earlier.withdrawn,
        )
    return known
