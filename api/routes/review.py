"""Review cases: what waits for a person, one case in full, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request

from api import cursors, desk_models, models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.queries import KnownQuery
from pipeline.choices import UnknownChoice
from pipeline.held import DecidedBefore, NoSuchCase
from pipeline.plans import Planned, plan_decision, undo
from pipeline.review import ClaimedByAnother, LookAgain, NotDecided, Resolved, resolve_case
from pipeline.review_views import CaseView, case_view, count_waiting
from pipeline.second_person import SecondNeeded
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
) -> Resolved | SecondNeeded:
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
    if isinstance(outcome, Resolved | SecondNeeded):
        return outcome
    raise refused(outcome)


def plan(
    request: Request,
    caller: Caller,
    case_id: str,
    *,
    approve: bool,
    products: Mapping[int, str | None],
    note: str,
    delay_s: int,
) -> Planned:
    """Decide the case so many seconds from now.

    Raises:
        ApiError: as `resolve`.
    """
    outcome = plan_decision(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
        approve=approve,
        products={position: None if sku is None else Sku(sku) for position, sku in products.items()},
        note=note,
        delay=timedelta(seconds=delay_s),
    )
    if isinstance(outcome, Planned):
        return outcome
    raise refused(outcome)


def refused(outcome: NotDecided) -> ApiError:
    """Why a decision was not made, for its reviewer."""
    match outcome:
        case NoSuchCase():
            return not_found("review case")
        case DecidedBefore():
            return ApiError(
                HTTPStatus.CONFLICT,
                "already_decided",
                "Someone has decided this case in the meantime. Nothing was changed; go on with the next.",
            )
        case ClaimedByAnother():
            return worked_on_by_another()
        case UnknownChoice():
            return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown_choice", outcome.sentence)
        case LookAgain():
            return ApiError(
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
    response_model_exclude_none=True,
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
    """Roles: reviewer, admin. Approval pays what the rules make of the lines; a case is decided once.

    With `delay_s` it takes effect later, and whoever decided can undo it until then.
    """
    if asked.delay_s:
        done = plan(
            request,
            caller,
            case_id,
            approve=asked.approve,
            products=asked.products,
            note=asked.note,
            delay_s=asked.delay_s,
        )
        return models.Decided(
            case_id=case_id,
            status="planned",
            receipt_state=find_case(request, caller, case_id).receipt.state.value,
            points=0,
            takes_effect_at=done.takes_effect_at,
        )
    outcome = resolve(
        request, caller, case_id, approve=asked.approve, products=asked.products, note=asked.note
    )
    view = find_case(request, caller, case_id)
    if isinstance(outcome, SecondNeeded):
        return models.Decided(
            case_id=case_id, status="second_person", receipt_state=view.receipt.state.value, points=0
        )
    return models.Decided(
        case_id=case_id,
        status="approved" if asked.approve else "declined",
        receipt_state=view.receipt.state.value,
        points=view.receipt.points or 0,
    )


@router.delete(
    "/{case_id}/decision",
    summary="Undo a decision",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def undo_decision(request: Request, caller: Reviewer, case_id: str) -> desk_models.Undone:
    """Roles: reviewer, admin. One's own, before it takes effect; the case is open again."""
    take_back(request, caller, case_id)
    return desk_models.Undone(case_id=case_id, undone=True)


def take_back(request: Request, caller: Caller, case_id: str) -> None:
    """Undo the caller's decision.

    Raises:
        ApiError: 404 outside the program, 409 where none waits to take effect.
    """
    find_case(request, caller, case_id)
    if not undo(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
    ):
        raise ApiError(
            HTTPStatus.CONFLICT,
            "nothing_to_undo",
            "No decision of yours waits to take effect here: it took effect, or was undone before. Propose"
            " its reversal to a second person if it was wrong.",
        )
