"""What is known around a receipt: of its member, of where it came from, of the shop and of the prices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from awarding.fraud.files.base import PdfHistory
from awarding.fraud.member_facts import MONTH, MemberFacts, Sighting, counted
from awarding.fraud.member_policy import MemberPolicy
from awarding.fraud.repeats import BESIDE_REPEATS, REPEAT_CHECKS
from awarding.fraud.store_zone import store_zone
from awarding.fraud.traits import SeenReceipt, profile_key, profile_of, traits_of
from awarding.fraud.world_facts import ListPrice, WorldFacts
from pipeline.clock import utc_now
from pipeline.steps.artefacts import MATCHING, READING, examined_from, matching_from, transcript_from
from pipeline.steps.sent import Sent
from pipeline.steps.settle import Subject
from pipeline.wiring import Wiring
from receipts.award import Award, Decision
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.traces import Seen, Traces
from receipts.database.repositories.witnesses import Witnesses
from receipts.database.repositories.work import Artefact, Work
from receipts.fraud import Finding, Screening
from receipts.identity import MemberId, ProgramId, Sku
from receipts.match import Match
from receipts.receipt import Receipt
from receipts.traces import Trace, TraceKind

_RELATED_SHOWN = 5
PROFILE_CHECK = "retailer_profile"


def member_facts(
    session: Session, sent: Sent, limits: MemberPolicy, same_receipt: Iterable[MemberId]
) -> MemberFacts:
    """Count the member and the receipt's traces; every question is answered by an index."""
    traces, at = Traces(session, sent.program_id), sent.received_at
    since = at - MONTH
    own = traces.sent_by(sent.member_id, before=sent.number, since=since)
    seen = {trace: traces.seen(trace, before=sent.number, since=since) for trace in traces.of(sent.number)}
    return MemberFacts(
        joined_at=ProgramData(session, sent.program_id).member_joined_at(sent.member_id),
        sent=counted((each.at for each in own), at),
        sightings=tuple(_sighting(traces, sent, trace, seen) for trace in seen),
        refused=traces.refused(
            sent.member_id,
            before=sent.number,
            limit=limits.refused_looked_at,
            forgiven=REPEAT_CHECKS,
            beside=BESIDE_REPEATS,
        ),
        same_receipt=tuple(sorted({sent.member_id, *same_receipt})),
    )


def _sighting(traces: Traces, sent: Sent, trace: Trace, seen: dict[Trace, tuple[Seen, ...]]) -> Sighting:
    rows = seen[trace]
    others = {each.member_id for each in rows} - {sent.member_id}
    alone = 0
    if trace.kind is TraceKind.CARD:
        near = {each.member_id for other, found in seen.items() if other != trace for each in found}
        alone, others = len(others - near), others & near
    related = [each.number for each in rows if each.member_id in others][:_RELATED_SHOWN]
    return Sighting(
        kind=trace.kind,
        counts=counted((each.at for each in rows), sent.received_at),
        members=1 + len(others),
        alone=alone,
        related=traces.ids_of(related) if related else (),
    )


def world_facts(
    wiring: Wiring, session: Session, sent: Sent, receipt: Receipt, matches: tuple[Match, ...]
) -> WorldFacts:
    """Look up the shop, how its receipts look, and the suggested prices of what was found."""
    work, data = Work(session, utc_now()), ProgramData(session, sent.program_id)
    reading, matching = (work.artefact(sent.receipt_id, kind) for kind in (READING, MATCHING))
    stores = wiring.stores.get(sent.program_id)
    listing = None if stores is None else stores.look_up(receipt.retailer)
    listed_zone = "" if listing is None else listing.time_zone
    traits: tuple[str, ...] = ()
    profile = None
    if reading is not None:
        transcript = transcript_from(reading)
        traits = traits_of(receipt, transcript, font=_font_of(reading))
        if key := profile_key(receipt, transcript):
            witnesses = Witnesses(session, sent.program_id).of(key)
            profile = profile_of([SeenReceipt(each.member_id, each.traits) for each in witnesses])
    number = 0 if matching is None else matching_from(matching).catalog_number
    return WorldFacts(
        store_zone=store_zone(receipt, sent.received_at, listed=listed_zone),
        began_on=_began_on(wiring, session, sent.program_id),
        listing=listing,
        prices=_prices(data, number, {match.sku for match in matches if match.sku is not None}),
        traits=traits,
        profile=profile,
    )


def _font_of(reading: Artefact) -> str:
    pdf = examined_from(reading).pdf
    return pdf.font if isinstance(pdf, PdfHistory) else ""


def _began_on(wiring: Wiring, session: Session, program_id: ProgramId) -> date | None:
    """By the parsed campaigns: a document with ten thousand products is not read for each receipt."""
    earning = Earning(session, program_id, utc_now())
    versions = earning.versions(in_force=True)
    days = [wiring.parsed_campaigns.of(earning, program_id, each).starts_on for each in versions]
    return min(days, default=None)


def _prices(data: ProgramData, catalog_number: int, wanted: set[Sku]) -> tuple[ListPrice, ...]:
    products = data.products(catalog_number, frozenset(wanted)) if wanted and catalog_number else {}
    return tuple(
        ListPrice(sku, product.msrp) for sku, product in sorted(products.items()) if product.msrp is not None
    )


def bear_witness(
    session: Session,
    decision: Decision,
    subject: Subject,
    receipt: Receipt,
    screening: Screening,
    *,
    looked_at: bool,
) -> None:
    """Let a receipt that is paid tell how its retailer's receipts look.

    One that looks otherwise teaches only where a person looked at it: else enough of them would make
    themselves usual.
    """
    now = utc_now()
    odd = any(
        signal.check == PROFILE_CHECK and signal.finding is Finding.SUSPECT for signal in screening.signals
    )
    reading = Work(session, now).artefact(subject.receipt_id, READING)
    if reading is None or not isinstance(decision, Award) or (odd and not looked_at):
        return
    transcript = transcript_from(reading)
    if key := profile_key(receipt, transcript):
        Witnesses(session, subject.program_id).add(
            key,
            receipt_id=subject.receipt_id,
            member_id=subject.member_id,
            traits=traits_of(receipt, transcript, font=_font_of(reading)),
            now=now,
        )
