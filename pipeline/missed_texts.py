"""Catches up on texts whose webhook never reached us: the provider calls twice at most, and then forgets.

Asked for by the relay when it starts and every few minutes, done by a worker. A text is known by its id, so
that asking again, or a webhook that comes after all, takes nothing twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from ingest.sms.form import BadForm, read_text
from ingest.sms.missed import ListedText, MissedTexts, unknown
from ingest.sms.outgoing import API_URL, TextAccount
from pipeline.channels import TextSettings
from pipeline.clock import utc_now
from pipeline.inbound import known_among, receive_text, text_key
from pipeline.texting import VIA, at_once, program_of_number
from pipeline.wiring import Wiring
from receipts.errors import RefusedError, TransientError
from receipts.identity import ProgramId

log = structlog.get_logger(__name__)

LOOK_BACK: Final = timedelta(hours=48)
"""How far back is looked: an outage over a weekend's two days is made good."""
SETTLES: Final = timedelta(minutes=2)
"""A younger text may still be on its way: the provider waits 15 s for the webhook and for its fallback."""


def catch_up(wiring: Wiring, program_id: ProgramId) -> int:
    """Take in what the provider has for the program's numbers and we have not; how many texts that were.

    A keyword counts as it would have; a text of words alone gets no answer any more. What the provider does
    not tell now is asked for again the next time.
    """
    settings = wiring.channels_of(program_id).sms
    if settings is None:
        return 0
    taken = 0
    look = MissedTexts(_account(settings))
    now = utc_now()
    try:
        for number in settings.numbers:
            listed = look.since(number, now - LOOK_BACK)
            keys = {text_key(text.message_sid): text.message_sid for text in listed}
            known = {keys[key] for key in known_among(wiring, program_id=program_id, keys=keys)}
            for text in unknown(listed, known, before=now - SETTLES):
                taken += _take(wiring, program_id, look, text)
    except (RefusedError, TransientError) as error:
        log.warning("cannot ask for missed texts", program_id=program_id, reason=str(error))
    if taken:
        log.warning("took texts whose webhook had not come", program_id=program_id, texts=taken)
    return taken


def _take(wiring: Wiring, program_id: ProgramId, look: MissedTexts, text: ListedText) -> bool:
    """Take the text as its webhook would have; False where it is not this program's, or is known by now."""
    form = look.form(text)
    found = read_text(form)
    if isinstance(found, BadForm):
        log.warning("not a text", program_id=program_id, message_sid=text.message_sid, reason=found.reason)
        return False
    program = program_of_number(wiring.channels, account_sid=form["AccountSid"], number=form["To"])
    if program is None or program.program_id != program_id:
        return False
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
        # Nobody waits for an answer to the webhook any more.
        at_once=replace(at_once(wiring, program, found), words=""),
    ).created


def _account(settings: TextSettings) -> TextAccount:
    return TextAccount(settings.account_sid, settings.auth_token, api_url=settings.api_base_url or API_URL)
