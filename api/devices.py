"""From where an upload was sent: what can be known honestly, without following anybody.

The member pages set one cookie of their own, a random number that we signed: it says that two uploads came
from one browser, and nothing else. It is read when receipts are sent, and only its keyed hash is stored. A
program's app may send a `Device-Id` of its own in its place.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

from fastapi import Request, Response
from itsdangerous import BadSignature, Signer

from api.auth import Caller, wiring_of
from api.errors import ApiError
from pipeline.traces import Client
from receipts.identity import Role

DEVICE_COOKIE = "tillpoints_device"
DEVICE_HEADER_CHARS = 200
_RANDOM_BYTES = 16
_DAY_S = 86_400


def _signer(request: Request) -> Signer:
    return Signer(wiring_of(request).secret_key, salt="tillpoints device", sep=".")


def _cookie_device(request: Request) -> str:
    """The signed number; empty where there is none, or not one of ours."""
    try:
        return _signer(request).unsign(request.cookies.get(DEVICE_COOKIE, "")).decode("ascii")
    except (BadSignature, UnicodeError):
        return ""


def keep_device(request: Request, response: Response) -> None:
    """Give the member's browser its number, or let it keep the one it has, for as long as hashes are kept."""
    settings = wiring_of(request).settings
    device = _cookie_device(request) or secrets.token_hex(_RANDOM_BYTES)
    response.set_cookie(
        DEVICE_COOKIE,
        _signer(request).sign(device).decode("ascii"),
        max_age=settings.trace_days * _DAY_S,
        httponly=True,
        samesite="lax",
        secure=settings.resolved_public_url.startswith("https://"),
    )


def client_of(request: Request, caller: Caller, device_id: str | None = None) -> Client:
    """From where the caller sends.

    Args:
        request: the upload's.
        caller: a service's own address says nothing of the member, and is left out.
        device_id: the header `Device-Id`, which apps send; a browser's cookie counts in its place.

    Raises:
        ApiError: 422 where the header is too long.
    """
    if device_id is not None and len(device_id) > DEVICE_HEADER_CHARS:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "device_id_too_long",
            f"`Device-Id` is at most {DEVICE_HEADER_CHARS} characters long. Send a hash of yours,"
            " or leave it out.",
        )
    from_page = _cookie_device(request) if caller.by_session else ""
    named = "" if caller.by_session or device_id is None else device_id.strip()
    address = request.client.host if request.client is not None and caller.account.role is Role.MEMBER else ""
    return Client(device=from_page or (f"app {named}" if named else ""), address=address)
