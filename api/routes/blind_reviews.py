"""Blind reviews: drawn receipts, looked at by a person who is not told what was decided."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request, Response

from api import cursors
from api import policy_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.looks import original_of
from api.models import Amount
from api.presenters import amount
from api.queries import KnownQuery
from pipeline.sampling import Answered, BlindView, answer_blindly, blind_view, policy_rates, waiting_reviews
from receipts.identity import BlindReviewId, Role

router = APIRouter(prefix="/v1/blind-reviews", tags=["review"])

PAGE_DEFAULT = 50
PAGE_MOST = 100
_PICTURE_POLICY = "default-src 'none'; sandbox"

Reviewer = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@router.get(
    "",
    summary="List what waits for a blind review",
    dependencies=[Depends(KnownQuery("cursor", "limit"))],
    responses=documented(HTTPStatus.BAD_REQUEST, *_REFUSALS, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def list_blind(
    request: Request,
    caller: Reviewer,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.BlindReviewPage:
    """Roles: reviewer, admin. Oldest first."""
    wiring = wiring_of(request)
    after = cursors.decode(cursor) or 0
    found = waiting_reviews(wiring, program_id=caller.program_id, after=after, limit=limit + 1)
    page = found[:limit]
    return models.BlindReviewPage(
        items=[each.id for each in page],
        waiting=policy_rates(wiring, program_id=caller.program_id).waiting,
        next_cursor=cursors.encode(page[-1].number) if len(found) > limit else None,
    )


def find_blind(request: Request, caller: Caller, review_id: str) -> BlindView:
    """The drawn receipt.

    Raises:
        ApiError: 404 outside the caller's program.
    """
    view = blind_view(wiring_of(request), program_id=caller.program_id, review_id=BlindReviewId(review_id))
    if view is None:
        raise not_found("blind review")
    return view


@router.get(
    "/{blind_id}",
    summary="See a drawn receipt",
    responses=documented(*_REFUSALS, HTTPStatus.NOT_FOUND),
)
def get_blind(request: Request, caller: Reviewer, blind_id: str) -> models.BlindReview:
    """Roles: reviewer, admin. The paper and what was read; neither findings nor what was decided."""
    view = find_blind(request, caller, blind_id)
    read = view.receipt
    return models.BlindReview(
        id=view.review.id,
        drawn_at=view.review.drawn_at,
        answered=bool(view.review.answer),
        retailer=read.retailer.name,
        store=read.retailer.store,
        purchased_on=None if read.date is None else read.date.isoformat(),
        purchased_at=None if read.time is None else read.time.isoformat(),
        receipt_number=read.receipt_number,
        total=amount(read.total),
        lines=[
            models.BlindLine(
                description=item.description,
                quantity=f"{item.quantity:f}",
                amount=Amount(amount=str(item.amount), currency=item.amount.currency),
            )
            for item in read.items
        ],
        text=view.text,
        picture_url=None if view.picture_sha256 is None else f"/v1/blind-reviews/{blind_id}/picture",
    )


@router.get(
    "/{blind_id}/picture",
    summary="See a drawn receipt's picture",
    response_class=Response,
    responses={
        200: {"description": "The straightened picture that was read.", "content": {"image/jpeg": {}}},
        **documented(*_REFUSALS, HTTPStatus.NOT_FOUND),
    },
)
def get_blind_picture(request: Request, caller: Reviewer, blind_id: str) -> Response:
    """Roles: reviewer, admin. Under the review's own id, which does not lead to the decision."""
    view = find_blind(request, caller, blind_id)
    if view.picture_sha256 is None:
        raise not_found("picture")
    picture = original_of(
        request, caller, view.picture_sha256, member_id=None, what="picture", target_id=blind_id
    )
    headers = {"Content-Security-Policy": _PICTURE_POLICY}
    return Response(picture, media_type="image/jpeg", headers=headers)


def keep_answer(request: Request, caller: Caller, blind_id: str, *, accept: bool, note: str) -> None:
    """Keep the answer.

    Raises:
        ApiError: 404 outside the program, 409 where somebody has answered.
    """
    outcome = answer_blindly(
        wiring_of(request),
        program_id=caller.program_id,
        review_id=BlindReviewId(blind_id),
        reviewer=caller.account.id,
        accept=accept,
        note=note,
    )
    match outcome:
        case Answered.KEPT:
            return
        case Answered.NO_SUCH_REVIEW:
            raise not_found("blind review")
        case Answered.ANSWERED_BEFORE:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "already_answered",
                "Someone has answered this one in the meantime. Nothing was changed; go on with the next.",
            )
        case _:
            assert_never(outcome)


@router.post(
    "/{blind_id}/answer",
    summary="Answer a blind review",
    responses=documented(
        *_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def answer_blind(
    request: Request, caller: Reviewer, blind_id: str, asked: models.BlindAnswer
) -> models.BlindAnswered:
    """Roles: reviewer, admin. Once. It pays nothing and takes nothing back, and the member is not told."""
    keep_answer(request, caller, blind_id, accept=asked.accept, note=asked.note)
    return models.BlindAnswered(id=blind_id)
