"""What the program's admin sees: catalog, campaigns, and the newest messages to the core loyalty service."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, select

from api.auth import Caller, PageAllowed, wiring_of
from api.pages.render import page
from receipts.database.repositories.outbox import Feed
from receipts.database.repositories.programs import ProgramData
from receipts.database.tables import CatalogProductRow, ProgramRow
from receipts.identity import Role
from receipts.message import Message

router = APIRouter(include_in_schema=False)

NEWEST = 20

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program")
def program_page(request: Request, caller: Admin) -> Response:
    """Admins. Read only; imports go through the command line or the API."""
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
    return page(
        request,
        "program.html",
        account=caller.account,
        catalog=newest,
        products=products,
        campaigns=campaigns,
        published=last,
        messages=[(position, message, _pretty(message)) for position, message in reversed(messages)],
    )


def _pretty(message: Message) -> str:
    return json.dumps(message.cloud_event(), indent=2, ensure_ascii=False)
