"""A text at the webhook: whose number it came to, and what is answered at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.sms.form import InboundText
from ingest.sms.keywords import Keyword, is_providers, keyword
from ingest.sms.numbers import BadNumber, Party, TextChannel, read_party
from ingest.sms.segments import fit
from pipeline.channels import Joining, ProgramChannels, TextSettings
from pipeline.clock import utc_now
from pipeline.inbound import AnsweredAtOnce, AtOnce, OptChange
from pipeline.language import known_language, said, speaking
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.languages import language_of
from receipts.identity import ProgramId
from receipts.inbound import Address, AddressKind, Via

VIA: dict[TextChannel, Via] = {TextChannel.SMS: Via.SMS, TextChannel.WHATSAPP: Via.WHATSAPP}

MEDIA_MISSING = "media_missing"
"""Of a text that announces media, and has none in its form."""
_SEGMENTS = 2
"""Longest answer at once, in billed segments: 306 plain characters."""
KINDS = {"audio": "a voice message", "video": "a video", "vcard": "a contact", "directory": "a contact"}
ANY_FILE = "a file"


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
class _Said:
    """An answer in parts.

    Attributes:
        words: may be shortened.
        tail: follows them, and is never shortened.
        settled: set where no worker looks at the text.
        keyword: it answers STOP, START or HELP, which are answered after a STOP too.
    """

    words: str
    tail: str = ""
    settled: AnsweredAtOnce | None = None
    change: OptChange | None = None
    keyword: bool = False


def at_once(wiring: Wiring, program: TextProgram, text: InboundText) -> AtOnce:
    """What is done with this text before anything of it is read."""
    with speaking(_language(wiring, program, text)):
        found = _answer(wiring, program, text)
    if not found.words or (not found.keyword and _wants_silence(wiring, program, text)):
        return AtOnce("", found.settled, found.change)
    name = program_of(wiring, program.program_id).name
    words = fit(f"{name}: {found.words}", max_segments=_SEGMENTS, tail=found.tail)
    return AtOnce(words, found.settled, found.change)


def _language(wiring: Wiring, program: TextProgram, text: InboundText) -> str:
    """That of the members whose number it is; English to whom nobody knows."""
    address = Address(AddressKind.PHONE, text.sender.address)
    with wiring.database.read() as session:
        members = Addresses(session, program.program_id, utc_now()).members_of(address)
        return known_language(language_of(session, program.program_id, members))


def _answer(wiring: Wiring, program: TextProgram, text: InboundText) -> _Said:
    if not text.sender.can_be_answered:
        sentence = "A short code or a name wrote, which cannot be answered and is no member."
        return _Said("", settled=AnsweredAtOnce("no_number", sentence))
    if _is_ours(wiring, text.sender):
        return _Said("", settled=AnsweredAtOnce("ours", "It claims to come from one of our own numbers."))
    pictures = sum(item.may_be_receipt for item in text.media)
    asked = text.opt_out or keyword(text.body)
    if asked is Keyword.STOP or (asked is not None and not pictures):
        return _keyword(wiring, program, text, asked, pictures=pictures)
    whose = _whose(wiring, program, text)
    if pictures:
        return _Said(_taken(program, whose, pictures))
    return _guide(program, text, whose)


def _whose(wiring: Wiring, program: TextProgram, text: InboundText) -> int:
    """How many members have linked the number."""
    address = Address(AddressKind.PHONE, text.sender.address)
    with wiring.database.read() as session:
        return len(Addresses(session, program.program_id, utc_now()).members_of(address))


def _taken(program: TextProgram, members: int, pictures: int) -> str:
    """What becomes of pictures; of a number that is nobody's, nothing is read until its link is used."""
    if members == 1:
        words = (
            said("Thanks, we are reading your receipt. We text you when it is done.")
            if pictures == 1
            else said("Thanks, we are reading your %(count)s pictures. We text you when it is done.")
        )
        return words % {"count": pictures}
    words = (
        said("Thanks, we keep your receipt.")
        if pictures == 1
        else said("Thanks, we keep your %(count)s pictures.")
    )
    kept = words % {"count": pictures}
    if members:
        shared = said("Several members share this number: say whose by our link.")
        return f"{kept} {shared}"
    if program.channels.joining is Joining.OPEN:
        unknown = said(
            "We do not know this number yet: to have it counted, sign in or join by the link that we text"
            " you."
        )
    else:
        unknown = said(
            "We do not know this number yet: to have it counted, sign in by the link that we text you."
        )
    return f"{kept} {unknown}"


def _keyword(
    wiring: Wiring, program: TextProgram, text: InboundText, asked: Keyword, *, pictures: int
) -> _Said:
    contact = said("Help: %(contact)s") % {
        "contact": program.channels.help_contact or wiring.settings.resolved_public_url
    }
    by_default = text.channel is TextChannel.SMS and is_providers(text.body)
    silent = text.opt_out is not None or (program.settings.opt_out_by_provider and by_default)
    match asked:
        case Keyword.STOP:
            words = (
                said(
                    "You will get no more texts from us. What you sent is read, and counts."
                    " Reply START to get them again."
                )
                if pictures
                else said("You will get no more texts from us. Reply START to get them again.")
            )
            # The pictures of a text that says STOP are left to the worker.
            settled = None if pictures else AnsweredAtOnce("stop", "The sender wants no more texts.")
            found = _Said(words, contact, settled, OptChange.STOP, keyword=True)
        case Keyword.START:
            words = said(
                "You get our texts. Send a photo of a receipt to earn points. HELP for help, STOP to end."
            )
            settled = AnsweredAtOnce("start", "The sender wants texts.")
            found = _Said(words, "", settled, OptChange.START, keyword=True)
        case Keyword.HELP:
            words = said("Text us a photo of your receipt to earn points, up to 2 texts per receipt.")
            rates, stop = said("Msg & data rates may apply."), said("Reply STOP to end.")
            tail = f"{rates} {contact}. {stop}"
            found = _Said(words, tail, AnsweredAtOnce("help", "The sender asked for help."), keyword=True)
    return replace(found, words="", tail="") if silent else found


def _guide(program: TextProgram, text: InboundText, members: int) -> _Said:
    if text.media:
        what = next((name for mark, name in KINDS.items() if mark in text.media[0].content_type), ANY_FILE)
        words = said(
            "You sent %(what)s, which we cannot read. Please text a photo of your receipt, or its PDF."
        ) % {"what": said(what)}
        sentence = f"It held {what} and nothing that may be a receipt."
        return _Said(words, settled=AnsweredAtOnce("no_picture", sentence))
    if text.media_left_out:
        words = said("Your picture did not arrive. Please send it again, as a photo from your phone.")
        return _Said(words, settled=AnsweredAtOnce(MEDIA_MISSING, "It announced media that are not in it."))
    what = said("Please text a photo of your receipt: flat, in good light, with items, date and total.")
    how, tail = ("", "") if members else _how_to_join(program)
    words = " ".join(filter(None, (what, how, said("HELP for help, STOP to end."))))
    return _Said(words, tail, AnsweredAtOnce("no_picture", "It held words only."))


def _how_to_join(program: TextProgram) -> tuple[str, str]:
    """For a number that is nobody's: the words, and the address behind them where the program has one."""
    if program.channels.joining is Joining.OPEN:
        return said("We do not know this number yet: you get a link to join with it."), ""
    url = program.channels.join_url
    join = said("Not a member? Join at %(url)s") % {"url": url} if url else ""
    return said("We do not know this number yet."), join


def _is_ours(wiring: Wiring, sender: Party) -> bool:
    return any(
        read_party(number) == sender
        for each in text_programs(wiring.channels)
        for number in each.settings.numbers
    )


def _wants_silence(wiring: Wiring, program: TextProgram, text: InboundText) -> bool:
    with wiring.database.read() as session:
        return Addresses(session, program.program_id, utc_now()).stopped(text.sender.address)
