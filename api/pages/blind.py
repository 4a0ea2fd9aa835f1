"""Blind reviews as reviewers see them: one drawn receipt after the other, and nothing of what was decided."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError
from api.pages.render import page
from api.plain_text import NOT_PLAIN, is_plain
from api.routes.blind_reviews import find_blind, keep_answer
from pipeline.sampling import BlindView, policy_rates, waiting_reviews
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

NOTE_MAX_CHARS = 1000
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.get("/review/blind")
def next_blind(request: Request, caller: Reviewer) -> Response:
    """Reviewers, admins. The next drawn receipt, or that none waits."""
    found = waiting_reviews(wiring_of(request), program_id=caller.program_id, limit=1)
    if found:
        return RedirectResponse(f"/review/blind/{found[0].id}", HTTPStatus.SEE_OTHER)
    return _page(request, caller, None, said=request.session.pop(_SAID, ""))


@router.get("/review/blind/{blind_id}")
def blind_review(request: Request, caller: Reviewer, blind_id: str) -> Response:
    """Reviewers, admins. One drawn receipt."""
    return _page(request, caller, find_blind(request, caller, blind_id), said=request.session.pop(_SAID, ""))


@router.post("/review/blind/{blind_id}")
def answer(
    request: Request,
    caller: Reviewer,
    blind_id: str,
    answer: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins. Keeps the answer and goes on to the next."""
    check_csrf(request, csrf_token)
    view = find_blind(request, caller, blind_id)
    note = note[:NOTE_MAX_CHARS]
    try:
        if answer not in ("accept", "refuse"):
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_answer", "Press Yes or No to answer.")
        if not is_plain(note):
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "not_plain_text", f"The note: {NOT_PLAIN}")
        keep_answer(request, caller, blind_id, accept=answer == "accept", note=note)
    except ApiError as error:
        return _page(request, caller, view, trouble=error.detail, note=note, status=error.status)
    request.session[_SAID] = "Your answer is kept."
    return RedirectResponse("/review/blind", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    caller: Caller,
    view: BlindView | None,
    *,
    said: str = "",
    trouble: str = "",
    note: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    return page(
        request,
        "blind_review.html",
        account=caller.account,
        status=status,
        view=view,
        waiting=policy_rates(wiring_of(request), program_id=caller.program_id).waiting,
        said=said,
        trouble=trouble,
        note=note,
    )
