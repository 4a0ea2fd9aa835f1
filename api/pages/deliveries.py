"""The operator's page of publishers: how each fares, and the messages that were not taken at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import cursors
from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.render import page
from api.routes.deliveries import again, given_up
from pipeline.publishers.desk import Asked, delivery_page, publisher_views, start_again
from receipts.delivery import DeliveryState
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 25
_SAID = "said"

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/deliveries")
def deliveries(
    request: Request,
    caller: Admin,
    state: Annotated[DeliveryState | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """Admins. Newest first."""
    wiring = wiring_of(request)
    found = delivery_page(
        wiring,
        program_id=caller.program_id,
        state=state,
        before=cursors.decode(cursor),
        limit=PAGE_ROWS + 1,
    )
    shown = found[:PAGE_ROWS]
    return page(
        request,
        "deliveries.html",
        account=caller.account,
        publishers=publisher_views(wiring, program_id=caller.program_id),
        entries=[each for _, each in shown],
        state=state,
        states=tuple(DeliveryState),
        next_cursor=cursors.encode(shown[-1][0]) if len(found) > PAGE_ROWS else None,
        first=cursor is None,
        said=request.session.pop(_SAID, ""),
    )


@router.post("/program/deliveries/{delivery_id}/retry")
def deliver_again(
    request: Request, caller: Admin, delivery_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Admins. Has the message sent at once."""
    check_csrf(request, csrf_token)
    again(request, caller, delivery_id)
    request.session[_SAID] = "The message is on its way again. Load this page anew in a moment."
    return _back()


@router.post("/program/deliveries/{delivery_id}/give-up")
def give_up(
    request: Request, caller: Admin, delivery_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Admins. Lets the member's later messages go on."""
    check_csrf(request, csrf_token)
    try:
        given_up(request, caller, delivery_id)
    except ApiError as error:
        if error.status is not HTTPStatus.CONFLICT:
            raise
        request.session[_SAID] = f"{error.detail} Nothing was done."
    else:
        request.session[_SAID] = "Given up: the member's later messages go on without it."
    return _back()


@router.post("/program/publishers/{publisher}/start")
def start_publisher(
    request: Request, caller: Admin, publisher: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Admins. Starts a publisher again that stopped or rests."""
    check_csrf(request, csrf_token)
    if start_again(wiring_of(request), program_id=caller.program_id, publisher=publisher) is not Asked.DONE:
        raise not_found("publisher")
    request.session[_SAID] = f"{publisher} tries again. Load this page anew in a moment."
    return _back()


def _back() -> Response:
    return RedirectResponse("/program/deliveries", HTTPStatus.SEE_OTHER)
