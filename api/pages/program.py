"""What the program's admin sees: catalog, campaigns, and the newest messages to the core loyalty service."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import func, select

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.pages.render import page
from api.routes.receipts import find_receipt
from pipeline.health import failed_receipts
from pipeline.inbox_views import inbox_counts
from pipeline.matching_wish import change_wish, wish_view
from pipeline.policies import policy_view
from pipeline.publishers.desk import publisher_views
from pipeline.runner import retry
from pipeline.sampling import policy_rates
from pipeline.wish_words import share_of
from receipts.database.repositories.outbox import Feed
from receipts.database.repositories.programs import ProgramData
from receipts.database.tables import CatalogProductRow, ProgramRow
from receipts.identity import Role
from receipts.inbound import InboundState
from receipts.message import Message
from receipts.program import USUAL_OWN_SHARE, MatchWish, WishError

router = APIRouter(include_in_schema=False)

NEWEST = 20
_SAID = "said"

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program")
def program_page(request: Request, caller: Admin) -> Response:
    """Admins. Imports go through the command line or the API."""
    return _page(request, caller)


def _page(
    request: Request, caller: Caller, *, trouble: str = "", status: HTTPStatus = HTTPStatus.OK
) -> Response:
    with wiring_of(request).database.read() as session:
        data = ProgramData(session, caller.program_id)
        newest = data.newest_catalog()
        products = 0
        if newest is not None:
            products = session.scalars(
                select(func.count())
                .select_from(CatalogProductRow)
                .where(CatalogProductRow.catalog_number == newest[0])
            ).one()
        campaigns = data.campaigns()
        last = session.scalar(select(ProgramRow.feed_position).where(ProgramRow.id == caller.program_id)) or 0
        messages = Feed(session, caller.program_id).after(max(0, last - NEWEST), limit=NEWEST)
    ways = publisher_views(wiring_of(request), program_id=caller.program_id)
    counts = inbox_counts(wiring_of(request), program_id=caller.program_id)
    return page(
        request,
        "program.html",
        inbox_total=sum(counts.values()),
        inbox_failed=counts[InboundState.FAILED],
        failed=failed_receipts(wiring_of(request), caller.program_id, limit=NEWEST),
        said=request.session.pop(_SAID, ""),
        account=caller.account,
        status=status,
        trouble=trouble,
        matching=wish_view(wiring_of(request), caller.program_id),
        catalog=newest,
        products=products,
        policy=policy_view(wiring_of(request), program_id=caller.program_id, version=None),
        rates=policy_rates(wiring_of(request), program_id=caller.program_id),
        campaigns=campaigns,
        published=last,
        publishers=len(ways),
        dead_letters=sum(way.counts.dead for way in ways),
        messages=[(position, message, _pretty(message)) for position, message in reversed(messages)],
    )


@router.post("/program/matching")
def change_matching(
    request: Request,
    caller: Admin,
    accept_precision: Annotated[str, Form(max_length=20)] = "",
    none_precision: Annotated[str, Form(max_length=20)] = "",
    own_share: Annotated[str, Form(max_length=20)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. How sure matches must be; an empty field stands for the usual."""
    check_csrf(request, csrf_token)
    try:
        wish = MatchWish(
            share_of(accept_precision) if accept_precision.strip() else None,
            share_of(none_precision) if none_precision.strip() else None,
            share_of(own_share) if own_share.strip() else USUAL_OWN_SHARE,
        )
    except WishError as error:
        return _page(request, caller, trouble=str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    change_wish(wiring_of(request), caller.program_id, wish)
    request.session[_SAID] = "Receipts are matched by this from now on."
    return RedirectResponse("/program#matching", HTTPStatus.SEE_OTHER)


@router.post("/receipts/{receipt_id}/retry")
def retry_receipt(
    request: Request, caller: Admin, receipt_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Admins. Sends a failed receipt back to the stage that failed."""
    check_csrf(request, csrf_token)
    view = find_receipt(request, caller, receipt_id)
    again = retry(wiring_of(request), view.id)
    request.session[_SAID] = (
        "The receipt is on its way again." if again else "It has not failed; nothing was done."
    )
    return RedirectResponse("/program", HTTPStatus.SEE_OTHER)


def _pretty(message: Message) -> str:
    return json.dumps(message.cloud_event(), indent=2, ensure_ascii=False)
