"""The pull feed: what the core loyalty service is told, in one order that never changes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import cursors, models
from api.auth import Allowed, Caller, wiring_of
from api.errors import documented
from api.queries import KnownQuery
from receipts.database.repositories.outbox import Feed
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["messages"])

PAGE_DEFAULT = 100
PAGE_MOST = 1000

Consumer = Annotated[Caller, Depends(Allowed(Role.SERVICE, Role.ADMIN))]

FROM_THE_FIRST = "0"
"""What people type who have no cursor yet."""


@router.get(
    "/messages",
    summary="Pull messages",
    dependencies=[Depends(KnownQuery("after", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def pull_messages(
    request: Request,
    caller: Consumer,
    after: Annotated[
        str | None, Query(description="`next_cursor` of the last pull; none or 0: from the first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.Messages:
    """Roles: service, admin. Store `next_cursor` together with what you made of the events.

    Pulled again with the same cursor the same events come again, so nothing is lost when you fall over
    between the two: at least once, and `source` with `id` tells what you have had. Messages stay for good.
    """
    start = 0 if after == FROM_THE_FIRST else cursors.decode(after) or 0
    with wiring_of(request).database.read() as session:
        found = Feed(session, caller.program_id).after(start, limit=limit + 1)
    page = found[:limit]
    return models.Messages(
        events=[message.cloud_event() for _, message in page],
        next_cursor=cursors.encode(page[-1][0] if page else start) or "",
        more=len(found) > limit,
    )
