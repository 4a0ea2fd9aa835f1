"""Reversals of reviewers' decisions: one proposes, another person agrees."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api import desk_models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from pipeline.reversals import Reversal, answer_reversal, propose_reversal, waiting_reversals
from receipts.identity import ReviewCaseId, Role

router = APIRouter(tags=["review"])

WAITING_MOST = 100

Reviewer = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]
_PROBLEMS = documented(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_SENTENCES = {
    Reversal.NOT_DECIDED: "No decision of a reviewer is in effect here. An open case is simply decided;"
    " what can still be undone is undone.",
    Reversal.NOTHING_PROPOSED: "Nobody proposes to reverse this decision, or another person has answered.",
    Reversal.SAME_PERSON: "You proposed this reversal: another person has to agree.",
}


@router.get(
    "/v1/reversals",
    summary="List reversals that wait",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def list_reversals(request: Request, caller: Reviewer) -> desk_models.Reversals:
    """Roles: reviewer, admin. Those that wait for a second person, oldest first."""
    found = waiting_reversals(wiring_of(request), caller.program_id, limit=WAITING_MOST)
    return desk_models.Reversals(
        items=[
            desk_models.ProposedReversal(
                case_id=each.word.case_id,
                was="approved" if each.was_approved else "declined",
                points=each.word.points,
                note=each.word.note,
                proposed_by=each.word.proposer,
                proposed_at=each.word.proposed_at,
            )
            for each in found
        ]
    )


@router.post("/v1/review-cases/{case_id}/reversal", summary="Propose a reversal", responses=_PROBLEMS)
def propose(
    request: Request, caller: Reviewer, case_id: str, asked: desk_models.ReversalRequest
) -> desk_models.Reversed:
    """Roles: reviewer, admin. Nothing changes until another person agrees."""
    propose_it(request, caller, case_id, note=asked.note)
    return desk_models.Reversed(case_id=case_id, status="proposed")


@router.post("/v1/review-cases/{case_id}/reversal/decision", summary="Answer a reversal", responses=_PROBLEMS)
def answer(
    request: Request, caller: Reviewer, case_id: str, asked: desk_models.ReversalAnswer
) -> desk_models.Reversed:
    """Roles: reviewer, admin, but not whoever proposed it.

    Agreed, an approval's points are taken back, or a declined case is open again.
    """
    answer_it(request, caller, case_id, agree=asked.agree)
    return desk_models.Reversed(case_id=case_id, status="reversed" if asked.agree else "refused")


def propose_it(request: Request, caller: Caller, case_id: str, *, note: str) -> None:
    """Propose a reversal.

    Raises:
        ApiError: 404 outside the program, 409 where no decision is in effect, 422 without a reason.
    """
    if not note.strip():
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no_note",
            "Write why it was wrong: a second person reads that.",
        )
    came = propose_reversal(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
        note=note.strip(),
    )
    _refuse(came)


def answer_it(request: Request, caller: Caller, case_id: str, *, agree: bool) -> None:
    """Answer a reversal.

    Raises:
        ApiError: 404 outside the program, 409 for who proposed it, or where nothing is proposed.
    """
    came = answer_reversal(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        reviewer=caller.account.id,
        agree=agree,
    )
    _refuse(came)


def _refuse(came: Reversal) -> None:
    if came is Reversal.NO_SUCH_CASE:
        raise not_found("review case")
    if came in _SENTENCES:
        raise ApiError(HTTPStatus.CONFLICT, came.value, _SENTENCES[came])
