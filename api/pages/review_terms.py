"""How the program's reviewers decide: how long a decision can be undone, and from when on it takes two."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.auth import Caller, PageAllowed, check_csrf, wiring_of
from api.pages.render import page
from pipeline.review_terms import change_review_terms, review_terms_of
from receipts.identity import Role
from receipts.program import LONGEST_UNDO_S, MOST_ALONE, ReviewTerms, TermsError

router = APIRouter(include_in_schema=False)

Admin = Annotated[Caller, Depends(PageAllowed(Role.ADMIN))]
_SAID = "said"
_DIGITS_MOST = 9


@router.get("/program/review-terms")
def terms_page(request: Request, caller: Admin) -> Response:
    """Admins."""
    terms = review_terms_of(wiring_of(request), caller.program_id)
    above = "" if terms.second_above is None else str(terms.second_above)
    return _page(request, caller, undo_s=str(terms.undo_s), second_above=above)


def _page(request: Request, caller: Caller, *, undo_s: str, second_above: str, trouble: str = "") -> Response:
    return page(
        request,
        "review_terms.html",
        account=caller.account,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK,
        said=request.session.pop(_SAID, ""),
        trouble=trouble,
        terms=review_terms_of(wiring_of(request), caller.program_id),
        undo_s=undo_s,
        second_above=second_above,
        longest=LONGEST_UNDO_S,
        most=MOST_ALONE,
    )


def _whole(text: str, what: str) -> int:
    plain = text.strip()
    if not plain.isascii() or not plain.isdigit() or len(plain) > _DIGITS_MOST:
        raise TermsError(f"write a whole number for {what}, such as 60")
    return int(plain)


@router.post("/program/review-terms")
def change_terms(
    request: Request,
    caller: Admin,
    undo_s: Annotated[str, Form(max_length=20)] = "",
    second_above: Annotated[str, Form(max_length=20)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Admins. Holds for decisions from now on."""
    check_csrf(request, csrf_token)
    try:
        above = _whole(second_above, "the limit in points") if second_above.strip() else None
        terms = ReviewTerms(_whole(undo_s, "the seconds to undo"), above)
    except TermsError as error:
        said = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return _page(request, caller, undo_s=undo_s, second_above=second_above, trouble=said)
    change_review_terms(wiring_of(request), caller.program_id, terms)
    request.session[_SAID] = "Reviewers decide by this from now on."
    return RedirectResponse("/program/review-terms", HTTPStatus.SEE_OTHER)
