"""Spending points: the member's code, and hold, capture and release."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api import spending_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from pipeline import redeem
from pipeline.clock import utc_now
from pipeline.member_code import make_code, member_of_code
from receipts.database.repositories.redemptions import Redemption
from receipts.identity import MemberId, Role
from receipts.money import Points

router = APIRouter(prefix="/v1", tags=["spending"])

Member = Annotated[Caller, Depends(Allowed(Role.MEMBER))]
Till = Annotated[Caller, Depends(Allowed(Role.SERVICE, Role.ADMIN))]
_REFUSALS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


def _shown(found: Redemption) -> models.Redemption:
    return models.Redemption(
        id=found.id,
        member_id=found.member_id,
        points=found.points,
        captured=found.captured,
        reference=found.reference,
        purpose=found.purpose,
        status=found.status.value,
        expires_at=found.expires_at,
        created_at=found.created_at,
    )


def _ended(found: Redemption) -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        "redemption_differs",
        f"This redemption is {found.status.value}, for {found.points} points. Start one under a reference of"
        " its own.",
    )


@router.get(
    "/members/{member_id}/code",
    summary="Get the code that identifies a member at a till",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_code(request: Request, caller: Member, member_id: str) -> models.MemberCode:
    """Roles: member (own). Good for a minute: show it as a QR code and get the next one then."""
    if caller.only_member != member_id:
        raise not_found("member")
    made = make_code(wiring_of(request), caller.program_id, MemberId(member_id), utc_now())
    return models.MemberCode(code=made.code, expires_at=made.expires_at)


@router.post("/redemptions", summary="Set points aside", responses=documented(*_REFUSALS))
def hold(request: Request, caller: Till, asked: models.RedemptionRequest) -> models.Redemption:
    """Roles: service, admin. Asked again under the same reference, it is the same redemption."""
    member_id = _member(request, caller, asked)
    wanted = redeem.HoldRequest(member_id, Points(asked.points), asked.reference, asked.purpose, asked.hold_s)
    found = redeem.hold(wiring_of(request), caller.program_id, wanted)
    match found:
        case Redemption():
            return _shown(found)
        case redeem.TooFewPoints():
            raise ApiError(
                HTTPStatus.CONFLICT,
                "too_few_points",
                f"The member has {found.available} points to spend: ask for as many or fewer.",
            )
        case redeem.OtherRedemption():
            raise _ended(found.found)
        case redeem.NoSuch():
            raise not_found("member")


def _member(request: Request, caller: Caller, asked: models.RedemptionRequest) -> MemberId:
    if bool(asked.member_code) == bool(asked.member_id):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "member_unclear",
            "Give `member_code` or `member_id`, one of them.",
        )
    if asked.member_id:
        return MemberId(asked.member_id)
    member_id = member_of_code(wiring_of(request), caller.program_id, asked.member_code)
    if member_id is None:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "code_unknown",
            "The code is older than a minute, or not one of this program. Scan the one that is shown now.",
        )
    return member_id


@router.get(
    "/redemptions/{redemption_id}",
    summary="See a redemption",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_redemption(request: Request, caller: Till, redemption_id: str) -> models.Redemption:
    """Roles: service, admin."""
    found = redeem.find_redemption(wiring_of(request), caller.program_id, redemption_id)
    if found is None:
        raise not_found("redemption")
    return _shown(found)


@router.post(
    "/redemptions/{redemption_id}/capture",
    summary="Spend what is set aside",
    responses=documented(*_REFUSALS),
)
def capture(
    request: Request, caller: Till, redemption_id: str, asked: models.CaptureRequest
) -> models.Redemption:
    """Roles: service, admin. Once, however often it is asked for."""
    points = None if asked.points is None else Points(asked.points)
    found = redeem.capture(wiring_of(request), caller.program_id, redemption_id, points=points)
    match found:
        case Redemption():
            return _shown(found)
        case redeem.OtherRedemption():
            raise _ended(found.found)
        case redeem.MoreThanHeld():
            raise ApiError(
                HTTPStatus.CONFLICT,
                "more_than_held",
                f"{found.held} points are set aside: capture as many or fewer.",
            )
        case redeem.NoSuch():
            raise not_found("redemption")


@router.post(
    "/redemptions/{redemption_id}/release",
    summary="Give back what is set aside",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def release(request: Request, caller: Till, redemption_id: str) -> models.Redemption:
    """Roles: service, admin. Once, however often it is asked for."""
    found = redeem.release(wiring_of(request), caller.program_id, redemption_id)
    match found:
        case Redemption():
            return _shown(found)
        case redeem.OtherRedemption():
            raise _ended(found.found)
        case redeem.NoSuch():
            raise not_found("redemption")
