"""What is written down and told once a decision is made: ledger entries, claims, and messages' data."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from awarding.payloads import (
    AcceptedPayload,
    AmountPayload,
    AwardedPayload,
    DeclinedPayload,
    HeldPayload,
    HoldReasonPayload,
    ItemPayload,
    LinePayload,
    PendingPayload,
    PurchasePayload,
    RejectedPayload,
    RulePayload,
)
from receipts.award import Award, Decline, Hold, RuleOutcome
from receipts.catalog import CatalogProduct
from receipts.errors import Rejection
from receipts.identity import CampaignId, LedgerEntryId, MemberId, ProgramId, ReceiptId, Sku, SubmissionId
from receipts.ledger import AccountKind, Claim, EntryKind, LedgerEntry
from receipts.money import Money
from receipts.program import PurchaseData
from receipts.receipt import LineItem, Receipt
from receipts.submission import Channel

# Never change it: entries of a decision that is posted again must get the ids they had.
_ENTRY_NAMESPACE = uuid.UUID("5f0c3a8e-3f0b-4b0e-9d53-6d1b7f2a9c41")


def ledger_entry_id(
    receipt_id: ReceiptId, campaign_id: CampaignId, rule_id: str, posting: int = 0
) -> LedgerEntryId:
    """The id of the entry by which a rule pays a receipt, in its first or a later posting.

    Made from what it names and not by chance: a decision posted twice, after a crash, meets its own ids.
    """
    name = f"{receipt_id}/{campaign_id}/{rule_id}" + (f"/{posting}" if posting else "")
    return LedgerEntryId(f"led_{uuid.uuid5(_ENTRY_NAMESPACE, name).hex}")


def ledger_entries(
    award: Award,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    receipt_id: ReceiptId,
    created_at: datetime,
    posting: int = 0,
) -> tuple[LedgerEntry, ...]:
    """An entry for each rule that paid; their points add up to the award's."""
    return tuple(
        LedgerEntry(
            id=ledger_entry_id(receipt_id, outcome.campaign_id, outcome.rule_id, posting),
            program_id=program_id,
            member_id=member_id,
            receipt_id=receipt_id,
            kind=EntryKind.AWARD,
            points=outcome.points,
            campaign_id=outcome.campaign_id,
            rule_id=outcome.rule_id,
            reverses=None,
            sentence=outcome.sentence,
            created_at=created_at,
            posting=posting,
        )
        for outcome in award.outcomes
        if outcome.points > 0
    )


def activity_entries(
    outcomes: Sequence[RuleOutcome],
    *,
    program_id: ProgramId,
    member_id: MemberId,
    source: str,
    created_at: datetime,
) -> tuple[LedgerEntry, ...]:
    """An entry for each rule that paid for an activity, which `source` names."""
    return tuple(
        LedgerEntry(
            id=ledger_entry_id(ReceiptId(source), outcome.campaign_id, outcome.rule_id),
            program_id=program_id,
            member_id=member_id,
            receipt_id=None,
            kind=EntryKind.ACTIVITY,
            points=outcome.points,
            campaign_id=outcome.campaign_id,
            rule_id=outcome.rule_id,
            reverses=None,
            sentence=outcome.sentence,
            created_at=created_at,
            source=source,
        )
        for outcome in outcomes
        if outcome.points > 0
    )


def claims(
    award: Award, *, program_id: ProgramId, purchase_key: str, receipt_id: ReceiptId, member_id: MemberId
) -> tuple[Claim, ...]:
    """A claim for each line that a paying rule counted, also one whose own share came to 0 points."""
    return tuple(
        Claim(
            program_id=program_id,
            purchase_key=purchase_key,
            line_key=line.claim_key,
            receipt_id=receipt_id,
            member_id=member_id,
        )
        for line in award.lines
    )


def awarded_data(
    *,
    receipt_id: ReceiptId,
    submission_id: SubmissionId,
    channel: Channel,
    receipt: Receipt,
    products: Mapping[Sku, CatalogProduct],
    award: Award,
    entries: Sequence[LedgerEntry],
    approved: bool,
) -> dict[str, Any]:
    """The data of ``points.awarded``, or of ``points.pending`` where the entries put the points there.

    Args:
        receipt_id: of the receipt paid.
        submission_id: it came by.
        channel: it came by.
        receipt: as read, or as a reviewer corrected it.
        products: by SKU, at least those paid.
        award: the decision.
        entries: as `ledger_entries` made them.
        approved: a reviewer decided, not the rules alone.
    """
    items = {item.position: item for item in receipt.items}
    lines = [
        LinePayload(
            position=line.position,
            description=items[line.position].description,
            sku=line.sku,
            gtin=products[line.sku].gtin,
            product=products[line.sku].name,
            quantity=f"{items[line.position].quantity:f}",
            amount=_amount(items[line.position].net),
            points=line.points,
            claim_key=line.claim_key,
        )
        for line in award.lines
    ]
    ids = {(entry.campaign_id, entry.rule_id): entry.id for entry in entries}
    awarded = AwardedPayload(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel.value,
        decided_by="reviewer" if approved else "rules",
        points=award.points,
        purchase=_purchase(receipt),
        lines=lines,
        rules=[_rule(outcome, ids.get((outcome.campaign_id, outcome.rule_id))) for outcome in award.outcomes],
        ledger_entry_ids=[entry.id for entry in entries],
    )
    waits = [
        each.due_at for each in entries if each.credit is AccountKind.PENDING and each.due_at is not None
    ]
    if waits:
        return PendingPayload(**awarded.__dict__, available_from=max(waits)).as_data()
    return awarded.as_data()


def accepted_data(
    *,
    receipt_id: ReceiptId,
    submission_id: SubmissionId,
    channel: Channel,
    receipt: Receipt,
    own: Mapping[int, CatalogProduct],
    told: PurchaseData,
    approved: bool,
) -> dict[str, Any]:
    """The data of ``receipt.accepted``.

    Args:
        receipt_id: of the receipt paid.
        submission_id: it came by.
        channel: it came by.
        receipt: as read, or as a reviewer corrected it.
        own: which of the program's products the lines at these positions are, whether they earned or not.
        told: what the members agreed to.
        approved: a reviewer decided, not the rules alone.
    """
    return AcceptedPayload(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel.value,
        decided_by="reviewer" if approved else "rules",
        purchase=_purchase(receipt),
        items_told=told.value,
        items=[
            _item(item, own.get(item.position))
            for item in receipt.items
            if told is PurchaseData.ALL or (told is PurchaseData.OWN and item.position in own)
        ],
    ).as_data()


def held_data(
    *, receipt_id: ReceiptId, submission_id: SubmissionId, channel: Channel, receipt: Receipt, hold: Hold
) -> dict[str, Any]:
    """The data of ``receipt.held``: the member's words for each reason, never the reviewer's."""
    return HeldPayload(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel.value,
        purchase=_purchase(receipt),
        would_pay=hold.would_pay,
        reasons=[
            HoldReasonPayload(code=reason.code, sentence=reason.member_sentence) for reason in hold.reasons
        ],
    ).as_data()


def declined_data(
    *,
    receipt_id: ReceiptId,
    submission_id: SubmissionId,
    channel: Channel,
    receipt: Receipt,
    decline: Decline,
    approved: bool = False,
) -> dict[str, Any]:
    """The data of ``receipt.declined``.

    Args:
        receipt_id: of the receipt.
        submission_id: it came by.
        channel: it came by.
        receipt: as read.
        decline: the decision.
        approved: a reviewer had approved the receipt, and it earns nothing all the same.
    """
    by_reviewer = approved or decline.reason.value == "reviewer"
    return DeclinedPayload(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel.value,
        decided_by="reviewer" if by_reviewer else "rules",
        purchase=_purchase(receipt),
        reason=decline.reason.value,
        sentence=decline.member_sentence,
        rules=[_rule(outcome, None) for outcome in decline.outcomes],
    ).as_data()


def rejected_data(
    *, receipt_id: ReceiptId, submission_id: SubmissionId, channel: Channel, rejection: Rejection
) -> dict[str, Any]:
    """The data of ``receipt.rejected``; nothing was read, so there is no purchase."""
    return RejectedPayload(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel.value,
        reason=rejection.reason.value,
        sentence=rejection.member_sentence,
    ).as_data()


def _amount(money: Money) -> AmountPayload:
    return AmountPayload(amount=str(money), currency=money.currency)


def _item(item: LineItem, product: CatalogProduct | None) -> ItemPayload:
    return ItemPayload(
        position=item.position,
        description=item.description,
        sku=None if product is None else product.sku,
        gtin=None if product is None else product.gtin,
        product=None if product is None else product.name,
        quantity=f"{item.quantity:f}",
        unit_price=None if item.unit_price is None else _amount(item.unit_price),
        amount=_amount(item.net),
    )


def _purchase(receipt: Receipt) -> PurchasePayload:
    return PurchasePayload(
        retailer=receipt.retailer.name or None,
        store=receipt.retailer.store or None,
        date=receipt.date,
        time=None if receipt.time is None else receipt.time.replace(microsecond=0, tzinfo=None),
        receipt_number=receipt.receipt_number or None,
        total=None if receipt.total is None else _amount(receipt.total),
        is_refund=receipt.is_refund,
    )


def _rule(outcome: RuleOutcome, entry_id: LedgerEntryId | None) -> RulePayload:
    return RulePayload(
        campaign_id=outcome.campaign_id,
        campaign_version=outcome.campaign_version,
        rule_id=outcome.rule_id,
        answer=outcome.answer.value,
        points=outcome.points,
        positions=list(outcome.positions),
        sentence=outcome.sentence,
        ledger_entry_id=entry_id,
    )
