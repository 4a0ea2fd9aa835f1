"""What the program owes, and gifts of points by staff with a second person's word."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import not_found
from api.pages.render import page
from api.plain_text import PlainText
from pipeline.accounts import find_account
from pipeline.gifts import GiftRequest, NoSuch, OtherGift, SamePerson, decide_gift, give, waiting_gifts
from pipeline.liability import AGES, OLDER, liability
from pipeline.steps.programs import program_of
from receipts.database.repositories.gifts import Gift, GiftStatus
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, Role
from receipts.money import Points

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
_SAID = "said"
WAITING = 50
GIFT_MAX = 1_000_000
_REFERENCE_BYTES = 12


@router.get("/program/points")
def points_page(request: Request, caller: Admin) -> Response:
    """Admins."""
    return _page(request, caller)


def _page(request: Request, caller: Caller, *, trouble: str = "") -> Response:
    wiring = wiring_of(request)
    owed = liability(wiring, caller.program_id)
    waiting = waiting_gifts(wiring, caller.program_id, limit=WAITING)
    with wiring.database.read() as session:
        data = ProgramData(session, caller.program_id)
        named = {each.member_id: data.member_name(each.member_id) or "" for each in waiting}
    staff = {each.proposed_by: find_account(wiring, each.proposed_by) for each in waiting}
    return page(
        request,
        "points.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        owed=owed,
        ages=[(words, owed.by_age.get(words, 0)) for words in (*(each for _, each in AGES), OLDER)],
        waiting=[(each, named[each.member_id], staff[each.proposed_by]) for each in waiting],
        limit=program_of(wiring, caller.program_id).terms.gift_limit,
        reference=secrets.token_hex(_REFERENCE_BYTES),
    )


@router.post("/program/points")
def give_points(
    request: Request,
    caller: Admin,
    member: Annotated[PlainText, Form(max_length=64)] = "",
    points: Annotated[str, Form(max_length=12)] = "",
    reason: Annotated[PlainText, Form(max_length=500)] = "",
    reference: Annotated[PlainText, Form(max_length=100)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Given at once, or proposed where the program's limit asks for a second person."""
    check_csrf(request, csrf_token)
    number = int(points) if points.isascii() and points.isdigit() else 0
    if not 0 < number <= GIFT_MAX or not reason.strip() or not reference:
        return _page(
            request,
            caller,
            trouble="Give a whole number of points above zero, and a reason that the member reads.",
        )
    asked = GiftRequest(MemberId(member.strip()), Points(number), reason.strip(), reference)
    found = give(wiring_of(request), caller.program_id, caller.account.id, asked)
    match found:
        case NoSuch():
            return _page(request, caller, trouble=f"The program has no member {member}.")
        case OtherGift():
            return _page(
                request, caller, trouble="This form was sent before with another gift. Load the page again."
            )
        case Gift():
            given = found.status is GiftStatus.GIVEN
            request.session[_SAID] = (
                "The points are given."
                if given
                else "A second person has to agree: they find it on this page."
            )
            return RedirectResponse("/program/points", HTTPStatus.SEE_OTHER)
        case _:
            assert_never(found)


@router.post("/program/points/{gift_id}")
def decide_points(
    request: Request,
    caller: Admin,
    gift_id: str,
    what: Annotated[str, Form(max_length=16)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. The second person's word."""
    check_csrf(request, csrf_token)
    agree = what == "agree"
    found = decide_gift(wiring_of(request), caller.program_id, gift_id, caller.account.id, agree=agree)
    match found:
        case NoSuch():
            raise not_found("gift")
        case SamePerson():
            return _page(request, caller, trouble="You proposed this gift: another person has to agree.")
        case OtherGift():
            return _page(request, caller, trouble="Somebody has decided this gift otherwise.")
        case Gift():
            request.session[_SAID] = "The points are given." if agree else "The gift is refused."
            return RedirectResponse("/program/points", HTTPStatus.SEE_OTHER)
        case _:
            assert_never(found)
