"""Signing in and out of the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import (
    PAGE_ROLES,
    check_csrf,
    end_session,
    session_account,
    start_half,
    start_session,
    wiring_of,
)
from api.errors import ApiError
from api.pages.render import page
from api.plain_text import PlainText
from api.routes.tokens import sign_in
from pipeline.second_step import is_asked_for_code

router = APIRouter(include_in_schema=False)

_FOR_PROGRAMS = "This account is for programs. Get a token from POST /v1/tokens instead."


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002  (the form field's name)
    """Open. The sign-in form; who is signed in already goes on."""
    if session_account(request) is not None:
        return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)
    return page(request, "sign_in.html", account=None, trouble="", email="", next=safe_path(next))


@router.post("/sign-in")
def do_sign_in(
    request: Request,
    email: Annotated[PlainText, Form(max_length=254)],
    password: Annotated[str, Form(max_length=1024)],
    csrf_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  (the form field's name)
) -> Response:
    """Open. Starts a fresh session."""
    check_csrf(request, csrf_token)
    trouble, status = _FOR_PROGRAMS, HTTPStatus.FORBIDDEN
    try:
        account = sign_in(request, email=email, password=password)
    except ApiError as error:
        trouble, status = error.detail, error.status
    else:
        if is_asked_for_code(wiring_of(request), account):
            start_half(request, account)
            return RedirectResponse(f"/sign-in/code?next={quote(safe_path(next))}", HTTPStatus.SEE_OTHER)
        if account.role in PAGE_ROLES:
            start_session(request, account)
            return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)
    return page(
        request,
        "sign_in.html",
        account=None,
        status=status,
        trouble=trouble,
        email=email,
        next=safe_path(next),
    )


@router.post("/sign-out")
def do_sign_out(
    request: Request,
    csrf_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/sign-in",  # noqa: A002  (the form field's name)
) -> Response:
    """Open. Ends the session of this browser."""
    check_csrf(request, csrf_token)
    end_session(request)
    return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)


def safe_path(address: str) -> str:
    """Only a path of this site: anything else would let a link lead out after sign-in."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and address.isprintable() else "/"
