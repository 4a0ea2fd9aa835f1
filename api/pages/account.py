"""Signing in and out of the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import (
    PAGE_ROLES,
    PROVIDER_KEY,
    before_sign_in,
    check_csrf,
    end_session,
    session_account,
    start_half,
    start_session,
    wiring_of,
)
from api.errors import ApiError
from api.pages.language import remember
from api.pages.render import page
from api.plain_text import PlainText
from api.routes.tokens import sign_in
from pipeline.second_step import is_asked_for_code

router = APIRouter(include_in_schema=False, dependencies=[Depends(before_sign_in)])

_FOR_PROGRAMS = "This account is for programs. Get a token from POST /v1/tokens instead."


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/", left: str = "") -> Response:  # noqa: A002  (the form field's name)
    """Open. The sign-in form; who is signed in already goes on."""
    if session_account(request) is not None:
        return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)
    return page(
        request,
        "sign_in.html",
        account=None,
        trouble="",
        email="",
        next=safe_path(next),
        **provider_shown(request, left=left == "1"),
    )


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
            remember(request, account)
            return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)
    return page(
        request,
        "sign_in.html",
        account=None,
        status=status,
        trouble=trouble,
        email=email,
        next=safe_path(next),
        **provider_shown(request),
    )


@router.post("/sign-out")
def do_sign_out(
    request: Request,
    csrf_token: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/sign-in",  # noqa: A002  (the form field's name)
) -> Response:
    """Open. Ends the session of this browser."""
    check_csrf(request, csrf_token)
    by_provider = PROVIDER_KEY in request.session
    end_session(request)
    if by_provider:
        return RedirectResponse("/sign-in?left=1", HTTPStatus.SEE_OTHER)
    return RedirectResponse(safe_path(next), HTTPStatus.SEE_OTHER)


def provider_shown(request: Request, *, again: bool = False, left: bool = False) -> dict[str, Any]:
    """What the sign-in page says of the provider: its name, empty where there is none.

    `again` lets it ask who one is; `left` is for who has signed out here and perhaps not there.
    """
    provider = wiring_of(request).provider
    if provider is None:
        return {"provider": "", "provider_again": False, "provider_left": ""}
    after = f"{wiring_of(request).settings.resolved_public_url}/sign-in"
    return {
        "provider": provider.settings.name,
        "provider_again": again or left,
        "provider_left": provider.sign_out_address(after) if left else "",
    }


def safe_path(address: str) -> str:
    """Only a path of this site: anything else would let a link lead out after sign-in."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside and address.isprintable() else "/"
