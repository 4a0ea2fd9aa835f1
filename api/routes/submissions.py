"""Submissions: send files, list them, and follow one until all its receipts have stopped moving."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api import cursors, models, presenters
from api.auth import Allowed, Caller, wiring_of
from api.devices import client_of
from api.errors import ApiError, documented, not_found
from api.idempotency import parse_key
from api.intake import take_in, upload_limits
from api.pages.language import ENGLISH, language_of, said_in
from api.pressure import ensure_room
from api.queries import KnownQuery
from api.uploads import receive_upload
from api.words import STATE_WORDS
from pipeline.member_views import SubmissionView, submission_page, submission_view
from pipeline.sentences import state_sentence
from pipeline.submit import Submitted, submission_of
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import StoredReceipt
from receipts.identity import MemberId, Role, SubmissionId
from receipts.state import UNFINISHED

router = APIRouter(prefix="/v1", tags=["submissions"])

PAGE_DEFAULT = 20
PAGE_MOST = 100
LOOK_EVERY_S = 0.2
"""How often a stream looks for news: a stage shows within half a second of its change, with time to spare."""
HEARTBEAT_S = 15
"""Keeps proxies from closing a quiet stream."""
STREAM_LIFE_S = 900
"""Then the stream ends and the browser asks anew, as it does after any break."""

Sender = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.SERVICE))]
Viewer = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.REVIEWER, Role.ADMIN, Role.SERVICE))]

_STREAM_EXAMPLE = """event: receipt
data: {"id": "rcp_...", "state": "read", "stage": 2, "label": "Matching", "sentence": "...", "points": null}

event: end
data: {}

"""
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "together": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "description": "`true`: the files are overlapping photos of one long receipt, in"
                            " any order, and become one receipt.",
                        },
                        "backfill": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "description": "For services: `true` where nobody waits for these, so that"
                            " whatever somebody waits for is read first.",
                        },
                        "uploads": {
                            "type": "string",
                            "description": "Ids of complete uploads in pieces (`POST /v1/uploads`), with"
                            " spaces between; they follow the files.",
                        },
                        "member_id": {
                            "type": "string",
                            "description": "For services: whose receipt it is. Stands before the files.",
                        },
                        "files": {
                            "type": "array",
                            "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                            "description": "Photos (JPEG, PNG, WebP, HEIC) and PDFs; each is one receipt"
                            " unless `together`.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/submissions",
    status_code=HTTPStatus.ACCEPTED,
    response_model=models.Submission,
    summary="Send receipts",
    openapi_extra=_UPLOAD_BODY,
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
)
async def create_submission(
    request: Request,
    caller: Sender,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Optional, kept 72 hours: the same key and files count once.", examples=['"8e03978e"']
        ),
    ] = None,
    device_id: Annotated[
        str | None,
        Header(
            description="Optional, for apps: what the app calls its telephone, at most 200 characters. Only a"
            " keyed hash of it is kept, for 35 days (`TILLPOINTS_TRACE_DAYS`).",
            examples=["8d0c9a3e-6f1b-4b7e-9c55-2f6f5b0e7d11"],
        ),
    ] = None,
) -> Response:
    """Roles: member, service. 202 once the originals are stored; reading goes on by itself.

    When some files are refused and others not, the answer is 202 and the refused ones are `rejected` in it.
    When every file is refused the answer is a problem with `submission_id`; the member sees it in the list.
    """
    wiring = wiring_of(request)
    key = parse_key(idempotency_key)
    client = client_of(request, caller, device_id)
    await ensure_room(request, caller)
    async with receive_upload(request, upload_limits(wiring.settings)) as upload:
        return await run_in_threadpool(
            lambda: take_in(wiring, caller, upload, key=key, path=request.url.path, client=client)
        )


@router.get(
    "/submissions",
    summary="List submissions",
    dependencies=[Depends(KnownQuery("member_id", "cursor", "limit"))],
    responses=documented(
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    ),
)
def list_submissions(
    request: Request,
    caller: Sender,
    member_id: Annotated[
        str | None, Query(description="For services: whose. A member's own otherwise.")
    ] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
) -> models.SubmissionPage:
    """Roles: member, service. A member's submissions, newest first."""
    whose = member_id or caller.only_member
    if whose is None:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "member_missing",
            "Say whose submissions: add the query parameter `member_id`.",
        )
    if caller.only_member not in (None, whose):
        raise not_found("member")
    views, following = submission_page(
        wiring_of(request),
        program_id=caller.program_id,
        member_id=MemberId(whose),
        before=cursors.decode(cursor),
        limit=limit,
    )
    return models.SubmissionPage(
        items=[presenters.submission(view) for view in views], next_cursor=cursors.encode(following)
    )


def _find(wiring: Wiring, caller: Caller, submission_id: str) -> SubmissionView:
    view = submission_view(
        wiring,
        program_id=caller.program_id,
        submission_id=SubmissionId(submission_id),
        member_id=caller.only_member,
    )
    if view is None:
        raise not_found("submission")
    return view


@router.get(
    "/submissions/{submission_id}",
    summary="See a submission",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_submission(request: Request, caller: Viewer, submission_id: str) -> models.Submission:
    """Roles: member (own), reviewer, admin, service."""
    return presenters.submission(_find(wiring_of(request), caller, submission_id))


@router.get(
    "/submissions/{submission_id}/events",
    summary="Follow a submission",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Server-sent events: `receipt` for each state and change, then `end`.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": _STREAM_EXAMPLE,
                }
            },
        },
        **documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    },
)
async def follow_submission(request: Request, caller: Viewer, submission_id: str) -> EventSourceResponse:
    """Roles: member (own), reviewer, admin, service. The present states first, then each change.

    Ends with `end` when no receipt moves by itself any more: paid, declined, rejected, failed, or with a
    person. After a break just ask again: the first events repeat the present states.
    """
    wiring = wiring_of(request)
    first = await run_in_threadpool(_states, wiring, caller, submission_id)
    tongue = language_of(request) if caller.account.role is Role.MEMBER else ENGLISH
    return EventSourceResponse(_news(wiring, caller, first, tongue), ping=HEARTBEAT_S)


def _states(wiring: Wiring, caller: Caller, submission_id: str) -> Submitted:
    """Where each receipt stands, and no more: this is asked several times a second."""
    found = submission_of(
        wiring,
        program_id=caller.program_id,
        submission_id=SubmissionId(submission_id),
        member_id=caller.only_member,
    )
    if found is None:
        raise not_found("submission")
    return found


async def _news(
    wiring: Wiring, caller: Caller, seen: Submitted, tongue: str
) -> AsyncIterator[ServerSentEvent]:
    told: dict[str, str] = {}
    deadline = asyncio.get_running_loop().time() + STREAM_LIFE_S
    while True:
        for receipt in seen.receipts:
            data = json.dumps(_news_of(receipt, tongue))
            if told.get(receipt.id) != data:
                told[receipt.id] = data
                yield ServerSentEvent(data=data, event="receipt")
        if not any(receipt.state in UNFINISHED for receipt in seen.receipts):
            yield ServerSentEvent(data="{}", event="end")
            return
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(LOOK_EVERY_S)
        seen = await run_in_threadpool(_states, wiring, caller, seen.submission.id)


def _news_of(receipt: StoredReceipt, tongue: str) -> dict[str, Any]:
    words = STATE_WORDS[receipt.state]
    return {
        "id": receipt.id,
        "state": receipt.state.value,
        "stage": words.stage,
        "label": said_in(tongue, words.label),
        "sentence": said_in(tongue, state_sentence(receipt.state, receipt.rejection_code)),
        "points": receipt.points,
    }
