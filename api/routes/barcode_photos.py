"""A photo of the package's barcode as the answer to which product a line is."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api import models
from api.auth import Caller, wiring_of
from api.errors import ApiError, documented
from api.idempotency import Answer, Keep, once, parse_key
from api.routes.receipts import POSITION_MOST, Member, answered, line_answered, refuse_unasked
from api.throttle import Throttle
from api.uploads import Upload, UploadLimits, receive_upload
from pipeline.barcode_photos import Unreadable, photographed
from pipeline.line_answers import Said
from pipeline.settings import Settings
from receipts.identity import Gtin, ReceiptId

router = APIRouter(prefix="/v1", tags=["receipts"])

_FORM_BYTES = 64 * 1024
"""Of the form around the picture."""
_PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photo"],
                    "properties": {
                        "photo": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "JPEG, PNG, WebP, HEIC or TIFF; read and not kept.",
                        }
                    },
                }
            }
        },
    }
}


def photo_limits(settings: Settings) -> UploadLimits:
    """One picture."""
    most = settings.max_upload_bytes
    return UploadLimits(file_max_bytes=most, body_max_bytes=most + _FORM_BYTES, files_max=1)


@router.post(
    "/receipts/{receipt_id}/lines/{position}/barcode-photo",
    summary="Say which product an unsure line is, by a photo of its barcode",
    openapi_extra=_PHOTO_BODY,
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
    response_model=models.LineAnswered,
)
async def answer_by_photo(
    request: Request,
    caller: Member,
    receipt_id: str,
    position: Annotated[int, Path(ge=0, le=POSITION_MOST)],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Roles: member (own). The same answer as the number typed; the picture is read and kept nowhere."""
    wiring, key = wiring_of(request), parse_key(idempotency_key)
    async with receive_upload(request, photo_limits(wiring.settings)) as upload:

        def work(keep: Keep) -> Answer:
            answers: list[Answer] = []

            def along(session: Session, said: Said) -> None:
                body = line_answered(receipt_id, position, said)
                answers.append(Answer(HTTPStatus.OK, body.model_dump(mode="json")))
                keep(session, answers[-1])

            gtin = barcode_in(request, caller, receipt_id, position, upload)
            answered(request, caller, receipt_id, position, sku=None, barcode=gtin, along=along)
            return answers[-1]

        fingerprint = upload.fingerprint(receipt_id, str(position))
        return await run_in_threadpool(
            lambda: once(wiring, caller.account, key=key, fingerprint=fingerprint, work=work)
        )


def barcode_in(request: Request, caller: Caller, receipt_id: str, position: int, upload: Upload) -> Gtin:
    """The article number in the uploaded picture.

    Raises:
        ApiError: 404 and 409 as for a typed answer; 422 where there is no file or none can be read, 429 after
            several that could not.
    """
    wiring = wiring_of(request)
    refuse_unasked(request, caller, ReceiptId(receipt_id), position)
    account = caller.account.id
    throttle: Throttle = request.app.state.barcode_throttle
    wait_s = throttle.wait_s(account)
    if wait_s > 0:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_photos",
            f"Several pictures could not be read. Wait {wait_s} seconds, or type the number under the bars.",
            headers={"Retry-After": str(wait_s)},
        )
    found = photographed(wiring, _file_of(upload))
    if isinstance(found, Unreadable):
        throttle.failed(account)
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_barcode", found.sentence)
    throttle.succeeded(account)
    return found


def _file_of(upload: Upload) -> FilePath:
    if not upload.files:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no_file",
            "There is no picture. Take a photo of the barcode, or type the number under the bars.",
        )
    path = upload.files[0].path
    if path is None:
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            "The picture is too large. Take a photo of the barcode alone, or type the number under the bars.",
        )
    return path
