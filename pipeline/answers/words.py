"""The words of answers, the same by mail and by text; the texts just say less.

Templates draw the mail's two forms. A text is built here, since every character of it is paid for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ingest.sms.segments import fit
from pipeline import formats
from pipeline.channels import Joining
from pipeline.clock import utc_now
from pipeline.link_tokens import link_token
from pipeline.member_views import submission_view
from pipeline.steps.programs import program_of
from pipeline.takein.outcome import WORDS_ONLY
from pipeline.views import LineView, ReceiptView, receipt_view, statement
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.errors import MEMBER_SENTENCES, RejectionReason
from receipts.inbound import InboundMessage, OutgoingKind, OutgoingMessage
from receipts.money import Points
from receipts.state import ReceiptState

_TEXT_SEGMENTS = 3
"""Longest text, in billed segments: 459 plain characters."""
_LINES_SHOWN = 30

_LINK_TO_HEAR = (
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
    "link_to_hear": f"We have your receipt. {_LINK_TO_HEAR}",
    "not_used": f"We could not use what you sent. {_LINK_TO_HEAR}",
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
    values = _values(wiring, answer)
    subject = _subject(wiring, answer, values)
    text, html = (
        _environment().get_template(f"{answer.kind.value}.{form}").render(values | {"subject": subject})
        for form in ("txt", "html")
    )
    return Words(subject, text.strip() + "\n", html)


def words_of_text(wiring: Wiring, answer: OutgoingMessage) -> Words:
    """The answer as a text message.

    Raises:
        NothingToSayError: the submission that it tells of is gone.
    """
    values = _values(wiring, answer)
    tail = ""
    match answer.kind:
        case OutgoingKind.RESULT:
            said, tail = _result_in_short(values["receipts"], values["balance"], values["home"])
        case OutgoingKind.LINK:
            said, tail = _link_in_short(values)
        case OutgoingKind.GUIDE:
            said = values["guide"]
        case OutgoingKind.TOO_LARGE:
            said = MEMBER_SENTENCES[RejectionReason.TOO_LARGE]
        case OutgoingKind.CONFIRM:
            said, tail = f"To link this number to your account, open within {values['life']}:", values["url"]
        case OutgoingKind.AT_ONCE:
            raise NothingToSayError("it was said in the answer to the webhook")
    return Words("", fit(f"{values['program'].name}: {said}", max_segments=_TEXT_SEGMENTS, tail=tail), "")


def _link_in_short(values: dict[str, Any]) -> tuple[str, str]:
    """The words of a link, and what of them is never cut."""
    life, url = values["life"], values["url"]
    if values["several"]:
        return f"Several members share this number. Is the receipt yours? Say so within {life}:", url
    unknown = "We keep what you sent, but do not know this number."
    if values["may_join"]:
        return f"{unknown} Sign in or join within {life}, and it counts:", url
    if values["join_url"]:
        join = f"Not a member? Join at {values['join_url']} first."
        return unknown, f"{join} Sign in within {life}, and it counts: {url}"
    return f"{unknown} Sign in within {life}, and it counts:", url


def _values(wiring: Wiring, answer: OutgoingMessage) -> dict[str, Any]:
    program = program_of(wiring, answer.program_id)
    channels = wiring.channels_of(answer.program_id)
    home = wiring.settings.resolved_public_url
    values: dict[str, Any] = {"program": program, "home": home, "help": channels.help_contact}
    match answer.kind:
        case OutgoingKind.RESULT:
            return values | _result(wiring, answer)
        case OutgoingKind.LINK | OutgoingKind.CONFIRM:
            message = _answered(wiring, answer)
            return values | {
                "url": f"{home}/join/{link_token(wiring.secret_key, answer.program_id, answer.detail)}",
                "words_only": message is not None and message.reason == WORDS_ONLY,
                "several": message is not None and message.reason == "several_members",
                "life": formats.duration(channels.link_life_s),
                "may_join": channels.joining is Joining.OPEN,
                "join_url": channels.join_url,
            }
        case OutgoingKind.GUIDE:
            told = _not_used(wiring, answer) if answer.detail == "not_used" else ""
            return values | {"guide": told or GUIDES.get(answer.detail, GUIDES["no_picture"])}
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
    named = [f"{each.file_name}: {each.sentence}" for each in refused[:_REFUSED_SHOWN]]
    return " ".join([*named, _LINK_TO_HEAR])


def _told(receipt: ReceiptView, home: str) -> _Told:
    read = receipt.receipt
    facts = []
    if read is not None:
        facts.append(read.retailer.name or "Receipt")
        facts += [formats.day(read.date)] if read.date is not None else []
        facts += [formats.money(read.total)] if read.total is not None else []
    return _Told(
        title=", ".join(facts) or receipt.file_name or "Receipt",
        sentence=receipt.sentence,
        reasons=_reasons(receipt),
        lines=tuple((_named(line), formats.points(line.points)) for line in receipt.lines if line.points)[
            :_LINES_SHOWN
        ],
        points=receipt.points or Points(0),
        state=receipt.state,
        url=f"{home}/receipts/{receipt.id}",
        refused="" if receipt.rejection_code is None else RejectionReason(receipt.rejection_code).in_short,
    )


def _reasons(receipt: ReceiptView) -> tuple[str, ...]:
    if receipt.state is ReceiptState.HELD and receipt.would_pay:
        return (*receipt.reasons, f"If all is well, it earns {formats.points(receipt.would_pay)}.")
    return receipt.reasons


def _named(line: LineView) -> str:
    """The product's own name: what the till printed says little to the member."""
    product = line.product
    return line.item.description if product is None else f"{product.name} {product.size}".strip()


def _subject(wiring: Wiring, answer: OutgoingMessage, values: dict[str, Any]) -> str:
    message = _answered(wiring, answer)
    if message is not None and message.subject:
        return message.subject if message.subject[:3].lower() == "re:" else f"Re: {message.subject}"
    earned = values.get("earned", 0)
    return f"Your receipt: {formats.points(earned)}" if earned else f"Your mail to {values['program'].name}"


def _answered(wiring: Wiring, answer: OutgoingMessage) -> InboundMessage | None:
    if answer.inbound_id is None:
        return None
    with wiring.database.read() as session:
        return Inbound(session, answer.program_id, utc_now()).find(answer.inbound_id)


def _result_in_short(receipts: list[_Told], balance: Points, home: str) -> tuple[str, str]:
    """The words of a result, and what of them is never cut."""
    total = f"Your balance: {formats.points(balance)}."
    if len(receipts) != 1:
        earned = sum(receipt.points for receipt in receipts)
        waiting = sum(receipt.state is ReceiptState.HELD for receipt in receipts)
        refused = [receipt for receipt in receipts if receipt.state is ReceiptState.REJECTED]
        said = [f"{formats.points(earned)} for your {len(receipts)} receipts."]
        said += [f"{waiting} wait for a person to look."] if waiting else []
        said += [_refused_in_short(refused)] if refused else []
        return " ".join([*said, total]), f"More: {home}/receipts"
    receipt = receipts[0]
    match receipt.state:
        case ReceiptState.AWARDED:
            return f"{formats.points(receipt.points)} for {receipt.title}.", total
        case ReceiptState.HELD | ReceiptState.DECLINED:
            return " ".join([f"{receipt.title}:", receipt.sentence, *receipt.reasons[:1]]), total
        case _:
            return receipt.sentence, ""


def _refused_in_short(refused: list[_Told]) -> str:
    """What could not be used and what to do next: of one its own sentence, of several where it stands."""
    could_not = f"{len(refused)} we could not use"
    if len(refused) == 1:
        return f"{could_not}. {refused[0].sentence}"
    reasons = ", ".join(dict.fromkeys(receipt.refused for receipt in refused))
    return f"{could_not}: {reasons}. What to do about each stands at the link."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.answers"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = formats.points
    return environment
