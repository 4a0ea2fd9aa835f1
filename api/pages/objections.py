"""What members say is wrong with lines of their receipts: read and answered by one of the team."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError
from api.pages.render import page
from api.plain_text import PlainText
from pipeline.objections import PAGE_ROWS, TEXT_MOST_CHARS, answer, unanswered
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

_SAID = "said"
_MOST = 2**53

Staff = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.get("/objections")
def show(request: Request, caller: Staff, after: Annotated[int, Query(ge=0, le=_MOST)] = 0) -> Response:
    """Reviewers, admins. What nobody has answered, oldest first."""
    asked = unanswered(wiring_of(request), caller.program_id, after=after)
    return page(
        request,
        "objections.html",
        account=caller.account,
        asked=asked,
        following=asked[-1].objection.number if len(asked) == PAGE_ROWS else None,
        most=TEXT_MOST_CHARS,
        notice=request.session.pop(_SAID, ""),
    )


@router.post("/objections/{number}")
def answer_one(
    request: Request,
    caller: Staff,
    number: Annotated[int, Path(ge=1, le=_MOST)],
    text: Annotated[PlainText, Form(max_length=TEXT_MOST_CHARS)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins. Answers one; the member reads it beside the line."""
    check_csrf(request, csrf_token)
    said = "Write an answer first: the member reads it beside the line."
    if text.strip():
        if not answer(wiring_of(request), caller.program_id, number, by=caller.account.id, text=text):
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "not_found",
                "It is answered already, or there is no such one.",
            )
        said = "Answered."
    request.session[_SAID] = said
    return RedirectResponse("/objections", HTTPStatus.SEE_OTHER)
