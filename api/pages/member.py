"""What members see: balance and sending, each receipt's way and result, and where the points come from."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api import cursors
from api.auth import CSRF_FIELD, Caller, PageAllowed, check_csrf, wiring_of
from api.devices import client_of, keep_device
from api.errors import ApiError, not_found
from api.idempotency import parse_key
from api.intake import take_in, upload_limits
from api.pages.render import page, takes_mail_or_text
from api.plain_text import PlainText
from api.presenters import line_how, may_say
from api.pressure import ensure_room
from api.routes.barcode_photos import barcode_in, photo_limits
from api.routes.members import find_statement
from api.routes.receipts import POSITION_MOST, answered, find_receipt, second_look
from api.uploads import receive_upload
from pipeline.inbox_views import message_of_submission
from pipeline.member_views import submission_view, waiting
from pipeline.objections import TEXT_MOST_CHARS, NoSuchLine, object_to_line, objections_of
from pipeline.promise import promised_by, release_day
from pipeline.review_views import read_text
from pipeline.views import ReceiptSummary, ReceiptView, receipt_list
from receipts.identity import MemberId, Role, SubmissionId
from receipts.state import UNFINISHED, ReceiptState

router = APIRouter(include_in_schema=False)

RECENT = 5
PAGE_ROWS = 20
KEY_FIELD = "idempotency_key"
_KEY_BYTES = 16
_SAID = "said"
BETTER = (
    "Send a better photo of that receipt. What was paid already is not paid twice; what could not be read"
    " before still earns."
)

Member = Annotated[Caller, Depends(PageAllowed(Role.MEMBER))]
Viewer = Annotated[Caller, Depends(PageAllowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN))]


def _self(caller: Caller) -> MemberId:
    if caller.only_member is None:
        raise LookupError(f"account {caller.account.id} has the role member and no member")
    return caller.only_member


def _receipts(
    request: Request, caller: Caller, *, before: int | None, limit: int
) -> tuple[ReceiptSummary, ...]:
    return receipt_list(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=_self(caller),
        before=before,
        limit=limit,
    )


@router.get("/")
def home(request: Request, caller: Viewer, better: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Members' home; staff go to the waiting cases. `better` is a receipt of which a better photo comes."""
    if caller.account.role is not Role.MEMBER:
        return RedirectResponse("/review", HTTPStatus.SEE_OTHER)
    wiring = wiring_of(request)
    member_id = _self(caller)
    response = page(
        request,
        "home.html",
        account=caller.account,
        balances=find_statement(request, caller, member_id, before=None, limit=1).balances,
        notice=BETTER if better else "",
        waiting=waiting(wiring, program_id=caller.program_id, member_id=member_id),
        receipts=_receipts(request, caller, before=None, limit=RECENT + 1),
        recent=RECENT,
        limits=upload_limits(wiring.settings),
        key=secrets.token_hex(_KEY_BYTES),
        by_mail_or_text=takes_mail_or_text(wiring, caller.program_id),
    )
    keep_device(request, response)
    return response


@router.post("/send")
async def send(
    request: Request, caller: Member, idempotency_key: Annotated[str | None, Header()] = None
) -> Response:
    """Members. The upload form without its script; with it, the browser talks to POST /v1/submissions."""
    wiring = wiring_of(request)
    await ensure_room(request, caller)
    async with receive_upload(request, upload_limits(wiring.settings)) as upload:
        check_csrf(request, upload.fields.get(CSRF_FIELD, ""))
        own = (CSRF_FIELD, KEY_FIELD)
        # The form's key stands for this page load; with the files it stands for this choice of files, so
        # that going back and choosing others is another upload and pressing twice is not.
        key = parse_key(idempotency_key or upload.fields.get(KEY_FIELD) or None)
        if key is not None:
            key = f"{key[:100]}-{upload.without(own).fingerprint()}"
        answer = await run_in_threadpool(
            lambda: take_in(
                wiring,
                caller,
                upload,
                key=key,
                path=request.url.path,
                fields=own,
                client=client_of(request, caller),
            )
        )
    submission_id = _submission_of(answer)
    return RedirectResponse(f"/submissions/{submission_id}", HTTPStatus.SEE_OTHER)


def _submission_of(answer: Response) -> str:
    """Both answers name the submission: the 202 by its Location, the refusal in its body."""
    location = answer.headers.get("location", "")
    if location:
        return location.rsplit("/", 1)[-1]
    body = json.loads(bytes(answer.body))
    return str(body["submission_id"])


@router.get("/submissions/{submission_id}")
def submission_page(request: Request, caller: Member, submission_id: str) -> Response:
    """Members. Several receipts on their way; a single one has its own page."""
    view = submission_view(
        wiring_of(request),
        program_id=caller.program_id,
        submission_id=SubmissionId(submission_id),
        member_id=caller.only_member,
    )
    if view is None:
        raise not_found("page")
    if len(view.receipts) == 1:
        return RedirectResponse(f"/receipts/{view.receipts[0].id}", HTTPStatus.SEE_OTHER)
    return page(request, "submission.html", account=caller.account, view=view)


@router.get("/receipts")
def receipts_page(
    request: Request, caller: Member, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """Members. All of their receipts, newest first."""
    found = _receipts(request, caller, before=cursors.decode(cursor), limit=PAGE_ROWS + 1)
    rows = found[:PAGE_ROWS]
    return page(
        request,
        "receipts.html",
        account=caller.account,
        receipts=rows,
        next_cursor=cursors.encode(rows[-1].number) if len(found) > PAGE_ROWS else None,
        first=cursor is None,
    )


@router.get("/receipts/{receipt_id}")
def receipt_page(request: Request, caller: Viewer, receipt_id: str) -> Response:
    """Members (own), reviewers, admins. The live stages, then the result line by line."""
    view = find_receipt(request, caller, receipt_id)
    own = caller.account.role is Role.MEMBER
    wiring = wiring_of(request)
    balances = None
    if own and view.state is ReceiptState.AWARDED:
        balances = find_statement(request, caller, view.member_id, before=None, limit=1).balances
    held = view.state is ReceiptState.HELD
    siblings = submission_view(
        wiring_of(request),
        program_id=caller.program_id,
        submission_id=view.submission_id,
        member_id=caller.only_member,
    )
    return page(
        request,
        "receipt.html",
        account=caller.account,
        view=view,
        own=own,
        moving=view.state in UNFINISHED,
        how={line.item.position: line_how(line, view) for line in view.lines},
        balances=balances,
        releases=None if balances is None else release_day(wiring, caller.program_id, view.id),
        promised_by=promised_by(wiring, caller.program_id, view.id) if held else None,
        objections=objections_of(wiring, caller.program_id, view.id) if own else {},
        text=read_text(wiring_of(request), view.id) if _has_only_text(view) else "",
        message=message_of_submission(
            wiring_of(request), program_id=caller.program_id, submission_id=view.submission_id
        ),
        siblings=1 if siblings is None else len(siblings.receipts),
        notice=request.session.pop(_SAID, "") if own else "",
        asks=frozenset(each.item.position for each in view.lines if own and may_say(each, view)),
    )


@router.post("/receipts/{receipt_id}/second-look")
def ask_second_look(
    request: Request, caller: Viewer, receipt_id: str, csrf_token: Annotated[str, Form()] = ""
) -> Response:
    """Members (own), reviewers, admins. A person looks at what the policy declined."""
    check_csrf(request, csrf_token)
    view = second_look(request, caller, receipt_id)
    return RedirectResponse(f"/receipts/{view.id}", HTTPStatus.SEE_OTHER)


def _has_only_text(view: ReceiptView) -> bool:
    """Read, and without a picture: a mail, or a document that was read by its own text."""
    return view.receipt is not None and view.picture_sha256 is None and view.state not in UNFINISHED


@router.post("/receipts/{receipt_id}/lines/{position}")
def say_which(
    request: Request,
    caller: Member,
    receipt_id: str,
    position: Annotated[int, Path(ge=0, le=POSITION_MOST)],
    sku: Annotated[str, Form(max_length=100)] = "",
    barcode: Annotated[str, Form(max_length=40)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Members (own). Says which product an unsure line is; the person who looks at the receipt sees it."""
    check_csrf(request, csrf_token)
    find_receipt(request, caller, receipt_id)
    try:
        # Who typed a barcode means it, whatever the list beside it stands at.
        typed = bool(barcode.strip())
        said = answered(
            request, caller, receipt_id, position, sku=None if typed else sku or None, barcode=barcode
        )
    except ApiError as error:
        request.session[_SAID] = error.detail
    else:
        request.session[_SAID] = said.sentence
    return RedirectResponse(f"/receipts/{receipt_id}#line-{position}", HTTPStatus.SEE_OTHER)


@router.post("/receipts/{receipt_id}/lines/{position}/barcode-photo")
async def show_barcode(
    request: Request, caller: Member, receipt_id: str, position: Annotated[int, Path(ge=0, le=POSITION_MOST)]
) -> Response:
    """Members (own). The same by a photo of the package's barcode, which is read and not kept."""
    wiring = wiring_of(request)
    async with receive_upload(request, photo_limits(wiring.settings)) as upload:
        check_csrf(request, upload.fields.get(CSRF_FIELD, ""))
        await run_in_threadpool(find_receipt, request, caller, receipt_id)

        def say_it() -> str:
            gtin = barcode_in(request, caller, receipt_id, position, upload)
            return answered(request, caller, receipt_id, position, sku=None, barcode=gtin).sentence

        try:
            request.session[_SAID] = await run_in_threadpool(say_it)
        except ApiError as error:
            request.session[_SAID] = error.detail
    return RedirectResponse(f"/receipts/{receipt_id}#line-{position}", HTTPStatus.SEE_OTHER)


@router.post("/receipts/{receipt_id}/lines/{position}/wrong")
def say_wrong(
    request: Request,
    caller: Member,
    receipt_id: str,
    position: Annotated[int, Path(ge=0, le=POSITION_MOST)],
    text: Annotated[PlainText, Form(max_length=TEXT_MOST_CHARS)] = "",
    csrf_token: Annotated[str, Form()] = "",
) -> Response:
    """Members (own). Says that a line is wrong; a person reads it and answers."""
    check_csrf(request, csrf_token)
    view = find_receipt(request, caller, receipt_id)
    done = object_to_line(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=_self(caller),
        receipt_id=view.id,
        position=position,
        text=text,
    )
    if isinstance(done, NoSuchLine):
        raise not_found("line")
    request.session[_SAID] = done.sentence
    return RedirectResponse(f"/receipts/{receipt_id}#wrong-{position}", HTTPStatus.SEE_OTHER)


@router.get("/history")
def history_page(request: Request, caller: Member, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Members. Every ledger entry, newest first, and the balance that they add up to."""
    found = find_statement(request, caller, _self(caller), before=cursors.decode(cursor), limit=PAGE_ROWS + 1)
    entries = found.entries[:PAGE_ROWS]
    more = len(found.entries) > PAGE_ROWS
    return page(
        request,
        "history.html",
        account=caller.account,
        balance=found.balance,
        pending=found.balances.pending,
        entries=[entry for _, entry in entries],
        next_cursor=cursors.encode(entries[-1][0]) if more else None,
        first=cursor is None,
    )
