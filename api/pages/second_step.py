"""The second step of signing in: asked for, and one's own set up, renewed and turned off."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from api.auth import Caller, PageAllowed, before_sign_in, check_csrf, half_signed_in, start_session, wiring_of
from api.errors import ApiError
from api.pages.account import safe_path
from api.pages.render import page
from api.routes.tokens import sign_in
from api.second_step import check_second_step
from pipeline.second_step import begin, confirm, renew_codes, second_step_of, shared, turn_off
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Staff = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN, before_second_step=True))]
_SAID = "said"
_WRONG_FIRST = (
    "This is not the code of now. Wait for the next one, and see that the clock of your phone is right."
)


@router.get("/sign-in/code", dependencies=[Depends(before_sign_in)])
def show_code(request: Request, next: str = "/") -> Response:  # noqa: A002  (the form field's name)
    """Open. The second step of signing in, for whoever has done the first."""
    if half_signed_in(request) is None:
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    return page(request, "sign_in_code.html", account=None, trouble="", next=safe_path(next))


@router.post("/sign-in/code", dependencies=[Depends(before_sign_in)])
def send_code(
    request: Request,
    code: Annotated[str, Form(max_length=60)] = "",
    csrf_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  (the form field's name)
) -> Response:
    """Open. Starts the session where the code is right."""
    check_csrf(request, csrf_token)
    account = half_signed_in(request)
    if account is None:
        return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    try:
        check_second_step(request, account, code)
    except ApiError as error:
        return page(
            request,
            "sign_in_code.html",
            account=None,
            status=error.status,
            trouble=error.detail,
            next=safe_path(next),
        )
    start_session(request, account)
    return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)


@router.get("/second-step")
def second_step_page(request: Request, caller: Staff) -> Response:
    """Reviewers and admins."""
    return _page(request, caller)


def _page(request: Request, caller: Caller, *, trouble: str = "", codes: tuple[str, ...] = ()) -> Response:
    wiring = wiring_of(request)
    told = shared(wiring, caller.account)
    drawn = ""
    if told is not None:
        # Dark on light whatever the page's colours, with the quiet zone that cameras need.
        drawn = segno.make_qr(told.uri, error="m").svg_inline(
            border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True
        )
    answer = page(
        request,
        "second_step.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        codes=codes,
        step=second_step_of(wiring, caller.account),
        secret="" if told is None else told.secret,
        qr=Markup(drawn),  # noqa: S704  (a drawing of our own: squares, and no text)
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/second-step")
def change_second_step(
    request: Request,
    caller: Staff,
    what: Annotated[str, Form(max_length=16)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    code: Annotated[str, Form(max_length=60)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers and admins. Begins, confirms, makes other recovery codes, or turns it off."""
    check_csrf(request, csrf_token)
    wiring, account = wiring_of(request), caller.account
    try:
        match what:
            case "begin":
                # Not by a session alone: whoever finds a screen unlocked would shut its owner out.
                sign_in(request, email=account.email, password=password)
                begin(wiring, account)
            case "confirm":
                codes = confirm(wiring, account, code)
                return _page(request, caller, codes=codes or (), trouble="" if codes else _WRONG_FIRST)
            case "codes":
                check_second_step(request, account, code)
                return _page(request, caller, codes=renew_codes(wiring, account))
            case "off":
                check_second_step(request, account, code)
                if not turn_off(wiring, account):
                    return _page(request, caller, trouble="The program asks its staff for a second step.")
                request.session[_SAID] = "Your password alone signs you in again."
            case _:
                pass
    except ApiError as error:
        return _page(request, caller, trouble=error.detail)
    return RedirectResponse("/second-step", HTTPStatus.SEE_OTHER)
