"""What a reviewer does with a case before deciding it: claim it, correct it, pass it on; and the log."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from api import cursors, desk_models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.looks import original_of
from api.presenters import product
from api.queries import KnownQuery
from api.routes.receipts import PICTURE_POLICY, find_receipt
from api.routes.review import find_case, worked_on_by_another
from pipeline.catalog_desk import search_catalog_of
from pipeline.correct_case import CaseCorrected, correct_case
from pipeline.corrected import Correction, FixedLine, WrongCorrection
from pipeline.desk import claim, pass_on, release, review_log
from pipeline.held import DecidedBefore, NoSuchCase
from pipeline.original_shown import as_shown, original_picture
from pipeline.review import ClaimedByAnother
from pipeline.review_terms import change_review_terms, review_terms_of
from receipts.identity import ReviewCaseId, Role
from receipts.program import ReviewTerms, TermsError

router = APIRouter(tags=["review"])

PAGE_DEFAULT = 50
PAGE_MOST = 200
SEARCH_MOST_CHARS = 200
PRODUCTS_FOUND = 20

Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
Reviewer = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]
_PROBLEMS = documented(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


@router.post("/v1/review-cases/{case_id}/claim", summary="Work on a case alone", responses=_PROBLEMS)
def claim_case(request: Request, caller: Reviewer, case_id: str) -> desk_models.Claimed:
    """Roles: reviewer, admin. For ten minutes nobody else can decide it; 409 where another works on it."""
    _open_case(request, caller, case_id)
    if not claim(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        account=caller.account.id,
    ):
        raise worked_on_by_another()
    return desk_models.Claimed(case_id=case_id, claimed=True)


@router.post("/v1/review-cases/{case_id}/release", summary="Leave a case to others", responses=_PROBLEMS)
def release_case(request: Request, caller: Reviewer, case_id: str) -> desk_models.Claimed:
    """Roles: reviewer, admin. Does nothing where it was not claimed by the caller."""
    find_case(request, caller, case_id)
    release(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        account=caller.account.id,
    )
    return desk_models.Claimed(case_id=case_id, claimed=False)


@router.post("/v1/review-cases/{case_id}/pass-on", summary="Pass a case on", responses=_PROBLEMS)
def pass_case_on(
    request: Request, caller: Reviewer, case_id: str, asked: desk_models.PassedOn
) -> desk_models.Claimed:
    """Roles: reviewer, admin. Leaves the case to others with a note, which its log shows."""
    hand_over(request, caller, case_id, note=asked.note)
    return desk_models.Claimed(case_id=case_id, claimed=False)


def hand_over(request: Request, caller: Caller, case_id: str, *, note: str) -> None:
    """Pass the case on.

    Raises:
        ApiError: 404 outside the program, 409 when another works on it or decided it, 422 without a note.
    """
    _open_case(request, caller, case_id)
    if not note.strip():
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no_note",
            "Write what the next reviewer should know of the case.",
        )
    if not pass_on(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        account=caller.account.id,
        note=note.strip(),
    ):
        raise worked_on_by_another()


def _open_case(request: Request, caller: Caller, case_id: str) -> None:
    if find_case(request, caller, case_id).case.status != "open":
        raise _decided()


def _decided() -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        "already_decided",
        "Someone has decided this case in the meantime. Nothing was changed; go on with the next.",
    )


def correct(request: Request, caller: Caller, case_id: str, correction: Correction) -> CaseCorrected:
    """Correct the receipt of an open case.

    Raises:
        ApiError: 404 outside the program, 409 when decided or claimed by another, 422 for what cannot be.
    """
    outcome = correct_case(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
        correction=correction,
    )
    match outcome:
        case CaseCorrected():
            return outcome
        case NoSuchCase():
            raise not_found("review case")
        case DecidedBefore():
            raise _decided()
        case ClaimedByAnother():
            raise worked_on_by_another()
        case WrongCorrection():
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_correction", outcome.sentence)
        case _:
            assert_never(outcome)


@router.post("/v1/review-cases/{case_id}/correction", summary="Correct what was read", responses=_PROBLEMS)
def correct_receipt(
    request: Request, caller: Reviewer, case_id: str, asked: desk_models.CaseCorrectionRequest
) -> desk_models.CaseCorrected:
    """Roles: reviewer, admin. The case stays open; matches, checks and what it would pay are made anew."""
    done = correct(
        request,
        caller,
        case_id,
        Correction(
            retailer=asked.retailer,
            date=asked.date,
            total=asked.total,
            lines=tuple(
                FixedLine(line.position, line.description.strip(), line.quantity, line.amount)
                for line in asked.lines
            ),
            removed=frozenset(asked.removed),
        ),
    )
    return desk_models.CaseCorrected(
        case_id=case_id, changed=done.changed, balanced=done.receipt.balanced, would_pay=done.would_pay
    )


@router.get(
    "/v1/review-cases/{case_id}/products",
    summary="Search the catalog for a line",
    dependencies=[Depends(KnownQuery("search"))],
    responses=_PROBLEMS,
)
def find_products(
    request: Request,
    caller: Reviewer,
    case_id: str,
    search: Annotated[
        str,
        Query(
            min_length=1,
            max_length=SEARCH_MOST_CHARS,
            description="Words; each stands in a product's number, barcode, name, brand or category.",
        ),
    ],
) -> desk_models.FoundProducts:
    """Roles: reviewer, admin. Of the catalog that the case was matched with, so that each may be chosen."""
    view = find_case(request, caller, case_id)
    found = search_catalog_of(
        wiring_of(request), caller.program_id, view.receipt.id, search, limit=PRODUCTS_FOUND
    )
    return desk_models.FoundProducts(items=[product(each) for each in found])


@router.get(
    "/v1/review-log",
    summary="Read the log of reviews",
    dependencies=[Depends(KnownQuery("cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def get_log(
    request: Request,
    caller: Reviewer,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> desk_models.ReviewLog:
    """Roles: reviewer, admin. Every look, claim, correction and decision, newest first."""
    found = review_log(
        wiring_of(request),
        program_id=caller.program_id,
        before=cursors.decode(cursor) or 0,
        limit=limit + 1,
    )
    shown = found[:limit]
    return desk_models.ReviewLog(
        items=[
            desk_models.ReviewEvent(
                number=each.number,
                case_id=each.case_id,
                account_id=each.account_id,
                kind=cast(desk_models.EventKind, each.kind),
                detail=each.detail,
                at=each.at,
            )
            for each in shown
        ],
        next_cursor=cursors.encode(shown[-1].number) if len(found) > limit else None,
    )


@router.get(
    "/v1/receipts/{receipt_id}/original-picture",
    summary="See the picture as it was taken",
    response_class=Response,
    responses={
        200: {
            "description": "The picture as the member took it, made anew by us as JPEG; card numbers, and"
            " what lies outside of the page that was read, are painted over.",
            "content": {"image/jpeg": {}},
        },
        **documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    },
)
def get_original_picture(request: Request, caller: Reviewer, receipt_id: str) -> Response:
    """Roles: reviewer, admin. Several photos of one paper are shown one below the other."""
    view = find_receipt(request, caller, receipt_id)
    original = original_picture(wiring_of(request), caller.program_id, view.id)
    if original is None:
        raise not_found("picture")
    (first, _), *further = original.files
    data = original_of(request, caller, first, member_id=view.member_id, what="picture", target_id=view.id)
    store = wiring_of(request).store  # one look is noted, however many photos it is of
    shown = as_shown((data, *(store.read_bytes(sha256) for sha256, _ in further)), original)
    if shown is None:
        raise not_found("picture")
    headers = {"Content-Security-Policy": PICTURE_POLICY, "Cache-Control": "no-store"}
    return Response(shown, media_type="image/jpeg", headers=headers)


@router.get(
    "/v1/review-terms",
    summary="See how reviewers decide",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def get_review_terms(request: Request, caller: Reviewer) -> desk_models.ReviewTerms:
    """Roles: reviewer, admin."""
    terms = review_terms_of(wiring_of(request), caller.program_id)
    return desk_models.ReviewTerms(undo_s=terms.undo_s, second_above=terms.second_above)


@router.put(
    "/v1/review-terms",
    summary="Say how reviewers decide",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_review_terms(
    request: Request, caller: Admin, asked: desk_models.ReviewTerms
) -> desk_models.ReviewTerms:
    """Roles: admin. Holds for decisions from now on."""
    try:
        terms = ReviewTerms(asked.undo_s, asked.second_above)
    except TermsError as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "terms_wrong", str(error)) from error
    change_review_terms(wiring_of(request), caller.program_id, terms)
    return asked
