"""What lines of settled receipts are: said by one person, and where it adds much agreed to by another."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api import spending_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.routes.receipts import find_receipt
from pipeline.choices import UnknownChoice
from pipeline.line_corrections import (
    AddsMore,
    Agreed,
    NoSuchCorrection,
    NotWaiting,
    OnesOwn,
    Proposed,
    Refused,
    answer_correction,
    correct_lines,
    waiting_corrections,
)
from pipeline.reversals import for_two
from pipeline.take_back import NotPaid
from receipts.identity import Role, Sku

router = APIRouter(prefix="/v1", tags=["points"])

WAITING_MOST = 200
Staff = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]


@router.post(
    "/receipts/{receipt_id}/correction",
    summary="Say what lines of a settled receipt are",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def post_correction(
    request: Request, caller: Staff, receipt_id: str, asked: models.CorrectionRequest
) -> models.Corrected:
    """Roles: reviewer, admin. The decision is made anew and the difference posted, whichever way it goes.

    Where the program wants two people for approvals of many points, one does not correct what a reviewer
    decided (409), and a correction that adds more points is proposed: `second_person`.
    """
    said = {each.position: None if each.sku is None else Sku(each.sku) for each in asked.lines}
    return correct_it(request, caller, receipt_id, said)


def correct_it(
    request: Request, caller: Caller, receipt_id: str, said: Mapping[int, Sku | None]
) -> models.Corrected:
    """What the API and the page do alike.

    Raises:
        ApiError: 404 where no such receipt is settled; 409 where two people have to change what a reviewer
            decided; 422 for a line or a product that is not there.
    """
    view = find_receipt(request, caller, receipt_id)
    if case_id := for_two(wiring_of(request), caller.program_id, view.id):
        raise ApiError(
            HTTPStatus.CONFLICT,
            "second_person_needed",
            "A reviewer decided this receipt, and it takes two people to change that: propose it by"
            f" POST /v1/review-cases/{case_id}/reversal, and let another person agree.",
        )
    found = correct_lines(wiring_of(request), caller.program_id, view.id, said, caller.account.id)
    if isinstance(found, NotPaid):
        raise not_found("settled receipt")
    if isinstance(found, UnknownChoice):
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "choice_unknown", found.sentence)
    if isinstance(found, Proposed):
        return models.Corrected(
            receipt_id=view.id, taken=0, short=0, gained=0, status="second_person", correction_id=found.id
        )
    return models.Corrected(receipt_id=view.id, taken=found.taken, short=found.short, gained=found.gained)


@router.get(
    "/corrections",
    summary="See the corrections that wait for a second person",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def list_corrections(request: Request, caller: Staff) -> models.ProposedCorrections:
    """Roles: reviewer, admin. Oldest first, 200 at most."""
    found = waiting_corrections(wiring_of(request), caller.program_id, limit=WAITING_MOST)
    return models.ProposedCorrections(
        items=[
            models.ProposedCorrection(
                id=each.id,
                receipt_id=each.receipt_id,
                lines=[
                    models.CorrectedLine(position=position, sku=sku)
                    for position, sku in sorted(each.lines.items())
                ],
                points=each.points,
                proposed_by=each.proposer,
                proposed_at=each.proposed_at,
            )
            for each in found
        ]
    )


@router.post(
    "/corrections/{correction_id}/decision",
    summary="Agree to a correction, or not",
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def post_correction_decision(
    request: Request, caller: Staff, correction_id: str, asked: models.CorrectionAnswer
) -> models.Corrected:
    """Roles: reviewer, admin; not who proposed it. Agreed, the difference is posted."""
    return answer_it(request, caller, correction_id, agree=asked.agree)


def answer_it(request: Request, caller: Caller, correction_id: str, *, agree: bool) -> models.Corrected:
    """What the API and the page do alike.

    Raises:
        ApiError: 404 where the program has none of that id; 409 where it is one's own, was answered, or adds
            more by now.
    """
    found = answer_correction(
        wiring_of(request), caller.program_id, correction_id, caller.account.id, agree=agree
    )
    match found:
        case Agreed(receipt_id, done):
            return models.Corrected(
                receipt_id=receipt_id, taken=done.taken, short=done.short, gained=done.gained
            )
        case Refused(receipt_id):
            return models.Corrected(receipt_id=receipt_id, taken=0, short=0, gained=0, status="refused")
        case NoSuchCorrection():
            raise not_found("correction")
        case OnesOwn():
            raise ApiError(
                HTTPStatus.CONFLICT, "same_person", "You proposed this correction: another has to agree."
            )
        case NotWaiting():
            raise ApiError(
                HTTPStatus.CONFLICT, "not_waiting", "This correction was answered, or replaced by another."
            )
        case AddsMore(points):
            raise ApiError(
                HTTPStatus.CONFLICT,
                "adds_more",
                f"It would add {points} points by now, more than was proposed: correct the receipt anew.",
            )
