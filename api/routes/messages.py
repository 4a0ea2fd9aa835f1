"""The pull feed: what the core loyalty service is told, in one order that never changes."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api import cursors, models
from api.auth import Allowed, Caller, wiring_of
from api.errors import documented
from api.queries import KnownQuery
from pipeline.wiring import Wiring
from receipts.database.repositories.outbox import Feed
from receipts.identity import Role
from receipts.message import Message

router = APIRouter(prefix="/v1", tags=["messages"])

PAGE_DEFAULT = 100
PAGE_MOST = 1000

Consumer = Annotated[Caller, Depends(Allowed(Role.SERVICE, Role.ADMIN))]

FROM_THE_FIRST = "0"
"""What people type who have no cursor yet."""
WAIT_MOST_S = 30.0
"""Proxies cut off what says nothing for a minute."""
LOOK_EVERY_S = 0.25


@router.get(
    "/messages",
    summary="Pull messages",
    dependencies=[Depends(KnownQuery("after", "limit", "wait_s"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
async def pull_messages(
    request: Request,
    caller: Consumer,
    after: Annotated[
        str | None, Query(description="`next_cursor` of the last pull; none or 0: from the first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
    wait_s: Annotated[
        float, Query(ge=0, le=WAIT_MOST_S, description="Wait so long for a message where there is none yet.")
    ] = 0.0,
) -> models.Messages:
    """Roles: service, admin. Store `next_cursor` together with what you made of the events.

    Pulled again with the same cursor the same events come again, so nothing is lost when you fall over
    between the two: at least once, and `source` with `id` tells what you have had. Messages stay for good.
    """
    start = 0 if after == FROM_THE_FIRST else cursors.decode(after) or 0
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    while True:
        found = await run_in_threadpool(_found, wiring_of(request), caller, start, limit + 1)
        if found or loop.time() >= until or await request.is_disconnected():
            break
        # Nothing is held meanwhile, neither a thread nor the database.
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, until - loop.time())))
    page = found[:limit]
    return models.Messages(
        events=[message.cloud_event() for _, message in page],
        next_cursor=cursors.encode(page[-1][0] if page else start) or "",
        more=len(found) > limit,
    )


def _found(wiring: Wiring, caller: Caller, start: int, limit: int) -> tuple[tuple[int, Message], ...]:
    with wiring.database.read() as session:
        return Feed(session, caller.program_id).after(start, limit=limit)
