"""The rules by which tiers and badges move."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request

from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, FieldError, documented, not_found
from api.models import Shape
from awarding.status_file import StatusError, parse_status
from pipeline.status import import_status, status_document
from receipts.database.repositories.status import StatusVersionError
from receipts.identity import Role

router = APIRouter(prefix="/v1", tags=["earning"])

Reader = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.REVIEWER, Role.SERVICE))]
Admin = Annotated[Caller, Depends(Allowed(Role.ADMIN))]


class StatusInForce(Shape):
    """The document that moves tiers and badges."""

    version: int
    document: dict[str, Any]


STATUS_EXAMPLES: dict[str, Any] = {
    "StatusInForce": {
        "version": 1,
        "document": {
            "version": 1,
            "tiers": {
                "count": "points",
                "window": {"days": 365, "calendar_year": False},
                "levels": [{"name": "silver", "threshold": 1000}, {"name": "gold", "threshold": 5000}],
            },
            "badges": [{"name": "explorer", "count": "purchases", "threshold": 10}],
        },
    }
}


@router.get(
    "/status-rules",
    summary="See what moves tiers and badges",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_status_rules(request: Request, caller: Reader) -> StatusInForce:
    """Roles: admin, reviewer, service. 404 where the core loyalty service alone sets them."""
    found = status_document(wiring_of(request), caller.program_id)
    if found is None:
        raise not_found("status document")
    return StatusInForce(version=found["version"], document=found)


@router.put(
    "/status-rules",
    summary="Say what moves tiers and badges",
    responses=documented(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
    ),
)
def put_status_rules(
    request: Request,
    caller: Admin,
    document: Annotated[dict[str, Any], Body(description="As docs/status.schema.json says.")],
) -> StatusInForce:
    """Roles: admin. A change is the next version, and every member is looked at by it."""
    try:
        rules, kept = parse_status(document)
        import_status(wiring_of(request), caller.program_id, rules, kept)
    except StatusError as error:
        errors = tuple(FieldError(location="body", message=problem) for problem in error.problems)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "status_wrong", " ".join(error.problems), errors=errors
        ) from error
    except StatusVersionError as error:
        raise ApiError(HTTPStatus.CONFLICT, "status_version", f"{error}.") from error
    return StatusInForce(version=rules.version, document=kept)
