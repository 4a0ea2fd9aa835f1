"""Around every request: security headers, counting, and a polite end to bodies that were refused early."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from receipts.database.acting import request_of_nobody

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob:",  # blob: the preview of a photo before it is sent
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
_FOR_GOOD = "public, max-age=31536000, immutable"
"""For static files asked for by their content's hash."""
DRAIN_MAX_BYTES = 256 * 1024 * 1024
DRAIN_MAX_S = 20
"""A browser reads the answer only after it has sent its body: what was refused early is read and thrown
away up to these bounds, so that the member sees the sentence and not "connection reset"."""


class SecurityHeaders:
    """Puts the headers on every response that did not set its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = dict(SECURITY_HEADERS)
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the response's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
                elif scope["query_string"].startswith(b"v="):
                    headers.setdefault("Cache-Control", _FOR_GOOD)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class ActsForNobody:
    """Lets each request see no program's rows until it is known whose it is (`receipts.database.acting`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        with request_of_nobody():
            await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies over the limit, by their declared length or while they stream.

    Attributes:
        free: paths that count for themselves, since they stream to disk.
        free_ending: the same by how a path ends.
        larger: paths with a limit of their own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        free: frozenset[str],
        free_ending: str,
        larger: Mapping[str, int],
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger
        self._free = free
        self._free_ending = free_ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path in self._free or path.endswith(self._free_ending):
            await self._app(scope, receive, send)
            return
        most = self._larger.get(path, self._max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:

            async def refuse() -> Message:
                # Raised in whoever reads the body; the one handler of errors answers it.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

            await self._app(scope, refuse, send)
            return
        seen = 0

        async def counting_receive() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, counting_receive, send)


class DrainRefused:
    """Answers at once, then reads away the rest of a body that the application refused to read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; hear the client out before the answer ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A client that asked "Expect: 100-continue" sends nothing until we ask for it.
        body_ended = not _has_body(scope)
        asked = not _waits_to_be_asked(scope)

        async def watched_receive() -> Message:
            nonlocal asked, body_ended
            asked = True
            message = await receive()
            body_ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def draining_send(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if not last or body_ended or not asked:
                await send(message)
                return
            await send({**message, "more_body": True})
            await _drain(watched_receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app(scope, watched_receive, draining_send)


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _waits_to_be_asked(scope: Scope) -> bool:
    return bool(dict(scope["headers"]).get(b"expect", b"").lower() == b"100-continue")


async def _drain(receive: Receive) -> None:
    drained = 0
    try:
        async with asyncio.timeout(DRAIN_MAX_S):
            while drained < DRAIN_MAX_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


class RequestMetrics:
    """Counts and times requests by route template, so that ids never become label values."""

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "tillpoints_http_requests",
            "HTTP requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "tillpoints_http_request_seconds",
            "Time to the response's first byte.",
            ("method", "route"),
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answered = False

        def count(status: int) -> None:
            route = getattr(scope.get("route"), "path", None) or "unmatched"
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._requests.labels(method, route, str(status)).inc()
            self._seconds.labels(method, route).observe(time.perf_counter() - started)

        async def counting_send(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counting_send)
        except BaseException:
            if not answered:
                count(_BUG_STATUS)
            raise


_BUG_STATUS = 500
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
