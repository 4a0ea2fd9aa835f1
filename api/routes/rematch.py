"""Past receipts as they would be matched today, and paying the difference."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import cursors
from api import rematch_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented
from api.queries import KnownQuery
from api.routes.receipts import find_receipt
from pipeline.rematch import rematch_of, settled_page
from pipeline.rematch_adopt import Adopted, adopt
from pipeline.rematch_shown import rematch_document
from pipeline.take_back import adopt_all
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["program"])

PAGE_DEFAULT = 20
PAGE_MOST = 100
"""Each receipt is matched anew, which takes some 20 ms."""

Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]


@router.get(
    "/rematches",
    summary="See past receipts that would be matched otherwise today",
    dependencies=[Depends(KnownQuery("cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def list_rematches(
    request: Request,
    caller: Admin,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST, description="Past receipts to look at.")] = PAGE_DEFAULT,
) -> models.RematchPage:
    """Roles: admin. A page of paid and declined receipts, of which those are told that would change."""
    wiring = wiring_of(request)
    after = cursors.decode(cursor) or 0
    page = settled_page(wiring, caller.program_id, after=after, limit=limit + 1)
    found = [
        rematch_of(wiring, program_id=caller.program_id, receipt_id=receipt_id)
        for _, receipt_id in page[:limit]
    ]
    return models.RematchPage(
        items=[
            models.Rematch.model_validate(rematch_document(each, Adopted.NOTHING_TO_POST))
            for each in found
            if each is not None
        ],
        looked_at=len(page[:limit]),
        next_cursor=cursors.encode(page[limit - 1][0]) if len(page) > limit else None,
    )


@router.post(
    "/receipts/{receipt_id}/rematch",
    summary="Pay what a past receipt earns more today",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def adopt_rematch(
    request: Request,
    caller: Admin,
    receipt_id: str,
    take_back: Annotated[
        bool, Query(description="Take back what was paid for lines that are something else today.")
    ] = False,
) -> models.Rematch:
    """Roles: admin. Posts the difference through the claims, once; asked again, nothing is left to post.

    What falls is taken back only where `take_back` asks for it; `GET /v1/rematches` says before how much.
    """
    view = find_receipt(request, caller, receipt_id)
    wiring = wiring_of(request)
    found = rematch_of(wiring, program_id=caller.program_id, receipt_id=view.id)
    if found is None:
        raise ApiError(
            HTTPStatus.CONFLICT,
            "nothing_changes",
            "The receipt would be matched today as it was: nothing to do.",
        )
    if not take_back or not found.falls:
        posted, seen = adopt(wiring, found)
        return models.Rematch.model_validate(rematch_document(seen, posted))
    taken, left = adopt_all(wiring, found)
    posted, seen = (Adopted.NOTHING_TO_POST, found) if left is None else adopt(wiring, left)
    document = rematch_document(seen, posted)
    return models.Rematch.model_validate({**document, "taken_back": taken.points})
