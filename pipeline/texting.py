"""A text at the webhook: whose number it came to, and what is answered at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.sms.form import InboundText
from ingest.sms.keywords import Keyword, is_providers, keyword
from ingest.sms.numbers import BadNumber, Party, TextChannel, read_party
from ingest.sms.segments import fit
from pipeline.channels import ProgramChannels, TextSettings
from pipeline.clock import utc_now
from pipeline.inbound import AnsweredAtOnce, OptChange
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound
from receipts.identity import InboundId, ProgramId
from receipts.inbound import Via

VIA: dict[TextChannel, Via] = {TextChannel.SMS: Via.SMS, TextChannel.WHATSAPP: Via.WHATSAPP}

_SEGMENTS = 2
"""Longest answer at once, in billed segments: 306 plain characters."""
_HOUR_S = 3600.0
_KINDS = {"audio": "sound", "video": "a video", "vcard": "a contact", "directory": "a contact"}


@dataclass(frozen=True, slots=True)
class TextProgram:
    """A program that is texted."""

    program_id: ProgramId
    settings: TextSettings
    channels: ProgramChannels


def program_of_number(
    channels: Mapping[ProgramId, ProgramChannels], *, account_sid: str, number: str
) -> TextProgram | None:
    """The program that has this number at this account, as the webhook's ``To`` writes it.

    A number that is listed plainly takes WhatsApp too, unless it is listed for that as well.
    """
    party = read_party(number)
    if isinstance(party, BadNumber):
        return None
    there = [each for each in text_programs(channels) if each.settings.account_sid == account_sid]
    for written in (party.provider_address, party.address):
        for each in there:
            if written in each.settings.numbers:
                return each
    return None


def text_programs(channels: Mapping[ProgramId, ProgramChannels]) -> Iterator[TextProgram]:
    """Every program that is texted."""
    for program_id, channel in channels.items():
        if channel.sms is not None:
            yield TextProgram(program_id, channel.sms, channel)


@dataclass(frozen=True, slots=True)
class AtOnce:
    """What the webhook answers.

    Attributes:
        words: empty to say nothing.
        answered: set where this settles the message and no worker looks at it.
    """

    words: str
    answered: AnsweredAtOnce | None


def at_once(wiring: Wiring, program: TextProgram, text: InboundText) -> AtOnce:
    """What is said to this text before anything of it is read."""
    said = _answer(wiring, program, text)
    if not said.words or _said_stop(wiring, program, text, said):
        return AtOnce("", said.answered)
    name = program_of(wiring, program.program_id).name
    return AtOnce(fit(f"{name}: {said.words}", max_segments=_SEGMENTS), said.answered)


def may_answer(wiring: Wiring, program: TextProgram, inbound_id: InboundId) -> bool:
    """Whether the sender has not sent so much within the hour that it must be a machine answering ours."""
    with wiring.database.read() as session:
        inbound = Inbound(session, program.program_id, utc_now())
        return inbound.earlier_from_same(inbound_id, within_s=_HOUR_S) < wiring.settings.replies_per_hour


def _answer(wiring: Wiring, program: TextProgram, text: InboundText) -> AtOnce:
    if not text.sender.can_be_answered:
        sentence = "A short code or a name wrote, which cannot be answered and is no member."
        return AtOnce("", AnsweredAtOnce("no_number", sentence))
    if _is_ours(wiring, text.sender):
        return AtOnce("", AnsweredAtOnce("ours", "It claims to come from one of our own numbers."))
    pictures = sum(item.may_be_receipt for item in text.media)
    asked = text.opt_out or keyword(text.body)
    if asked is Keyword.STOP or (asked is not None and not pictures):
        return _keyword(wiring, program, text, asked)
    if pictures:
        what = "your receipt" if pictures == 1 else f"your {pictures} pictures"
        return AtOnce(f"Thanks, we are reading {what}. We text you when it is done.", None)
    return _guide(text)


def _keyword(wiring: Wiring, program: TextProgram, text: InboundText, asked: Keyword) -> AtOnce:
    contact = program.channels.help_contact or wiring.settings.resolved_public_url
    match asked:
        case Keyword.STOP:
            words = f"You will get no more texts from us. Reply START to get them again. Help: {contact}"
            settled = AnsweredAtOnce("stop", "The sender wants no more texts.", OptChange.STOP)
        case Keyword.START:
            words = "You get our texts. Send a photo of a receipt to earn points. HELP for help, STOP to end."
            settled = AnsweredAtOnce("start", "The sender wants texts.", OptChange.START)
        case Keyword.HELP:
            words = (
                "Text us a photo of your receipt to earn points, one text for each receipt sent."
                f" Msg & data rates may apply. Help: {contact}. Reply STOP to end."
            )
            settled = AnsweredAtOnce("help", "The sender asked for help.")
    by_default = text.channel is TextChannel.SMS and is_providers(text.body)
    by_provider = text.opt_out is not None or (program.settings.opt_out_by_provider and by_default)
    return AtOnce("" if by_provider else words, settled)


def _guide(text: InboundText) -> AtOnce:
    if text.media:
        what = next((name for mark, name in _KINDS.items() if mark in text.media[0].content_type), "a file")
        words = f"You sent {what}, which we cannot read. Please text a photo of your receipt, or its PDF."
        return AtOnce(
            words, AnsweredAtOnce("no_picture", f"It held {what} and nothing that may be a receipt.")
        )
    if text.media_left_out:
        words = "Your picture did not arrive. Please send it again, as a photo from your phone."
        return AtOnce(words, AnsweredAtOnce("media_missing", "It announced media that are not in it."))
    words = (
        "Please text a photo of your receipt: flat, in good light, with items, date and total."
        " HELP for help, STOP to end."
    )
    return AtOnce(words, AnsweredAtOnce("no_picture", "It held words only."))


def _is_ours(wiring: Wiring, sender: Party) -> bool:
    return any(
        read_party(number) == sender
        for each in text_programs(wiring.channels)
        for number in each.settings.numbers
    )


def _said_stop(wiring: Wiring, program: TextProgram, text: InboundText, said: AtOnce) -> bool:
    """Whether the number wants silence: then only its own STOP, START and HELP are answered."""
    if said.answered is not None and said.answered.reason in {"stop", "start", "help"}:
        return False
    with wiring.database.read() as session:
        return Addresses(session, program.program_id, utc_now()).stopped(text.sender.address)
