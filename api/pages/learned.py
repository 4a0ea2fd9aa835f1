"""Learned names: what reviewers taught about shops' prints, with a way to take each back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import cursors
from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.render import page
from api.plain_text import NOT_PLAIN, is_plain
from api.routes.aliases import SEARCH_MOST_CHARACTERS
from pipeline.learned_views import (
    REASON_MOST_CHARACTERS,
    learned_counts,
    learned_page,
    learned_view,
    withdraw_alias,
)
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 25
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.get("/learned")
def learned(
    request: Request,
    caller: Reviewer,
    search: Annotated[str, Query(max_length=SEARCH_MOST_CHARACTERS)] = "",
    disputed: Annotated[bool, Query()] = False,
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """Reviewers, admins. The latest confirmed first."""
    if not is_plain(search):
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "not_plain_text", f"The search: {NOT_PLAIN}")
    wiring = wiring_of(request)
    found = learned_page(
        wiring,
        program_id=caller.program_id,
        search=search,
        disputed=disputed,
        before=cursors.decode(cursor),
        limit=PAGE_ROWS + 1,
    )
    views = found[:PAGE_ROWS]
    total, rivals = learned_counts(wiring, program_id=caller.program_id)
    asked = {"search": search} if search else {}
    onward = {**asked, **({"disputed": "true"} if disputed else {})}
    last = cursors.encode(views[-1].alias.last_event) if len(found) > PAGE_ROWS else None
    return page(
        request,
        "learned.html",
        account=caller.account,
        views=views,
        total=total,
        rivals=rivals,
        search=search,
        disputed=disputed,
        all_url=f"/learned?{urlencode(asked)}" if asked else "/learned",
        disputed_url=f"/learned?{urlencode({**asked, 'disputed': 'true'})}",
        next_url=None if last is None else f"/learned?{urlencode({**onward, 'cursor': last})}",
        said=request.session.pop(_SAID, ""),
    )


@router.get("/learned/{alias_id}")
def learned_name(request: Request, caller: Reviewer, alias_id: str) -> Response:
    """Reviewers, admins. One of them, with the form to take it back."""
    return _one(request, caller, alias_id)


@router.post("/learned/{alias_id}")
def withdraw(
    request: Request,
    caller: Reviewer,
    alias_id: str,
    reason: Annotated[str, Form()] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins. Takes it back."""
    check_csrf(request, csrf_token)
    view = learned_view(wiring_of(request), program_id=caller.program_id, alias_id=alias_id)
    if view is None:
        raise not_found("learned name")
    trouble = ""
    if not reason.strip():
        trouble = "Say why, for those who wonder later."
    elif len(reason) > REASON_MOST_CHARACTERS or not is_plain(reason):
        trouble = f"The reason may have {REASON_MOST_CHARACTERS} characters of plain text."
    if trouble:
        return _one(request, caller, alias_id, trouble=trouble, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    taken = withdraw_alias(
        wiring_of(request),
        program_id=caller.program_id,
        alias_id=alias_id,
        author=caller.account.id,
        reason=reason,
    )
    if not taken:
        raise not_found("learned name")
    printed, shop = view.alias.choice.printed, view.alias.shop.name
    request.session[_SAID] = f"“{printed}” at {shop} is no longer taken for: {view.answer}."
    return RedirectResponse("/learned", HTTPStatus.SEE_OTHER)


def _one(
    request: Request,
    caller: Caller,
    alias_id: str,
    *,
    trouble: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    view = learned_view(wiring_of(request), program_id=caller.program_id, alias_id=alias_id)
    if view is None:
        raise not_found("learned name")
    return page(
        request, "learned_name.html", account=caller.account, view=view, trouble=trouble, status=status
    )
