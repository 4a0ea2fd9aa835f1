"""Takes one inbound message in: lease, look, and one transaction for all that comes of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ingest.sms.media import NotThereYetError
from pipeline.answers.rest import tell_when_at_rest
from pipeline.clock import utc_now
from pipeline.submit import UnknownMemberError, enter
from pipeline.takein.mail import take_in_mail
from pipeline.takein.outcome import CHANNELS, AskWho, Close, Outcome, Said, Submit
from pipeline.takein.text import delete_at_provider, take_in_text
from pipeline.traces import sender_traces
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.file_keys import FileKeys
from receipts.database.repositories.inbound import Verdict, leased_message, verdict_columns
from receipts.database.repositories.intake import NewReceipt
from receipts.database.repositories.jobs import Jobs
from receipts.database.repositories.outgoing import Outgoing
from receipts.database.repositories.reruns import used_before
from receipts.database.repositories.turns import Turns
from receipts.database.tables import InboundRow
from receipts.errors import RefusedError, TransientError
from receipts.identity import InboundId
from receipts.inbound import InboundMessage, InboundState, OutgoingKind, Via
from receipts.spans import SpanKind, span, under

log = structlog.get_logger(__name__)

TRIES_MOST = 12
"""With the back-off below, a provider, DNS or store may be away for half an hour."""
_BACK_OFF_FIRST_S = 1.0
_BACK_OFF_MOST_S = 300.0
_BELL_AFTER_LEASE_S = 1.0


class _LeaseLostError(Exception):
    """Another worker took over: what this one made is rolled back."""


def take_in(wiring: Wiring, inbound_id: InboundId, *, in_turn: bool = False) -> InboundState | None:
    """Take the message in; the state reached, or None where it does not wait or another worker has it.

    `in_turn`: the one whose turn it is in place of the one that was rung for.
    """
    owner, lease_s = uuid.uuid4().hex, wiring.settings.lease_s
    with wiring.database.write() as session:
        now = utc_now()
        if in_turn:
            inbound_id = InboundId(Turns(session, now).job(InboundRow) or inbound_id)
        jobs = Jobs(session, now, InboundRow)
        if not jobs.lease(inbound_id, owner=owner, lease_s=lease_s):
            return None
        message = leased_message(session, inbound_id)
        # Should this worker die, the bell rings once the lease has run out.
        jobs.ring(message.program_id, inbound_id, delay_s=lease_s + _BELL_AFTER_LEASE_S)
    facts = {"inbound_id": message.id, "program_id": message.program_id, "via": message.via.value}
    with under(message.traceparent), span("take in", SpanKind.CONSUMER, **facts):
        return _taken_in(wiring, message, owner)


def _taken_in(wiring: Wiring, message: InboundMessage, owner: str) -> InboundState | None:
    bound = log.bind(inbound_id=message.id, via=message.via.value, attempt=message.attempt)
    if message.attempt > TRIES_MOST:
        bound.error("gave up")
        return _fail(wiring, message, owner, f"It could not be taken in in {message.attempt - 1} tries.")
    try:
        outcome = take_in_mail(wiring, message) if message.via is Via.EMAIL else take_in_text(wiring, message)
        state = _store(wiring, message, owner, outcome)
    except _LeaseLostError:
        return None
    except NotThereYetError as error:
        _put_back(wiring, message, owner, str(error), wait_s=error.retry_after_s)
        return None
    except (TransientError, IntegrityError, UnknownMemberError) as error:
        # A member who was erased meanwhile is looked for again: it is then nobody's message.
        wait_s = min(_BACK_OFF_MOST_S, _BACK_OFF_FIRST_S * 2.0 ** (message.attempt - 1))
        bound.warning("will try again", reason=str(error), wait_s=wait_s)
        _put_back(wiring, message, owner, str(error), wait_s=wait_s)
        return None
    except RefusedError as error:
        bound.error("refused", reason=str(error))
        return _fail(wiring, message, owner, str(error))
    except Exception as error:  # noqa: BLE001  (our bug: it must neither lose the message nor stop the worker)
        bound.exception("failed")
        return _fail(wiring, message, owner, f"{type(error).__name__} while it was taken in")
    bound.info("taken in", state=state.value, reason=outcome.verdict.reason)
    if message.via is not Via.EMAIL and state in (InboundState.TAKEN, InboundState.UNLINKED):
        delete_at_provider(wiring, message)
    return state


def _store(wiring: Wiring, message: InboundMessage, owner: str, outcome: Outcome) -> InboundState:
    now = utc_now()
    with wiring.database.write() as session:
        match outcome:
            case Submit():
                _submit(wiring, session, now, message, owner, outcome)
            case Close():
                _finish(session, now, message, owner, outcome.verdict)
                if outcome.said is not None:
                    _say(session, now, message, outcome.said)
                if outcome.returned is not None:
                    returned = outcome.returned
                    Outgoing(session, message.program_id, now).came_back(
                        returned.answer_id, returned.status, report_id=message.id
                    )
            case AskWho():
                asked = _ask(wiring, session, now, message, outcome)
                verdict = replace(outcome.verdict, sentence=f"{outcome.verdict.sentence} {asked}")
                _finish(session, now, message, owner, verdict)
            case _:
                assert_never(outcome)
    return outcome.verdict.state


def _submit(
    wiring: Wiring,
    session: Session,
    now: datetime,
    message: InboundMessage,
    owner: str,
    outcome: Submit,
) -> None:
    submitted = enter(
        session,
        program_id=message.program_id,
        member_id=outcome.member_id,
        channel=CHANNELS[message.via],
        new=_not_used(session, message, outcome.files),
        received_at=message.came_at,
        traces=sender_traces(wiring, message.program_id, message.sender, outcome.verdict.sent_by),
    )
    if (masters := wiring.store.masters) is not None:
        taken = [message.raw_sha256, *(file.sha256 for file in outcome.files)]
        FileKeys(session, masters, now).hand_over(taken, message.program_id, outcome.member_id)
    columns = verdict_columns(outcome.verdict) | {"submission_id": submitted.submission.id}
    _finish_with(session, now, message, owner, InboundState.TAKEN, columns)
    tell_when_at_rest(session, now, program_id=message.program_id, submission_id=submitted.submission.id)


def _not_used(
    session: Session, message: InboundMessage, files: tuple[NewReceipt, ...]
) -> tuple[NewReceipt, ...]:
    """The files without those that this message became receipts of before it was run again.

    A mail is one file, whatever it holds: its parts are told apart when it is read (`pipeline.steps.read`).
    """
    used = {each.file_sha256 for each in used_before(session, message.program_id, message.id)}
    left = tuple(file for file in files if message.via is Via.EMAIL or file.sha256 not in used)
    return left or files


def _finish(session: Session, now: datetime, message: InboundMessage, owner: str, verdict: Verdict) -> None:
    _finish_with(session, now, message, owner, verdict.state, verdict_columns(verdict))


def _finish_with(
    session: Session,
    now: datetime,
    message: InboundMessage,
    owner: str,
    state: InboundState,
    columns: dict[str, object],
) -> None:
    if not Jobs(session, now, InboundRow).finish(message.id, owner=owner, state=state.value, **columns):
        raise _LeaseLostError


def _say(session: Session, now: datetime, message: InboundMessage, said: Said) -> None:
    Outgoing(session, message.program_id, now).add(
        via=message.via,
        kind=said.kind,
        recipient=said.to,
        inbound_id=message.id,
        detail=said.detail,
    )


def _ask(wiring: Wiring, session: Session, now: datetime, message: InboundMessage, outcome: AskWho) -> str:
    """Send a link unless one that works went there within the day; what was done, for the operator.

    Where several members share the address, whose a message is must be asked of each.
    """
    if outcome.address is None:
        return "It cannot be asked: a machine or a stranger wrote in this name."
    addresses = Addresses(session, message.program_id, now)
    outgoing = Outgoing(session, message.program_id, now)
    if not outcome.several and addresses.has_link(outcome.address, since=now - timedelta(days=1)):
        return "It has a link from earlier today, which still works."
    link = addresses.make_link(outcome.address, life_s=wiring.channels_of(message.program_id).link_life_s)
    outgoing.add(
        via=message.via,
        kind=OutgoingKind.LINK,
        recipient=outcome.address.value,
        inbound_id=message.id,
        detail=link.id,
    )
    return "A link was sent to it."


def _put_back(wiring: Wiring, message: InboundMessage, owner: str, reason: str, *, wait_s: float) -> None:
    with wiring.database.write() as session:
        jobs = Jobs(session, utc_now(), InboundRow)
        if jobs.put_back(message.id, owner=owner, wait_s=wait_s, reason="will_try_again", sentence=reason):
            jobs.ring(message.program_id, message.id, delay_s=wait_s)
    log.info("waits", inbound_id=message.id, reason=reason, wait_s=wait_s)


def _fail(wiring: Wiring, message: InboundMessage, owner: str, sentence: str) -> InboundState | None:
    with wiring.database.write() as session:
        done = Jobs(session, utc_now(), InboundRow).finish(
            message.id, owner=owner, state=InboundState.FAILED.value, reason="failed", sentence=sentence
        )
    return InboundState.FAILED if done else None
