"""Files in pieces, by the tus protocol 1.0.0, so that its clients serve; and the check of a picture."""

from __future__ import annotations

import base64
import binascii
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, assert_never

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api import models
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, documented, not_found
from api.intake import refusal_status
from api.pages.language import language_of, said_in
from api.plain_text import is_plain
from pipeline.picture_check import check_picture
from pipeline.upload_pieces import (
    NoSuchUpload,
    OtherOffset,
    TooLong,
    TooManyOpen,
    add_piece,
    begin_upload,
    drop_uploads,
    find_upload,
)
from pipeline.wiring import Wiring
from receipts.database.repositories.uploads import Uploading
from receipts.errors import MEMBER_SENTENCES, Rejection
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["submissions"])

TUS_VERSION = "1.0.0"
TUS_EXTENSIONS = "creation,expiration,termination"
PIECE_TYPE = "application/offset+octet-stream"
PIECE_MOST_BYTES = 1_000_000
CHECKED_MOST_BYTES = 8_000_000
"""Of a picture as it is: a HEIC of 12 megapixels has 1 to 5 MB."""
"""Of one request, as of any other: larger pieces cost more when a connection breaks."""
_DIGITS_MOST = 18
"""Of a count of bytes, as the database takes them."""
_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"

Sender = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.SERVICE))]


def _tus(response: Response, upload: Uploading | None = None) -> Response:
    response.headers["Tus-Resumable"] = TUS_VERSION
    if upload is not None:
        response.headers["Upload-Offset"] = str(upload.received_bytes)
        response.headers["Upload-Length"] = str(upload.size_bytes)
        response.headers["Upload-Expires"] = upload.expires_at.strftime(_HTTP_DATE)
    return response


def _check_version(request: Request) -> None:
    if request.headers.get("tus-resumable") != TUS_VERSION:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            "tus_version",
            f"Send the header Tus-Resumable: {TUS_VERSION}; any client of the tus protocol does.",
            headers={"Tus-Version": TUS_VERSION},
        )


def _count(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST):
        raise ApiError(
            HTTPStatus.BAD_REQUEST, "header_missing", f"Send the header {name}: a whole number of bytes."
        )
    return int(text)


def _file_name(request: Request) -> str:
    """As `Upload-Metadata` has it in base64; a name that is no plain text is left out."""
    for pair in request.headers.get("upload-metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key in ("filename", "name"):
            try:
                name = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return name if is_plain(name) else ""
    return ""


def refuse_too_large(wiring: Wiring, size_bytes: int) -> None:
    """Say that a file of that size is not taken.

    Raises:
        ApiError: it is not.
    """
    most = wiring.settings.max_upload_bytes
    if size_bytes > most:
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"The file is too large. Please send a photo or PDF of at most {most // 1_000_000} MB.",
        )


def refuse_too_many() -> ApiError:
    """What an account is told that has too much under way."""
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_uploads",
        "Too many uploads are under way. Finish or delete some; the others are deleted after a day.",
    )


@router.post(
    "/uploads",
    status_code=HTTPStatus.CREATED,
    summary="Begin an upload in pieces",
    response_class=Response,
    responses={
        201: {"description": "`Location` is where the pieces go."},
        **documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.PRECONDITION_FAILED,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.TOO_MANY_REQUESTS,
        ),
    },
)
def begin(request: Request, caller: Sender) -> Response:
    """Roles: member, service. tus 1.0.0: `Upload-Length`, and `Upload-Metadata` with the file's name.

    Pieces may have 1,000,000 bytes. What is complete is submitted by naming its id in the field `uploads` of
    `POST /v1/submissions`. What nobody submits is deleted after 24 hours.
    """
    _check_version(request)
    size_bytes = _count(request, "Upload-Length")
    refuse_too_large(wiring_of(request), size_bytes)
    begun = begin_upload(
        wiring_of(request),
        caller.program_id,
        caller.account.id,
        file_name=_file_name(request),
        size_bytes=size_bytes,
    )
    if isinstance(begun, TooManyOpen):
        raise refuse_too_many()
    response = Response(status_code=HTTPStatus.CREATED)
    response.headers["Location"] = f"/v1/uploads/{begun.id}"
    return _tus(response, begun)


@router.head(
    "/uploads/{upload_id}",
    summary="See how far an upload has come",
    response_class=Response,
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def offset_of(request: Request, caller: Sender, upload_id: str) -> Response:
    """Roles: member, service. `Upload-Offset` says from where to go on."""
    found = find_upload(wiring_of(request), caller.program_id, caller.account.id, upload_id)
    if isinstance(found, NoSuchUpload):
        raise not_found("upload")
    return _tus(Response(), found)


@router.patch(
    "/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Send a piece",
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {PIECE_TYPE: {"schema": {"type": "string", "contentMediaType": PIECE_TYPE}}},
        }
    },
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
)
async def piece(request: Request, caller: Sender, upload_id: str) -> Response:
    """Roles: member, service. The bytes from `Upload-Offset` on; 409 says where it really stands."""
    _check_version(request)
    if request.headers.get("content-type") != PIECE_TYPE:
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_a_piece", f"Send the piece as Content-Type: {PIECE_TYPE}."
        )
    offset = _count(request, "Upload-Offset")
    try:
        data = await request.body()
    except ClientDisconnect as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "cut_short", "The connection broke before the end.") from error
    done = await run_in_threadpool(
        add_piece,
        wiring_of(request),
        caller.program_id,
        caller.account.id,
        upload_id,
        offset=offset,
        data=data,
    )
    match done:
        case NoSuchUpload():
            raise not_found("upload")
        case TooLong():
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", "The piece goes beyond Upload-Length."
            )
        case OtherOffset(upload):
            raise ApiError(
                HTTPStatus.CONFLICT,
                "other_offset",
                f"The upload stands at {upload.received_bytes} bytes. Go on from there.",
                headers={"Upload-Offset": str(upload.received_bytes), "Tus-Resumable": TUS_VERSION},
            )
        case Uploading():
            return _tus(Response(status_code=HTTPStatus.NO_CONTENT), done)
        case _:
            assert_never(done)


@router.delete(
    "/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Give an upload up",
    response_class=Response,
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def give_up(request: Request, caller: Sender, upload_id: str) -> Response:
    """Roles: member, service. Its pieces are deleted at once."""
    wiring = wiring_of(request)
    if isinstance(find_upload(wiring, caller.program_id, caller.account.id, upload_id), NoSuchUpload):
        raise not_found("upload")
    drop_uploads(wiring, caller.program_id, caller.account.id, (upload_id,))
    return _tus(Response(status_code=HTTPStatus.NO_CONTENT))


@router.post(
    "/picture-checks",
    summary="Check a picture before it is sent",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/jpeg": {"schema": {"type": "string", "contentMediaType": "image/jpeg"}}},
        }
    },
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
async def check(
    request: Request,
    caller: Sender,  # noqa: ARG001  (only members and services may)
    shrunk: Annotated[
        float,
        Query(ge=1, le=100, description="So many times smaller than the picture itself."),
    ] = 1,
    part: Annotated[bool, Query(description="It shows a part of a long receipt.")] = False,
) -> models.PictureCheck:
    """Roles: member, service. Blurred, dark, mirrored light, cut off, too small, no receipt: or nothing.

    The body is the picture alone, of at most 8,000,000 bytes; it is looked at and kept nowhere. The pages
    send a copy of 1,600 pixels, since a picture as it is takes long on a poor connection; and the picture
    itself where the browser cannot draw it, as most cannot a HEIC.
    """
    data, tongue = await request.body(), language_of(request)

    def look() -> models.PictureCheck:
        with tempfile.NamedTemporaryFile(prefix="tillpoints-check-") as file:
            file.write(data)
            file.flush()
            found = check_picture(wiring_of(request), Path(file.name), shrunk=shrunk, part=part)
        if isinstance(found, Rejection):
            status, reason = refusal_status(found.reason), found.reason
            raise ApiError(status, reason.value, said_in(tongue, found.member_sentence))
        sentence = "" if found.flaw is None else said_in(tongue, MEMBER_SENTENCES[found.flaw])
        return models.PictureCheck(
            flaw=None if found.flaw is None else found.flaw.value, hopeless=found.hopeless, sentence=sentence
        )

    return await run_in_threadpool(look)
