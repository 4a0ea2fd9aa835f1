"""What is the member's own: rewards, language, the till code, and what is kept of them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from typing import IO, Annotated, Literal

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from api.auth import Caller, PageAllowed, check_csrf, end_session, wiring_of
from api.errors import not_found
from api.pages.language import SESSION_KEY, remember
from api.pages.render import page, takes_mail_or_text
from pipeline.accounts import authenticate
from pipeline.clock import utc_now
from pipeline.kept import kept_of
from pipeline.member_code import CODE_LIFE_S, make_code
from pipeline.privacy import StillMovingError, erase_member, member_export
from pipeline.privacy_export import write_archive
from pipeline.rewards import running_now, standing_now
from receipts.identity import MemberId, Role

router = APIRouter(include_in_schema=False)

_SAID = "said"
_PIECE_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 8 * 1024 * 1024
"""A larger archive goes through a temporary file."""
LANGUAGE_CHANGED = "This is your language now."
WRONG_PASSWORD = "That is not your password. Nothing was deleted."  # noqa: S105  (a sentence)

Member = Annotated[Caller, Depends(PageAllowed(Role.MEMBER))]


def _self(caller: Caller) -> MemberId:
    if caller.only_member is None:
        raise LookupError(f"account {caller.account.id} has the role member and no member")
    return caller.only_member


@router.get("/rewards")
def rewards(request: Request, caller: Member) -> Response:
    """Members. Campaigns of today, tier and badges, and the way to the next."""
    wiring = wiring_of(request)
    return page(
        request,
        "rewards.html",
        account=caller.account,
        standing=standing_now(wiring, caller.program_id, _self(caller)),
        campaigns=running_now(wiring, caller.program_id),
    )


@router.get("/till")
def till(request: Request, caller: Member) -> Response:
    """Members. The code for the till, drawn anew before it is too old."""
    return page(
        request, "till.html", account=caller.account, life_s=CODE_LIFE_S, at=int(utc_now().timestamp())
    )


@router.get("/till/code.svg")
def till_code(request: Request, caller: Member) -> Response:
    """Members. A QR code that is good for a minute from now."""
    code = make_code(wiring_of(request), caller.program_id, _self(caller), utc_now())
    drawn = io.BytesIO()
    # Dark on light whatever the page's colours, with the quiet zone that scanners need.
    segno.make_qr(code.code, error="m").save(
        drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None
    )
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.get("/you")
def you(request: Request, caller: Member) -> Response:
    """Members. Account, language, and where the rest is."""
    return page(
        request,
        "you.html",
        account=caller.account,
        by_mail_or_text=takes_mail_or_text(wiring_of(request), caller.program_id),
        notice=request.session.pop(_SAID, ""),
    )


@router.post("/you/language")
def choose_language(
    request: Request,
    caller: Member,
    language: Annotated[Literal["en", "de"], Form()],
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Members. The language of their pages, mails and texts from now on."""
    check_csrf(request, csrf_token)
    request.session[SESSION_KEY] = language
    remember(request, caller.account, chosen=True)
    request.session[_SAID] = LANGUAGE_CHANGED
    return RedirectResponse("/you", HTTPStatus.SEE_OTHER)


@router.get("/privacy")
def privacy(request: Request, caller: Member) -> Response:
    """Members. What is kept of them."""
    return _privacy(request, caller)


def _privacy(
    request: Request, caller: Caller, *, trouble: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    wiring = wiring_of(request)
    return page(
        request,
        "privacy.html",
        account=caller.account,
        status=status,
        kept=kept_of(wiring, caller.program_id, _self(caller)),
        trace_days=wiring.settings.trace_days,
        trouble=trouble,
    )


@router.get("/privacy/download")
def download(request: Request, caller: Member) -> Response:
    """Members. All that is kept of them, with the files as they sent them, in one archive."""
    wiring = wiring_of(request)
    export = member_export(
        wiring, program_id=caller.program_id, member_id=_self(caller), asked_by=caller.account.id
    )
    if export is None:
        raise not_found("member")
    into = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115  (closed when it is sent)
    try:
        write_archive(wiring, export, into)
    except BaseException:
        into.close()
        raise
    return StreamingResponse(
        _pieces(into),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="my-tillpoints-data.zip"'},
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


@router.post("/privacy/delete")
def delete(
    request: Request,
    caller: Member,
    password: Annotated[str, Form(max_length=1024)],
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Members. Erases them, once they have said their password again; the books stay, without a name."""
    check_csrf(request, csrf_token)
    wiring = wiring_of(request)
    throttle = request.app.state.throttle
    name = f"erasure asked for by {caller.account.id}"
    wait_s = throttle.wait_s(name)
    if wait_s > 0 or authenticate(wiring, caller.account.email, password) is None:
        throttle.failed(name)
        return _privacy(request, caller, trouble=WRONG_PASSWORD, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        erase_member(
            wiring, program_id=caller.program_id, member_id=_self(caller), asked_by=caller.account.id
        )
    except StillMovingError as error:
        return _privacy(request, caller, trouble=str(error), status=HTTPStatus.CONFLICT)
    end_session(request)
    return page(request, "erased.html", account=None, member=_self(caller))
