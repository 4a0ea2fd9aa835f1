"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent twice counts once.

The key is optional. Under a key, the same request gets the stored answer again (header
`Idempotency-Replayed: true`), another request gets 422, and one whose first try still runs gets 409. Keys
belong to the account that sent them and live for `KEY_LIFE_S`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, assert_never

from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from api.errors import PROBLEM_JSON, ApiError
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import (
    Answered,
    Begun,
    IdempotencyKeys,
    OtherRequest,
    StillRunning,
)
from receipts.program import Account

KEY_MAX_CHARS = 255
KEY_LIFE_S = 72 * 3600
RUNNING_S = 60.0
"""A first try that has not answered after this has died: the largest upload takes a few seconds to judge."""
REPLAYED_HEADER = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that can be kept: JSON, and the headers follow from it."""

    status: HTTPStatus
    body: dict[str, Any]

    def response(self, *, replayed: bool = False) -> JSONResponse:
        """The HTTP response, with `Location` where something was made."""
        headers = {REPLAYED_HEADER: "true"} if replayed else {}
        if "url" in self.body:
            headers["Location"] = str(self.body["url"])
        media_type = PROBLEM_JSON if self.status >= HTTPStatus.BAD_REQUEST else "application/json"
        return JSONResponse(self.body, status_code=self.status, headers=headers, media_type=media_type)


Keep = Callable[[Session, Answer], None]
"""Keeps the answer under the key, in the transaction that does the work."""


def parse_key(header: str | None) -> str | None:
    """The key of the header, a structured-field string (RFC 9651) or a bare word; None without one.

    Raises:
        ApiError: 400 when it is empty, too long or not printable ASCII.
    """
    if header is None:
        return None
    text = header.strip()
    quotes = 2
    if len(text) >= quotes and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not text or len(text) > KEY_MAX_CHARS or not text.isascii() or not text.isprintable():
        raise ApiError(
            HTTPStatus.BAD_REQUEST,
            "idempotency_key_malformed",
            f"Idempotency-Key must be 1 to {KEY_MAX_CHARS} printable ASCII characters; a UUID will do.",
        )
    return text


def once(
    wiring: Wiring,
    account: Account,
    *,
    key: str | None,
    fingerprint: str,
    work: Callable[[Keep], Answer],
) -> JSONResponse:
    """Do the work unless this key has done it; `work` must call `keep` in its own transaction.

    Raises:
        ApiError: 422 when the key was used for another request, 409 while the first try runs; and whatever
            `work` raises, after which the key is free again.
    """
    if key is None:
        return work(_keep_nothing).response()

    def keys(session: Session) -> IdempotencyKeys:
        return IdempotencyKeys(session, account.program_id, account.id, utc_now())

    with wiring.database.write() as session:
        keys(session).expire(older_than_s=KEY_LIFE_S)
        state = keys(session).begin(key, fingerprint, running_s=RUNNING_S)
    match state:
        case Answered():
            return Answer(HTTPStatus(state.status), json.loads(state.body)).response(replayed=True)
        case StillRunning():
            raise _still_running()
        case OtherRequest():
            raise _other_request()
        case Begun():
            pass
        case _:
            assert_never(state)

    def keep(within: Session, answer: Answer) -> None:
        keys(within).answer(key, status=answer.status, body=json.dumps(answer.body))

    finished = False
    try:
        answer = work(keep)
        finished = True
    finally:
        if not finished:
            # Does nothing where the work was committed: then its answer is kept with it.
            with wiring.database.write() as session:
                keys(session).forget(key)
    return answer.response()


def _keep_nothing(_session: Session, _answer: Answer) -> None:
    return


def _still_running() -> ApiError:
    return ApiError(
        HTTPStatus.CONFLICT,
        "idempotency_key_in_use",
        "The first request with this Idempotency-Key still runs. Ask again in a second.",
        headers={"Retry-After": "1"},
    )


def _other_request() -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Take a new key for a new upload.",
    )
