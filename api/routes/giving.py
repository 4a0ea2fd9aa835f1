"""Points given and taken back by people: gifts, returns; and what is promised of points."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from api import spending_models as models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from pipeline import gifts
from pipeline.points_terms import change_terms, terms_of
from pipeline.purchase_data import change_purchase_data, purchase_data_of
from pipeline.return_parts import ReportedReturn, ReturnedLine, UnknownLine
from pipeline.returns import NoSuchPurchase, NotDecidedYet, OtherReturn, report_return
from receipts.database.repositories.gifts import Gift
from receipts.database.repositories.returns import Return
from receipts.identity import MemberId, ReceiptId, Role, Sku
from receipts.money import Points
from receipts.program import MICROS, PointsTerms, PurchaseData, ReturnPolicy, TermsError

router = APIRouter(prefix="/v1", tags=["points"])

WAITING_MOST = 200
Staff = Annotated[Caller, Depends(Allowed(Role.REVIEWER, Role.ADMIN))]
Service = Annotated[Caller, Depends(Allowed(Role.SERVICE, Role.ADMIN))]
Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]
Reader = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.REVIEWER, Role.SERVICE))]
_REFUSALS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


@router.post(
    "/returns",
    summary="Report goods that were brought back",
    response_model=models.Return,
    responses={
        HTTPStatus.ACCEPTED: {
            "model": models.ReturnWaiting,
            "description": "The receipt is not decided yet: the return is kept, and taken once it is paid.",
        },
        **documented(*_REFUSALS),
    },
)
def post_return(
    request: Request, caller: Service, asked: models.ReturnRequest
) -> models.Return | JSONResponse:
    """Roles: service, admin. Takes back exactly the points of those lines; reported twice it counts once."""
    lines = tuple(
        ReturnedLine(each.position, Sku(each.sku) if each.sku else None, each.quantity)
        for each in asked.lines
    )
    if any((line.position is None) == (line.sku is None) for line in lines):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "line_unclear",
            "Name each line by `position` or `sku`, one of them.",
        )
    wanted = ReportedReturn(asked.reference, ReceiptId(asked.receipt_id), lines)
    found = report_return(wiring_of(request), caller.program_id, wanted)
    match found:
        case Return():
            return _return(found)
        case NoSuchPurchase():
            raise not_found("paid receipt")
        case NotDecidedYet():
            kept = models.ReturnWaiting(
                receipt_id=wanted.receipt_id, reference=wanted.reference, status="waiting"
            )
            return JSONResponse(kept.model_dump(mode="json"), status_code=HTTPStatus.ACCEPTED)
        case UnknownLine():
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "line_unknown", found.sentence)
        case OtherReturn():
            raise ApiError(
                HTTPStatus.CONFLICT,
                "return_differs",
                f"The reference was used for other goods of receipt {found.found.receipt_id}:"
                " give this return its own.",
            )


def _return(found: Return) -> models.Return:
    return models.Return(
        id=found.id,
        member_id=found.member_id,
        receipt_id=found.receipt_id,
        reference=found.reference,
        lines=[
            models.ReturnTaken(position=position, quantity=f"{quantity:f}")
            for position, quantity in sorted(found.lines.items())
        ],
        taken=found.taken,
        short=found.short,
        created_at=found.created_at,
    )


@router.post("/gifts", summary="Give points", responses=documented(*_REFUSALS))
def post_gift(request: Request, caller: Staff, asked: models.GiftRequest) -> models.Gift:
    """Roles: reviewer, admin. Above the program's limit it is proposed, and a second person agrees."""
    wanted = gifts.GiftRequest(MemberId(asked.member_id), Points(asked.points), asked.reason, asked.reference)
    found = gifts.give(wiring_of(request), caller.program_id, caller.account.id, wanted)
    match found:
        case Gift():
            return _gift(found)
        case gifts.OtherGift():
            raise _decided(found.found)
        case gifts.NoSuch():
            raise not_found("member")


@router.get(
    "/gifts",
    summary="See the gifts that wait for a second person",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def list_gifts(request: Request, caller: Staff) -> models.GiftList:
    """Roles: reviewer, admin. Oldest first, 200 at most."""
    found = gifts.waiting_gifts(wiring_of(request), caller.program_id, limit=WAITING_MOST)
    return models.GiftList(items=[_gift(each) for each in found])


@router.post("/gifts/{gift_id}/decision", summary="Agree to a gift, or not", responses=documented(*_REFUSALS))
def post_gift_decision(
    request: Request, caller: Staff, gift_id: str, asked: models.GiftDecision
) -> models.Gift:
    """Roles: reviewer, admin; not who proposed it."""
    found = gifts.decide_gift(
        wiring_of(request), caller.program_id, gift_id, caller.account.id, agree=asked.agree
    )
    match found:
        case Gift():
            return _gift(found)
        case gifts.OtherGift():
            raise _decided(found.found)
        case gifts.SamePerson():
            raise ApiError(
                HTTPStatus.CONFLICT, "same_person", "You proposed this gift: somebody else has to agree."
            )
        case gifts.NoSuch():
            raise not_found("gift")


def _decided(found: Gift) -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        "gift_differs",
        f"This gift is {found.status.value}, of {found.points} points: propose one under its own reference.",
    )


def _gift(found: Gift) -> models.Gift:
    return models.Gift(
        id=found.id,
        member_id=found.member_id,
        points=found.points,
        reason=found.reason,
        reference=found.reference,
        status=found.status.value,
        proposed_by=found.proposed_by,
        decided_by=found.decided_by,
        created_at=found.created_at,
    )


@router.get(
    "/points-terms",
    summary="See what is promised of points",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def get_terms(request: Request, caller: Reader) -> models.PointsTerms:
    """Roles: admin, reviewer, service."""
    return _terms(terms_of(wiring_of(request), caller.program_id))


@router.put(
    "/points-terms",
    summary="Say what is promised of points",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_terms(request: Request, caller: Admin, asked: models.PointsTermsRequest) -> models.PointsTerms:
    """Roles: admin. Holds for points earned from now on; what was promised before stays."""
    try:
        wanted = PointsTerms(
            pending_days=asked.pending_days,
            expiry_days=asked.expiry_days,
            notice_days=asked.notice_days,
            point_value_micros=None if asked.point_value is None else int(asked.point_value * MICROS),
            return_policy=ReturnPolicy(asked.return_policy),
            gift_limit=asked.gift_limit,
        )
    except (TermsError, OverflowError) as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "terms_wrong", str(error)) from error
    return _terms(change_terms(wiring_of(request), caller.program_id, wanted))


def _terms(found: PointsTerms) -> models.PointsTerms:
    micros = found.point_value_micros
    return models.PointsTerms(
        pending_days=found.pending_days,
        expiry_days=found.expiry_days,
        notice_days=found.notice_days,
        point_value=None if micros is None else f"{Decimal(micros) / MICROS:f}",
        return_policy=found.return_policy.value,
        gift_limit=found.gift_limit,
    )


@router.get(
    "/purchase-data",
    summary="See what is told of purchases",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def get_purchase_data(request: Request, caller: Reader) -> models.PurchaseDataTold:
    """Roles: admin, reviewer, service."""
    told = purchase_data_of(wiring_of(request), caller.program_id)
    return models.PurchaseDataTold(purchase_data=told.value)


@router.put(
    "/purchase-data",
    summary="Say what is told of purchases",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def put_purchase_data(
    request: Request, caller: Admin, asked: models.PurchaseDataTold
) -> models.PurchaseDataTold:
    """Roles: admin. Holds for receipts that earn from now on; what was told stays told."""
    told = PurchaseData(asked.purchase_data)
    change_purchase_data(wiring_of(request), caller.program_id, told)
    return asked
