"""From the inbox's read models to the API's shapes."""

from __future__ import annotations

from api import channel_models as models
from api.models import Check
from api.models import MailProof as ProofModel
from api.models import SentBy as SentByModel
from pipeline.answers.undelivered import why_undelivered
from pipeline.inbox_views import InboxEntry
from pipeline.linking import MyAddresses
from receipts.identity import MemberId
from receipts.inbound import OutgoingMessage
from receipts.proof import MailProof, SentBy


def addresses(member_id: MemberId, found: MyAddresses, *, taken_up: int = 0) -> models.MemberAddresses:
    """A member's addresses."""
    return models.MemberAddresses(
        member_id=member_id,
        items=[models.LinkedAddress(kind=each.kind.value, address=each.value) for each in found.linked],
        secret_address=found.secret_address,
        mail_address=found.mail_address,
        numbers=list(found.numbers),
        taken_up=taken_up,
    )


def _proof(found: MailProof) -> ProofModel:
    return ProofModel(
        verdict=found.verdict.value,
        domain=found.domain,
        checks=[
            Check(name=each.name, outcome=each.outcome.value, domain=each.domain, sentence=each.sentence)
            for each in found.checks
        ],
    )


def sent_by(found: SentBy | None) -> SentByModel | None:
    """Who sent it, or nothing."""
    if found is None:
        return None
    return SentByModel(
        trust=found.trust.value,
        author=found.author,
        author_name=found.author_name,
        proof=None if found.proof is None else _proof(found.proof),
    )


def _answer(found: OutgoingMessage) -> models.AnswerSent:
    return models.AnswerSent(
        id=found.id,
        kind=found.kind.value,
        recipient=found.recipient,
        state=found.state.value,
        reason=found.reason,
        subject=found.subject,
        text=found.body,
        provider_status=found.provider_status,
        undelivered=why_undelivered(found),
        report_id=found.report_id,
        created_at=found.created_at,
        sent_at=found.sent_at,
    )


def inbound_message(entry: InboxEntry) -> models.InboundMessage:
    """A mail or text with its answers."""
    message = entry.message
    return models.InboundMessage(
        id=message.id,
        via=message.via.value,
        received_at=message.received_at,
        sent_at=message.sent_at,
        mailbox=message.mailbox,
        sender=message.sender,
        recipient=message.recipient,
        subject=message.subject,
        size_bytes=message.size_bytes,
        whole=message.whole,
        state=message.state.value,
        reason=message.reason,
        sentence=entry.sentence,
        member_id=message.member_id,
        submission_id=message.submission_id,
        sent_by=sent_by(message.sent_by),
        attempts=message.attempt,
        may_retry=entry.may_run_again,
        answers=[_answer(each) for each in entry.answers],
        updated_at=message.updated_at,
        url=f"/v1/inbound-messages/{message.id}",
    )
