"""How sure a program's matches must be, as precision, and what that costs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api import matching_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented
from pipeline.matching_wish import WishView, change_wish, wish_view
from receipts.identity import Role
from receipts.program import MatchWish, WishError

router = APIRouter(prefix="/v1/matching", tags=["program"])

Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
Reader = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.REVIEWER, Role.SERVICE))]


def _shown(view: WishView) -> models.MatchWish:
    found = view.found
    return models.MatchWish(
        accept_precision=view.wish.accept_precision,
        none_precision=view.wish.none_precision,
        own_share=view.wish.own_share,
        catalog_products=view.products,
        measured_on_products=found.products,
        accept=models.MeasuredThreshold(
            threshold=found.thresholds.accept_min,
            precision=found.accept.precision,
            share=found.accept.share,
            reached=found.accept_reached,
        ),
        none=models.MeasuredThreshold(
            threshold=found.thresholds.ask_min,
            precision=found.none.precision,
            share=found.none.share,
            reached=found.none_reached,
        ),
        sentences=list(view.sentences),
    )


@router.get(
    "",
    summary="See how sure matches must be",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def get_wish(request: Request, caller: Reader) -> models.MatchWish:
    """Roles: admin, reviewer, service. With what was measured at the thresholds that follow from it."""
    return _shown(wish_view(wiring_of(request), caller.program_id))


@router.put(
    "",
    summary="Say how sure matches must be",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_wish(request: Request, caller: Admin, asked: models.MatchWishRequest) -> models.MatchWish:
    """Roles: admin. Holds for receipts that are matched from now on, and for `tillpoints rematch`."""
    return _shown(change_wish(wiring_of(request), caller.program_id, _wish(asked)))


def _wish(asked: models.MatchWishRequest) -> MatchWish:
    try:
        return MatchWish(asked.accept_precision, asked.none_precision, asked.own_share)
    except WishError as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "wish_wrong", str(error)) from error
