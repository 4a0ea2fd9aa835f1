"""The JSON Schemas of the messages, where each message's `dataschema` says they are."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from api.errors import documented, not_found
from awarding.payloads import message_schema, schema_path
from receipts.message import MessageType

router = APIRouter(tags=["messages"])

SCHEMA_JSON = "application/schema+json"
PREFIX = "/schemas/"


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """By the last part of their path."""
    return {schema_path(kind).removeprefix(PREFIX): message_schema(kind) for kind in MessageType}


@router.get(
    PREFIX + "{name}",
    summary="See a message's schema",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "A JSON Schema (2020-12) of the whole CloudEvent.",
            "content": {
                SCHEMA_JSON: {
                    "schema": {"type": "object"},
                    "example": {"$id": schema_path(MessageType.RECEIPT_HELD), "type": "object"},
                }
            },
        },
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def get_schema(
    name: Annotated[
        str,
        Path(
            description="The last part of a message's `dataschema`.",
            examples=[schema_path(MessageType.RECEIPT_HELD).removeprefix(PREFIX)],
        ),
    ],
) -> JSONResponse:
    """Open to everyone: a schema holds no data. Within v1 fields are added, never removed or changed."""
    found = _schemas().get(name)
    if found is None:
        raise not_found("schema")
    return JSONResponse(found, media_type=SCHEMA_JSON)
