"""Cases that share one cause, decided together: each one's evidence is shown, and each decided by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError
from api.pages.render import page
from api.pages.review_form import approves, form_of, refuse_unplain
from api.routes.review import find_case, plan, resolve
from pipeline.desk import note_look
from pipeline.review_terms import review_terms_of
from pipeline.review_views import hold_reasons
from pipeline.same_cause import AT_ONCE, cause_of, causes
from receipts.identity import Role

router = APIRouter(include_in_schema=False)

NOTE_MAX_CHARS = 1000
CAUSE_MOST_CHARS = 500
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.get("/review/together")
def together_page(
    request: Request, caller: Reviewer, cause: Annotated[str, Query(max_length=CAUSE_MOST_CHARS)] = ""
) -> Response:
    """Reviewers, admins. Causes that several cases share, and the cases of one."""
    found = causes(wiring_of(request), caller.program_id, caller.account.id)
    chosen = next((each for each in found if each.key == cause), None)
    rows = () if chosen is None else chosen.cases[:AT_ONCE]
    for row in rows:
        case_id = row.summary.case.id
        note_look(
            wiring_of(request), program_id=caller.program_id, case_id=case_id, account=caller.account.id
        )
    return page(
        request,
        "review_together.html",
        account=caller.account,
        causes=[(each, hold_reasons(each.cases[0].summary.case)) for each in found],
        chosen=chosen,
        cases=[(each, find_case(request, caller, each.summary.case.id)) for each in rows],
        said=request.session.pop(_SAID, ""),
    )


@router.post("/review/together")
def decide_together(
    request: Request, caller: Reviewer, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Decides each chosen case by the way of every decision; what was refused is said."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    cause = str(form.get("cause", ""))[:CAUSE_MOST_CHARS]
    chosen = [str(each) for each in form.getlist("case")][:AT_ONCE]
    note = str(form.get("note", ""))[:NOTE_MAX_CHARS]
    done, refused = 0, ""
    try:
        refuse_unplain(form)
        approve = approves(form)
        for case_id in chosen:
            try:
                _decide_one(request, caller, case_id, cause=cause, approve=approve, note=note)
                done += 1
            except ApiError as error:
                refused = f" {len(chosen) - done} not: {error.detail}"
    except ApiError as error:
        refused = f" {error.detail}"
    word = "case was" if done == 1 else "cases were"
    request.session[_SAID] = f"{done} {word} decided.{refused}" if chosen else "Choose at least one case."
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)


def _decide_one(
    request: Request, caller: Caller, case_id: str, *, cause: str, approve: bool, note: str
) -> None:
    if cause_of(find_case(request, caller, case_id).case) != cause:
        raise ApiError(
            HTTPStatus.CONFLICT,
            "other_cause",
            "Something came to light meanwhile, so the case waits for another cause. Look at it by itself.",
        )
    undo_s = review_terms_of(wiring_of(request), caller.program_id).undo_s
    if undo_s:
        plan(request, caller, case_id, approve=approve, products={}, note=note, delay_s=undo_s)
    else:
        resolve(request, caller, case_id, approve=approve, products={}, note=note)
