"""A member's points: the balance, and the entries that it is the sum of."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import cursors, presenters
from api import points_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import documented, not_found
from api.queries import KnownQuery
from pipeline.member_views import waiting
from pipeline.views import Statement, statement
from receipts.identity import MemberId, Role

router = APIRouter(prefix="/v1/members", tags=["members"])

PAGE_DEFAULT = 50
PAGE_MOST = 200

Viewer = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN, Role.SERVICE))]


def find_statement(
    request: Request, caller: Caller, member_id: str, *, before: int | None, limit: int
) -> Statement:
    """Balance and newest entries.

    Raises:
        ApiError: 404 outside the caller's reach.
    """
    if caller.only_member not in (None, member_id):
        raise not_found("member")
    found = statement(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=MemberId(member_id),
        before=before,
        limit=limit,
    )
    if found is None:
        raise not_found("member")
    return found


@router.get(
    "/{member_id}/points",
    summary="See a member's points",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_points(request: Request, caller: Viewer, member_id: str) -> models.Points:
    """Roles: member (own), reviewer, admin, service."""
    found = find_statement(request, caller, member_id, before=None, limit=1)
    held = waiting(wiring_of(request), program_id=caller.program_id, member_id=MemberId(member_id))
    return models.Points(
        member_id=member_id,
        balance=found.balance,
        pending=held.points,
        waiting_receipts=held.receipts,
        available=found.balances.available,
        awaiting_release=found.balances.pending,
        held=found.balances.held,
    )


@router.get(
    "/{member_id}/ledger",
    summary="See a member's ledger",
    dependencies=[Depends(KnownQuery("cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def get_ledger(
    request: Request,
    caller: Viewer,
    member_id: str,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.LedgerPage:
    """Roles: member (own), reviewer, admin, service. Entries are never changed; newest first."""
    found = find_statement(request, caller, member_id, before=cursors.decode(cursor), limit=limit + 1)
    page = found.entries[:limit]
    return models.LedgerPage(
        member_id=member_id,
        balance=found.balance,
        items=[presenters.entry(each) for _, each in page],
        next_cursor=cursors.encode(page[-1][0]) if len(found.entries) > limit else None,
    )
