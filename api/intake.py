"""Taking an upload in, the same for the API and for the page's form without a script."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api import models
from api.auth import Caller
from api.errors import ApiError, FieldError, problem_body
from api.idempotency import Answer, Keep, once
from api.uploads import Upload, UploadLimits
from pipeline.sentences import state_sentence
from pipeline.settings import Settings
from pipeline.submit import IncomingFile, Submitted, UnknownMemberError, submit
from pipeline.traces import NOWHERE, Client
from pipeline.upload_pieces import NoSuchUpload, OtherOffset, forget_along, whole_files
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import StoredReceipt
from receipts.errors import RejectionReason
from receipts.identity import MemberId, Role
from receipts.submission import Channel

UPLOADS_FIELD = "uploads"
"""Ids of files that came in pieces, with spaces between."""
TOGETHER_FIELD = "together"
"""``true``: the files are photos of one receipt."""
BACKFILL_FIELD = "backfill"
"""``true``: nobody waits for these."""
FILES_AT_FULL_SIZE = 3
"""A request holds as many files of the largest size as this: 60 MB as the settings come, which a phone on
4G sends in about a minute. More, smaller files fit as well, up to `max_upload_files`."""

_TOO_LARGE = frozenset(
    {RejectionReason.TOO_LARGE, RejectionReason.TOO_MANY_PIXELS, RejectionReason.TOO_MANY_PAGES}
)
_UNSUPPORTED = frozenset(
    {
        RejectionReason.UNSUPPORTED_TYPE,
        RejectionReason.UNSUPPORTED_ARCHIVE,
        RejectionReason.UNSUPPORTED_DRAWING,
        RejectionReason.UNSUPPORTED_TEXT,
        RejectionReason.UNSUPPORTED_WEB_PAGE,
    }
)


def upload_limits(settings: Settings) -> UploadLimits:
    """The limits of one request."""
    return UploadLimits(
        file_max_bytes=settings.max_upload_bytes,
        body_max_bytes=FILES_AT_FULL_SIZE * settings.max_upload_bytes,
        files_max=settings.max_upload_files,
    )


def take_in(
    wiring: Wiring,
    caller: Caller,
    upload: Upload,
    *,
    key: str | None,
    path: str,
    fields: Sequence[str] = (),
    client: Client = NOWHERE,
) -> JSONResponse:
    """Submit the files, once for each Idempotency-Key; 202, or the problem where every file is refused.

    Args:
        wiring: the process's parts.
        caller: who sends.
        upload: what was sent.
        key: the Idempotency-Key, if one was sent.
        path: of the request, for the problem's `instance`.
        fields: form fields that are no part of the request's meaning, such as the CSRF token.
        client: from where it was sent.

    Raises:
        ApiError: no file, no member to send for, or a member outside the caller's reach.
    """
    member_id = _member_of(caller, upload)
    pieced = _pieced(upload)
    _refuse_nothing(upload, pieced)
    files = [IncomingFile(file.path, file.name, file.size_bytes) for file in upload.files]

    def work(keep: Keep) -> Answer:
        answers: list[Answer] = []

        def along(session: Session, submitted: Submitted) -> None:
            answers.append(_answer(submitted, path=path))
            keep(session, answers[-1])
            if not forget_along(session, caller.program_id, caller.account.id, pieced):
                raise _no_such_upload()

        with ExitStack() as until:
            submit(
                wiring,
                program_id=caller.program_id,
                member_id=member_id,
                channel=Channel.UPLOAD,
                files=[*files, *_whole(wiring, caller, pieced, until)],
                along=along,
                client=client,
                together=upload.fields.get(TOGETHER_FIELD, "") == "true",
                backfill=_is_backfill(caller, upload),
            )
        return answers[-1]

    try:
        fingerprint = upload.without(fields).fingerprint(member_id)
        return once(wiring, caller.account, key=key, fingerprint=fingerprint, work=work)
    except UnknownMemberError as error:
        raise ApiError(
            HTTPStatus.NOT_FOUND, "not_found", "The program has no such member. Check `member_id`."
        ) from error


def _is_backfill(caller: Caller, upload: Upload) -> bool:
    """A member always waits; only a service has a drawer full of old receipts."""
    return caller.account.role is Role.SERVICE and upload.fields.get(BACKFILL_FIELD, "") == "true"


def _refuse_nothing(upload: Upload, pieced: tuple[str, ...]) -> None:
    if not upload.files and not pieced:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "no_file",
            "There is no file in the upload. Choose a photo or a PDF of the receipt and send it again.",
        )


def _pieced(upload: Upload) -> tuple[str, ...]:
    """Ids of the uploads in pieces that the form names, each once."""
    return tuple(dict.fromkeys(upload.fields.get(UPLOADS_FIELD, "").split()))


def _whole(
    wiring: Wiring, caller: Caller, upload_ids: tuple[str, ...], until: ExitStack
) -> list[IncomingFile]:
    if not upload_ids:
        return []
    if len(upload_ids) > wiring.settings.max_upload_files:
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too_many_files",
            f"Please send at most {wiring.settings.max_upload_files} files at a time.",
        )
    found = whole_files(wiring, caller.program_id, caller.account.id, upload_ids, until=until)
    if isinstance(found, NoSuchUpload):
        raise _no_such_upload()
    if isinstance(found, OtherOffset):
        raise ApiError(
            HTTPStatus.CONFLICT,
            "upload_incomplete",
            f"{found.upload.id} has {found.upload.received_bytes} of {found.upload.size_bytes} bytes."
            " Send the rest first.",
        )
    return [IncomingFile(file.path, file.name, file.size_bytes) for file in found]


def _no_such_upload() -> ApiError:
    return ApiError(
        HTTPStatus.NOT_FOUND, "no_such_upload", "An upload is gone. Please send the files once more."
    )


def _member_of(caller: Caller, upload: Upload) -> MemberId:
    named = upload.fields.get("member_id", "")
    if caller.account.role is Role.SERVICE:
        if named:
            return MemberId(named)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY if upload.whole else HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "member_missing" if upload.whole else "too_large",
            "Say for which member: add the form field `member_id`, before the files.",
        )
    if caller.only_member is None:
        raise ApiError(HTTPStatus.FORBIDDEN, "not_allowed", "Only members and services send receipts.")
    if named not in ("", caller.only_member):
        raise ApiError(
            HTTPStatus.NOT_FOUND, "not_found", "There is no such member, or not you. Leave it out."
        )
    return caller.only_member


def _answer(submitted: Submitted, *, path: str) -> Answer:
    if submitted.all_rejected:
        return _refusal(submitted, path=path)
    body = models.Submission(
        id=submitted.submission.id,
        member_id=submitted.submission.member_id,
        channel=submitted.submission.channel.value,
        received_at=submitted.submission.received_at,
        receipts=[_brief(receipt) for receipt in submitted.receipts],
        url=f"/v1/submissions/{submitted.submission.id}",
        events_url=f"/v1/submissions/{submitted.submission.id}/events",
    )
    return Answer(HTTPStatus.ACCEPTED, body.model_dump(mode="json"))


def _brief(receipt: StoredReceipt) -> models.ReceiptBrief:
    return models.ReceiptBrief(
        id=receipt.id,
        submission_id=receipt.submission_id,
        state=receipt.state.value,
        sentence=state_sentence(receipt.state, receipt.rejection_code),
        file_name=receipt.file_name,
        retailer="",
        purchased_on=None,
        total=None,
        points=receipt.points,
        received_at=receipt.received_at,
        url=f"/v1/receipts/{receipt.id}",
    )


def _refusal(submitted: Submitted, *, path: str) -> Answer:
    """Every file was refused: the first one's reason is the answer's, each one's is in `errors`."""
    sentences = [state_sentence(each.state, each.rejection_code) for each in submitted.receipts]
    first = submitted.receipts[0].rejection_code or ""
    errors = tuple(
        FieldError(location=f"files[{each.position}]", message=sentence, code=each.rejection_code)
        for each, sentence in zip(submitted.receipts, sentences, strict=True)
    )
    members: dict[str, Any] = {
        "submission_id": submitted.submission.id,
        "receipts": [_brief(each).model_dump(mode="json") for each in submitted.receipts],
    }
    status = refusal_status(RejectionReason(first))
    error = ApiError(status, first, " ".join(dict.fromkeys(sentences)), errors=errors, members=members)
    return Answer(status, problem_body(error, instance=path))


def refusal_status(reason: RejectionReason) -> HTTPStatus:
    """413 for what is too large, 415 for what we do not open, 422 for what cannot be used as it is."""
    if reason in _TOO_LARGE:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if reason in _UNSUPPORTED:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    return HTTPStatus.UNPROCESSABLE_ENTITY
