"""Keys to the API: made, shown once, taken back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.errors import not_found
from api.pages.render import page
from api.plain_text import PlainText
from pipeline.keys import LIVES_DAYS, keys_of, make_key, may_have_keys, revoke_key
from pipeline.people import NoSuchPersonError, PeopleError
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
_SAID = "said"


@router.get("/program/keys")
def keys_page(request: Request, caller: Admin) -> Response:
    """Admins."""
    return _page(request, caller)


def _page(
    request: Request, caller: Caller, *, trouble: str = "", secret: str = "", made: str = ""
) -> Response:
    wiring = wiring_of(request)
    return page(
        request,
        "keys.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        secret=secret,
        made=made,
        keys=keys_of(wiring, caller.program_id),
        holders=may_have_keys(wiring, caller.program_id, caller.account.id),
        lives=LIVES_DAYS,
    )


@router.post("/program/keys")
def make(
    request: Request,
    caller: Admin,
    name: Annotated[PlainText, Form(max_length=200)] = "",
    account: Annotated[str, Form(max_length=64)] = "",
    days: Annotated[str, Form(max_length=4)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. The key is on the answer and nowhere else."""
    check_csrf(request, csrf_token)
    try:
        key = make_key(
            wiring_of(request),
            caller.program_id,
            caller.account.id,
            account_id=account,
            name=name,
            days=int(days) if days.isascii() and days.isdigit() else -1,
        )
    except NoSuchPersonError:
        return _page(request, caller, trouble="Choose a service of this program, or yourself.")
    except PeopleError as error:
        return _page(request, caller, trouble=str(error))
    return _page(request, caller, secret=key, made=name.strip())


@router.post("/program/keys/{key_id}/revoke")
def revoke(request: Request, caller: Admin, key_id: str, csrf_token: Annotated[str, Form()] = "") -> Response:
    """Admins. Its next request is refused."""
    check_csrf(request, csrf_token)
    if not revoke_key(wiring_of(request), caller.program_id, caller.account.id, key_id):
        raise not_found("key in use")
    request.session[_SAID] = "The key is taken back: it opens nothing any more."
    return RedirectResponse("/program/keys", HTTPStatus.SEE_OTHER)
