"""A reviewer's decision on a held receipt: the same rules, the same books, another judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from awarding.decide import decide
from awarding.declines import declined_by_reviewer
from pipeline.answers.rest import tell_when_at_rest
from pipeline.brought_back import without_brought_back
from pipeline.choices import UnknownChoice, chosen_products
from pipeline.clock import day_in, utc_now
from pipeline.held import DecidedBefore, Held, NoSuchCase, look_up
from pipeline.learning import teach
from pipeline.said_elsewhere import as_said
from pipeline.second_person import Approval, SecondNeeded, TooLateError, end_by_decline, two_agree
from pipeline.steps import artefacts
from pipeline.steps.around import bear_witness
from pipeline.steps.artefacts import (
    Matching,
    decision_artefact,
    matching_artefact,
)
from pipeline.steps.compared import hold_twins, twins_since
from pipeline.steps.programs import program_of
from pipeline.steps.screen import screened
from pipeline.steps.settle import Standing, points_of, post, standing, state_after
from pipeline.wiring import Wiring
from receipts.award import Award, Decision, Hold, HoldReason
from receipts.database.codec import to_json
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Work
from receipts.fraud import Finding
from receipts.identity import (
    AccountId,
    ProgramId,
    ReceiptId,
    ReviewCaseId,
    Sku,
)
from receipts.program import ReviewTerms
from receipts.receipt import Receipt

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Resolved:
    """The case is closed, and this is what came of it."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Another receipt, perhaps of the same purchase, came to light since the case was opened.

    The case stays open and shows it now; approving it then counts.

    Attributes:
        sentence: for the reviewer.
        related: those receipts.
    """

    sentence: str
    related: tuple[ReceiptId, ...]


@dataclass(frozen=True, slots=True)
class ClaimedByAnother:
    """Another reviewer works on it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a case."""

    reviewer: AccountId
    approve: bool
    products: Mapping[int, Sku | None]
    note: str
    plan: str = ""
    over_claims: bool = False


NotDecided = NoSuchCase | DecidedBefore | UnknownChoice | LookAgain | ClaimedByAnother
Resolution = Resolved | SecondNeeded | NotDecided


def resolve_case(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    case_id: ReviewCaseId,
    reviewer: AccountId,
    approve: bool,
    products: Mapping[int, Sku | None],
    note: str,
    plan: str = "",
    over_claims: bool = False,
) -> Resolution:
    """Close an open case.

    Args:
        wiring: the process's parts.
        program_id: the reviewer's program.
        case_id: the case.
        reviewer: who decides.
        approve: pay what the lines earn, or decline the receipt.
        products: for lines that the reviewer settled, the product, or None for "not ours".
        note: for the record; on a decline it is told to the member.
        plan: the planned decision that takes effect; where it was undone, nothing happens.
        over_claims: whoever works on it: the member wants it so.
    """
    verdict = Verdict(reviewer, approve, dict(products), note.strip(), plan, over_claims)
    retrying = Retrying(
        retry=retry_if_exception_type((StaleBooksError, IntegrityError)),
        stop=stop_after_attempt(_TRIES),
        reraise=True,
    )
    for attempt in retrying:
        with attempt:
            return _resolve_once(wiring, program_id, case_id, verdict)
    raise AssertionError("tenacity either returns or raises")


def _resolve_once(
    wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId, verdict: Verdict
) -> Resolution:
    held = look_up(wiring, program_id, case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return held
    approve = verdict.approve
    if held.case.worked_on_by_another(verdict.reviewer, utc_now()) and not verdict.over_claims:
        return ClaimedByAnother()
    chosen = chosen_products(wiring, program_id, held.matching, verdict.products)
    if isinstance(chosen, UnknownChoice):
        return chosen
    if approve:
        fresh = screened_again(wiring, held, chosen)
        if isinstance(fresh, LookAgain):
            return fresh
        held = fresh
    mine = held.subject.receipt_id
    left = without_brought_back(wiring, program_id, mine, held.receipt, held.purchase_keys)
    at = standing(
        wiring,
        program_id=program_id,
        member_id=held.subject.member_id,
        purchase_keys=held.purchase_keys,
        matching=chosen,
        receipt=left,
        number=held.sent.number,
        received_at=held.sent.received_at,
    )
    decision = decision_of(wiring, held, left, chosen, at, approve=approve, note=verdict.note)
    judged = _Judged(held, chosen, at, decision, program_of(wiring, program_id).review)
    try:
        with wiring.database.write() as session:
            return _settle(session, utc_now(), judged, verdict)
    except TooLateError:
        return DecidedBefore("decided")


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a verdict comes to."""

    held: Held
    chosen: Matching
    at: Standing
    decision: Decision
    terms: ReviewTerms


def _settle(session: Session, now: datetime, judged: _Judged, verdict: Verdict) -> Resolution:
    """Close the case and do all that the decision brings with it, or change nothing."""
    held, decision, approve = judged.held, judged.decision, verdict.approve
    program_id, case_id, subject = held.subject.program_id, held.case.id, held.subject
    mine, keys, chosen = subject.receipt_id, held.purchase_keys, judged.chosen
    if as_said(session, program_id, mine, keys, held.receipt, chosen) != chosen:
        raise StaleBooksError(f"a person said meanwhile what a line of {mine} is")
    if isinstance(decision, Award):
        hold_twins(session, held.sent, held.receipt, held.compared)
        if twins_since(session, held.sent, held.receipt, held.compared):
            raise StaleBooksError(f"a likely twin of {held.sent.receipt_id} came to light")
        said = Approval(
            case_id,
            verdict.reviewer,
            decision.points,
            held.basis.reading,
            verdict.note,
            verdict.plan,
        )
        if not two_agree(session, now, program_id, judged.terms, said):
            return SecondNeeded(decision.points)
    elif not approve:
        end_by_decline(session, now, program_id, case_id, verdict.reviewer)
    reviews = Reviews(session, program_id, now)
    if not reviews.close(
        case_id,
        approved=approve,
        reviewer=verdict.reviewer,
        note=verdict.note,
        plan=verdict.plan,
        over_claims=verdict.over_claims,
    ):
        return DecidedBefore("decided")
    products = verdict.products
    detail = {"note": verdict.note, "products": {str(position): sku for position, sku in products.items()}}
    desk = Desk(session, program_id, now)
    desk.note(case_id, verdict.reviewer, "approved" if approve else "declined", detail)
    if not reviews.leave_hold(subject.receipt_id, state_after(decision), points=points_of(decision) or 0):
        raise LookupError(f"receipt {subject.receipt_id} has an open case but is not held")
    reviews.rename_purchase(subject.receipt_id, subject.purchase_key)
    _keep(session, now, held, judged.chosen, decision, judged.at, verdict.reviewer)
    post(
        session, now, subject=subject, receipt=held.receipt, decision=decision, at=judged.at, approved=approve
    )
    tell_when_at_rest(session, now, program_id=program_id, submission_id=subject.submission_id)
    if approve:  # a receipt that is refused, perhaps as made up, is no witness of how a shop prints
        _teach(session, now, held, products, verdict.reviewer)
        bear_witness(session, decision, subject, held.receipt, held.screening, looked_at=True)
    return Resolved(decision)


def _is_kept(held: Held, chosen: Matching) -> bool:
    return chosen == held.matching and not held.taken_over


def screened_again(wiring: Wiring, held: Held, chosen: Matching) -> Held | LookAgain:
    """The case with a screening as of now; or what the reviewer has not been shown yet."""
    with wiring.database.read() as session:
        news = twins_since(session, held.sent, held.receipt, held.compared)
    if not news:
        return held
    # The reviewer's choice is kept only once the case is decided.
    basis = replace(held.basis, matching=held.basis.matching if _is_kept(held, chosen) else 0)
    done = screened(wiring, held.sent, held.receipt, chosen.matches, basis)
    about_news = [
        signal
        for signal in done.screening.signals
        if signal.finding is not Finding.CLEAR and (not signal.related or set(signal.related) & news)
    ]
    related = tuple(sorted({each for signal in about_news for each in signal.related} & news))
    now = utc_now()
    with wiring.database.write() as session:
        Work(session, now).add_artefact(held.sent.receipt_id, done.artefact())
        reviews = Reviews(session, held.sent.program_id, now)
        reviews.rename_purchase(held.sent.receipt_id, done.purchase_key)
        if related:
            reasons = [
                HoldReason(signal.check, signal.member_sentence, signal.reviewer_sentence)
                for signal in about_news
            ]
            known = [reason for reason in held.case.reasons if reason["code"] not in _codes(reasons)]
            reviews.look_again(
                held.case.id,
                reasons=[*known, *to_json(reasons, list[HoldReason])],
                would_pay=held.case.would_pay,
            )
    if related:
        sentence = (
            "Another receipt came to light that may be of the same purchase, or was paid meanwhile."
            " Look at the case again before you decide."
        )
        return LookAgain(sentence, related)
    subject = replace(held.subject, purchase_key=done.purchase_key)
    return replace(
        held,
        subject=subject,
        purchase_keys=done.purchase_keys,
        screening=done.screening,
        compared=done.compared,
    )


def _codes(reasons: list[HoldReason]) -> set[str]:
    return {reason.code for reason in reasons}


def decision_of(
    wiring: Wiring, held: Held, left: Receipt, chosen: Matching, at: Standing, *, approve: bool, note: str
) -> Decision:
    """What the decision on what is left of the receipt would be; nothing is posted."""
    if not approve:
        return declined_by_reviewer(note=note, outcomes=held.before.outcomes)
    program = program_of(wiring, held.subject.program_id)
    decision = decide(
        receipt=left,
        matches=chosen.matches,
        products=at.products,
        screening=held.screening,
        campaigns=at.campaigns,
        earned_before=at.earned_before,
        claimed=at.claimed,
        approved=True,
        day_if_unread=day_in(program.time_zone, held.sent.received_at),
        standing=at.known.member,
        usage=at.known.usage,
        zones=at.known.zones,
        paid_as=at.paid_as,
    )
    if isinstance(decision, Hold):
        raise AssertionError("an approved receipt is not held again")
    return decision


def _keep(
    session: Session,
    now: datetime,
    held: Held,
    chosen: Matching,
    decision: Decision,
    at: Standing,
    reviewer: AccountId,
) -> None:
    work = Work(session, now)
    work.ensure_newest(held.subject.receipt_id, artefacts.READING, held.basis.reading)
    if not _is_kept(held, chosen):
        work.add_artefact(held.subject.receipt_id, matching_artefact(chosen, versions={"reviewer": reviewer}))
    work.add_artefact(
        held.subject.receipt_id,
        decision_artefact(decision, versions={**at.versions, "reviewer": reviewer}),
    )


def _teach(
    session: Session, now: datetime, held: Held, products: Mapping[int, Sku | None], reviewer: AccountId
) -> None:
    teach(
        session,
        now,
        program_id=held.subject.program_id,
        receipt_id=held.subject.receipt_id,
        receipt=held.receipt,
        chosen=products,
        catalog_number=held.matching.catalog_number,
        reviewer=reviewer,
    )
