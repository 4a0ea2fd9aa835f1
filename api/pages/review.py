"""What reviewers see: the waiting cases, and one case to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.datastructures import FormData

from api import cursors
from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.correction import correction_of
from api.pages.inbox import raw_message
from api.pages.render import page
from api.pages.review_form import (
    ASK_FOR_PHOTO,
    BETTER_PHOTO,
    approves,
    choices,
    form_of,
    refuse_unplain,
    words_sought,
)
from api.presenters import line_how
from api.routes.review import find_case, plan, refused, resolve, take_back
from api.routes.review_desk import PRODUCTS_FOUND, correct, hand_over
from pipeline.catalog_desk import search_catalog_of
from pipeline.clock import utc_now
from pipeline.corrections_shown import count_waiting_corrections
from pipeline.desk import claim, next_free, note_look, queue, release, review_log
from pipeline.formats import points
from pipeline.member_record import member_record
from pipeline.original_shown import original_picture
from pipeline.plans import plan_of, to_undo
from pipeline.reversals import may_reverse, waiting_reversals, word_on
from pipeline.review import Resolved
from pipeline.review_terms import review_terms_of
from pipeline.review_views import count_waiting, hold_reasons
from pipeline.sampling import policy_rates
from pipeline.saved_views import COUNTED_LATE, count_late, saved_views
from pipeline.second_person import SecondNeeded
from pipeline.twins_shown import FIELD_WORDS, twins_of
from pipeline.worth import worth_of
from receipts.award import Award
from receipts.catalog import CatalogProduct
from receipts.database.repositories.desk import Order, Show, Wanted
from receipts.identity import ReviewCaseId, Role, Sku

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 25
NOTE_MAX_CHARS = 1000
LOG_ROWS = 100
EVENTS_SHOWN = 20
REVERSALS_SHOWN = 10
POINTS_MOST = 1_000_000
EVENT_WORDS = {
    "looked": "looked at it",
    "claimed": "began to work on it",
    "released": "left it to others",
    "corrected": "corrected what was read",
    "noted": "passed it on",
    "approved": "approved it",
    "declined": "declined it",
    "planned": "decided it, to be undone for a while",
    "undone": "undid the decision",
    "returned": "decided it, and it came back to the queue",
    "proposed": "asked for a second person",
    "refused": "did not agree",
    "reversed": "reversed the decision",
}
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@dataclass(frozen=True, slots=True)
class Sought:
    """What a reviewer looked for in the catalog for one line, and what was found."""

    position: int
    words: str
    found: tuple[CatalogProduct, ...]


@router.get("/review")
def review_list(
    request: Request,
    caller: Reviewer,
    cursor: Annotated[str | None, Query()] = None,
    order: Annotated[Order, Query()] = Order.AGE,
    show: Annotated[Show, Query()] = Show.ALL,
    least: Annotated[int, Query(ge=0, le=POINTS_MOST)] = 0,
) -> Response:
    """Reviewers, admins. What waits, in the order and the part that is asked for."""
    wiring = wiring_of(request)
    wanted = Wanted(order, show, least)
    found = queue(
        wiring,
        program_id=caller.program_id,
        viewer=caller.account.id,
        wanted=wanted,
        after=cursors.decode(cursor) or 0,
        limit=PAGE_ROWS + 1,
    )
    cases = found[:PAGE_ROWS]
    return page(
        request,
        "review_list.html",
        account=caller.account,
        cases=[(each, hold_reasons(each.summary.case)) for each in cases],
        wanted=wanted,
        waiting=count_waiting(wiring, program_id=caller.program_id),
        to_undo=to_undo(wiring, program_id=caller.program_id, reviewer=caller.account.id),
        views=saved_views(wiring, caller.program_id, caller.account.id),
        late=count_late(wiring, caller.program_id),
        late_most=COUNTED_LATE,
        plain_views={"all": Wanted(), "late": Wanted(show=Show.LATE), "mine": Wanted(show=Show.MINE)},
        reversals=waiting_reversals(wiring, caller.program_id, limit=REVERSALS_SHOWN),
        corrections=count_waiting_corrections(wiring, caller.program_id),
        drawn=policy_rates(wiring, program_id=caller.program_id).waiting,
        next_cursor=cursors.encode(cases[-1].summary.case.number) if len(found) > PAGE_ROWS else None,
        said=request.session.pop(_SAID, ""),
    )


@router.get("/review/log")
def log_page(request: Request, caller: Reviewer, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Reviewers, admins. Every look and change, newest first."""
    found = review_log(
        wiring_of(request),
        program_id=caller.program_id,
        before=cursors.decode(cursor) or 0,
        limit=LOG_ROWS + 1,
    )
    shown = found[:LOG_ROWS]
    return page(
        request,
        "review_log.html",
        account=caller.account,
        events=shown,
        event_words=EVENT_WORDS,
        next_cursor=cursors.encode(shown[-1].number) if len(found) > LOG_ROWS else None,
    )


@router.get("/review/{case_id}")
def review_case(request: Request, caller: Reviewer, case_id: str) -> Response:
    """Reviewers, admins. One case, with what a decision needs; claimed for whoever looks first."""
    wiring, view = wiring_of(request), find_case(request, caller, case_id)
    if view.case.status == "open":
        claim(wiring, program_id=caller.program_id, case_id=ReviewCaseId(case_id), account=caller.account.id)
    note_look(wiring, program_id=caller.program_id, case_id=ReviewCaseId(case_id), account=caller.account.id)
    return _case_page(request, caller, case_id, trouble="", said=request.session.pop(_SAID, ""))


@router.get("/review/{case_id}/message")
def review_message(request: Request, caller: Reviewer, case_id: str) -> Response:
    """Reviewers, admins. The mail or text that a case's receipt came by, as a file and never shown."""
    view = find_case(request, caller, case_id)
    if view.message is None:
        raise not_found("message")
    return raw_message(request, caller, view.message)


def _case_page(
    request: Request,
    caller: Caller,
    case_id: str,
    *,
    trouble: str,
    said: str = "",
    note: str = "",
    chosen: Mapping[int, str | None] | None = None,
    sought: Sought | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    view = find_case(request, caller, case_id)
    return page(
        request,
        "review_case.html",
        account=caller.account,
        status=status,
        view=view,
        receipt=view.receipt,
        taken=view.case.worked_on_by_another(caller.account.id, utc_now()),
        word=word_on(wiring_of(request), caller.program_id, view.case.id),
        may_reverse=may_reverse(wiring_of(request), caller.program_id, view.case),
        limit=review_terms_of(wiring_of(request), caller.program_id).second_above,
        original_url=(
            f"/v1/receipts/{view.receipt.id}/original-picture"
            if original_picture(wiring_of(request), caller.program_id, view.receipt.id)
            else ""
        ),
        field_words=FIELD_WORDS,
        twins=twins_of(wiring_of(request), view),
        plan=plan_of(wiring_of(request), program_id=caller.program_id, case_id=view.case.id),
        to_undo=to_undo(wiring_of(request), program_id=caller.program_id, reviewer=caller.account.id),
        record=member_record(
            wiring_of(request), caller.program_id, view.receipt.member_id, besides=view.receipt.id
        ),
        events=review_log(
            wiring_of(request),
            program_id=caller.program_id,
            case_id=view.case.id,
            before=0,
            limit=EVENTS_SHOWN,
        ),
        event_words=EVENT_WORDS,
        how={line.item.position: line_how(line, view.receipt) for line in view.receipt.lines},
        waiting=count_waiting(wiring_of(request), program_id=caller.program_id),
        trouble=trouble,
        said=said,
        note=note,
        chosen=chosen or {},
        sought=sought,
    )


@router.post("/review/{case_id}")
def decide(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Decides and goes on to the next case."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    note = str(form.get("note", ""))[:NOTE_MAX_CHARS]
    if form.get("decision") == ASK_FOR_PHOTO:
        note = note.strip() or BETTER_PHOTO
    view = find_case(request, caller, case_id)
    try:
        refuse_unplain(form)
        approve, products = approves(form), choices(form)
        undo_s = review_terms_of(wiring_of(request), caller.program_id).undo_s
        if undo_s:
            said = ""
            plan(request, caller, case_id, approve=approve, products=products, note=note, delay_s=undo_s)
        else:
            outcome = resolve(request, caller, case_id, approve=approve, products=products, note=note)
            said = _what_came(outcome, view.receipt.member_name)
    except ApiError as error:
        return _case_page(
            request,
            caller,
            case_id,
            trouble=error.detail,
            note=note,
            chosen=choices(form),
            status=error.status,
        )
    if said:
        request.session[_SAID] = said
    return _next(request, caller, view.case.id)


@router.post("/review/{case_id}/undo")
def undo_page(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Takes one's own decision back while it has not taken effect, and shows the case."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    try:
        take_back(request, caller, case_id)
    except ApiError as error:
        return _case_page(request, caller, case_id, trouble=error.detail, status=error.status)
    request.session[_SAID] = "Undone: nothing was paid and nobody was told. The case is yours again."
    return RedirectResponse(f"/review/{case_id}", HTTPStatus.SEE_OTHER)


@router.post("/review/{case_id}/find")
def find_product(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Shows the case with products found for one line; what was typed stays."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    view = find_case(request, caller, case_id)
    refuse_unplain(form)
    position, words = words_sought(form)
    found = search_catalog_of(
        wiring_of(request), caller.program_id, view.receipt.id, words, limit=PRODUCTS_FOUND
    )
    return _case_page(
        request,
        caller,
        case_id,
        trouble="",
        note=str(form.get("note", ""))[:NOTE_MAX_CHARS],
        chosen=choices(form),
        sought=Sought(position, words, found),
    )


@router.post("/review/{case_id}/worth")
def worth_page(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. What approval would pay with what is chosen, in words; nothing is kept."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    refuse_unplain(form)
    products = {position: None if sku is None else Sku(sku) for position, sku in choices(form).items()}
    found = worth_of(wiring_of(request), caller.program_id, ReviewCaseId(case_id), products)
    if not isinstance(found, int):
        raise refused(found)
    return PlainTextResponse(points(found), headers={"Cache-Control": "no-store"})


def _next(request: Request, caller: Caller, besides: ReviewCaseId) -> Response:
    following = next_free(
        wiring_of(request),
        program_id=caller.program_id,
        account=caller.account.id,
        wanted=Wanted(),
        besides=besides,
    )
    return RedirectResponse("/review" if following is None else f"/review/{following}", HTTPStatus.SEE_OTHER)


@router.post("/review/{case_id}/correct")
def correct_page(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Corrects what was read and shows the case anew."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    try:
        refuse_unplain(form)
        done = correct(request, caller, case_id, correction_of(form))
    except ApiError as error:
        return _case_page(request, caller, case_id, trouble=error.detail, status=error.status)
    request.session[_SAID] = (
        f"Corrected. The sums {'add up' if done.receipt.balanced else 'do not add up'};"
        f" approval pays {points(done.would_pay)}."
        if done.changed
        else "It read so already; nothing was changed."
    )
    return RedirectResponse(f"/review/{case_id}", HTTPStatus.SEE_OTHER)


@router.post("/review/{case_id}/pass-on")
def pass_on_page(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Leaves the case to another, with a word about it."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    try:
        refuse_unplain(form)
        hand_over(request, caller, case_id, note=str(form.get("note", ""))[:NOTE_MAX_CHARS])
    except ApiError as error:
        return _case_page(request, caller, case_id, trouble=error.detail, status=error.status)
    request.session[_SAID] = "Passed on: another reviewer finds your note in the case."
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)


@router.post("/review/{case_id}/release")
def release_page(
    request: Request, caller: Reviewer, case_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Leaves the case to others."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    find_case(request, caller, case_id)
    release(
        wiring_of(request),
        program_id=caller.program_id,
        case_id=ReviewCaseId(case_id),
        account=caller.account.id,
    )
    return RedirectResponse("/review", HTTPStatus.SEE_OTHER)


def _what_came(outcome: Resolved | SecondNeeded, member_name: str) -> str:
    if isinstance(outcome, SecondNeeded):
        return f"Kept: {points(outcome.points)} are more than one reviewer approves. A second one must, too."
    if isinstance(outcome.decision, Award):
        return f"Approved: {points(outcome.decision.points)} for {member_name}."
    return f"Decided: nothing is paid to {member_name} for this receipt, and the reason is told."
