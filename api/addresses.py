"""Refuses addresses with control characters before any route or query sees them."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ApiError, answer, not_found

_DELETE = 0x7F
_FIRST_PRINTED = 0x20


class PlainAddresses:
    """404 for such a path, since nothing has such a name; 400 for such a query.

    PostgreSQL refuses NUL in any text it is asked for; without this each route would have to look.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on where its address is plain."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        await answer(Request(scope), refusal)(scope, receive, send)


def _refusal(scope: Scope) -> ApiError | None:
    if _has_control(scope["path"].encode("utf-8", "surrogateescape")):
        return not_found()
    if _has_control(unquote_to_bytes(scope["query_string"])):
        return ApiError(
            HTTPStatus.BAD_REQUEST,
            "malformed_query",
            "The query holds a control character. Leave it out and ask again.",
        )
    return None


def _has_control(address: bytes) -> bool:
    return any(byte < _FIRST_PRINTED or byte == _DELETE for byte in address)
