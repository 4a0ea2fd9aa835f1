"""The words of answers, the same by mail and by text; the texts just say less.

Templates draw the mail's two forms. A text is built here, since every character of it is paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ingest.sms.segments import fit
from pipeline.channels import Joining
from pipeline.clock import utc_now
from pipeline.language import (
    day,
    direction,
    duration,
    known_language,
    money,
    points,
    said,
    said_of,
    speaking,
    spoken,
)
from pipeline.link_tokens import link_token
from pipeline.member_views import submission_view
from pipeline.retelling import retold
from pipeline.steps.programs import program_of
from pipeline.takein.outcome import WORDS_ONLY
from pipeline.views import LineView, ReceiptView, receipt_view, statement
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.languages import language_of, member_of_answer
from receipts.errors import MEMBER_SENTENCES, RejectionReason
from receipts.inbound import Address, AddressKind, InboundMessage, OutgoingKind, OutgoingMessage, Via
from receipts.money import Points
from receipts.state import ReceiptState

_TEXT_SEGMENTS = 3
"""Longest text, in billed segments: 459 plain characters."""
_LINES_SHOWN = 30

LINK_TO_HEAR = (
    "To get results by mail, link this mail address to your account: sign in, and open Mail and text."
)
_REFUSED_SHOWN = 5
"""Files in one mail that were refused, each with its sentence."""

GUIDES: dict[str, str] = {
    "no_receipt": (
        "We found no receipt in your mail. Please forward the shop's own mail, or attach a photo or PDF"
        " of the receipt."
    ),
    "media_gone": "The picture did not arrive: our provider does not have it. Please send it again.",
    "link_to_hear": f"We have your receipt. {LINK_TO_HEAR}",
    "not_used": f"We could not use what you sent. {LINK_TO_HEAR}",
    "media_refused": "The picture did not arrive. Please send it again, as a photo from your phone.",
    "no_picture": "We found no picture in your message. Please send a photo of your receipt, or its PDF.",
}


@dataclass(frozen=True, slots=True)
class Words:
    """One answer, ready to be sent.

    Attributes:
        text: a mail's plain form, or the whole text message.
        html: a mail's HTML form; empty for a text message.
    """

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Told:
    """One receipt as an answer tells of it."""

    title: str
    sentence: str
    reasons: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    points: Points
    state: ReceiptState
    url: str
    refused: str = ""
    """Why it could not be used, in a few words."""


class NothingToSayError(LookupError):
    """What the answer is about is gone."""


def words_of_mail(wiring: Wiring, answer: OutgoingMessage) -> Words:
    """The answer as a mail.

    Raises:
        NothingToSayError: the submission that it tells of is gone.
    """
    with speaking(language_of_answer(wiring, answer)):
        values = _values(wiring, answer)
        subject = _subject(wiring, answer, values)
        values |= {"subject": subject, "language": spoken(), "direction": direction(spoken())}
        text, html = (
            _environment().get_template(f"{answer.kind.value}.{form}").render(values)
            for form in ("txt", "html")
        )
    return Words(subject, text.strip() + "\n", html)


def language_of_answer(wiring: Wiring, answer: OutgoingMessage) -> str:
    """What whoever gets it is spoken to in; English to whom nobody knows."""
    kind = AddressKind.EMAIL if answer.via is Via.EMAIL else AddressKind.PHONE
    with wiring.database.read() as session:
        member = member_of_answer(session, answer.program_id, answer.id)
        if member is not None:
            return known_language(language_of(session, answer.program_id, [member]))
        linked = Addresses(session, answer.program_id, utc_now()).members_of(Address(kind, answer.recipient))
        return known_language(language_of(session, answer.program_id, linked))


def words_of_text(wiring: Wiring, answer: OutgoingMessage) -> Words:
    """The answer as a text message.

    Raises:
        NothingToSayError: the submission that it tells of is gone.
    """
    with speaking(language_of_answer(wiring, answer)):
        return _in_short(wiring, answer)


def _in_short(wiring: Wiring, answer: OutgoingMessage) -> Words:
    values = _values(wiring, answer)
    tail = ""
    match answer.kind:
        case OutgoingKind.RESULT:
            words, tail = _result_in_short(values["receipts"], values["balance"], values["home"])
        case OutgoingKind.LINK:
            words, tail = _link_in_short(values)
        case OutgoingKind.GUIDE:
            words = values["guide"]
        case OutgoingKind.TOO_LARGE:
            words = said(MEMBER_SENTENCES[RejectionReason.TOO_LARGE])
        case OutgoingKind.CONFIRM:
            words = said("To link this number to your account, open within %(life)s:") % values
            tail = values["url"]
        case OutgoingKind.INVITE:
            words = said("Your points are here now. Choose a password within %(life)s:") % values
            tail = values["url"]
        case OutgoingKind.AT_ONCE:
            raise NothingToSayError("it was said in the answer to the webhook")
    return Words("", fit(f"{values['program'].name}: {words}", max_segments=_TEXT_SEGMENTS, tail=tail), "")


def _link_in_short(values: dict[str, Any]) -> tuple[str, str]:
    """The words of a link, and what of them is never cut."""
    url = values["url"]
    if values["several"]:
        words = said("Several members share this number. Is the receipt yours? Say so within %(life)s:")
        return words % values, url
    unknown = said("We keep what you sent, but do not know this number.")
    if values["may_join"]:
        either = said("Sign in or join within %(life)s, and it counts:") % values
        return f"{unknown} {either}", url
    sign_in = said("Sign in within %(life)s, and it counts:") % values
    if values["join_url"]:
        join = said("Not a member? Join at %(join_url)s first.") % values
        return unknown, f"{join} {sign_in} {url}"
    return f"{unknown} {sign_in}", url


def _values(wiring: Wiring, answer: OutgoingMessage) -> dict[str, Any]:
    program = program_of(wiring, answer.program_id)
    channels = wiring.channels_of(answer.program_id)
    home = wiring.settings.resolved_public_url
    values: dict[str, Any] = {"program": program, "home": home, "help": channels.help_contact}
    match answer.kind:
        case OutgoingKind.RESULT:
            return values | _result(wiring, answer)
        case OutgoingKind.LINK | OutgoingKind.CONFIRM | OutgoingKind.INVITE:
            message = _answered(wiring, answer)
            return values | {
                "url": f"{home}/join/{link_token(wiring.secret_key, answer.program_id, answer.detail)}",
                "words_only": message is not None and message.reason == WORDS_ONLY,
                "several": message is not None and message.reason == "several_members",
                "life": duration(channels.link_life_s),
                "may_join": channels.joining is Joining.OPEN,
                "join_url": channels.join_url,
            }
        case OutgoingKind.GUIDE:
            told = _not_used(wiring, answer) if answer.detail == "not_used" else ""
            return values | {"guide": told or said(GUIDES.get(answer.detail, GUIDES["no_picture"]))}
        case OutgoingKind.TOO_LARGE | OutgoingKind.AT_ONCE:
            return values


def _result(wiring: Wiring, answer: OutgoingMessage) -> dict[str, Any]:
    if answer.submission_id is None:
        raise NothingToSayError("the answer names no submission")
    view = submission_view(
        wiring, program_id=answer.program_id, submission_id=answer.submission_id, member_id=None
    )
    if view is None:
        raise NothingToSayError("the submission is gone")
    told = []
    for summary in view.receipts:
        receipt = receipt_view(wiring, program_id=answer.program_id, receipt_id=summary.id)
        if receipt is not None:
            told.append(_told(receipt, wiring.settings.resolved_public_url))
    account = statement(wiring, program_id=answer.program_id, member_id=view.submission.member_id, limit=1)
    return {
        "receipts": told,
        "balance": Points(0) if account is None else account.balance,
        "earned": sum(receipt.points for receipt in told),
    }


def _not_used(wiring: Wiring, answer: OutgoingMessage) -> str:
    """What of the submission could not be used and what to do next, without what the rest of it earned."""
    if answer.submission_id is None:
        return ""
    view = submission_view(
        wiring, program_id=answer.program_id, submission_id=answer.submission_id, member_id=None
    )
    refused = [each for each in view.receipts if each.state is ReceiptState.REJECTED] if view else []
    if not refused:
        return ""
    named = [f"{each.file_name}: {said(each.sentence)}" for each in refused[:_REFUSED_SHOWN]]
    return " ".join([*named, said(LINK_TO_HEAR)])


def _told(receipt: ReceiptView, home: str) -> _Told:
    read = receipt.receipt
    facts = []
    if read is not None:
        facts.append(read.retailer.name or said("Receipt"))
        facts += [day(read.date)] if read.date is not None else []
        facts += [money(read.total)] if read.total is not None else []
    return _Told(
        title=", ".join(facts) or receipt.file_name or said("Receipt"),
        sentence=said(receipt.sentence),
        reasons=_reasons(receipt),
        lines=tuple((_named(line), points(line.points)) for line in receipt.lines if line.points)[
            :_LINES_SHOWN
        ],
        points=receipt.points or Points(0),
        state=receipt.state,
        url=f"{home}/receipts/{receipt.id}",
        refused=""
        if receipt.rejection_code is None
        else said(RejectionReason(receipt.rejection_code).in_short),
    )


def _reasons(receipt: ReceiptView) -> tuple[str, ...]:
    reasons = tuple(retold(each) for each in receipt.reasons)
    if receipt.state is ReceiptState.HELD and receipt.would_pay:
        hope = said("If all is well, it earns %(points)s.") % {"points": points(receipt.would_pay)}
        return (*reasons, hope)
    return reasons


def _named(line: LineView) -> str:
    """The product's own name: what the till printed says little to the member."""
    product = line.product
    return line.item.description if product is None else f"{product.name} {product.size}".strip()


def _subject(wiring: Wiring, answer: OutgoingMessage, values: dict[str, Any]) -> str:
    message = _answered(wiring, answer)
    if message is not None and message.subject:
        return message.subject if message.subject[:3].lower() == "re:" else f"Re: {message.subject}"
    if answer.kind is OutgoingKind.INVITE:
        return said("Your points at %(program)s") % {"program": values["program"].name}
    earned = values.get("earned", 0)
    if earned:
        return said("Your receipt: %(points)s") % {"points": points(earned)}
    return said("Your mail to %(program)s") % {"program": values["program"].name}


def _answered(wiring: Wiring, answer: OutgoingMessage) -> InboundMessage | None:
    if answer.inbound_id is None:
        return None
    with wiring.database.read() as session:
        return Inbound(session, answer.program_id, utc_now()).find(answer.inbound_id)


def _result_in_short(receipts: list[_Told], balance: Points, home: str) -> tuple[str, str]:
    """The words of a result, and what of them is never cut."""
    total = said("Your balance: %(points)s.") % {"points": points(balance)}
    if len(receipts) != 1:
        earned = sum(receipt.points for receipt in receipts)
        waiting = sum(receipt.state is ReceiptState.HELD for receipt in receipts)
        refused = [receipt for receipt in receipts if receipt.state is ReceiptState.REJECTED]
        counts = {"points": points(earned), "count": len(receipts), "waiting": waiting}
        words = [said("%(points)s for your %(count)s receipts.") % counts]
        words += [said("%(waiting)s wait for a person to look.") % counts] if waiting else []
        words += [_refused_in_short(refused)] if refused else []
        return " ".join([*words, total]), said("More: %(url)s") % {"url": f"{home}/receipts"}
    receipt = receipts[0]
    match receipt.state:
        case ReceiptState.AWARDED:
            told = {"points": points(receipt.points), "title": receipt.title}
            return said("%(points)s for %(title)s.") % told, total
        case ReceiptState.HELD | ReceiptState.DECLINED:
            return " ".join([f"{receipt.title}:", receipt.sentence, *receipt.reasons[:1]]), total
        case _:
            return receipt.sentence, ""


def _refused_in_short(refused: list[_Told]) -> str:
    """What could not be used and what to do next: of one its own sentence, of several where it stands."""
    if len(refused) == 1:
        one = said("1 we could not use.")
        return f"{one} {refused[0].sentence}"
    reasons = ", ".join(dict.fromkeys(receipt.refused for receipt in refused))
    words = said("%(count)s we could not use: %(reasons)s. What to do about each stands at the link.")
    return words % {"count": len(refused), "reasons": reasons}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.answers"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(said, said_of, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["points"] = points
    return environment
