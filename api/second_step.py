"""The second step of signing in, slowed down as passwords are."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from api.auth import wiring_of
from api.errors import ApiError
from api.throttle import Throttle
from pipeline.second_step import check_code
from receipts.program import Account

WRONG_CODE = "This code is wrong, too old, or was used before. Wait for the next one and type that."


def check_second_step(request: Request, account: Account, code: str) -> None:
    """Do nothing where the code is right; it is good once.

    Raises:
        ApiError: 401 for a wrong code or one used before, 429 while the account must wait.
    """
    throttle: Throttle = request.app.state.second_step_throttle
    wait_s = throttle.wait_s(account.id)
    if wait_s > 0:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_attempts",
            f"Too many wrong codes for this account. Try again in {wait_s} seconds.",
            headers={"Retry-After": str(wait_s)},
        )
    if not check_code(wiring_of(request), account.id, code):
        throttle.failed(account.id)
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "wrong_code", WRONG_CODE, headers={"WWW-Authenticate": "Bearer"}
        )
    throttle.succeeded(account.id)
