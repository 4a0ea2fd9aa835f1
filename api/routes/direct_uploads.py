"""Files straight to the place where files are kept, so that no photo passes through our servers twice."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.auth import Allowed, Caller, before_sign_in, wiring_of
from api.direct_models import DirectUpload, DirectUploadWish
from api.errors import ApiError, documented, not_found
from api.routes.uploads import refuse_too_large, refuse_too_many
from api.uploads import UploadLimits, receive_upload
from pipeline.direct_uploads import INVITED_FOR_S, invitation_to
from pipeline.upload_pieces import TooManyOpen, begin_upload
from receipts.files.quarantine import FILE_FIELD, LocalQuarantine, NotInvitedError
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["submissions"])

_FORM_BYTES = 65_536
"""Of a form around its file."""

Sender = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.SERVICE))]

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["ticket", FILE_FIELD],
                    "properties": {
                        "ticket": {"type": "string", "description": "As `fields` had it."},
                        FILE_FIELD: {"type": "string", "contentMediaType": "application/octet-stream"},
                    },
                }
            }
        },
    }
}


@router.post(
    "/uploads/direct",
    status_code=HTTPStatus.CREATED,
    summary="Begin an upload past our servers",
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
def begin(request: Request, caller: Sender, wish: DirectUploadWish) -> DirectUpload:
    """Roles: member, service. The answer says where to POST the file: a bucket's presigned form, or our own.

    Send `fields`, then the file, as multipart/form-data. Then name `id` in the field `uploads` of
    `POST /v1/submissions`: the file is looked at as any other is. What nobody submits goes after 24 hours.
    """
    wiring = wiring_of(request)
    refuse_too_large(wiring, wish.size_bytes)
    begun = begin_upload(
        wiring,
        caller.program_id,
        caller.account.id,
        file_name=wish.file_name,
        size_bytes=wish.size_bytes,
        direct=True,
    )
    if isinstance(begun, TooManyOpen):
        raise refuse_too_many()
    invited = invitation_to(wiring, begun)
    return DirectUpload(
        id=begun.id,
        url=invited.url,
        fields=dict(invited.fields),
        file_field=FILE_FIELD,
        form_expires_in_s=INVITED_FOR_S,
        expires_at=begun.expires_at,
    )


@router.post(
    "/direct-uploads",
    dependencies=[Depends(before_sign_in)],
    status_code=HTTPStatus.NO_CONTENT,
    summary="Send a file by a signed form",
    response_class=Response,
    openapi_extra=_FORM,
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
async def take(request: Request) -> Response:
    """Whoever holds the form. Only where originals are kept in a folder; a bucket takes its forms itself."""
    wiring = wiring_of(request)
    quarantine = wiring.quarantine
    if not isinstance(quarantine, LocalQuarantine):
        raise not_found("page")
    most = wiring.settings.max_upload_bytes
    limits = UploadLimits(file_max_bytes=most, body_max_bytes=most + _FORM_BYTES, files_max=1)
    async with receive_upload(request, limits) as upload:
        file = upload.files[0] if len(upload.files) == 1 else None
        if file is None or file.path is None:
            refuse_too_large(wiring, 0 if file is None else file.size_bytes)
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_file", "There is no file in the form.")
        try:
            await run_in_threadpool(quarantine.take, upload.fields.get("ticket", ""), file.path)
        except NotInvitedError as error:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "not_invited",
                "The form is not one of ours, too old, or for a file of another size. Ask for a new one.",
            ) from error
    return Response(status_code=HTTPStatus.NO_CONTENT)
