"""Corrections of settled receipts on the pages of reviewers: said by one, and agreed to or not by another."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.errors import ApiError, not_found
from api.pages.render import page
from api.pages.review_form import NOT_OURS, SEARCH_MOST_CHARS, choices, form_of, refuse_unplain
from api.routes.corrections import WAITING_MOST, answer_it, correct_it
from api.routes.receipts import find_receipt
from api.routes.review_desk import PRODUCTS_FOUND
from pipeline.catalog_desk import search_catalog_of
from pipeline.corrections_shown import shown_correction, waiting_with_receipts
from pipeline.desk import note_look
from pipeline.formats import points
from pipeline.member_record import member_record
from pipeline.original_shown import original_picture
from pipeline.review_views import read_text
from receipts.identity import ReceiptId, Role, Sku
from receipts.state import ReceiptState

router = APIRouter(include_in_schema=False)

SETTLED = (ReceiptState.AWARDED, ReceiptState.DECLINED)
_SAID = "said"

Reviewer = Annotated[Caller, Depends(PageAllowed(Role.REVIEWER, Role.ADMIN))]


@router.get("/corrections")
def corrections_page(request: Request, caller: Reviewer) -> Response:
    """Reviewers, admins. What waits for a second person, oldest first, 200 at most."""
    found = waiting_with_receipts(wiring_of(request), caller.program_id, limit=WAITING_MOST)
    return page(
        request,
        "corrections.html",
        account=caller.account,
        waiting=found,
        most=WAITING_MOST,
        said=request.session.pop(_SAID, ""),
    )


@router.get("/corrections/{correction_id}")
def correction_page(request: Request, caller: Reviewer, correction_id: str) -> Response:
    """Reviewers, admins. One of them with its evidence, and what it would pay by now; the look is noted."""
    wiring = wiring_of(request)
    shown = shown_correction(wiring, caller.program_id, correction_id)
    if shown is not None and (case_id := shown.receipt.case_id) is not None:
        note_look(wiring, program_id=caller.program_id, case_id=case_id, account=caller.account.id)
    return _one(request, caller, correction_id, trouble="")


def _one(
    request: Request, caller: Caller, correction_id: str, *, trouble: str, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    wiring = wiring_of(request)
    shown = shown_correction(wiring, caller.program_id, correction_id)
    if shown is None:
        raise not_found("correction")
    return page(
        request,
        "correction.html",
        account=caller.account,
        status=status,
        shown=shown,
        receipt=shown.receipt,
        record=member_record(wiring, caller.program_id, shown.receipt.member_id, besides=shown.receipt.id),
        own=shown.correction.proposed_by == caller.account.id,
        original_url=_original_url(request, caller, shown.receipt.id),
        trouble=trouble,
    )


def _original_url(request: Request, caller: Caller, receipt_id: ReceiptId) -> str:
    """Empty where there is none to show."""
    found = original_picture(wiring_of(request), caller.program_id, receipt_id)
    return f"/v1/receipts/{receipt_id}/original-picture" if found else ""


@router.post("/corrections/{correction_id}")
def answer_correction_page(
    request: Request,
    caller: Reviewer,
    correction_id: str,
    what: Annotated[str, Form(max_length=16)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Reviewers, admins; not who proposed it. Agrees or refuses, and goes back to what waits."""
    check_csrf(request, csrf_token)
    try:
        if what not in ("agree", "refuse"):
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "no_decision", "Press Agree, or Let it stand, to answer."
            )
        done = answer_it(request, caller, correction_id, agree=what == "agree")
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise
        return _one(request, caller, correction_id, trouble=error.detail, status=error.status)
    said = "The receipt stands as it was; your answer is kept."
    if done.status == "done":
        said = f"Corrected: {points(done.gained)} added, {points(done.taken)} taken back."
    request.session[_SAID] = said
    return RedirectResponse("/corrections", HTTPStatus.SEE_OTHER)


@router.get("/receipts/{receipt_id}/correction")
def correct_page(request: Request, caller: Reviewer, receipt_id: str) -> Response:
    """Reviewers, admins. A settled receipt's lines, to say what they are."""
    return _lines(request, caller, receipt_id, form=FormData(), trouble="")


def _lines(
    request: Request,
    caller: Caller,
    receipt_id: str,
    *,
    form: FormData,
    trouble: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    wiring, view = wiring_of(request), find_receipt(request, caller, receipt_id)
    if view.state not in SETTLED or view.receipt is None:
        raise not_found("settled receipt")
    words = str(form.get("words", ""))[:SEARCH_MOST_CHARS]
    return page(
        request,
        "correct_lines.html",
        account=caller.account,
        status=status,
        receipt=view,
        chosen=choices(form),
        words=words,
        found=search_catalog_of(wiring, caller.program_id, view.id, words, limit=PRODUCTS_FOUND),
        not_ours=NOT_OURS,
        original_url=_original_url(request, caller, view.id),
        text="" if view.picture_sha256 is not None else read_text(wiring, view.id),
        trouble=trouble,
        said=request.session.pop(_SAID, ""),
    )


@router.post("/receipts/{receipt_id}/correction")
def say_what_lines_are(
    request: Request, caller: Reviewer, receipt_id: str, form: Annotated[FormData, Depends(form_of)]
) -> Response:
    """Reviewers, admins. Corrects, or proposes where it adds much; or searches the catalog."""
    check_csrf(request, str(form.get(CSRF_FIELD, "")))
    try:
        refuse_unplain(form)
        if form.get("what") == "find":
            return _lines(request, caller, receipt_id, form=form, trouble="")
        said = {position: None if sku is None else Sku(sku) for position, sku in choices(form).items()}
        if not said:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "nothing_said",
                "No line was changed: choose what one is, then press Correct.",
            )
        done = correct_it(request, caller, receipt_id, said)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise
        return _lines(request, caller, receipt_id, form=form, trouble=error.detail, status=error.status)
    if done.status == "second_person":
        request.session[_SAID] = "Proposed: it adds more than one person may, so another has to agree."
        return RedirectResponse("/corrections", HTTPStatus.SEE_OTHER)
    changed = done.gained or done.taken or done.short
    request.session[_SAID] = (
        f"Corrected: {points(done.gained)} added, {points(done.taken)} taken back."
        if changed
        else "It pays the same so; no points were moved."
    )
    return RedirectResponse(f"/receipts/{receipt_id}/correction", HTTPStatus.SEE_OTHER)
