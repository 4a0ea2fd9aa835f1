"""A member takes a receipt back that has not been paid."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Request

from api import models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.routes.receipts import find_receipt
from pipeline.views import ReceiptView
from pipeline.withdraw import Withdrawn, withdraw
from receipts.identity import ReceiptId, Role

router = APIRouter(prefix="/v1", tags=["receipts"])

Member = Annotated[Caller, Depends(Allowed(Role.MEMBER))]


def withdrawn(request: Request, caller: Caller, receipt_id: str) -> ReceiptView:
    """Take the receipt back, and give it as it stands then.

    Raises:
        ApiError: 404 for another's receipt, 409 where there is nothing to take back (any more).
    """
    if caller.only_member is None:
        raise LookupError(f"account {caller.account.id} has the role member and no member")
    done = withdraw(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=caller.only_member,
        account_id=caller.account.id,
        receipt_id=ReceiptId(receipt_id),
    )
    match done:
        case Withdrawn.DONE:
            return find_receipt(request, caller, receipt_id)
        case Withdrawn.NO_SUCH_RECEIPT:
            raise not_found("receipt")
        case Withdrawn.PAID:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "paid",
                "This receipt has earned its points already, so it cannot be withdrawn; nothing was changed."
                " If you take goods back to the shop, send us the receipt of the refund.",
            )
        case Withdrawn.ENDED:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "nothing_to_withdraw",
                "This receipt earned nothing and will not, so there is nothing to withdraw.",
            )
        case _:
            assert_never(done)


@router.post(
    "/receipts/{receipt_id}/withdraw",
    summary="Withdraw a receipt",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def withdraw_receipt(request: Request, caller: Member, receipt_id: str) -> models.Receipt:
    """Roles: member (own). Only before it is paid; asked again it answers the same.

    What waits for a person ends at once, what is still being read ends when it would have been decided. It
    counts against nobody, and the purchase may be sent again.
    """
    return presenters.receipt(withdrawn(request, caller, receipt_id), for_member=True)
