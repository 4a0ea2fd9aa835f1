"""What the mailbox and the webhook call: store the message as it came, commit, let a worker take it in."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import assert_never

from sqlalchemy.exc import IntegrityError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from ingest.plain import one_line
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound, NewInbound
from receipts.database.repositories.outgoing import Outgoing
from receipts.files import Store
from receipts.identity import InboundId, ProgramId
from receipts.inbound import InboundState, Via

_TRIES = 3
_HOUR_S = 3600.0
_KEYS_AT_ONCE = 1_000
"""In one question to the database, whose questions hold 32,766 values at most (SQLite)."""
_TITLE_CHARS = 80
"""Of a text's words, as the operator's list shows them."""
_OVERTAKEN = "A later START or STOP of the same number holds."


@dataclass(frozen=True, slots=True)
class Received:
    """The message is stored and committed.

    Attributes:
        created: False where it was known already.
        said: what is answered to a text at once; empty to say nothing.
    """

    inbound_id: InboundId
    created: bool
    said: str = ""


class OptChange(Enum):
    """What a keyword changes."""

    STOP = "stop"
    START = "start"


@dataclass(frozen=True, slots=True)
class AnsweredAtOnce:
    """A text that the webhook's own answer settles: no worker looks at it.

    Attributes:
        reason: a code for the operator's list: ``stop``, ``help``, ``no_picture``.
        sentence: the verdict in plain words.
    """

    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AtOnce:
    """What the webhook does with a text.

    Attributes:
        words: what it says; empty to say nothing.
        answered: set where this settles the message and no worker looks at it.
        change: what the sender wants of us from now on.
        sent_at: when a text that is found later was sent, with time zone; None where its webhook comes now. A
            keyword older than the number's last one changes nothing.
    """

    words: str = ""
    answered: AnsweredAtOnce | None = None
    change: OptChange | None = None
    sent_at: datetime | None = None


_NOTHING_AT_ONCE = AtOnce()


def known_among(wiring: Wiring, *, program_id: ProgramId, keys: Collection[str]) -> frozenset[str]:
    """Which of these keys belong to messages that are stored already."""
    found: set[str] = set()
    left = iter(keys)
    with wiring.database.read() as session:
        inbound = Inbound(session, program_id, utc_now())
        while batch := list(islice(left, _KEYS_AT_ONCE)):
            found.update(inbound.known(batch))
    return frozenset(found)


def store_mail(store: Store, *, key: str, mailbox: str, raw: Path) -> NewInbound:
    """Make the bytes of the raw mail in `raw` durable; nobody knows of them before `receive_mails`.

    Raises:
        TransientError: the store did not answer; nothing was taken.
    """
    size_bytes = raw.stat().st_size
    return NewInbound(key, Via.EMAIL, mailbox, store.put_file(raw), size_bytes, whole=True)


def store_head(store: Store, *, key: str, mailbox: str, head: bytes, size_bytes: int) -> NewInbound:
    """Keep the head of a mail that is over the limit, so that it is seen and its sender told."""
    return NewInbound(key, Via.EMAIL, mailbox, store.put_bytes(head), size_bytes, whole=False)


def receive_mails(wiring: Wiring, *, program_id: ProgramId, mails: Sequence[NewInbound]) -> list[Received]:
    """Take stored mails in one transaction. When this returns they may be flagged or moved.

    The same bytes in the same mailbox under another key (a new UIDVALIDITY) are the same mail.

    Raises:
        TransientError: the database did not answer; nothing was taken.
    """
    for attempt in _tries():
        with attempt, wiring.database.write() as session:
            added = Inbound(session, program_id, utc_now()).add_all(mails)
            return [Received(inbound_id, created) for inbound_id, created in added]
    raise AssertionError("reraise=True leaves no other way out")


def receive_text(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    via: Via,
    sender: str,
    recipient: str,
    message_sid: str,
    token: str | None,
    form: Mapping[str, str],
    words: str = "",
    at_once: AtOnce = _NOTHING_AT_ONCE,
) -> Received:
    """Take a text's form; its media are fetched by a worker.

    `sender` and `recipient` are E.164, or a short code; `words` are the text's own. `token` is the provider's
    idempotency token: what is delivered twice is known by it, or by the message's own id.

    What is said at once is kept beside the message, and is nothing where the sender wrote so much within the
    hour that it must be a machine answering ours.
    """
    raw = _raw(form)
    new = NewInbound(
        key=text_key(message_sid),
        via=via,
        mailbox=recipient,
        raw_sha256=wiring.store.of(program_id, None).put_bytes(raw),
        size_bytes=len(raw),
        whole=True,
        sender=sender,
        recipient=recipient,
        subject=shorten(one_line(words), _TITLE_CHARS, placeholder="…"),
        sent_at=at_once.sent_at,
    )
    return _add(wiring, program_id, new, None if not token else f"twilio-token|{token}", at_once)


def text_key(message_sid: str) -> str:
    """What a text is known by: the provider's id of it."""
    return f"twilio|{message_sid}"


def receive_bad_form(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    via: Via,
    sender: str,
    recipient: str,
    form: Mapping[str, str],
    reason: str,
) -> Received:
    """Keep a form that the provider signed and that we do not understand, for the operator to see.

    `sender` is as the form writes it, for nobody is answered.
    """
    raw = _raw(form)
    sha256 = wiring.store.of(program_id, None).put_bytes(raw)
    new = NewInbound(
        f"twilio-form|{sha256}",
        via,
        recipient,
        sha256,
        len(raw),
        whole=True,
        sender=sender,
        recipient=recipient,
    )
    for attempt in _tries():
        with attempt, wiring.database.write() as session:
            inbound = Inbound(session, program_id, utc_now())
            inbound_id, created = inbound.add(new)
            if created:
                inbound.settle(
                    inbound_id, InboundState.REJECTED, "bad_form", f"It is no text we know: {reason}."
                )
            return Received(inbound_id, created)
    raise AssertionError("reraise=True leaves no other way out")


def _raw(form: Mapping[str, str]) -> bytes:
    return json.dumps(dict(form), sort_keys=True, ensure_ascii=False).encode()


def record_status(
    wiring: Wiring, *, program_id: ProgramId, message_sid: str, status: str, error_code: str
) -> bool:
    """Keep how one of our texts fares; False where it is none of this program's."""
    with wiring.database.write() as session:
        return Outgoing(session, program_id, utc_now()).set_status(message_sid, status, error=error_code)


def _add(
    wiring: Wiring,
    program_id: ProgramId,
    new: NewInbound,
    token: str | None = None,
    at_once: AtOnce = _NOTHING_AT_ONCE,
) -> Received:
    for attempt in _tries():
        with attempt:  # another process stored the same message at this moment: then it is known
            return _add_once(wiring, program_id, new, token, at_once)
    raise AssertionError("reraise=True leaves no other way out")


def _tries() -> Retrying:
    return Retrying(
        stop=stop_after_attempt(_TRIES), retry=retry_if_exception_type(IntegrityError), reraise=True
    )


def _add_once(
    wiring: Wiring, program_id: ProgramId, new: NewInbound, token: str | None, at_once: AtOnce
) -> Received:
    now = utc_now()
    with wiring.database.write() as session:
        inbound = Inbound(session, program_id, now)
        inbound_id, created = inbound.add(new)
        if token is not None:
            inbound.remember(token, inbound_id)
        # A keyword that was heard before is no new one.
        holds = not created or _opt(Addresses(session, program_id, now), new.sender, at_once)
        if created and at_once.answered is not None:
            settled = at_once.answered
            sentence = settled.sentence if holds else f"{settled.sentence} {_OVERTAKEN}"
            inbound.settle(inbound_id, InboundState.ANSWERED, settled.reason, sentence)
        said = at_once.words
        if (
            said
            and inbound.earlier_from_same(inbound_id, within_s=_HOUR_S) >= wiring.settings.replies_per_hour
        ):
            said = ""
        if said and created:
            Outgoing(session, program_id, now).said_at_once(
                via=new.via, recipient=new.sender, inbound_id=inbound_id, body=said
            )
        return Received(inbound_id, created, said)


def _opt(addresses: Addresses, number: str, at_once: AtOnce) -> bool:
    """Whether what the sender wants is the newest that we know of it."""
    match at_once.change:
        case OptChange.STOP:
            return addresses.stop(number, sent_at=at_once.sent_at)
        case OptChange.START:
            return addresses.start(number, sent_at=at_once.sent_at)
        case None:
            return True
        case _:
            assert_never(at_once.change)
