"""Reversals on the pages of reviewers: proposed on a decided case, answered by another person."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf
from api.errors import ApiError
from api.plain_text import PlainText
from api.routes.second_person import answer_it, propose_it
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

NOTE_MAX_CHARS = 1000
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.post("/review/{case_id}/reversal")
def reversal_page(
    request: Request,
    caller: Reviewer,
    case_id: str,
    what: Annotated[str, Form(max_length=16)] = "",
    note: Annotated[PlainText, Form(max_length=NOTE_MAX_CHARS)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins. Proposes to reverse a decision; or another person agrees, or refuses."""
    check_csrf(request, csrf_token)
    try:
        if what == "propose":
            propose_it(request, caller, case_id, note=note)
            said = "Proposed: another person finds it at the top of the queue's page."
        else:
            answer_it(request, caller, case_id, agree=what == "agree")
            said = "Reversed." if what == "agree" else "The decision stands; the log keeps your answer."
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise
        said = error.detail
    request.session[_SAID] = said
    return RedirectResponse(f"/review/{case_id}", HTTPStatus.SEE_OTHER)
