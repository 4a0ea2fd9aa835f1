"""Mails and texts as they came in: the operator's list, one in full, and running one again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request

from api import channel_models as models
from api import channel_presenters as presenters
from api import cursors
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.queries import KnownQuery
from pipeline.inbox_views import Again, InboxMessage, inbox_message, inbox_page, run_again
from receipts.identity import InboundId, Role
from receipts.inbound import InboundState

router = APIRouter(prefix="/v1/inbound-messages", tags=["inbound"])

PAGE_DEFAULT = 50
PAGE_MOST = 200

Operator = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.SERVICE))]


def find_inbound(request: Request, caller: Caller, inbound_id: str) -> InboxMessage:
    """The message.

    Raises:
        ApiError: 404 outside the caller's program.
    """
    found = inbox_message(wiring_of(request), program_id=caller.program_id, inbound_id=InboundId(inbound_id))
    if found is None:
        raise not_found("message")
    return found


def again(request: Request, caller: Caller, inbound_id: str) -> None:
    """Have it taken in anew.

    Raises:
        ApiError: 404 outside the caller's program, 409 where it waits already or none of it was refused.
    """
    outcome = run_again(
        wiring_of(request),
        program_id=caller.program_id,
        inbound_id=InboundId(inbound_id),
        asked_by=caller.account.id,
    )
    match outcome:
        case Again.ON_ITS_WAY:
            return
        case Again.NO_SUCH:
            raise not_found("message")
        case Again.NOT_NOW:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "not_to_be_retried",
                "The message waits already, or became receipts none of which was refused.",
            )
        case _:
            assert_never(outcome)


@router.get(
    "",
    summary="List inbound messages",
    dependencies=[Depends(KnownQuery("state", "cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def list_inbound(
    request: Request,
    caller: Operator,
    state: Annotated[
        models.InboundStateName | None, Query(description="Only those that stand there.")
    ] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.InboundPage:
    """Roles: admin, service. Every mail and text that ever came in, newest first."""
    found = inbox_page(
        wiring_of(request),
        program_id=caller.program_id,
        state=None if state is None else InboundState(state),
        before=cursors.decode(cursor),
        limit=limit + 1,
    )
    page = found[:limit]
    return models.InboundPage(
        items=[presenters.inbound_message(each) for each in page],
        next_cursor=cursors.encode(page[-1].message.number) if len(found) > limit else None,
    )


@router.get(
    "/{inbound_id}",
    summary="See an inbound message",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_inbound(request: Request, caller: Operator, inbound_id: str) -> models.InboundMessage:
    """Roles: admin, service."""
    return presenters.inbound_message(find_inbound(request, caller, inbound_id).entry)


@router.post(
    "/{inbound_id}/retry",
    status_code=HTTPStatus.ACCEPTED,
    summary="Run an inbound message again",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def retry_inbound(request: Request, caller: Operator, inbound_id: str) -> models.InboundMessage:
    """Roles: admin, service. A worker takes it in anew, from the stored message.

    One that became a submission is run again if all its receipts were rejected: they stay, and it becomes a
    new submission.
    """
    again(request, caller, inbound_id)
    return presenters.inbound_message(find_inbound(request, caller, inbound_id).entry)
