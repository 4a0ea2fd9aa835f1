"""One receipt: what was read, what earned, and the picture it was read from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from sqlalchemy.orm import Session

from api import models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.idempotency import Answer, Keep, once, parse_key
from api.looks import original_of
from pipeline.appeal import Asked, ask_for_a_person
from pipeline.line_answers import NoSuchReceipt, NotAsked, Said, SaidEnough, WrongAnswer, not_asked, say
from pipeline.views import ReceiptView, receipt_view
from receipts.identity import MemberId, ReceiptId, Role, Sku

router = APIRouter(prefix="/v1", tags=["receipts"])

Member = Annotated[Caller, Depends(Allowed(Role.MEMBER))]
Viewer = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN, Role.SERVICE))]

POSITION_MOST = 100_000
PICTURE_POLICY = "default-src 'none'; sandbox"
"""A picture opened by itself runs nothing, whatever a browser takes it for."""


def find_receipt(request: Request, caller: Caller, receipt_id: str) -> ReceiptView:
    """The receipt.

    Raises:
        ApiError: 404 outside the caller's reach.
    """
    view = receipt_view(
        wiring_of(request),
        program_id=caller.program_id,
        receipt_id=ReceiptId(receipt_id),
        member_id=caller.only_member,
    )
    if view is None:
        raise not_found("receipt")
    return view


@router.get(
    "/receipts/{receipt_id}",
    summary="See a receipt line by line",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_receipt(request: Request, caller: Viewer, receipt_id: str) -> models.Receipt:
    """Roles: member (own), reviewer, admin, service."""
    return presenters.receipt(
        find_receipt(request, caller, receipt_id), for_member=caller.account.role is Role.MEMBER
    )


@router.post(
    "/receipts/{receipt_id}/lines/{position}/answer",
    summary="Say which product an unsure line is",
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
    response_model=models.LineAnswered,
)
def answer_line(
    request: Request,
    caller: Member,
    receipt_id: str,
    position: Annotated[int, Path(ge=0, le=POSITION_MOST)],
    asked: models.LineAnswerRequest,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Roles: member (own). It pays nothing by itself: the person who looks at the receipt sees it first."""
    fingerprint = hashlib.sha256(
        f"{receipt_id}\n{position}\n{asked.sku}\n{asked.barcode}".encode()
    ).hexdigest()
    key = parse_key(idempotency_key)

    def work(keep: Keep) -> Answer:
        answers: list[Answer] = []

        def along(session: Session, said: Said) -> None:
            body = line_answered(receipt_id, position, said)
            answers.append(Answer(HTTPStatus.OK, body.model_dump(mode="json")))
            keep(session, answers[-1])

        answered(request, caller, receipt_id, position, sku=asked.sku, barcode=asked.barcode, along=along)
        return answers[-1]

    return once(wiring_of(request), caller.account, key=key, fingerprint=fingerprint, work=work)


def line_answered(receipt_id: str, position: int, said: Said) -> models.LineAnswered:
    """What was kept, for whoever asks over HTTP."""
    return models.LineAnswered(
        receipt_id=receipt_id,
        position=position,
        answer=presenters.line_answer(said.answer, said.product),
        sentence=said.sentence,
    )


def refuse_unasked(request: Request, caller: Caller, receipt_id: ReceiptId, position: int) -> None:
    """Before anything is done for an answer that would not be kept.

    Raises:
        ApiError: as `answered`.
    """
    refused = not_asked(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=_member_of(caller),
        receipt_id=receipt_id,
        position=position,
    )
    if refused is not None:
        raise _refusal(refused)


def _member_of(caller: Caller) -> MemberId:
    if caller.only_member is None:
        raise LookupError(f"account {caller.account.id} has the role member and no member")
    return caller.only_member


def _refusal(outcome: NoSuchReceipt | NotAsked | SaidEnough | WrongAnswer) -> ApiError:
    match outcome:
        case NoSuchReceipt():
            return not_found("receipt")
        case NotAsked():
            return ApiError(HTTPStatus.CONFLICT, "not_asked", outcome.sentence)
        case SaidEnough():
            return ApiError(HTTPStatus.CONFLICT, "said_enough", outcome.sentence)
        case WrongAnswer():
            return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_answer", outcome.sentence)
        case _:
            assert_never(outcome)


def answered(
    request: Request,
    caller: Caller,
    receipt_id: str,
    position: int,
    *,
    sku: str | None,
    barcode: str,
    along: Callable[[Session, Said], None] | None = None,
) -> Said:
    """Keep what the member says of a line.

    Raises:
        ApiError: 404 for another's receipt, 409 where nothing is asked of the line (any more), 422 for what
            cannot be.
    """
    outcome = say(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=_member_of(caller),
        receipt_id=ReceiptId(receipt_id),
        position=position,
        sku=None if sku is None else Sku(sku),
        barcode=barcode,
        along=along,
    )
    if not isinstance(outcome, Said):
        raise _refusal(outcome)
    return outcome


Asker = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN))]


def second_look(request: Request, caller: Caller, receipt_id: str) -> ReceiptView:
    """Ask for a person, and give the receipt as it stands then.

    Raises:
        ApiError: 404 outside the caller's reach, 409 where the policy did not decline it.
    """
    view = find_receipt(request, caller, receipt_id)
    own = caller.account.role is Role.MEMBER
    asked = ask_for_a_person(
        wiring_of(request),
        program_id=caller.program_id,
        receipt_id=view.id,
        asked_by="the member" if own else caller.account.name,
        member_id=caller.only_member,
    )
    match asked:
        case Asked.OPENED | Asked.OPEN_BEFORE:
            return find_receipt(request, caller, receipt_id)
        case Asked.NO_SUCH_RECEIPT:
            raise not_found("receipt")
        case Asked.NOT_DECLINED_BY_POLICY:
            raise ApiError(
                HTTPStatus.CONFLICT,
                "nothing_to_look_at",
                "A person looks when asked at what was declined by the program's policy alone. This receipt"
                " was not, or someone has decided it. Nothing was changed.",
            )
        case _:
            assert_never(asked)


@router.post(
    "/receipts/{receipt_id}/second-look",
    summary="Ask a person to look",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def ask_second_look(request: Request, caller: Asker, receipt_id: str) -> models.Receipt:
    """Roles: member (own), reviewer, admin. Opens a case for what the policy declined; once is enough."""
    return presenters.receipt(
        second_look(request, caller, receipt_id), for_member=caller.account.role is Role.MEMBER
    )


@router.get(
    "/receipts/{receipt_id}/picture",
    summary="See the picture",
    response_class=Response,
    responses={
        200: {
            "description": "The straightened picture that was read, made anew by us as JPEG.",
            "content": {"image/jpeg": {}},
        },
        **documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    },
)
def get_picture(request: Request, caller: Viewer, receipt_id: str) -> Response:
    """Roles: member (own), reviewer, admin, service. Never the bytes that were sent."""
    view = find_receipt(request, caller, receipt_id)
    if view.picture_sha256 is None:
        raise not_found("picture")
    tag = f'"{view.picture_sha256}"'
    headers = {
        "Content-Security-Policy": PICTURE_POLICY,
        "Content-Disposition": f'inline; filename="{view.id}.jpg"',
        "Cache-Control": "private, no-cache",  # asked for again each time: another may have signed in
        "ETag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    picture = original_of(
        request, caller, view.picture_sha256, member_id=view.member_id, what="picture", target_id=view.id
    )
    return Response(picture, media_type="image/jpeg", headers=headers)
