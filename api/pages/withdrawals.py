"""The button on a receipt's page by which its member takes it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf
from api.routes.withdrawals import withdrawn
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Member = Annotated[Caller, Depends(PageAllowed(Role.MEMBER))]


@router.post("/receipts/{receipt_id}/withdraw")
def withdraw_receipt(
    request: Request, caller: Member, receipt_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Members (own). Only before it is paid."""
    check_csrf(request, csrf_token)
    view = withdrawn(request, caller, receipt_id)
    return RedirectResponse(f"/receipts/{view.id}", HTTPStatus.SEE_OTHER)
