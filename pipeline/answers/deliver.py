"""Sends one answer: lease, words, the wire, and what came of it."""

from __future__ import annotations

import email.utils
import uuid
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import structlog

from ingest.email.envelope import ANSWER_HEADER, read_envelope
from ingest.email.smtp import Route
from ingest.sms.outgoing import SentText, TextRefusedError, TextSender
from pipeline.answers.words import NothingToSayError, Words, words_of_mail, words_of_text
from pipeline.channels import MailboxSettings
from pipeline.clock import utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.jobs import Jobs
from receipts.database.repositories.outgoing import Outgoing, keep_text, leased_answer
from receipts.database.repositories.turns import Turns
from receipts.database.tables import OutgoingRow
from receipts.errors import RefusedError, TransientError
from receipts.identity import OutgoingId
from receipts.inbound import InboundMessage, OutgoingMessage, OutgoingState, Via
from receipts.proof import SenderTrust
from receipts.spans import SpanKind, span, under

log = structlog.get_logger(__name__)

TRIES_MOST = 14
"""With the back-off below, a mail server or provider may be away for two hours."""
_BACK_OFF_FIRST_S = 2.0
_BACK_OFF_MOST_S = 900.0
_BELL_AFTER_LEASE_S = 1.0
_HOUR_S = 3600.0
_TURN_S = 900.0
_CLOCKS_APART = timedelta(minutes=1)
"""The provider's and ours."""
_UNVOUCHED_PER_HOUR = 5
"""Anyone can write mails in another's name; that one must not drown in our answers."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a try.

    Attributes:
        provider_id: how the other side knows the answer.
    """

    state: OutgoingState
    reason: str = ""
    provider_id: str = ""
    provider_status: str = ""


class _TooManyError(Exception):
    """So many answers went to this address lately that this one waits for its turn."""


def deliver(wiring: Wiring, outgoing_id: OutgoingId, *, in_turn: bool = False) -> OutgoingState | None:
    """Send the answer; the state reached, or None where it does not wait or another worker has it.

    `in_turn`: the one whose turn it is in place of the one that was rung for.

    A worker that dies between the wire and the commit sends a mail again, under the same Message-ID; a text
    is asked for at the provider first.
    """
    owner, lease_s = uuid.uuid4().hex, wiring.settings.lease_s
    with wiring.database.write() as session:
        now = utc_now()
        if in_turn:
            outgoing_id = OutgoingId(Turns(session, now).job(OutgoingRow) or outgoing_id)
        jobs = Jobs(session, now, OutgoingRow)
        if not jobs.lease(outgoing_id, owner=owner, lease_s=lease_s):
            return None
        answer = leased_answer(session, outgoing_id)
        jobs.ring(answer.program_id, outgoing_id, delay_s=lease_s + _BELL_AFTER_LEASE_S)
    facts = {"outgoing_id": answer.id, "program_id": answer.program_id, "via": answer.via.value}
    with under(answer.traceparent), span("answer", SpanKind.CONSUMER, **facts):
        return _delivered(wiring, answer, owner)


def _delivered(wiring: Wiring, answer: OutgoingMessage, owner: str) -> OutgoingState | None:
    bound = log.bind(outgoing_id=answer.id, via=answer.via.value, kind=answer.kind.value)
    if answer.attempt > TRIES_MOST:
        # It was leased this often and never came back: it kills its worker, or takes longer than one may.
        bound.error("gave up")
        _finish(wiring, answer, owner, _Done(OutgoingState.FAILED, f"no end in {TRIES_MOST} tries"))
        return OutgoingState.FAILED
    try:
        done = _try(wiring, answer)
    except _TooManyError as error:
        bound.info("waits for its turn", reason=str(error))
        _put_back(wiring, answer, owner, str(error), _TURN_S)
        return None
    except TransientError as error:
        if answer.attempt >= TRIES_MOST:
            done = _Done(OutgoingState.FAILED, f"not sent in {answer.attempt} tries: {error}")
        else:
            wait_s = min(_BACK_OFF_MOST_S, _BACK_OFF_FIRST_S * 2.0 ** (answer.attempt - 1))
            bound.warning("will try again", reason=str(error), wait_s=wait_s)
            _put_back(wiring, answer, owner, str(error), wait_s)
            return None
    except (RefusedError, NothingToSayError) as error:
        done = _Done(OutgoingState.FAILED, str(error))
    except Exception as error:  # noqa: BLE001  (our bug: it must not stop the worker, nor be tried for ever)
        bound.exception("failed")
        done = _Done(OutgoingState.FAILED, f"{type(error).__name__} while it was written")
    _finish(wiring, answer, owner, done)
    bound.info("answered", state=done.state.value, reason=done.reason)
    return done.state


def _try(wiring: Wiring, answer: OutgoingMessage) -> _Done:
    with wiring.database.read() as session:
        now = utc_now()
        addresses = Addresses(session, answer.program_id, now)
        if answer.via is not Via.EMAIL and addresses.stopped(answer.recipient):
            return _Done(OutgoingState.DROPPED, "the number said STOP")
        inbound = Inbound(session, answer.program_id, now)
        message = None if answer.inbound_id is None else inbound.find(answer.inbound_id)
        unvouched = message is not None and message.reason == SenderTrust.UNVOUCHED.value
        outgoing = Outgoing(session, answer.program_id, now)
        lately = outgoing.sent_to(answer.recipient, within_s=_HOUR_S, unvouched=unvouched)
        waiting = outgoing.waiting_for(answer.recipient)
    most = wiring.settings.replies_per_hour
    if unvouched and lately >= min(_UNVOUCHED_PER_HOUR, most):
        return _Done(OutgoingState.DROPPED, f"{lately} such answers went to this address within the hour")
    if lately >= most and waiting > most:
        # No person sends so much: a loop between two machines ends here.
        return _Done(OutgoingState.DROPPED, f"{lately} answers went there within the hour, {waiting} wait")
    if lately >= most:
        raise _TooManyError(f"{lately} answers went to this address within the hour")
    if answer.via is Via.EMAIL:
        return _mail(wiring, answer, message)
    return _text(wiring, answer, message)


def _mail(wiring: Wiring, answer: OutgoingMessage, message: InboundMessage | None) -> _Done:
    settings = wiring.channels_of(answer.program_id).email
    sender = wiring.mail_sender(answer.program_id)
    if settings is None or sender is None:
        return _Done(OutgoingState.FAILED, "the program has no SMTP server: set its smtp_host")
    words = words_of_mail(wiring, answer)
    _keep(wiring, answer, words)
    mail = _written(wiring, answer, message, settings, words)
    # Our own address, not the null sender, which many submission servers refuse: a bounce comes back to the
    # mailbox, and is kept with this answer.
    sender.send(mail, Route(settings.address, (answer.recipient,)))
    return _Done(OutgoingState.SENT, provider_id=str(mail["Message-ID"]))


def _written(
    wiring: Wiring,
    answer: OutgoingMessage,
    message: InboundMessage | None,
    settings: MailboxSettings,
    words: Words,
) -> EmailMessage:
    mail = EmailMessage()
    domain = settings.address.partition("@")[2]
    name = program_of(wiring, answer.program_id).name
    mail["From"] = email.utils.formataddr((name, settings.address))
    mail["To"] = answer.recipient
    mail["Subject"] = " ".join(words.subject.split())
    mail["Date"] = email.utils.format_datetime(utc_now())
    # The answer's own id: sent twice, it is the same mail to the reader's program.
    mail["Message-ID"] = f"<{answer.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[ANSWER_HEADER] = answer.id
    if message is not None and message.via is Via.EMAIL:
        before = read_envelope(wiring.store.read_bytes(message.raw_sha256))
        if before.message_id:
            mail["In-Reply-To"] = before.message_id
            mail["References"] = f"{before.references} {before.message_id}".strip()
    mail.set_content(words.text)
    mail.add_alternative(words.html, subtype="html")
    return mail


def _text(wiring: Wiring, answer: OutgoingMessage, message: InboundMessage | None) -> _Done:
    sender = wiring.text_sender(answer.program_id)
    settings = wiring.channels_of(answer.program_id).sms
    if sender is None or settings is None:
        return _Done(OutgoingState.FAILED, "the program has no numbers: see TILLPOINTS_CHANNELS_FILE")
    if (before := _gone_out_before(wiring, answer, sender)) is not None:
        return _Done(OutgoingState.SENT, provider_id=before.message_sid, provider_status=before.status)
    words = words_of_text(wiring, answer)
    _keep(wiring, answer, words)
    ours = settings.numbers[0] if message is None or not message.recipient else message.recipient
    prefix = "whatsapp:" if answer.via is Via.WHATSAPP else ""
    try:
        sent = sender.send(to=f"{prefix}{answer.recipient}", sender=f"{prefix}{ours}", body=words.text)
    except TextRefusedError as error:
        if not error.opted_out:
            raise
        # It said STOP where only the provider heard it, as with toll-free numbers. Its START undoes both.
        with wiring.database.write() as session:
            Addresses(session, answer.program_id, utc_now()).stop(answer.recipient)
        return _Done(OutgoingState.DROPPED, str(error))
    return _Done(OutgoingState.SENT, provider_id=sent.message_sid, provider_status=sent.status)


def _gone_out_before(wiring: Wiring, answer: OutgoingMessage, sender: TextSender) -> SentText | None:
    """The text itself, if an earlier try sent it and ended before it could say so.

    The words of the try are kept before it is made; what the provider has under them and none of our answers
    is known by is this one.
    """
    if answer.attempt == 1 or not answer.body:
        return None
    prefix = "whatsapp:" if answer.via is Via.WHATSAPP else ""
    since = answer.created_at - _CLOCKS_APART
    found = sender.gone_out(to=f"{prefix}{answer.recipient}", body=answer.body, since=since)
    with wiring.database.read() as session:
        others = Outgoing(session, answer.program_id, utc_now()).known([each.message_sid for each in found])
    return next((each for each in found if each.message_sid not in others), None)


def _keep(wiring: Wiring, answer: OutgoingMessage, words: Words) -> None:
    with wiring.database.write() as session:
        keep_text(session, answer.id, subject=words.subject, body=words.text)


def _finish(wiring: Wiring, answer: OutgoingMessage, owner: str, done: _Done) -> None:
    now = utc_now()
    columns: dict[str, object] = {"reason": done.reason}
    if done.state is OutgoingState.SENT:
        columns |= {
            "sent_at": now,
            "provider_id": done.provider_id,
            "provider_status": done.provider_status,
        }
    with wiring.database.write() as session:
        Jobs(session, now, OutgoingRow).finish(answer.id, owner=owner, state=done.state.value, **columns)


def _put_back(wiring: Wiring, answer: OutgoingMessage, owner: str, reason: str, wait_s: float) -> None:
    with wiring.database.write() as session:
        jobs = Jobs(session, utc_now(), OutgoingRow)
        if jobs.put_back(answer.id, owner=owner, wait_s=wait_s, reason=reason):
            jobs.ring(answer.program_id, answer.id, delay_s=wait_s)
