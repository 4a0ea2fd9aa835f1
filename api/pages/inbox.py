"""The operator's inbox: every mail and text that ever came in, its verdict and its reason."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import cursors
from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError
from api.looks import original_of
from api.pages.render import page
from api.routes.inbound import again, find_inbound
from pipeline.inbox_views import inbox_counts, inbox_page
from receipts.identity import Role
from receipts.inbound import InboundMessage, InboundState

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 25
_SAID = "said"
_INERT = "default-src 'none'; sandbox"
"""A message opened by itself runs nothing and loads nothing, whatever a browser takes it for."""

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/inbox")
def inbox(
    request: Request,
    caller: Admin,
    state: Annotated[InboundState | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """Admins. Newest first."""
    wiring = wiring_of(request)
    before = cursors.decode(cursor)
    found = inbox_page(wiring, program_id=caller.program_id, state=state, before=before, limit=PAGE_ROWS + 1)
    entries = found[:PAGE_ROWS]
    counts = inbox_counts(wiring, program_id=caller.program_id)
    return page(
        request,
        "inbox.html",
        account=caller.account,
        entries=entries,
        state=state,
        counts=counts,
        total=sum(counts.values()),
        next_cursor=cursors.encode(entries[-1].message.number) if len(found) > PAGE_ROWS else None,
        first=cursor is None,
    )


@router.get("/program/inbox/{inbound_id}")
def inbox_message_page(request: Request, caller: Admin, inbound_id: str) -> Response:
    """Admins. One message with its proof and its answers."""
    found = find_inbound(request, caller, inbound_id)
    return page(
        request,
        "inbox_message.html",
        account=caller.account,
        entry=found.entry,
        message=found.entry.message,
        receipts=found.receipts,
        before=found.before,
        reports_on=found.reports_on,
        said=request.session.pop(_SAID, ""),
    )


@router.get("/program/inbox/{inbound_id}/raw")
def inbox_raw(request: Request, caller: Admin, inbound_id: str) -> Response:
    """Admins. The bytes that came in, to be kept as a file and never shown."""
    return raw_message(request, caller, find_inbound(request, caller, inbound_id).entry.message)


def raw_message(request: Request, caller: Caller, message: InboundMessage) -> Response:
    """A mail, or a text's form, as a plain-text download; the look is noted."""
    raw = original_of(
        request, caller, message.raw_sha256, member_id=message.member_id, what="mail", target_id=message.id
    )
    return Response(
        raw,
        media_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{message.id}.txt"',
            "Content-Security-Policy": _INERT,
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post("/program/inbox/{inbound_id}/retry")
def inbox_again(
    request: Request, caller: Admin, inbound_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Admins. Has the message taken in anew."""
    check_csrf(request, csrf_token)
    try:
        again(request, caller, inbound_id)
    except ApiError as error:
        if error.status is not HTTPStatus.CONFLICT:
            raise
        request.session[_SAID] = f"{error.detail} Nothing was done."
    else:
        request.session[_SAID] = "The message is on its way again. Load this page anew in a moment."
    return RedirectResponse(f"/program/inbox/{inbound_id}", HTTPStatus.SEE_OTHER)
