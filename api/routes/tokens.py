"""`POST /v1/tokens`: an account's e-mail address and password for a bearer token."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request

from api import models
from api.auth import before_sign_in, issue_token, signs_in_by_provider_only, wiring_of
from api.errors import ApiError, documented
from api.second_step import check_second_step
from api.throttle import Throttle
from pipeline.accounts import authenticate
from pipeline.second_step import is_asked_for_code
from receipts.program import Account

router = APIRouter(prefix="/v1", tags=["tokens"], dependencies=[Depends(before_sign_in)])

PROVIDER_ONLY = (
    "Staff of your program sign in by their organisation, not by a password. Programs of yours use a key"
    " of the page of keys."
)
WRONG = "The e-mail address or the password is wrong."


def sign_in(request: Request, *, email: str, password: str) -> Account:
    """The account, slowed down after repeated failures.

    Raises:
        ApiError: 401 for a wrong address or password, 403 where a password lets nobody in,
            429 while the account must wait.
    """
    throttle: Throttle = request.app.state.throttle
    wait_s = throttle.wait_s(email)
    if wait_s > 0:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_attempts",
            f"Too many wrong passwords for this account. Try again in {wait_s} seconds.",
            headers={"Retry-After": str(wait_s)},
        )
    account = authenticate(wiring_of(request), email, password)
    if account is None:
        throttle.failed(email)
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "wrong_password", WRONG, headers={"WWW-Authenticate": "Bearer"}
        )
    throttle.succeeded(email)
    if signs_in_by_provider_only(request, account):
        raise ApiError(HTTPStatus.FORBIDDEN, "provider_only", PROVIDER_ONLY)
    return account


@router.post(
    "/tokens",
    summary="Get a bearer token",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
def create_token(request: Request, asked: models.TokenRequest) -> models.Token:
    """Open to everyone who knows an account's password; members, staff and services alike."""
    account = sign_in(request, email=asked.email, password=asked.password)
    wiring = wiring_of(request)
    if is_asked_for_code(wiring, account):
        if asked.code is None:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "second_step_needed",
                "This account signs in by two steps. Send the code of its authenticator app as `code`, too.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        check_second_step(request, account, asked.code)
    return models.Token(
        access_token=issue_token(wiring, account),
        expires_in=wiring.settings.token_life_s,
        role=account.role.value,
        program_id=account.program_id,
        member_id=account.member_id,
    )
