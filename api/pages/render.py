"""Draws the templates: escaping on, undefined names refused, words and numbers formatted in one place."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from api.auth import SECOND_STEP_OWED, csrf_token, session_account, wiring_of
from api.channel_words import (
    ALL_REFUSED,
    ANSWER_WORDS,
    CHECK_WORDS,
    INBOUND_WORDS,
    NOT_DELIVERED,
    OUTGOING_WORDS,
    PROOF_SENTENCES,
    PROOF_WORDS,
    TRUST_WORDS,
    VIA_WORDS,
    address_text,
    number_text,
)
from api.delivery_words import CONDITION_WORDS, DELIVERY_WORDS
from api.errors import ApiError
from api.pages import language
from api.words import ENTRY_WORDS, STAGES, STATE_WORDS
from pipeline.answers.undelivered import why_undelivered
from pipeline.clock import utc_now
from pipeline.formats import LOCALE, percent
from pipeline.retelling import retold, tongue
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.award import RuleAnswer
from receipts.identity import ProgramId, Role
from receipts.inbound import InboundState
from receipts.match import MatchReason, MatchVerdict
from receipts.program import Account, Program
from receipts.state import ReceiptState

STATIC = files("api.pages") / "static"
_VERSION_DIGITS = 12

NAVIGATION: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.MEMBER: (
        ("/", "Home"),
        ("/receipts", "Receipts"),
        ("/history", "Points"),
        ("/rewards", "Rewards"),
        ("/you", "You"),
    ),
    Role.REVIEWER: (
        ("/review", "Waiting"),
        ("/objections", "Members ask"),
        ("/learned", "Learned names"),
        ("/second-step", "My sign-in"),
    ),
    Role.ADMIN: (
        ("/review", "Waiting"),
        ("/learned", "Learned names"),
        ("/program", "Program"),
        ("/program/dashboard", "Dashboard"),
        ("/program/inbox", "Inbox"),
        ("/second-step", "My sign-in"),
    ),
    Role.SERVICE: (),
}


def takes_mail_or_text(wiring: Wiring, program_id: ProgramId) -> bool:
    """Whether the program has another door than uploads."""
    channels = wiring.channels_of(program_id)
    return channels.email is not None or channels.sms is not None


def _navigation(account: Account | None) -> tuple[tuple[str, str], ...]:
    if account is None:
        return ()
    return NAVIGATION[account.role]


@cache
def static(name: str) -> str:
    """The file's address with its content's hash, so that browsers may keep it for good."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:_VERSION_DIGITS]
    return f"/static/{name}?v={digest}"


def age(moment: datetime) -> str:
    """How long ago: ``3 hours``."""
    return format_timedelta(utc_now() - moment, locale=LOCALE)


def _moment(zone: str, value: datetime) -> Markup:
    local = value.astimezone(ZoneInfo(zone))
    words = language.day_and_time(local)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), escape(words))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # newstyle: what is filled in is escaped by the template, never by the catalogue.
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(language.said, language.said_of, newstyle=True)  # type: ignore[attr-defined]
    filters = (
        language.money,
        language.money_text,
        language.number,
        language.points,
        language.signed,
        percent,
        language.day,
        language.said,
        tongue,
        retold,
        age,
        address_text,
        number_text,
    )
    environment.filters.update({each.__name__: each for each in filters})
    environment.globals.update(
        static=static,
        STAGES=STAGES,
        STATE_WORDS=STATE_WORDS,
        ReceiptState=ReceiptState,
        MatchReason=MatchReason,
        MatchVerdict=MatchVerdict,
        RuleAnswer=RuleAnswer,
        InboundState=InboundState,
        ALL_REFUSED=ALL_REFUSED,
        INBOUND_WORDS=INBOUND_WORDS,
        ENTRY_WORDS=ENTRY_WORDS,
        DELIVERY_WORDS=DELIVERY_WORDS,
        CONDITION_WORDS=CONDITION_WORDS,
        NOT_DELIVERED=NOT_DELIVERED,
        OUTGOING_WORDS=OUTGOING_WORDS,
        why_undelivered=why_undelivered,
        ANSWER_WORDS=ANSWER_WORDS,
        VIA_WORDS=VIA_WORDS,
        PROOF_WORDS=PROOF_WORDS,
        PROOF_SENTENCES=PROOF_SENTENCES,
        CHECK_WORDS=CHECK_WORDS,
        TRUST_WORDS=TRUST_WORDS,
    )
    return environment


def page(
    request: Request,
    template: str,
    *,
    account: Account | None,
    status: HTTPStatus = HTTPStatus.OK,
    program: Program | None = None,
    **context: Any,  # noqa: ANN401  (what each template names)
) -> HTMLResponse:
    """One template drawn for this account; `program` is whose page it is where nobody is signed in."""
    wiring = wiring_of(request)
    if account is not None:
        program = program_of(wiring, account.program_id)
    zone = "UTC" if program is None else program.time_zone
    tongue = language.page_language(request, account)
    with language.speaking(tongue):
        text = (
            _environment()
            .get_template(template)
            .render(
                account=account,
                is_member=account is not None and account.role is Role.MEMBER,
                program_name="" if program is None else program.name,
                navigation=_navigation(account),
                here=request.url.path,
                csrf=csrf_token(request) if "session" in request.scope else "",
                moment=lambda value: _moment(zone, value),
                language=tongue,
                direction=language.direction(tongue),
                languages=language.LANGUAGES,
                **context,
            )
        )
    headers = {"Content-Language": tongue, "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(text, status_code=status, headers=headers)


HEADINGS: dict[HTTPStatus, str] = {
    HTTPStatus.FORBIDDEN: "That did not work",
    HTTPStatus.NOT_FOUND: "Nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "That did not work",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Not a file we can read",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That did not work",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Our fault, not yours",
}


def problem_page(request: Request, error: ApiError, _where: str) -> Response:
    """A problem as a page; who is not signed in is sent to do that, and back here after."""
    if error.status is HTTPStatus.UNAUTHORIZED:
        asked = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(asked)}", HTTPStatus.SEE_OTHER)
    if error.code == SECOND_STEP_OWED:
        return RedirectResponse("/second-step", HTTPStatus.SEE_OTHER)
    broken = error.status is HTTPStatus.INTERNAL_SERVER_ERROR  # then ask the database for nothing more
    account = None if broken or "session" not in request.scope else session_account(request)
    return page(
        request,
        "problem.html",
        account=account,
        status=error.status,
        heading=HEADINGS.get(error.status, error.status.phrase),
        detail=error.detail,
    )
