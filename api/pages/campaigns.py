"""Campaigns: what runs and what it has paid, and a document tried on real receipts before it is in force."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.render import page
from api.plain_text import PlainText
from api.tables_out import days_of
from awarding.campaign_file import CampaignError
from pipeline.campaign_desk import campaign_states, next_document, put_in_force, run_until, written
from pipeline.campaign_preview import CampaignPreview, preview
from pipeline.clock import day_in, utc_now
from pipeline.steps.programs import program_of
from receipts.database.repositories.programs import CampaignVersionError
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
_SAID = "said"
DOCUMENT_MAX = 200_000
"""Characters: a campaign that names 10,000 products."""


@router.get("/program/campaigns")
def campaigns_page(request: Request, caller: Admin) -> Response:
    """Admins."""
    return _list(request, caller)


def _list(request: Request, caller: Caller, *, trouble: str = "") -> Response:
    return page(
        request,
        "campaigns.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        campaigns=campaign_states(wiring_of(request), caller.program_id),
    )


@router.get("/program/campaigns/edit")
def edit_page(
    request: Request, caller: Admin, campaign: Annotated[PlainText, Query(max_length=100)] = ""
) -> Response:
    """Admins. The next version of a campaign, or a new one."""
    if not campaign:
        return _edit(request, caller, _example(request, caller))
    document = next_document(wiring_of(request), caller.program_id, campaign)
    if document is None:
        raise not_found("campaign")
    return _edit(request, caller, _pretty(document))


def _pretty(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _example(request: Request, caller: Caller) -> str:
    program = program_of(wiring_of(request), caller.program_id)
    today = day_in(program.time_zone, utc_now())
    rule = {
        "kind": "points_per_currency",
        "id": "per-unit",
        "points": 10,
        "per": {"amount": "1.00", "currency": program.currency},
        "products": {"skus": [], "brands": [], "categories": []},
    }
    return _pretty(
        {
            "id": "my-campaign",
            "version": 1,
            "name": f"10 points for every {program.currency} 1.00",
            "starts_on": today.isoformat(),
            "ends_on": today.replace(month=12, day=31).isoformat(),
            "retailers": [],
            "cap_per_member": None,
            "rules": [rule],
        }
    )


def _edit(
    request: Request,
    caller: Caller,
    text: str,
    *,
    problems: tuple[str, ...] = (),
    found: CampaignPreview | None = None,
) -> Response:
    return page(
        request,
        "campaign_edit.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        text=text,
        problems=problems,
        found=found,
    )


@router.post("/program/campaigns/edit")
def write_campaign(
    request: Request,
    caller: Admin,
    document: Annotated[str, Form(max_length=DOCUMENT_MAX)] = "",
    what: Annotated[str, Form(max_length=16)] = "try",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Tries the document on the receipts that are there, or puts it in force."""
    check_csrf(request, csrf_token)
    wiring = wiring_of(request)
    try:
        campaign = written(document)
        if what != "activate":
            return _edit(request, caller, document, found=preview(wiring, caller.program_id, [campaign]))
        put_in_force(wiring, caller.program_id, campaign)
    except CampaignError as error:
        return _edit(request, caller, document, problems=error.problems)
    except CampaignVersionError as error:
        return _edit(request, caller, document, problems=(f"version: {error}.",))
    request.session[_SAID] = f"{campaign.name}: version {campaign.version} is in force."
    return RedirectResponse("/program/campaigns", HTTPStatus.SEE_OTHER)


@router.post("/program/campaigns")
def end_campaign(
    request: Request,
    caller: Admin,
    campaign: Annotated[PlainText, Form(max_length=100)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Pauses a campaign, or lets it run until a day."""
    check_csrf(request, csrf_token)
    try:
        last = days_of("", until)[1]
        done = run_until(wiring_of(request), caller.program_id, campaign, last)
    except CampaignError as error:
        return _list(request, caller, trouble=" ".join(error.problems))
    except ApiError as error:
        return _list(request, caller, trouble=error.detail)
    except CampaignVersionError:
        return _list(request, caller, trouble="Somebody changed it at this moment. Look at it again.")
    if not done:
        raise not_found("campaign")
    request.session[_SAID] = (
        "Purchases from today on do not earn by it any more." if last is None else "Its last day is changed."
    )
    return RedirectResponse("/program/campaigns", HTTPStatus.SEE_OTHER)
