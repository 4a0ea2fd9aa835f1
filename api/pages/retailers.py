"""The retailers of the program's receipts, how each is told, and what the program says of them itself."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.errors import not_found
from api.pages.render import page
from api.pages.review_form import form_of, refuse_unplain
from api.plain_text import PlainText
from pipeline.retailer_facts import LISTS, RetailerError, said_of_retailers, say_retailer, undo_saying
from pipeline.retailers import MOST_LISTED, retailers_of
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

_SAID = "said"
_NUMBER_MOST = 2**53
FIELDS = (
    ("aliases", "Other names", "as printed on its receipts"),
    ("phrases", "Slogans and names of loyalty cards", "of three words or more a slogan speaks for itself"),
    ("domains", "Web addresses", "harrowgate.example"),
    ("phones", "Telephone numbers", "of its customer service, eight digits or more"),
    ("tax_ids", "Tax numbers", "eight digits or more"),
)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]


@router.get("/program/retailers")
def retailers_page(
    request: Request,
    caller: Admin,
    search: Annotated[PlainText, Query(max_length=100)] = "",
    unknown: Annotated[bool, Query()] = False,
) -> Response:
    """Admins."""
    return page(
        request,
        "retailers.html",
        account=caller.account,
        retailers=retailers_of(wiring_of(request), caller.program_id, search=search, unknown=unknown),
        own=said_of_retailers(wiring_of(request), caller.program_id),
        lists=LISTS,
        search=search,
        unknown=unknown,
        most=MOST_LISTED,
        said=request.session.pop(_SAID, ""),
    )


@router.get("/program/retailers/facts")
def facts_page(
    request: Request, caller: Admin, name: Annotated[PlainText, Query(max_length=200)] = ""
) -> Response:
    """Admins. What the program says of one retailer, to be changed; empty where it says nothing yet."""
    own = said_of_retailers(wiring_of(request), caller.program_id)
    known = next(
        (each.facts for each in own if each.in_force and each.facts and each.facts["name"] == name), None
    )
    return _form(request, caller, known or {"name": name})


def _form(request: Request, caller: Caller, facts: Mapping[str, Any], *, trouble: str = "") -> Response:
    return page(
        request,
        "retailer_facts.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        facts=facts,
        fields=FIELDS,
        trouble=trouble,
    )


@router.post("/program/retailers/facts")
def keep_facts(request: Request, caller: Admin, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Admins. What is said holds for the receipts that are read from now on."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    refuse_unplain(form)
    said = {name: str(value) for name, value in form.items()}
    lists = {each: said.get(each, "").splitlines() for each in LISTS}
    facts = {
        **lists,
        "name": said.get("name", ""),
        "store": said.get("store", ""),
        "usual_word": "usual_word" in said,
    }
    try:
        say_retailer(
            wiring_of(request),
            caller.program_id,
            caller.account.id,
            name=said.get("name", ""),
            lists=lists,
            store=said.get("store", ""),
            usual_word="usual_word" in said,
        )
    except RetailerError as error:
        return _form(request, caller, facts, trouble=str(error))
    request.session[_SAID] = f"Kept: what is read from now on is told {said['name'].strip()} by it."
    return RedirectResponse("/program/retailers", HTTPStatus.SEE_OTHER)


@router.post("/program/retailers/facts/{number}/undo")
def undo_facts(
    request: Request,
    caller: Admin,
    number: Annotated[int, Path(ge=1, le=_NUMBER_MOST)],
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. What was said before holds again."""
    check_csrf(request, csrf_token)
    try:
        name = undo_saying(wiring_of(request), caller.program_id, caller.account.id, number)
        said = f"Undone: of {name} holds again what was said before."
    except LookupError as error:
        raise not_found("change of a retailer") from error
    except RetailerError as error:
        said = str(error)
    request.session[_SAID] = said
    return RedirectResponse("/program/retailers", HTTPStatus.SEE_OTHER)
