"""Webhooks of the text provider: texts that come in, and how ours fare.

Open to nobody but the provider: what is not signed for our public address gets 403 and not a word.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, Request, Response

from api.auth import before_sign_in, wiring_of
from api.errors import ApiError, documented
from ingest.sms.form import (
    FORM_MAX_BYTES,
    BadForm,
    Form,
    InboundText,
    is_status,
    read_form,
    read_status,
    read_text,
    written_by,
)
from ingest.sms.numbers import BadNumber, read_party
from ingest.sms.signature import is_signed
from ingest.sms.twiml import TWIML_TYPE, twiml
from pipeline.inbound import receive_bad_form, receive_text, record_status
from pipeline.text_checks import TEXT_PATH
from pipeline.texting import VIA, TextProgram, at_once, program_of_number, text_programs
from pipeline.wiring import STATUS_PATH, Wiring

router = APIRouter(tags=["channels"], dependencies=[Depends(before_sign_in)])

_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger(__name__)


async def _body(request: Request) -> bytes:
    """The raw body, read no further than a webhook's form can be long.

    Raises:
        ApiError: it is longer.
    """
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > FORM_MAX_BYTES:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"A webhook's form has at most {FORM_MAX_BYTES} bytes.",
            )
    return bytes(read)


Body = Annotated[bytes, Depends(_body)]
Signature = Annotated[
    str, Header(alias="X-Twilio-Signature", description="The provider's, over address and form.")
]
Token = Annotated[
    str | None,
    Header(alias="I-Twilio-Idempotency-Token", description="The same for every delivery of one webhook."),
]
_FORM_BODY = {"required": True, "content": {_FORM: {"schema": {"type": "object"}}}}
_ERRORS: dict[int | str, dict[str, Any]] = {
    403: {"description": "Not signed by the provider for this address, or no number of ours; no word more."},
    **documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.SERVICE_UNAVAILABLE),
}


@router.post(
    TEXT_PATH,
    summary="A text comes in",
    response_class=Response,
    responses={
        200: {
            "description": "What is answered at once, as TwiML.",
            "content": {
                TWIML_TYPE: {"example": twiml("Example Rewards: Thanks, we are reading your receipt.")}
            },
        },
        **_ERRORS,
    },
    openapi_extra={"requestBody": _FORM_BODY},
)
def text(request: Request, body: Body, signature: Signature = "", token: Token = None) -> Response:
    """For Twilio alone: set it as a number's, or a messaging service's, incoming webhook, by POST.

    Answers 403 and nothing else where the signature is not right for the configured public address, or the
    account and number are no program's. Otherwise the text is stored, and read later.
    """
    wiring = wiring_of(request)
    form = read_form(body)
    fields = BadForm("no form") if isinstance(form, BadForm) else form.fields()
    if isinstance(form, BadForm) or isinstance(fields, BadForm):
        return _forbidden()
    account_sid, number = fields.get("AccountSid", ""), fields.get("To", "")
    program = program_of_number(wiring.channels, account_sid=account_sid, number=number)
    if not _is_signed(request, TEXT_PATH, form, signature, program) or program is None:
        return _forbidden()
    found = read_text(fields)
    if isinstance(found, BadForm):
        _keep_odd(wiring, program, fields, found)
        return _said("")
    return _said(_received(wiring, program, found, fields, token))


def _received(
    wiring: Wiring, program: TextProgram, text: InboundText, fields: dict[str, str], token: str | None
) -> str:
    return receive_text(
        wiring,
        program_id=program.program_id,
        via=VIA[text.channel],
        sender=text.sender.address,
        recipient=text.recipient.address,
        message_sid=text.message_sid,
        token=token,
        form=fields,
        words=text.body,
        at_once=at_once(wiring, program, text),
    ).said


def _keep_odd(wiring: Wiring, program: TextProgram, fields: dict[str, str], odd: BadForm) -> None:
    """What the provider signed, and is no text that we understand."""
    if is_status(fields):
        _keep_status(wiring, fields)
        return
    _log.warning("not a text", program_id=program.program_id, reason=odd.reason)
    to = read_party(fields["To"])
    if isinstance(to, BadNumber):  # it named the program
        raise TypeError("a number of ours is no number")
    receive_bad_form(
        wiring,
        program_id=program.program_id,
        via=VIA[to.channel],
        sender=written_by(fields),
        recipient=to.address,
        form=fields,
        reason=odd.reason,
    )


@router.post(
    STATUS_PATH,
    summary="How a text of ours fares",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=_ERRORS,
    openapi_extra={"requestBody": _FORM_BODY},
)
def status(request: Request, body: Body, signature: Signature = "") -> Response:
    """For Twilio alone, which is told this address with every text that we send.

    Answers 403 and nothing else where the signature is not right.
    """
    wiring = wiring_of(request)
    form = read_form(body)
    fields = BadForm("no form") if isinstance(form, BadForm) else form.fields()
    if isinstance(form, BadForm) or isinstance(fields, BadForm):
        return _forbidden()
    account_sid = fields.get("AccountSid", "")
    known = [each for each in text_programs(wiring.channels) if each.settings.account_sid == account_sid]
    if not _is_signed(request, STATUS_PATH, form, signature, known[0] if known else None):
        return _forbidden()
    _keep_status(wiring, fields)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _keep_status(wiring: Wiring, fields: dict[str, str]) -> None:
    update = read_status(fields)
    if isinstance(update, BadForm):
        return
    # Several programs may share an account; the text is one program's.
    for each in text_programs(wiring.channels):
        if each.settings.account_sid == update.account_sid and record_status(
            wiring,
            program_id=each.program_id,
            message_sid=update.message_sid,
            status=update.status,
            error_code=update.error_code,
        ):
            return
    # As the report of a text that was sent a moment ago, and whose id is not committed yet.
    _log.info("report of an unknown text", message_sid=update.message_sid, status=update.status)


def _is_signed(request: Request, path: str, form: Form, signature: str, program: TextProgram | None) -> bool:
    # For an account or number that nobody has, a signature is compared too: the answer takes as long.
    auth_token = secrets.token_hex() if program is None else program.settings.auth_token
    query = request.scope["query_string"].decode("latin-1")
    url = f"{wiring_of(request).settings.resolved_public_url}{path}" + (f"?{query}" if query else "")
    return is_signed(form, signature, url=url, auth_token=auth_token) and program is not None


def _forbidden() -> Response:
    return Response(status_code=HTTPStatus.FORBIDDEN)


def _said(words: str) -> Response:
    return Response(twiml(words), media_type=TWIML_TYPE)
