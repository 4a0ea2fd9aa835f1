"""From a decision to the books: one way for the pipeline and for the reviewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog
from sqlalchemy.orm import Session

from awarding.lines import Weight
from awarding.post import accepted_data, awarded_data, claims, declined_data, held_data, ledger_entries
from awarding.purchase import joined_claims
from awarding.standing import MemberStanding
from pipeline.campaigns import campaigns_on
from pipeline.clock import day_in, utc_now
from pipeline.status import look_at
from pipeline.steps.artefacts import SCREENING, Matching, risk_permille, screening_from
from pipeline.steps.base import NotYetError
from pipeline.steps.gather import NOTHING_KNOWN, Known, known_at, must_wait, zones_of
from pipeline.steps.paid_lines import paid_as
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.award import Award, Campaign, Decision, Decline, DeclineReason, Hold, HoldReason
from receipts.campaign import NO_CAPS
from receipts.catalog import CatalogProduct
from receipts.database.codec import to_json
from receipts.database.repositories.books import Books
from receipts.database.repositories.due import REFUND
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Work
from receipts.identity import CampaignId, MemberId, ProgramId, ReceiptId, Sku, SubmissionId
from receipts.ledger import AccountKind, Claim, placed
from receipts.match import MatchVerdict
from receipts.message import MessageType
from receipts.money import Points
from receipts.program import USUAL_TERMS, PointsTerms, PurchaseData
from receipts.receipt import Receipt
from receipts.state import ReceiptState
from receipts.submission import Channel

log = structlog.get_logger(__name__)

UNNAMED_PURCHASE = ""
TURN_WAIT = timedelta(hours=1)
"""So long a receipt that is ready waits for earlier ones; then it is decided, and they get what it leaves. By
default one that does not get on has failed, and is waited for no more, after some ten minutes: five tries of
80 seconds with a minute between them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose receipt it is, how it came, and which purchase it is of."""

    program_id: ProgramId
    member_id: MemberId
    receipt_id: ReceiptId
    submission_id: SubmissionId
    channel: Channel
    purchase_key: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the books stood when a decision was worked out.

    Attributes:
        sequence: the member's message sequence then; a posting made later than another finds it changed.
        terms: what the program promises of points.
        known: what the rules may know of the member.
        own: which of the program's products the lines at these positions are for certain.
        told: what of the purchase the core loyalty service is told.
        paid_as: what claimed lines came to, of products that have more lines here than claims.
    """

    campaigns: tuple[Campaign, ...]
    products: dict[Sku, CatalogProduct]
    earned_before: dict[CampaignId, Points]
    claimed: frozenset[str]
    sequence: int
    terms: PointsTerms = USUAL_TERMS
    known: Known = NOTHING_KNOWN
    own: tuple[tuple[int, Sku], ...] = ()
    told: PurchaseData = PurchaseData.NONE
    paid_as: Mapping[Sku, Sequence[Weight]] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, Any]:
        """What the decision rests on."""
        return {
            "campaigns": {campaign.id: campaign.version for campaign in self.campaigns},
            "member": to_json(self.known.member, MemberStanding),
            "store_zone": self.known.zones.store,
        }


def standing(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    purchase_keys: tuple[str, ...],
    matching: Matching,
    receipt: Receipt,
    number: int,
    received_at: datetime,
) -> Standing:
    """Look everything up at one moment; what was paid is found under every key of the purchase.

    Args:
        wiring: the parts.
        program_id: of the receipt, likewise the member's.
        member_id: whose it is.
        purchase_keys: of the purchase that the receipt shows, that to claim under first.
        matching: which products its lines are.
        receipt: as read, or as a reviewer corrected it.
        number: its place in the order of submission.
        received_at: when it was handed in: the purchase's day where none was read.
    """
    named = {match.sku for match in matching.matches if match.sku is not None}
    named |= {candidate.sku for match in matching.matches for candidate in match.candidates}
    program = program_of(wiring, program_id)
    day = receipt.date if receipt.date is not None else day_in(program.time_zone, received_at)
    now = utc_now()
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        books = Books(session, program_id, now)
        earning = Earning(session, program_id, now)
        campaigns = campaigns_on(wiring.parsed_campaigns, earning, program_id, day)
        products = data.products(matching.catalog_number, frozenset(named)) if named else {}
        known = known_at(
            earning,
            program=program,
            member_id=member_id,
            campaigns=campaigns,
            purchase_key=purchase_keys[0],
            number=number,
            receipt=receipt,
            matching=matching,
            products=products,
            day=day,
            zones=zones_of(wiring, program, receipt, received_at),
        )
        return Standing(
            campaigns=campaigns,
            products=products,
            earned_before=_earned(books.earned_by_campaign(member_id), known),
            claimed=joined_claims([books.claimed_lines(key) for key in purchase_keys]),
            sequence=data.member_sequence(member_id),
            terms=program.terms,
            known=known,
            own=_own_products(matching),
            told=program.purchase_data,
            paid_as=paid_as(session, program_id, purchase_keys, matching),
        )


def _earned(before: dict[CampaignId, Points], known: Known) -> dict[CampaignId, Points]:
    """What is kept for the member's earlier held receipts counts as earned."""
    kept = dict(known.reserved)
    return {name: Points(before.get(name, 0) + kept.get(name, 0)) for name in {*before, *kept}}


def _own_products(matching: Matching) -> tuple[tuple[int, Sku], ...]:
    sure = (match for match in matching.matches if match.verdict is MatchVerdict.ACCEPT)
    return tuple((match.position, match.sku) for match in sure if match.sku is not None)


def hold_for_turn(wiring: Wiring, subject: Subject, at: Standing, decision: Decision) -> None:
    """Let receipts that share a cap be decided in the order of submission, as long as those before get on.

    Raises:
        NotYetError: earlier ones that are still on their way could take what this one would.
    """
    now = utc_now()
    with wiring.database.read() as session:
        earning = Earning(session, subject.program_id, now)
        if not must_wait(earning, at.known, at.campaigns, decision, subject.member_id):
            return
        waits_since = Work(session, now).first_made(subject.receipt_id, SCREENING)
    if waits_since is None or now - waits_since < TURN_WAIT:
        raise NotYetError("earlier receipts that share a cap with it are decided first")
    log.warning("decided before its turn", receipt_id=subject.receipt_id, waited_since=str(waits_since))


def state_after(decision: Decision) -> ReceiptState:
    """Where a decision leads."""
    match decision:
        case Award():
            return ReceiptState.AWARDED
        case Hold():
            return ReceiptState.HELD
        case Decline():
            return ReceiptState.DECLINED
        case _:
            assert_never(decision)


def points_of(decision: Decision) -> Points | None:
    """What is paid; None while a person must look."""
    match decision:
        case Award():
            return decision.points
        case Hold():
            return None
        case Decline():
            return Points(0)
        case _:
            assert_never(decision)


def post(
    session: Session,
    now: datetime,
    *,
    subject: Subject,
    receipt: Receipt,
    decision: Decision,
    at: Standing,
    approved: bool,
) -> None:
    """Write entries, claims, the message, and a review case where a person must look.

    Raises:
        StaleBooksError: the member's books moved since `at`.
        sqlalchemy.exc.IntegrityError: a line was claimed since `at`.
    """
    books = Books(session, subject.program_id, now)
    earning = Earning(session, subject.program_id, now)
    earning.end_reserves(subject.receipt_id)
    match decision:
        case Award():
            post_award(session, now, subject, receipt, decision, at, approved=approved, posting=0)
        case Hold():
            earning.reserve(subject.receipt_id, subject.member_id, wanted_of_caps(decision, at))
            Reviews(session, subject.program_id, now).open(
                subject.receipt_id,
                reasons=to_json(decision.reasons, tuple[HoldReason, ...]),
                would_pay=decision.would_pay,
                risk_permille=_risk(session, now, subject),
            )
            data = held_data(
                receipt_id=subject.receipt_id,
                submission_id=subject.submission_id,
                channel=subject.channel,
                receipt=receipt,
                hold=decision,
            )
            books.send(subject.member_id, MessageType.RECEIPT_HELD, data)
        case Decline():
            data = declined_data(
                receipt_id=subject.receipt_id,
                submission_id=subject.submission_id,
                channel=subject.channel,
                receipt=receipt,
                decline=decision,
                approved=approved,
            )
            books.send(subject.member_id, MessageType.RECEIPT_DECLINED, data, worked_out_at=at.sequence)
            if decision.reason is DeclineReason.REFUND:
                # The sweep looks for the purchase that it is of.
                books.note_due(REFUND, subject.member_id, subject.receipt_id, now)
        case _:
            assert_never(decision)


def _risk(session: Session, now: datetime, subject: Subject) -> int:
    """Of the screening, so that the riskiest cases can be looked at first."""
    kept = Work(session, now).artefact(subject.receipt_id, SCREENING)
    return 0 if kept is None else risk_permille(screening_from(kept))


def wanted_of_caps(hold: Hold, at: Standing) -> dict[CampaignId, int]:
    """What approval would take of campaigns that are capped."""
    capped = {
        campaign.id
        for campaign in at.campaigns
        if campaign.cap_per_member is not None or campaign.caps is not NO_CAPS
    }
    wanted: dict[CampaignId, int] = {}
    for outcome in hold.outcomes:
        if outcome.campaign_id in capped and outcome.points:
            wanted[outcome.campaign_id] = wanted.get(outcome.campaign_id, 0) + outcome.points
    return wanted


def post_award(
    session: Session,
    now: datetime,
    subject: Subject,
    receipt: Receipt,
    award: Award,
    at: Standing,
    *,
    approved: bool,
    posting: int,
    claimed: frozenset[str] = frozenset(),
) -> None:
    """Write an award's entries, claims and message; `claimed` are lines that the receipt has claimed before.

    Raises:
        StaleBooksError: the member's books moved since `at`, or a budget was taken meanwhile.
        sqlalchemy.exc.IntegrityError: a line was claimed since `at`, or another made this posting.
    """
    books = Books(session, subject.program_id, now)
    # First, as every other posting does: one that has a budget's counter waits for no member.
    books.lock(subject.member_id)
    earned = ledger_entries(
        award,
        program_id=subject.program_id,
        member_id=subject.member_id,
        receipt_id=subject.receipt_id,
        created_at=now,
        posting=posting,
    )
    entries = placed(earned, at.terms)
    books.post(entries, [each for each in _claims(award, subject) if each.line_key not in claimed])
    _count(Earning(session, subject.program_id, now), subject, award, at)
    data = awarded_data(
        receipt_id=subject.receipt_id,
        submission_id=subject.submission_id,
        channel=subject.channel,
        receipt=receipt,
        products=at.products,
        award=award,
        entries=entries,
        approved=approved,
    )
    waits = any(entry.credit is AccountKind.PENDING for entry in entries)
    kind = MessageType.POINTS_PENDING if waits else MessageType.POINTS_AWARDED
    books.send(subject.member_id, kind, data, worked_out_at=at.sequence)
    if at.told is not PurchaseData.NONE:
        _tell_purchase(books, subject, receipt, at, approved=approved)
    books.wake_refunds(subject.member_id)
    look_at(session, now, subject.program_id, subject.member_id)


def _tell_purchase(books: Books, subject: Subject, receipt: Receipt, at: Standing, *, approved: bool) -> None:
    """After the points' own message, so that whoever keeps balances alone never waits for it."""
    data = accepted_data(
        receipt_id=subject.receipt_id,
        submission_id=subject.submission_id,
        channel=subject.channel,
        receipt=receipt,
        own={position: at.products[sku] for position, sku in at.own if sku in at.products},
        told=at.told,
        approved=approved,
    )
    books.send(subject.member_id, MessageType.RECEIPT_ACCEPTED, data)


def _count(earning: Earning, subject: Subject, award: Award, at: Standing) -> None:
    """Count the purchase, and see that no budget is exceeded now that its counter is locked."""
    paid = {outcome.campaign_id for outcome in award.outcomes if outcome.points}
    earning.check_budgets(
        {
            campaign.id: campaign.caps.budget
            for campaign in at.campaigns
            if campaign.caps.budget is not None and campaign.id in paid
        }
    )
    spent = at.known.spent
    if spent is not None:
        earning.add_purchase(
            subject.receipt_id,
            subject.member_id,
            purchase_key=subject.purchase_key,
            bought_on=at.known.day,
            currency=spent.currency,
            minor=spent.minor,
        )


def _claims(award: Award, subject: Subject) -> tuple[Claim, ...]:
    return claims(
        award,
        program_id=subject.program_id,
        purchase_key=subject.purchase_key,
        receipt_id=subject.receipt_id,
        member_id=subject.member_id,
    )
