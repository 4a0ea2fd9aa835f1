"""Review cases: what waits for a person, one case in full, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request

from api import cursors, models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.queries import KnownQuery
from pipeline.choices import UnknownChoice
from pipeline.review import ClaimedByAnother, DecidedBefore, LookAgain, NoSuchCase, Resolved, resolve_case
from pipeline.review_views import CaseView, case_view, count_waiting
from pipeline.views import open_cases
from receipts.identity import ReviewCaseId, Role, Sku

router = APIRouter(prefix="/v1/review-cases", tags=["review"])

PAGE_DEFAULT = 50
PAGE_MOST = 100

Reviewer = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]


@router.get(
    "",
    summary="List waiting cases",
    dependencies=[Depends(KnownQuery("cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def list_cases(
    request: Request,
    caller: Reviewer,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.CasePage:
    """Roles: reviewer, admin. Oldest first."""
    wiring = wiring_of(request)
    after = cursors.decode(cursor) or 0
    found = open_cases(wiring, program_id=caller.program_id, after=after, limit=limit + 1)
    page = found[:limit]
    return models.CasePage(
        items=[presenters.case_brief(each) for each in page],
        waiting=count_waiting(wiring, program_id=caller.program_id),
        next_cursor=cursors.encode(page[-1].case.number) if len(found) > limit else None,
    )


def find_case(request: Request, caller: Caller, case_id: str) -> CaseView:
    """The case.

    Raises:
        ApiError: 404 outside the caller's program.
    """
    view = case_view(wiring_of(request), program_id=caller.program_id, case_id=ReviewCaseId(case_id))
    if view is None:
        raise not_found("review case")
    return view


@router.get(
    "/{case_id}",
    summary="See a case",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_case(request: Request, caller: Reviewer, case_id: str) -> models.Case:
    """Roles: reviewer, admin."""
    return presenters.case(find_case(request, caller, case_id))


def worked_on_by_another() -> ApiError:
    """Two never work on one case."""
    return ApiError(
        HTTPStatus.CONFLICT,
        "claimed_by_another",
        "Another reviewer works on this case. Nothing was changed; go on with the next, or come back in ten"
        " minutes.",
    )


def resolve(
    request: Request,
    caller: Caller,
    case_id: str,
    *,
    approve: bool,
    products: Mapping[int, str | None],
    note: str,
) -> Resolved:
    """Decide the case.

    Raises:
        ApiError: 404 outside the program, 409 when it was decided before, 422 for an unknown product.
    """
    outcome = resolve_case(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
        approve=approve,
        products={position: None if sku is None else Sku(sku) for position, sku in products.items()},
        note=note,
    )
    match outcome:
        case Resolved():
            return outcome
        case NoSuchCase():
            raise not_found("review case")
        case DecidedBefore():
            raise ApiError(
                HTTPStatus.CONFLICT,
                "already_decided",
                "Someone has decided this case in the meantime. Nothing was changed; go on with the next.",
            )
        case ClaimedByAnother():
            raise worked_on_by_another()
        case UnknownChoice():
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_choice", outcome.sentence)
        case LookAgain():
            raise ApiError(
                HTTPStatus.CONFLICT,
                "look_again",
                outcome.sentence,
                members={"related_receipts": list(outcome.related)},
            )
        case _:
            assert_never(outcome)


@router.post(
    "/{case_id}/decision",
    summary="Decide a case",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def decide_case(
    request: Request, caller: Reviewer, case_id: str, asked: models.DecisionRequest
) -> models.Decided:
    """Roles: reviewer, admin. Approval pays what the rules make of the lines; a case is decided once."""
    resolve(request, caller, case_id, approve=asked.approve, products=asked.products, note=asked.note)
    view = find_case(request, caller, case_id)
    return models.Decided(
        case_id=case_id,
        status="approved" if asked.approve else "declined",
        receipt_state=view.receipt.state.value,
        points=view.receipt.points or 0,
    )
