"""The retailers of the program's receipts, and how each is told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.auth import Caller, PageAllowed, wiring_of
from api.pages.render import page
from api.plain_text import PlainText
from pipeline.retailers import MOST_LISTED, retailers_of
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/retailers")
def retailers_page(
    request: Request,
    caller: Admin,
    search: Annotated[PlainText, Query(max_length=100)] = "",
    unknown: Annotated[bool, Query()] = False,
) -> Response:
    """Admins."""
    return page(
        request,
        "retailers.html",
        account=caller.account,
        retailers=retailers_of(wiring_of(request), caller.program_id, search=search, unknown=unknown),
        search=search,
        unknown=unknown,
        most=MOST_LISTED,
    )
