"""The JSON Schemas of messages and of a program's documents, where each one's `$id` says it is."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from api.auth import before_sign_in
from api.errors import documented, not_found
from awarding.campaign_file import campaign_schema
from awarding.fraud.policy_file import policy_schema
from awarding.payloads import message_schema, schema_path
from receipts.message import MessageType

router = APIRouter(tags=["messages"], dependencies=[Depends(before_sign_in)])

SCHEMA_JSON = "application/schema+json"
PREFIX = "/schemas/"


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    """By the last part of their path."""
    schemas = [message_schema(kind) for kind in MessageType]
    documents = [campaign_schema(), policy_schema()]
    return {str(each["$id"]).rsplit(PREFIX, 1)[-1]: each for each in [*schemas, *documents]}


@router.get(
    PREFIX + "{name}",
    summary="See a schema",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "A JSON Schema (2020-12): of a whole CloudEvent, a campaign or a policy.",
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
