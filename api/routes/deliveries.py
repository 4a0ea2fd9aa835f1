"""Publishers, the messages that they set aside, and sending again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request

from api import cursors
from api import delivery_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.queries import KnownQuery
from pipeline.publishers.desk import (
    Asked,
    delivery_page,
    find_delivery,
    give_up,
    publisher_views,
    replay,
    send_again,
    start_again,
)
from receipts.delivery import Delivery, DeliveryState
from receipts.identity import DeliveryId, MessageId, Role

router = APIRouter(prefix="/v1", tags=["deliveries"])

PAGE_DEFAULT = 50
PAGE_MOST = 200

Operator = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.SERVICE))]
_SEEN = documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get(
    "/publishers",
    summary="See how the publishers fare",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def list_publishers(request: Request, caller: Operator) -> models.Publishers:
    """Roles: admin, service. Each follows the feed with a cursor of its own."""
    views = publisher_views(wiring_of(request), program_id=caller.program_id)
    return models.Publishers(items=[models.publisher(view) for view in views])


@router.post(
    "/publishers/{publisher}/start",
    summary="Start a publisher again that stopped or rests",
    responses=_SEEN,
)
def start_publisher(request: Request, caller: Operator, publisher: str) -> models.Publisher:
    """Roles: admin, service. It tries at once, from where it was."""
    wiring = wiring_of(request)
    if start_again(wiring, program_id=caller.program_id, publisher=publisher) is not Asked.DONE:
        raise not_found("publisher")
    views = publisher_views(wiring, program_id=caller.program_id)
    return next(models.publisher(view) for view in views if view.name == publisher)


@router.post(
    "/publishers/{publisher}/replay",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send messages once more",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def replay_messages(
    request: Request, caller: Operator, publisher: str, wanted: models.ReplayRequest
) -> models.Replayed:
    """Roles: admin, service. Of what the publisher has passed on, by time or id: same ids, same bodies."""
    wiring = wiring_of(request)
    if publisher not in {view.name for view in publisher_views(wiring, program_id=caller.program_id)}:
        raise not_found("publisher")
    made = replay(
        wiring,
        program_id=caller.program_id,
        publisher=publisher,
        since=wanted.since,
        until=wanted.until,
        ids=[MessageId(each) for each in wanted.ids],
        asked_by=caller.account.id,
    )
    return models.Replayed(messages=made)


@router.get(
    "/deliveries",
    summary="List deliveries",
    dependencies=[Depends(KnownQuery("state", "publisher", "cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def list_deliveries(
    request: Request,
    caller: Operator,
    state: Annotated[
        models.DeliveryStateName | None, Query(description="`dead`: the dead letters alone.")
    ] = None,
    publisher: Annotated[str, Query(max_length=64, description="Only of this one.")] = "",
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.DeliveryPage:
    """Roles: admin, service. What was not taken at the first try, or was asked for again; newest first."""
    found = delivery_page(
        wiring_of(request),
        program_id=caller.program_id,
        state=None if state is None else DeliveryState(state),
        publisher=publisher,
        before=cursors.decode(cursor),
        limit=limit + 1,
    )
    page = found[:limit]
    return models.DeliveryPage(
        items=[models.delivery(each) for _, each in page],
        next_cursor=cursors.encode(page[-1][0]) if len(found) > limit else None,
    )


@router.post(
    "/deliveries/{delivery_id}/retry",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send a message again",
    responses=_SEEN,
)
def retry_delivery(request: Request, caller: Operator, delivery_id: str) -> models.Delivery:
    """Roles: admin, service. At once, with all its tries, the same id and the same body."""
    again(request, caller, delivery_id)
    return models.delivery(_found(request, caller, delivery_id))


@router.post(
    "/deliveries/{delivery_id}/give-up",
    summary="Let a member's later messages go on without a dead letter",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def give_up_delivery(request: Request, caller: Operator, delivery_id: str) -> models.Delivery:
    """Roles: admin, service. The consumer sees a gap in `sequence`; the message stays in the feed."""
    given_up(request, caller, delivery_id)
    return models.delivery(_found(request, caller, delivery_id))


def again(request: Request, caller: Caller, delivery_id: str) -> None:
    """Have it sent again.

    Raises:
        ApiError: 404 outside the caller's program.
    """
    asked = send_again(
        wiring_of(request),
        program_id=caller.program_id,
        delivery_id=DeliveryId(delivery_id),
        asked_by=caller.account.id,
    )
    _refuse(asked)


def given_up(request: Request, caller: Caller, delivery_id: str) -> None:
    """Give it up.

    Raises:
        ApiError: 404 outside the caller's program, 409 where it is no dead letter.
    """
    asked = give_up(
        wiring_of(request),
        program_id=caller.program_id,
        delivery_id=DeliveryId(delivery_id),
        asked_by=caller.account.id,
    )
    _refuse(asked)


def _refuse(asked: Asked) -> None:
    match asked:
        case Asked.DONE:
            return
        case Asked.NO_SUCH:
            raise not_found("delivery")
        case Asked.NOT_NOW:
            raise ApiError(
                HTTPStatus.CONFLICT, "no_dead_letter", "Only a dead letter can be given up; this one is none."
            )
        case _:
            assert_never(asked)


def _found(request: Request, caller: Caller, delivery_id: str) -> Delivery:
    found = find_delivery(
        wiring_of(request), program_id=caller.program_id, delivery_id=DeliveryId(delivery_id)
    )
    if found is None:
        raise not_found("delivery")
    return found
