"""One receipt: what was read, what earned, and the picture it was read from."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Request, Response

from api import models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from pipeline.appeal import Asked, ask_for_a_person
from pipeline.views import ReceiptView, receipt_view
from receipts.identity import ReceiptId, Role

router = APIRouter(prefix="/v1", tags=["receipts"])

Viewer = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN, Role.SERVICE))]

_KEPT_BY_BROWSER_S = 3600
_PICTURE_POLICY = "default-src 'none'; sandbox"
"""A picture opened by itself runs nothing, whatever a browser takes it for."""


def find_receipt(request: Request, caller: Caller, receipt_id: str) -> ReceiptView:
    """The receipt.

    Raises:
        ApiError: 404 outside the caller's reach.
    """
    view = receipt_view(
        wiring_of(request),
        program_id=caller.program_id,
        receipt_id=ReceiptId(receipt_id),
        member_id=caller.only_member,
    )
    if view is None:
        raise not_found("receipt")
    return view


@router.get(
    "/receipts/{receipt_id}",
    summary="See a receipt line by line",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_receipt(request: Request, caller: Viewer, receipt_id: str) -> models.Receipt:
    """Roles: member (own), reviewer, admin, service."""
    return presenters.receipt(
        find_receipt(request, caller, receipt_id), for_member=caller.account.role is Role.MEMBER
    )


Asker = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN))]


def second_look(request: Request, caller: Caller, receipt_id: str) -> ReceiptView:
    """Ask for a person, and give the receipt as it stands then.

    Raises:
        ApiError: 404 outside the caller's reach, 409 where the policy did not decline it.
    """
    view = find_receipt(request, caller, receipt_id)
    own = caller.account.role is Role.MEMBER
    asked = ask_for_a_person(
        wiring_of(request),
        program_id=caller.program_id,
        receipt_id=view.id,
        asked_by="the member" if own else caller.account.name,
        member_id=caller.only_member,
    )
    match asked:
        case Asked.OPENED | Asked.OPEN_BEFORE:
            return find_receipt(request, caller, receipt_id)
        case Asked.NO_SUCH_RECEIPT:
            raise not_found("receipt")
        case Asked.NOT_DECLINED_BY_POLICY:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "nothing_to_look_at",
                "A person looks when asked at what was declined by the program's policy alone. This receipt"
                " was not, or someone has decided it. Nothing was changed.",
            )
        case _:
            assert_never(asked)


@router.post(
    "/receipts/{receipt_id}/second-look",
    summary="Ask a person to look",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def ask_second_look(request: Request, caller: Asker, receipt_id: str) -> models.Receipt:
    """Roles: member (own), reviewer, admin. Opens a case for what the policy declined; once is enough."""
    return presenters.receipt(
        second_look(request, caller, receipt_id), for_member=caller.account.role is Role.MEMBER
    )


@router.get(
    "/receipts/{receipt_id}/picture",
    summary="See the picture",
    response_class=Response,
    responses={
        200: {
            "description": "The straightened picture that was read, made anew by us as JPEG.",
            "content": {"image/jpeg": {}},
        },
        **documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    },
)
def get_picture(request: Request, caller: Viewer, receipt_id: str) -> Response:
    """Roles: member (own), reviewer, admin, service. Never the bytes that were sent."""
    view = find_receipt(request, caller, receipt_id)
    if view.picture_sha256 is None:
        raise not_found("picture")
    tag = f'"{view.picture_sha256}"'
    headers = {
        "Content-Security-Policy": _PICTURE_POLICY,
        "Content-Disposition": f'inline; filename="{view.id}.jpg"',
        "Cache-Control": f"private, max-age={_KEPT_BY_BROWSER_S}",
        "ETag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    picture = wiring_of(request).store.read_bytes(view.picture_sha256)
    return Response(picture, media_type="image/jpeg", headers=headers)
