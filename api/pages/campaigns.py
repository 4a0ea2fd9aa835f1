"""Campaigns: what runs and what it has paid, and one written, tried on real receipts and put in force."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.campaign_faults import FormFault, form_faults, line_faults
from api.pages.campaign_form import (
    BANDS_MOST,
    KIND_WORDS,
    PERIODS,
    WEEKDAYS,
    CampaignFields,
    RuleKind,
    fields_of,
    fields_sent,
    new_rule,
    written_of,
)
from api.pages.render import page
from api.pages.review_form import refuse_unplain
from api.plain_text import PlainText
from awarding.campaign_file import CampaignError, campaign_document, parse_campaign
from pipeline.campaign_desk import (
    campaign_states,
    next_document,
    pause,
    put_in_force,
    resume,
    unknown_of,
    written,
)
from pipeline.campaign_preview import CampaignPreview, preview
from pipeline.clock import day_in, utc_now
from pipeline.steps.programs import program_of
from receipts.campaign import Campaign
from receipts.database.repositories.programs import CampaignVersionError
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
_SAID = "said"
DOCUMENT_MAX = 200_000
"""Characters: a campaign that names 10,000 products."""
FIELDS_MAX = 4000
TRIED_DAYS = {30: "the last 30 days", 90: "the last 90 days", 366: "the last year", 0: "all days"}
"""How far back a campaign may be tried."""
_USUAL_DAYS = 90
_TAKEN = (
    "id: there is a campaign of this id already, or somebody changed this one meanwhile. Choose another id,"
    " or open the campaign again from the list"
)


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


@router.post("/program/campaigns")
def change_campaign(
    request: Request,
    caller: Admin,
    campaign: Annotated[PlainText, Form(max_length=100)] = "",
    what: Annotated[str, Form(max_length=16)] = "pause",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Pauses a campaign from today on, or lets a paused one go on."""
    check_csrf(request, csrf_token)
    change = resume if what == "resume" else pause
    try:
        done = change(wiring_of(request), caller.program_id, campaign)
    except CampaignVersionError:
        return _list(request, caller, trouble="Somebody changed it at this moment. Look at it again.")
    if not done and what == "resume":
        return _list(request, caller, trouble="It is not paused any more. Look at it again.")
    if not done:
        raise not_found("campaign")
    request.session[_SAID] = (
        "Purchases from today on earn by it again; those of the pause do not."
        if what == "resume"
        else "Purchases from today on do not earn by it any more, until you let it go on."
    )
    return RedirectResponse("/program/campaigns", HTTPStatus.SEE_OTHER)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What would come of a campaign: on past receipts, and against the catalog."""

    found: CampaignPreview
    unknown: tuple[str, ...]
    days: int


def _try(request: Request, caller: Caller, campaign: Campaign, days: str) -> _Tried:
    wiring = wiring_of(request)
    back = int(days) if days in {str(each) for each in TRIED_DAYS} else _USUAL_DAYS
    since = utc_now() - timedelta(days=back) if back else None
    found = preview(wiring, caller.program_id, [campaign], since=since)
    return _Tried(found, unknown_of(wiring, caller.program_id, campaign), back)


def _activate(request: Request, caller: Caller, campaign: Campaign) -> Response:
    put_in_force(wiring_of(request), caller.program_id, campaign)
    request.session[_SAID] = f"{campaign.name}: version {campaign.version} is in force."
    return RedirectResponse("/program/campaigns", HTTPStatus.SEE_OTHER)


# As JSON


@router.get("/program/campaigns/edit")
def edit_page(
    request: Request, caller: Admin, campaign: Annotated[PlainText, Query(max_length=100)] = ""
) -> Response:
    """Admins. The next version of a campaign, or a new one, as JSON."""
    return _edit(request, caller, _pretty(_document(request, caller, campaign)))


def _document(request: Request, caller: Caller, campaign: str) -> dict[str, object]:
    if not campaign:
        return _example(request, caller)
    document = next_document(wiring_of(request), caller.program_id, campaign)
    if document is None:
        raise not_found("campaign")
    return document


def _pretty(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _example(request: Request, caller: Caller) -> dict[str, object]:
    program = program_of(wiring_of(request), caller.program_id)
    today = day_in(program.time_zone, utc_now())
    rule = {
        "kind": "points_per_currency",
        "id": "per-unit",
        "points": 10,
        "per": {"amount": "1.00", "currency": program.currency},
        "products": {"skus": [], "brands": [], "categories": []},
    }
    return {
        "id": "my-campaign",
        "version": 1,
        "name": f"10 points for every {program.currency} 1.00",
        "starts_on": today.isoformat(),
        "ends_on": today.replace(month=12, day=31).isoformat(),
        "retailers": [],
        "cap_per_member": None,
        "rules": [rule],
    }


def _edit(
    request: Request,
    caller: Caller,
    text: str,
    *,
    problems: tuple[str, ...] = (),
    tried: _Tried | None = None,
) -> Response:
    return page(
        request,
        "campaign_edit.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        text=text,
        faults=line_faults(text, problems),
        tried=tried,
        spans=TRIED_DAYS,
        days=_USUAL_DAYS if tried is None else tried.days,
    )


@router.post("/program/campaigns/edit")
def write_campaign(
    request: Request,
    caller: Admin,
    document: Annotated[str, Form(max_length=DOCUMENT_MAX)] = "",
    what: Annotated[str, Form(max_length=16)] = "try",
    days: Annotated[str, Form(max_length=4)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Tries the document on past receipts, puts it in force, or goes over to the form."""
    check_csrf(request, csrf_token)
    try:
        campaign = written(document)
        if what == "form":
            return _form(request, caller, _fields(request, caller, campaign_document(campaign)))
        if what != "activate":
            return _edit(request, caller, document, tried=_try(request, caller, campaign, days))
        return _activate(request, caller, campaign)
    except CampaignError as error:
        return _edit(request, caller, document, problems=error.problems)
    except CampaignVersionError as error:
        return _edit(request, caller, document, problems=(f"version: {error}.",))


# As a form


@router.get("/program/campaigns/form")
def form_page(
    request: Request, caller: Admin, campaign: Annotated[PlainText, Query(max_length=100)] = ""
) -> Response:
    """Admins. The next version of a campaign, or a new one, in fields."""
    document = _document(request, caller, campaign)
    if not campaign:
        document = {**document, "id": "", "name": ""}
    return _form(request, caller, _fields(request, caller, document))


def _fields(request: Request, caller: Caller, document: dict[str, object]) -> CampaignFields:
    return fields_of(document, program_of(wiring_of(request), caller.program_id).currency)


def _form(
    request: Request,
    caller: Caller,
    fields: CampaignFields,
    *,
    faults: tuple[FormFault, ...] = (),
    tried: _Tried | None = None,
    fresh: int = -1,
) -> Response:
    return page(
        request,
        "campaign_form.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        fields=fields,
        is_known=fields.head["version"] not in {"", "1"},
        unknown=() if tried is None else form_faults(tried.unknown, {}, fields),
        faults=faults,
        wrong={each.field: each.sentence for each in reversed(faults)},
        tried=tried,
        fresh=fresh,
        spans=TRIED_DAYS,
        days=_USUAL_DAYS if tried is None else tried.days,
        kinds=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        kind_words=KIND_WORDS,
        weekdays=WEEKDAYS,
        periods=PERIODS,
        bands_most=BANDS_MOST,
    )


async def _sent(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=FIELDS_MAX)


@router.post("/program/campaigns/form")
def fill_in_campaign(request: Request, caller: Admin, form: Annotated[FormData, Depends(_sent)]) -> Response:
    """Admins. Adds or removes a rule, tries the campaign, puts it in force, or goes over to JSON."""
    sent = {name: value for name, value in form.items() if isinstance(value, str)}
    check_csrf(request, sent.get("csrf_token", ""))
    refuse_unplain(form)
    items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    if sum(len(value) for _, value in items) > DOCUMENT_MAX:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "campaign_wrong",
            f"A campaign has at most {DOCUMENT_MAX} characters. Import a longer one by the command line.",
        )
    fields, what = fields_sent(items), sent.get("what", "try")
    if what == "add":
        return _added(request, caller, fields, sent.get("add", ""))
    if what.startswith("remove-"):
        kept = [rule for at, rule in enumerate(fields.rules) if f"remove-{at}" != what]
        return _form(request, caller, CampaignFields(fields.head, tuple(kept)))
    made = written_of(fields)
    if what == "json" and not made.faults:
        return _edit(request, caller, _pretty(made.document))
    try:
        campaign = parse_campaign(made.document)
    except CampaignError as error:
        return _form(request, caller, fields, faults=form_faults(error.problems, made.faults, fields))
    if made.faults:
        return _form(request, caller, fields, faults=form_faults((), made.faults, fields))
    if what != "activate":
        return _form(request, caller, fields, tried=_try(request, caller, campaign, sent.get("days", "")))
    try:
        return _activate(request, caller, campaign)
    except CampaignVersionError:
        return _form(request, caller, fields, faults=form_faults((_TAKEN,), {}, fields))


def _added(request: Request, caller: Caller, fields: CampaignFields, kind: str) -> Response:
    currency = program_of(wiring_of(request), caller.program_id).currency
    known = {each.value: each for each in RuleKind}
    rule = new_rule(known.get(kind, RuleKind.AMOUNT), currency)
    more = CampaignFields(fields.head, (*fields.rules, rule))
    return _form(request, caller, more, fresh=len(fields.rules))
