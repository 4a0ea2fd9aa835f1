"""What is published under ``docs``: JSON Schemas, examples and the AsyncAPI document of the messages.

``python -m awarding.publish docs`` writes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from awarding.asyncapi import asyncapi_text
from awarding.campaign_file import campaign_schema
from awarding.fraud.policy_file import policy_schema
from awarding.message_examples import message_example
from awarding.payloads import message_schema
from awarding.status_file import status_schema
from receipts.message import MessageType


def published_schemas() -> dict[str, str]:
    """Each document's text by its path below the folder of the docs."""
    schemas = {
        "campaign.schema.json": campaign_schema(),
        "fraud-policy.schema.json": policy_schema(),
        "status.schema.json": status_schema(),
    }
    schemas.update({f"messages/{kind.value}.v1.json": message_schema(kind) for kind in MessageType})
    schemas.update({f"messages/examples/{kind.value}.json": message_example(kind) for kind in MessageType})
    texts = {
        path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for path, schema in schemas.items()
    }
    return texts | {"messages/asyncapi.yaml": asyncapi_text()}


def publish(docs: Path) -> None:
    """Write every schema below `docs`."""
    for path, text in published_schemas().items():
        target = docs / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
