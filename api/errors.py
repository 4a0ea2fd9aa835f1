"""One form for every error a caller can meet: RFC 9457 problem details, with our own `code` and `errors`.

`code` is the stable word to program against; `detail` is a sentence for a person and may change. Pages get
the same problem as a plain page. A bug of ours answers 500 with a reference that the log knows too.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from python_multipart.exceptions import FormParserError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from api.middleware import SECURITY_HEADERS
from receipts.errors import TransientError

PROBLEM_JSON = "application/problem+json"
_REFERENCE_BYTES = 6
_RETRY_AFTER_S = 5
_TRY_AGAIN = "try_again"
_TRY_AGAIN_DETAIL = (
    "A part that we need does not answer at the moment. Nothing was lost; try again in a few seconds."
)
_HTML_PROBLEM_STATE = "render_problem_page"

_log = structlog.get_logger(__name__)


class FieldError(BaseModel):
    """One place in the request that is wrong."""

    location: str = Field(description="Where: `body.email`, `query.limit`, `files[0]`.")
    message: str = Field(description="What is wrong there, and what would be right.")
    code: str | None = Field(default=None, description="A stable word for it, where there is one.")


class Problem(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="A URI that names the kind of problem; `about:blank` where the status says all."
    )
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status, again.")
    detail: str = Field(description="What happened and what to do next, for a person.")
    instance: str = Field(description="The path that was asked, or for a 500 the reference to tell us.")
    code: str = Field(description="A stable word to program against.")
    errors: list[FieldError] = Field(default=[], description="Each wrong place, where there are several.")


class ApiError(Exception):
    """A caller's mistake, or a state that refuses the request: ends at the one handler here.

    Attributes:
        code: the stable word; also names the problem's `type`.
        detail: what happened and what to do next.
        members: further members of the problem object, such as `submission_id`.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def not_found(what: str = "page") -> ApiError:
    """For ids that do not exist and for ids outside the caller's reach alike: nobody learns which."""
    return ApiError(
        HTTPStatus.NOT_FOUND,
        "not_found",
        f"There is no such {what}, or it is not yours to see. Check the address.",
    )


def problem_body(error: ApiError, *, instance: str) -> dict[str, Any]:
    """The problem as JSON values."""
    problem = Problem(
        type=f"urn:tillpoints:problem:{error.code}",
        title=error.status.phrase,
        status=error.status,
        detail=error.detail,
        instance=instance,
        code=error.code,
        errors=list(error.errors),
    )
    return {**problem.model_dump(mode="json", exclude_none=True), **error.members}


def problem_response(error: ApiError, *, instance: str) -> Response:
    """The problem as `application/problem+json`."""
    return JSONResponse(
        problem_body(error, instance=instance),
        status_code=error.status,
        headers=error.headers,
        media_type=PROBLEM_JSON,
    )


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these problems, for the OpenAPI document."""
    return {int(status): _documented_problem(status) for status in statuses}


_RETRY_AFTER_HEADER: dict[str, Any] = {
    "headers": {
        "Retry-After": {
            "description": "Seconds.",
            "schema": {"type": "integer"},
            "example": _RETRY_AFTER_S,
        }
    }
}


def documented_too_often() -> dict[str, Any]:
    """The 429 that every route under ``/v1`` can answer."""
    return _documented_problem(HTTPStatus.TOO_MANY_REQUESTS) | _RETRY_AFTER_HEADER


def documented_bad_query() -> dict[str, Any]:
    """The 400 that every route with a query can answer."""
    return _documented_problem(HTTPStatus.BAD_REQUEST)


def documented_try_again() -> dict[str, Any]:
    """The 503 that every route under ``/v1`` can answer."""
    problem = _documented_problem(HTTPStatus.SERVICE_UNAVAILABLE, code=_TRY_AGAIN, detail=_TRY_AGAIN_DETAIL)
    return problem | _RETRY_AFTER_HEADER


def _documented_problem(
    status: HTTPStatus, *, code: str | None = None, detail: str | None = None
) -> dict[str, Any]:
    code = code or _EXAMPLE_CODES[status]
    example = {
        "type": f"urn:tillpoints:problem:{code}",
        "title": status.phrase,
        "status": int(status),
        "detail": detail or _EXAMPLE_DETAILS[status],
        "instance": "/v1/...",
        "code": code,
        "errors": [],
    }
    return {
        "description": status.phrase,
        "content": {
            PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example},
        },
    }


_EXAMPLE_CODES: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "malformed_body",
    HTTPStatus.UNAUTHORIZED: "not_signed_in",
    HTTPStatus.FORBIDDEN: "not_allowed",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.CONFLICT: "already_decided",
    HTTPStatus.PRECONDITION_FAILED: "tus_version",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invalid_request",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_attempts",
    HTTPStatus.SERVICE_UNAVAILABLE: "not_ready",
}
_EXAMPLE_DETAILS: dict[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The body is not what this address takes. Compare it with the example.",
    HTTPStatus.UNAUTHORIZED: "Send a token as 'Authorization: Bearer ...'; get one from POST /v1/tokens.",
    HTTPStatus.FORBIDDEN: "Your role may not do this.",
    HTTPStatus.NOT_FOUND: "There is no such receipt, or it is not yours to see. Check the address.",
    HTTPStatus.CONFLICT: "Someone has already decided this case.",
    HTTPStatus.PRECONDITION_FAILED: "Send the header Tus-Resumable: 1.0.0.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The file is too large. Please send one of at most 20 MB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "This is not a kind of file we can read.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request is not right: see `errors` for each place.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many attempts. Wait the seconds that Retry-After says.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A part that we need does not answer.",
}


def _wants_page(request: Request) -> bool:
    """A browser asking for a page, not a program asking the API."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def answer(request: Request, error: ApiError, *, instance: str | None = None) -> Response:
    """The problem as a page for a browser, as JSON for a program."""
    where = instance or request.url.path
    render = getattr(request.app.state, _HTML_PROBLEM_STATE, None)
    if render is not None and _wants_page(request):
        page: Response = render(request, error, where)
        page.headers.update(error.headers)
        return page
    return problem_response(error, instance=where)


def _location(parts: tuple[int | str, ...]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


async def _api_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return answer(request, error)


async def _validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # The input is left out on purpose: it may be a password.
    places = tuple(
        FieldError(location=_location(tuple(entry["loc"])), message=entry["msg"], code=entry["type"])
        for entry in error.errors()
    )
    detail = "The request is not right: " + "; ".join(f"{p.location}: {p.message}" for p in places)
    return answer(
        request, ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", detail, errors=places)
    )


_HTTP_CODES: dict[HTTPStatus, tuple[str, str]] = {
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This address does not take that method; see Allow.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", "The request's body is too large for this address."),
    HTTPStatus.BAD_REQUEST: ("malformed_body", "The request's body could not be understood."),
}


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    code, detail = _HTTP_CODES.get(status, (status.name.lower(), str(error.detail)))
    return answer(request, ApiError(status, code, detail, headers=error.headers))


async def _world(request: Request, error: Exception) -> Response:
    _log.warning("a part does not answer", path=request.url.path, reason=str(error))
    shown = ApiError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _TRY_AGAIN,
        _TRY_AGAIN_DETAIL,
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )
    return answer(request, shown)


async def _unstorable(request: Request, error: Exception) -> Response:
    _log.warning("a value that the database does not take", path=request.url.path, reason=str(error))
    detail = "A value of the request cannot be stored: it is too long, too large or no text. Mend it."
    return answer(request, ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "unstorable", detail))


async def _broken_form(request: Request, _error: Exception) -> Response:
    code, detail = _HTTP_CODES[HTTPStatus.BAD_REQUEST]
    return answer(request, ApiError(HTTPStatus.BAD_REQUEST, code, detail))


async def _bug(request: Request, error: Exception) -> Response:
    reference = f"err_{secrets.token_hex(_REFERENCE_BYTES)}"
    _log.error("request_failed", reference=reference, path=request.url.path, exc_info=error)
    detail = (
        f"Something broke on our side. Try again in a minute; if it stays, tell us the reference {reference}."
    )
    shown = ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "our_fault", detail, members={"reference": reference})
    response = answer(request, shown, instance=f"urn:tillpoints:failure:{reference}")
    response.headers.update(SECURITY_HEADERS)  # this handler stands outside the middleware
    # What is left of the body is not read away here: the server resets the connection after the answer.
    response.headers["Connection"] = "close"
    return response


def install(app: FastAPI) -> None:
    """Register the handlers; pages set `app.state.render_problem_page` to draw theirs."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(TransientError, _world)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(FormParserError, _broken_form)
    app.add_exception_handler(Exception, _bug)
