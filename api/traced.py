"""Each request under a trace: its caller's (W3C Trace Context), or one of its own."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from receipts.spans import SpanKind, begun, span, under, well_formed

_NOT_TOLD = ("/healthz", "/readyz", "/metrics", "/static/")
"""Asked every few seconds, or by every page: they would drown the rest."""


class Traced:
    """Tells method, route and status of a request; neither its address nor its path, which hold ids."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its trace."""
        if scope["type"] != "http" or scope["path"].startswith(_NOT_TOLD):
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        said = Headers(scope=scope).get("traceparent", "")
        with under(well_formed(said) or begun()), span("request", SpanKind.SERVER) as doing:
            try:
                await self._app(scope, receive, watched_send)
            finally:
                route = getattr(scope.get("route"), "path", None) or "unmatched"
                doing.rename(f"{scope['method']} {route}")
                facts = {"http.request.method": scope["method"], "http.route": route}
                doing.tell(**facts, **{"http.response.status_code": status})
