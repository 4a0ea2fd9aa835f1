"""Who signs in for the program: invited, given another role, disabled, signed out everywhere."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api import cursors
from api.auth import Caller, PageAllowed, check_csrf, signs_in_by_provider_only, wiring_of
from api.errors import not_found
from api.pages.render import page
from api.plain_text import PlainText
from pipeline.people import (
    STAFF,
    NoSuchPersonError,
    PeopleError,
    change_role,
    changes_of,
    disable,
    enable,
    invite,
    sign_out_everywhere,
    staff_of,
)
from pipeline.provider.staff import forget_link, linked_in
from pipeline.second_step import ask_staff, forget_of, with_second_step
from receipts.database.repositories.staff_log import StaffChange
from receipts.identity import ProgramId, Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
LOG_ROWS = 100
_SAID = "said"
CHANGE_WORDS = {
    StaffChange.INVITED: "invited",
    StaffChange.ROLE: "changed the role",
    StaffChange.DISABLED: "disabled the account",
    StaffChange.ENABLED: "enabled the account",
    StaffChange.SIGNED_OUT: "signed out everywhere",
    StaffChange.RENAMED: "changed the sign-in address",
    StaffChange.PASSWORD: "gave a new password",
    StaffChange.STEP_ON: "set up a second step",
    StaffChange.STEP_OFF: "turned the second step off",
    StaffChange.STEP_FORGOTTEN: "forgot the second step",
    StaffChange.CODES_RENEWED: "made other recovery codes",
    StaffChange.STEP_ASKED: "asked all for a second step",
    StaffChange.STEP_LEFT: "left the second step to each",
    StaffChange.LINKED: "linked a person at the provider",
    StaffChange.LINK_FORGOTTEN: "forgot the person at the provider",
    StaffChange.KEY_MADE: "made a key",
    StaffChange.KEY_REVOKED: "took a key back",
}


@router.get("/program/people")
def people_page(request: Request, caller: Admin) -> Response:
    """Admins."""
    return _page(request, caller)


@router.get("/program/people/log")
def changes_page(request: Request, caller: Admin, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Admins. Every change to people and keys, newest first."""
    found = changes_of(
        wiring_of(request), caller.program_id, before=cursors.decode(cursor) or 0, limit=LOG_ROWS + 1
    )
    shown = found[:LOG_ROWS]
    return page(
        request,
        "people_log.html",
        account=caller.account,
        changes=shown,
        words=CHANGE_WORDS,
        next_cursor=cursors.encode(shown[-1].number) if len(found) > LOG_ROWS else None,
    )


def _page(
    request: Request, caller: Caller, *, trouble: str = "", secret: str = "", invited: str = ""
) -> Response:
    two_steps, asked_of_all = with_second_step(wiring_of(request), caller.program_id)
    return page(
        request,
        "people.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        secret=secret,
        invited=invited,
        people=staff_of(wiring_of(request), caller.program_id),
        two_steps=two_steps,
        asked_of_all=asked_of_all,
        roles=[role.value for role in STAFF],
        **_provider(request, caller.program_id),
    )


def _provider(request: Request, program_id: ProgramId) -> dict[str, Any]:
    """What the page says of the provider: its name, empty where it signs nobody of this program in."""
    provider = wiring_of(request).provider
    if provider is None or program_id not in provider.settings.programs:
        return {"provider": "", "provider_only": False, "linked": frozenset()}
    linked = linked_in(wiring_of(request), provider.settings, program_id)
    return {"provider": provider.settings.name, "provider_only": provider.settings.only, "linked": linked}


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise PeopleError("Choose a role: reviewer, admin or service.") from error


@router.post("/program/people")
def invite_person(
    request: Request,
    caller: Admin,
    email: Annotated[PlainText, Form(max_length=254)] = "",
    name: Annotated[PlainText, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=16)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. The first password is on the answer and nowhere else."""
    check_csrf(request, csrf_token)
    try:
        account, password = invite(
            wiring_of(request),
            caller.program_id,
            caller.account.id,
            role=_role(role),
            email=email,
            name=name,
        )
    except PeopleError as error:
        return _page(request, caller, trouble=str(error))
    if signs_in_by_provider_only(request, account):
        password = ""  # it would open nothing
    return _page(request, caller, secret=password, invited=account.email)


@router.post("/program/second-step")
def ask_for_second_step(
    request: Request,
    caller: Admin,
    asked: Annotated[str, Form(max_length=8)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Whether all reviewers and admins of the program sign in by two steps."""
    check_csrf(request, csrf_token)
    try:
        ask_staff(wiring_of(request), caller.account, asked=asked == "yes")
    except PeopleError as error:
        return _page(request, caller, trouble=str(error))
    request.session[_SAID] = (
        "Reviewers and admins set up a second step at their next click, before anything else."
        if asked == "yes"
        else "Each of them may have a second step, or not."
    )
    return RedirectResponse("/program/people", HTTPStatus.SEE_OTHER)


@router.post("/program/people/{account_id}")
def change_person(
    request: Request,
    caller: Admin,
    account_id: str,
    what: Annotated[str, Form(max_length=16)] = "",
    role: Annotated[str, Form(max_length=16)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Another role, disabled, enabled, or signed out everywhere."""
    check_csrf(request, csrf_token)
    wiring, program_id, by = wiring_of(request), caller.program_id, caller.account.id
    try:
        match what:
            case "role":
                change_role(wiring, program_id, by, account_id, _role(role))
                said = "The role is changed; they sign in again."
            case "disable":
                disable(wiring, program_id, by, account_id)
                said = "Nobody signs in by this account any more."
            case "enable":
                enable(wiring, program_id, by, account_id)
                said = "The account may be signed in to again."
            case "sign-out":
                sign_out_everywhere(wiring, program_id, by, account_id)
                said = "Every session and token of this account is over."
            case "forget-step":
                forget_of(wiring, program_id, by, account_id)
                said = "They sign in by their password alone, and may set up another second step."
            case "forget-link" if wiring.provider is not None:
                forget_link(wiring, wiring.provider.settings, program_id, by, account_id)
                said = "Whoever has this email address there is this account at their next sign-in."
            case _:
                raise PeopleError("Say what is to be done with the account.")
    except NoSuchPersonError as error:
        raise not_found("member of staff") from error
    except PeopleError as error:
        return _page(request, caller, trouble=str(error))
    request.session[_SAID] = said
    return RedirectResponse("/program/people", HTTPStatus.SEE_OTHER)
