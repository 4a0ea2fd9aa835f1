"""From the pipeline's read models to the API's shapes."""

from __future__ import annotations

from typing import Literal

from api import models, points_models
from api.channel_presenters import sent_by
from pipeline.member_views import SubmissionView
from pipeline.review_views import CaseView, SignalView, hold_reasons
from pipeline.views import CaseSummary, LineView, ReceiptSummary, ReceiptView
from pipeline.withdraw import CAN_BE
from receipts.award import HoldReason, RuleOutcome
from receipts.catalog import CatalogProduct
from receipts.database.repositories.line_answers import LineAnswer
from receipts.fraud import Act
from receipts.ledger import LedgerEntry
from receipts.match import MatchVerdict
from receipts.money import Money
from receipts.state import ReceiptState


def amount(money: Money | None) -> models.Amount | None:
    """Money, or nothing."""
    return None if money is None else models.Amount(amount=str(money), currency=money.currency)


def receipt_brief(summary: ReceiptSummary) -> models.ReceiptBrief:
    """A row of a list."""
    total = models.Amount(amount=summary.total, currency=summary.currency) if summary.total else None
    return models.ReceiptBrief(
        id=summary.id,
        submission_id=summary.submission_id,
        state=summary.state.value,
        sentence=summary.sentence,
        file_name=summary.file_name,
        retailer=summary.retailer,
        purchased_on=summary.purchased_on or None,
        total=total,
        points=summary.points,
        received_at=summary.received_at,
        url=f"/v1/receipts/{summary.id}",
    )


def submission(view: SubmissionView) -> models.Submission:
    """A submission with its receipts."""
    url = f"/v1/submissions/{view.submission.id}"
    return models.Submission(
        id=view.submission.id,
        member_id=view.submission.member_id,
        channel=view.submission.channel.value,
        received_at=view.submission.received_at,
        receipts=[receipt_brief(each) for each in view.receipts],
        url=url,
        events_url=f"{url}/events",
    )


def product(found: CatalogProduct) -> models.Product:
    """A catalog product."""
    return models.Product(
        sku=found.sku,
        name=found.name,
        brand=found.brand,
        size=found.size,
        category=found.category,
        gtin=found.gtin,
    )


NOT_OURS = "Not one of our products."
NOT_SURE = "We are not sure which product this is, so it earned nothing."
NO_CAMPAIGN = "No campaign counts this product at the moment."


def line_how(line: LineView, view: ReceiptView) -> tuple[str, ...]:
    """How the line earned, or why it did not; empty while that is open."""
    if line.match is None or view.state not in (ReceiptState.AWARDED, ReceiptState.DECLINED):
        return ()
    if line.match.verdict is MatchVerdict.NONE:
        return (NOT_OURS,)
    paid = tuple(each.sentence for each in view.outcomes if line.item.position in each.positions)
    if paid:
        return paid
    if line.match.verdict is MatchVerdict.ASK:
        return (NOT_SURE,)
    return tuple(dict.fromkeys(each.sentence for each in view.outcomes if not each.positions)) or (
        NO_CAMPAIGN,
    )


def may_say(line: LineView, view: ReceiptView) -> bool:
    """The member may say which product it is: the line is unsure, and a person will look at the receipt."""
    asked = line.match is not None and line.match.verdict is MatchVerdict.ASK
    return asked and view.state is ReceiptState.HELD


def line_answer(said: LineAnswer, found: CatalogProduct | None) -> models.LineAnswer:
    """What the member says of a line."""
    return models.LineAnswer(
        product=None if found is None else product(found), barcode=said.barcode, at=said.at
    )


def _line(each: LineView, view: ReceiptView, *, for_member: bool) -> models.Line:
    item, match = each.item, each.match
    # An unsure product is for a reviewer to see; a member chooses among them and is promised nothing.
    shown = (MatchVerdict.ACCEPT,) if for_member else (MatchVerdict.ACCEPT, MatchVerdict.ASK)
    with_candidates = not for_member or may_say(each, view)
    ours = match is not None and match.verdict in shown
    return models.Line(
        position=item.position,
        description=item.description,
        quantity=f"{item.quantity:f}",
        amount=models.Amount(amount=str(item.amount), currency=item.amount.currency),
        discount=amount(item.discount),
        code=item.code,
        confidence=item.confidence,
        verdict=None if match is None else match.verdict.value,
        product=product(each.product) if ours and each.product is not None else None,
        candidates=[
            models.Candidate(product=product(found), probability=probability)
            for found, probability in (each.candidates if with_candidates else ())
        ],
        member_says=None if each.said is None else line_answer(each.said, each.said_product),
        matched_by=each.sentence,
        points=each.points,
        how=list(line_how(each, view)),
    )


def _outcome(each: RuleOutcome) -> models.Outcome:
    return models.Outcome(
        campaign_id=each.campaign_id,
        campaign_version=each.campaign_version,
        rule_id=each.rule_id,
        answer=each.answer.value,
        points=each.points,
        positions=list(each.positions),
        sentence=each.sentence,
    )


def receipt(view: ReceiptView, *, for_member: bool) -> models.Receipt:
    """A receipt in full; a member sees the candidates of unsure lines while a person is waited for."""
    read = view.receipt
    return models.Receipt(
        id=view.id,
        submission_id=view.submission_id,
        state=view.state.value,
        sentence=view.sentence,
        file_name=view.file_name,
        retailer="" if read is None else read.retailer.name,
        purchased_on=None if read is None or read.date is None else read.date.isoformat(),
        total=None if read is None else amount(read.total),
        points=view.points,
        received_at=view.received_at,
        url=f"/v1/receipts/{view.id}",
        member_id=view.member_id,
        channel=view.channel.value,
        rejection_code=view.rejection_code,
        reasons=list(view.reasons),
        would_pay=view.would_pay,
        store="" if read is None else read.retailer.store,
        purchased_at=None if read is None or read.time is None else read.time.isoformat(),
        receipt_number="" if read is None else read.receipt_number,
        subtotal=None if read is None else amount(read.subtotal),
        tax=None if read is None else amount(read.tax),
        is_refund=read is not None and read.is_refund,
        balanced=None if read is None else read.balanced,
        lines=[_line(each, view, for_member=for_member) for each in view.lines],
        outcomes=[_outcome(each) for each in view.outcomes],
        picture_url=None if view.picture_sha256 is None else f"/v1/receipts/{view.id}/picture",
        may_ask=view.may_ask,
        may_withdraw=for_member and not view.withdrawn and view.state in CAN_BE,
        withdrawn=view.withdrawn,
        updated_at=view.updated_at,
    )


def entry(found: LedgerEntry) -> points_models.Entry:
    """A ledger entry."""
    return points_models.Entry(
        id=found.id,
        kind=found.kind.value,
        points=found.change,
        moved=found.points,
        debit=found.debit.value,
        credit=found.credit.value,
        receipt_id=found.receipt_id,
        campaign_id=found.campaign_id or None,
        rule_id=found.rule_id or None,
        source=found.rests_on,
        due_at=found.due_at,
        reverses=found.reverses,
        sentence=found.sentence,
        created_at=found.created_at,
    )


def _reason(each: HoldReason) -> models.Reason:
    return models.Reason(
        code=each.code, member_sentence=each.member_sentence, reviewer_sentence=each.reviewer_sentence
    )


_STATUSES: dict[str, models.CaseStatusName] = {
    "open": "open",
    "approved": "approved",
    "declined": "declined",
}


def _status(stored: str) -> models.CaseStatusName:
    return _STATUSES[stored]


def case_brief(summary: CaseSummary) -> models.CaseBrief:
    """A row of the review list."""
    case = summary.case
    return models.CaseBrief(
        id=case.id,
        receipt=receipt_brief(summary.receipt),
        member_name=summary.member_name,
        status=_status(case.status),
        would_pay=case.would_pay,
        reasons=[_reason(each) for each in hold_reasons(case)],
        opened_at=case.opened_at,
        url=f"/v1/review-cases/{case.id}",
    )


_ACTS: dict[Act, Literal["note", "hold", "decline"]] = {
    Act.NOTE: "note",
    Act.HOLD: "hold",
    Act.DECLINE: "decline",
}


def _signal(view: SignalView) -> models.Signal:
    signal = view.signal
    return models.Signal(
        check=signal.check,
        finding=signal.finding.value,
        strength=signal.strength.value,
        sentence=signal.reviewer_sentence,
        evidence=[models.Fact(name=fact.name, value=fact.value) for fact in signal.evidence],
        related_receipts=list(signal.related),
        weight=None if view.weighed is None else view.weighed.weight,
        share=None if view.weighed is None else view.weighed.share,
        does=None if view.weighed is None else _ACTS[view.weighed.act],
    )


def case(view: CaseView) -> models.Case:
    """One case."""
    return models.Case(
        id=view.case.id,
        status=_status(view.case.status),
        member_name=view.receipt.member_name,
        receipt=receipt(view.receipt, for_member=False),
        sent_by=None if view.message is None else sent_by(view.message.sent_by),
        would_pay=view.case.would_pay,
        reasons=[_reason(each) for each in view.reasons],
        score=0.0 if view.receipt.screening is None else view.receipt.screening.score,
        policy_version=None if view.receipt.screening is None else view.receipt.screening.policy_version,
        signals=[_signal(each) for each in view.signals],
        note=view.case.note or "",
        decided_by=view.decided_by,
        opened_at=view.case.opened_at,
        decided_at=view.case.decided_at,
    )
