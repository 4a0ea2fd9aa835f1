"""Read models for pages, API and `explain`: everything about a receipt, joined from its artefacts."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.appeal import may_ask
from pipeline.clock import utc_now
from pipeline.paid_before import paid_before
from pipeline.sentences import state_sentence
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    READING,
    SCREENING,
    Matching,
    decision_from,
    matching_from,
    purchase_keys_from,
    receipt_from,
    screening_from,
)
from pipeline.wiring import Wiring
from receipts.award import Award, Decision, Decline, DeclineReason, Hold, RuleOutcome
from receipts.catalog import CatalogProduct
from receipts.database.repositories.books import Books
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.line_answers import LineAnswer, LineAnswers
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.withdrawals import Withdrawals
from receipts.database.repositories.work import Artefact, Work
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.fraud import Screening
from receipts.identity import (
    MemberId,
    ProgramId,
    ReceiptId,
    ReviewCaseId,
    Sha256,
    Sku,
    SubmissionId,
)
from receipts.image import MediaType
from receipts.ledger import Balances, LedgerEntry
from receipts.match import Match, match_sentence
from receipts.money import Points
from receipts.receipt import LineItem, Receipt
from receipts.state import ReceiptState
from receipts.submission import Channel


@dataclass(frozen=True, slots=True)
class LineView:
    """A line item with what became of it.

    Attributes:
        product: the best catalog product, accepted or not.
        candidates: products it may be, best first.
        points: what the line earned; 0 where nothing.
        sentence: how it was matched, or why not.
        said: what the member says that it is.
        said_product: the product that they named, by choice or by its barcode.
    """

    item: LineItem
    match: Match | None
    product: CatalogProduct | None
    candidates: tuple[tuple[CatalogProduct, float], ...]
    points: Points
    sentence: str
    said: LineAnswer | None = None
    said_product: CatalogProduct | None = None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as far as it has come.

    Attributes:
        sentence: the state in plain words, for the member.
        reasons: why it is held or declined, for the member.
        outcomes: every rule's answer.
        versions: what made each artefact.
        would_pay: what approval would pay, while held.
        decided_note: the reviewer's note.
        may_ask: the policy alone declined it, and a person looks when asked to.
        withdrawn: the member took it back.
    """

    id: ReceiptId
    submission_id: SubmissionId
    member_id: MemberId
    member_name: str
    channel: Channel
    file_name: str
    state: ReceiptState
    sentence: str
    reasons: tuple[str, ...]
    rejection_code: str | None
    rejection_detail: str | None
    failure: str | None
    received_at: datetime
    updated_at: datetime
    picture_sha256: Sha256 | None
    receipt: Receipt | None
    lines: tuple[LineView, ...]
    screening: Screening | None
    outcomes: tuple[RuleOutcome, ...]
    points: Points | None
    would_pay: Points
    case_id: ReviewCaseId | None
    case_status: str | None
    decided_note: str | None
    versions: dict[str, Any]
    seconds: dict[str, float]
    may_ask: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ReceiptSummary:
    """A receipt in a list."""

    id: ReceiptId
    submission_id: SubmissionId
    state: ReceiptState
    sentence: str
    file_name: str
    retailer: str
    purchased_on: str
    total: str
    currency: str
    points: Points | None
    received_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A review case in the list."""

    case: ReviewCase
    receipt: ReceiptSummary
    member_name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's balance and entries, newest first, each with its number as the cursor."""

    balance: Points
    entries: tuple[tuple[int, LedgerEntry], ...]
    balances: Balances


def receipt_view(
    wiring: Wiring, *, program_id: ProgramId, receipt_id: ReceiptId, member_id: MemberId | None = None
) -> ReceiptView | None:
    """The receipt; None where the program (or the member, when given) has no such one."""
    with wiring.database.read() as session:
        query = (
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
        if member_id is not None:
            query = query.where(ReceiptRow.member_id == member_id)
        found = session.execute(query).one_or_none()
        if found is None:
            return None
        row, channel = found
        work = Work(session, utc_now())
        kinds = (READING, MATCHING, SCREENING, DECISION)
        artefacts = {kind: work.artefact(receipt_id, kind) for kind in kinds}
        case = Reviews(session, program_id, utc_now()).of_receipt(receipt_id)
        name = ProgramData(session, program_id).member_name(MemberId(row.member_id)) or ""
        keys = () if row.purchase_key is None else purchase_keys_from(artefacts[SCREENING], row.purchase_key)
        before = paid_before(session, row, keys)
        said = LineAnswers(session, program_id).of(receipt_id)
        back = Withdrawals(session, program_id).has(receipt_id)
    return _assemble(wiring, row, Channel(channel), artefacts, case, name, before, said, withdrawn=back)


def _assemble(
    wiring: Wiring,
    row: ReceiptRow,
    channel: Channel,
    artefacts: dict[str, Artefact | None],
    case: ReviewCase | None,
    member_name: str,
    before: str | None,
    said: Mapping[int, LineAnswer],
    *,
    withdrawn: bool,
) -> ReceiptView:
    reading, matching = artefacts[READING], artefacts[MATCHING]
    screening, decided = artefacts[SCREENING], artefacts[DECISION]
    receipt = None if reading is None else receipt_from(reading)
    decision = None if decided is None else decision_from(decided)
    state = ReceiptState(row.state)
    return ReceiptView(
        id=ReceiptId(row.id),
        submission_id=SubmissionId(row.submission_id),
        member_id=MemberId(row.member_id),
        member_name=member_name,
        channel=channel,
        file_name=row.file_name,
        state=state,
        sentence=state_sentence(state, row.rejection_code, of_mail=_is_whole_mail(row)),
        reasons=_reasons(decision, before),
        rejection_code=row.rejection_code,
        rejection_detail=row.rejection_detail,
        failure=row.failure,
        received_at=row.received_at,
        updated_at=row.updated_at,
        picture_sha256=None if row.picture_sha256 is None else Sha256(row.picture_sha256),
        receipt=receipt,
        lines=_lines(wiring, row, receipt, matching, decision, said),
        screening=None if screening is None else screening_from(screening),
        outcomes=() if decision is None else decision.outcomes,
        points=None if row.points is None else Points(row.points),
        would_pay=decision.would_pay if isinstance(decision, Hold) else Points(0),
        case_id=None if case is None else case.id,
        case_status=None if case is None else case.status,
        decided_note=None if case is None else case.note,
        versions={kind: artefact.versions for kind, artefact in artefacts.items() if artefact is not None},
        seconds={kind: artefact.seconds for kind, artefact in artefacts.items() if artefact is not None},
        may_ask=may_ask(state, decision),
        withdrawn=withdrawn,
    )


def _is_whole_mail(row: ReceiptRow) -> bool:
    """Whether it is a mail that was looked into, and no file in it."""
    return row.media_type == MediaType.EMAIL.value


def _reasons(decision: Decision | None, before: str | None) -> tuple[str, ...]:
    if isinstance(decision, Hold):
        return tuple(dict.fromkeys(reason.member_sentence for reason in decision.reasons))
    if isinstance(decision, Decline):
        if decision.reason is DeclineReason.ALREADY_PAID and before is not None:
            return (before,)
        return (decision.member_sentence,)
    return ()


def _lines(
    wiring: Wiring,
    row: ReceiptRow,
    receipt: Receipt | None,
    matching: Artefact | None,
    decision: Decision | None,
    said: Mapping[int, LineAnswer],
) -> tuple[LineView, ...]:
    if receipt is None:
        return ()
    matches: dict[int, Match] = {}
    products: dict[Sku, CatalogProduct] = {}
    if matching is not None:
        made = matching_from(matching)
        matches = {match.position: match for match in made.matches}
        named = {each.sku for each in said.values() if each.sku is not None}
        products = _products(wiring, ProgramId(row.program_id), ReceiptId(row.id), made, named)
    earned = {}
    if isinstance(decision, Award):
        earned = {line.position: line.points for line in decision.lines}
    return tuple(
        _line(item, matches.get(item.position), products, earned, said.get(item.position))
        for item in receipt.items
    )


def _line(
    item: LineItem,
    match: Match | None,
    products: dict[Sku, CatalogProduct],
    earned: dict[int, Points],
    said: LineAnswer | None,
) -> LineView:
    candidates = () if match is None else match.candidates
    return LineView(
        item=item,
        match=match,
        product=None if match is None or match.sku is None else products.get(match.sku),
        candidates=tuple(
            (products[candidate.sku], candidate.probability)
            for candidate in candidates
            if candidate.sku in products
        ),
        points=earned.get(item.position, Points(0)),
        sentence="" if match is None else match_sentence(match),
        said=said,
        said_product=None if said is None or said.sku is None else products.get(said.sku),
    )


def _products(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    made: Matching,
    named: Set[Sku],
) -> dict[Sku, CatalogProduct]:
    wanted = set(named)
    wanted |= {match.sku for match in made.matches if match.sku is not None}
    wanted |= {candidate.sku for match in made.matches for candidate in match.candidates}
    if not wanted:
        return {}
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        found = data.products(made.catalog_number, frozenset(wanted))
        gone = frozenset(wanted - found.keys())
        # Matched again since a product left the catalog: it was paid by the name that it had.
        return {**data.products_as_matched(receipt_id, gone), **found} if gone else found


def receipt_list(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId | None,
    before: int | None = None,
    limit: int = 20,
) -> tuple[ReceiptSummary, ...]:
    """Receipts of a member, or of the whole program, newest first; `before` is the last one's number."""
    query = select(ReceiptRow).where(ReceiptRow.program_id == program_id)
    if member_id is not None:
        query = query.where(ReceiptRow.member_id == member_id)
    if before is not None:
        query = query.where(ReceiptRow.number < before)
    with wiring.database.read() as session:
        rows = session.scalars(query.order_by(ReceiptRow.number.desc()).limit(limit)).all()
        return tuple(summarise(session, row) for row in rows)


def summarise(session: Session, row: ReceiptRow) -> ReceiptSummary:
    """The receipt as one row of a list."""
    state = ReceiptState(row.state)
    reading = Work(session, utc_now()).artefact(ReceiptId(row.id), READING)
    receipt = None if reading is None else receipt_from(reading)
    return ReceiptSummary(
        id=ReceiptId(row.id),
        submission_id=SubmissionId(row.submission_id),
        state=state,
        sentence=state_sentence(state, row.rejection_code, of_mail=_is_whole_mail(row)),
        file_name=row.file_name,
        retailer="" if receipt is None else receipt.retailer.name,
        purchased_on="" if receipt is None or receipt.date is None else receipt.date.isoformat(),
        total="" if receipt is None or receipt.total is None else str(receipt.total),
        currency="" if receipt is None else receipt.currency,
        points=None if row.points is None else Points(row.points),
        received_at=row.received_at,
        number=row.number,
    )


def open_cases(
    wiring: Wiring, *, program_id: ProgramId, after: int = 0, limit: int = 50
) -> tuple[CaseSummary, ...]:
    """The program's open review cases, oldest first; `after` is the last one's number."""
    now = utc_now()
    with wiring.database.read() as session:
        summaries = []
        for case in Reviews(session, program_id, now).open_cases(after=after, limit=limit):
            row = session.scalars(select(ReceiptRow).where(ReceiptRow.id == case.receipt_id)).one()
            name = ProgramData(session, program_id).member_name(MemberId(row.member_id)) or ""
            summaries.append(CaseSummary(case, summarise(session, row), name))
        return tuple(summaries)


def review_case(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId) -> ReviewCase | None:
    """The case; None where the program has no such one."""
    with wiring.database.read() as session:
        return Reviews(session, program_id, utc_now()).find(case_id)


def statement(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    before: int | None = None,
    limit: int = 50,
) -> Statement | None:
    """The member's balance and entries; None where the program has no such member."""
    with wiring.database.read() as session:
        if ProgramData(session, program_id).member_name(member_id) is None:
            return None
        books = Books(session, program_id, utc_now())
        balances = books.balances(member_id)
        entries = books.entries(member_id, before=before, limit=limit)
        return Statement(balances.available, entries, balances)
