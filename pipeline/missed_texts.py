"""Catches up on texts whose webhook never reached us: the provider calls twice at most, and then forgets.

Asked for by the relay when it starts and every few minutes, done by a worker. A text is known by its id, so
that asking again, or a webhook that comes after all, takes nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from ingest.sms.form import MEDIA_MAX, BadForm, read_text, written_by
from ingest.sms.missed import ListedText, MissedTexts, lists_of, unknown
from ingest.sms.outgoing import API_URL, TextAccount
from pipeline.channels import TextSettings
from pipeline.clock import utc_now
from pipeline.inbound import AtOnce, known_among, receive_bad_form, receive_text, text_key
from pipeline.texting import MEDIA_MISSING, VIA, at_once, program_of_number
from pipeline.wiring import Wiring
from receipts.errors import RefusedError, TransientError
from receipts.identity import ProgramId
from receipts.inbound import Via

log = structlog.get_logger(__name__)

LOOK_BACK: Final = timedelta(hours=48)
"""How far back is looked: an outage over a weekend's two days is made good."""
SETTLES: Final = timedelta(minutes=2)
"""A younger text may still be on its way: the provider waits 15 s for the webhook and for its fallback."""
_MEDIA_COME: Final = timedelta(minutes=15)
"""So old a text is not waited with for media that it announces: a worker tries those for 13 minutes too."""
_LAST_CALL: Final = LOOK_BACK - timedelta(hours=1)
"""So old a text is taken without the media that the provider is silent about: soon it is not looked for."""
_MOST_SILENCES: Final = 3
"""Of the provider within one run, 10 s each: texts with media are then left for the next one."""
_TOO_LATE: Final = "Nothing was answered: its webhook never came, and it was found later."


def catch_up(wiring: Wiring, program_id: ProgramId) -> int:
    """Take in what the provider has for the program's numbers and we have not; how many texts that were.

    A keyword counts as of when it was sent; a text of words alone gets no answer any more. What the provider
    does not tell now is asked for again the next time, and one text's trouble is not another's.
    """
    settings = wiring.channels_of(program_id).sms
    if settings is None:
        return 0
    look = MissedTexts(_account(settings))
    now = utc_now()
    listed = list(_listed(program_id, look, lists_of(settings.numbers), now - LOOK_BACK))
    keys = {text_key(text.message_sid): text.message_sid for text in listed}
    known = {keys[key] for key in known_among(wiring, program_id=program_id, keys=keys)}
    # Of all numbers by time, so that words of one sender are heard in their order.
    missed = unknown(listed, known, before=now - SETTLES)
    taken = sum(_taken(wiring, program_id, missed, look, now))
    if taken:
        log.warning("took texts whose webhook had not come", program_id=program_id, texts=taken)
    return taken


def _listed(
    program_id: ProgramId, look: MissedTexts, lists: Collection[str], since: datetime
) -> Iterator[ListedText]:
    """What each list has; one that cannot be had takes nothing from the others."""
    for to in lists:
        try:
            found = look.since(to, since)
        except (RefusedError, TransientError) as error:
            log.warning("cannot ask for missed texts", program_id=program_id, to=to, reason=str(error))
            continue
        if found.cut:
            # The oldest of them are seen no more; that so many came is no reason to lose them unheard.
            log.error("older texts are not looked for", program_id=program_id, to=to, most=len(found.texts))
        yield from found.texts


def _taken(
    wiring: Wiring, program_id: ProgramId, missed: list[ListedText], look: MissedTexts, now: datetime
) -> Iterator[bool]:
    silences = 0
    for text in missed:
        if text.media_count and silences >= _MOST_SILENCES:
            continue
        try:
            form = _form(look, text, age=now - text.sent_at)
            if form is not None:
                yield _take(wiring, program_id, text, form)
        except TransientError as error:
            silences += 1
            log.warning("missed text left for later", message_sid=text.message_sid, reason=str(error))
        except Exception:  # our bug, or an odd text: it must not keep out those behind it
            log.exception("missed text passed over", message_sid=text.message_sid)


def _form(look: MissedTexts, text: ListedText, *, age: timedelta) -> dict[str, str] | None:
    """The form with the text's media; without them where they do not come, and None while they still may.

    Raises:
        TransientError: the provider does not answer, and there is time to ask again.
    """
    try:
        form = look.form(text)
    except RefusedError as error:
        log.warning("no media of a missed text", message_sid=text.message_sid, reason=str(error))
        form = dict(text.fields)
    except TransientError as error:
        if age < _LAST_CALL:
            raise
        log.warning("no media of a missed text", message_sid=text.message_sid, reason=str(error))
        form = dict(text.fields)
    complete = sum(name.startswith("MediaUrl") for name in form) >= min(text.media_count, MEDIA_MAX)
    return form if complete or age >= _MEDIA_COME else None


def _take(wiring: Wiring, program_id: ProgramId, text: ListedText, form: dict[str, str]) -> bool:
    """Take the text as its webhook would have; False where it is not this program's, or is known by now."""
    program = program_of_number(wiring.channels, account_sid=form["AccountSid"], number=form["To"])
    if program is None or program.program_id != program_id:
        return False
    found = read_text(form)
    if isinstance(found, BadForm):
        via = Via.WHATSAPP if form["To"].startswith("whatsapp:") else Via.SMS
        return receive_bad_form(
            wiring,
            program_id=program_id,
            via=via,
            sender=written_by(form),
            recipient=form["To"],
            form=form,
            reason=found.reason,
        ).created
    return receive_text(
        wiring,
        program_id=program_id,
        via=VIA[found.channel],
        sender=found.sender.address,
        recipient=found.recipient.address,
        message_sid=found.message_sid,
        token=None,
        form=form,
        words=found.body,
        at_once=_unsaid(at_once(wiring, program, found), text.sent_at),
    ).created


def _unsaid(what: AtOnce, sent_at: datetime) -> AtOnce:
    """The same without its words: nobody waits for an answer to the webhook any more."""
    answered = what.answered
    if answered is not None and answered.reason == MEDIA_MISSING and what.words:
        answered = None  # a worker asks for them once more, by a text of its own
    elif answered is not None and what.words:
        answered = replace(answered, sentence=f"{answered.sentence} {_TOO_LATE}")
    return replace(what, words="", answered=answered, sent_at=sent_at)


def _account(settings: TextSettings) -> TextAccount:
    return TextAccount(settings.account_sid, settings.auth_token, api_url=settings.api_base_url or API_URL)
