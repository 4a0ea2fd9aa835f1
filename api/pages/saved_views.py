"""Views of the queue that reviewers name: saved from the queue's page, and forgotten there."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import not_found
from api.plain_text import PlainText
from pipeline.saved_views import remove_view, save_view
from receipts.database.repositories.desk import Order, Show, Wanted
from receipts.database.repositories.saved_views import LONGEST_NAME, MOST_VIEWS
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

POINTS_MOST = 1_000_000
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.post("/review/views")
def save_page(
    request: Request,
    caller: Reviewer,
    name: Annotated[PlainText, Form(max_length=LONGEST_NAME)] = "",
    order: Annotated[Order, Form()] = Order.AGE,
    show: Annotated[Show, Form()] = Show.ALL,
    least: Annotated[int, Form(ge=0, le=POINTS_MOST)] = 0,
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins. Keeps the view that is shown under a name."""
    check_csrf(request, csrf_token)
    words = " ".join(name.split())
    if not words:
        said = "Give the view a name, such as “dear ones”."
    elif save_view(
        wiring_of(request), caller.program_id, caller.account.id, words, Wanted(order, show, least)
    ):
        said = f"Saved as “{words}”: it is a tab of yours now."
    else:
        said = f"You have {MOST_VIEWS} views, and more are not kept. Remove one first."
    request.session[_SAID] = said
    query = urlencode({"order": order.value, "show": show.value, "least": least})
    return RedirectResponse(f"/review?{query}", HTTPStatus.SEE_OTHER)


@router.post("/review/views/{number}/remove")
def remove_page(
    request: Request, caller: Reviewer, number: int, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Reviewers, admins. Forgets one of their own views."""
    check_csrf(request, csrf_token)
    if not remove_view(wiring_of(request), caller.program_id, caller.account.id, number):
        raise not_found("view")
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)
