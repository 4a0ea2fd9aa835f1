"""The AsyncAPI 3.0 document of the messages, made of their models: ``docs/messages/asyncapi.yaml``."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

from awarding.message_examples import message_example
from awarding.payloads import PAYLOADS
from receipts.message import MessageType

_FORMAT = "application/schema+json;version=draft-2020-12"
_HTTP = "0.3.0"
_WIDTH = 110
_HEADER = "# Written by `python -m awarding.publish docs`; do not change it by hand.\n"

_SERVERS: dict[str, Any] = {
    "api": {
        "host": "127.0.0.1:8000",
        "protocol": "http",
        "description": "The running program; the host is yours to set.",
        "security": [{"$ref": "#/components/securitySchemes/bearer"}],
    },
    "receiver": {
        "host": "core.example.com",
        "protocol": "https",
        "description": "Your own server, which receives webhooks signed after Standard Webhooks 1.0.",
    },
    "sqs": {"host": "sqs.eu-central-1.amazonaws.com", "protocol": "sqs"},
    "sns": {"host": "sns.eu-central-1.amazonaws.com", "protocol": "sns"},
    "rabbitmq": {"host": "rabbit.example.com", "protocol": "amqps"},
    "disk": {
        "host": "localhost",
        "protocol": "file",
        "description": "The data directory (`TILLPOINTS_DATA_DIR`).",
    },
}

_ONE_AT_A_TIME = (
    "Each publisher has a cursor of its own: one that is down delays no other. At least once, and of one"
    " member's messages none is sent before the one before it was taken."
)
_CHANNELS: dict[str, tuple[str, str | None, str, str]] = {
    "feed": (
        "Pull feed",
        "/v1/messages",
        "api",
        "GET with `after`, the `next_cursor` of the answer before; with `wait_s` the answer waits for a"
        " message. One page: `events` holds the messages in the one order of their publication, `next_cursor`"
        " is where to go on, `more` says whether to ask again at once. Messages stay for good.",
    ),
    "webhook": (
        "Webhook",
        "/tillpoints",
        "receiver",
        f"POST of one event. Any 2xx takes it, 410 ends it all. {_ONE_AT_A_TIME}",
    ),
    "sqs": (
        "SQS FIFO queue",
        None,
        "sqs",
        f"Message group: the member. Deduplication id: the event's id. {_ONE_AT_A_TIME}",
    ),
    "sns": (
        "SNS FIFO topic",
        None,
        "sns",
        f"Message group: the member. Deduplication id: the event's id. {_ONE_AT_A_TIME}",
    ),
    "amqp": (
        "RabbitMQ queue or exchange",
        None,
        "rabbitmq",
        f"Persistent, confirmed by the broker, `message_id` the event's id. {_ONE_AT_A_TIME}",
    ),
    "file": (
        "JSON Lines file",
        "messages.jsonl",
        "disk",
        "One message a line, UTF-8, appended and flushed to the disk by the relay. After a crash a line may"
        " stand twice; none is ever missing.",
    ),
}
_SUMMARIES = {
    "feed": "Answer a consumer's pull with the messages after its cursor.",
    "webhook": "Post each message, signed.",
    "sqs": "Send each message to the queue.",
    "sns": "Publish each message to the topic.",
    "amqp": "Publish each message and wait for the broker's confirmation.",
    "file": "Append each message once it is decided.",
}
_BINDINGS: dict[str, dict[str, Any]] = {
    "feed": {
        "http": {
            "method": "GET",
            "query": {
                "type": "object",
                "properties": {
                    "after": {
                        "type": "string",
                        "description": "`next_cursor` of the last pull; none or 0 for the first message.",
                    },
                    "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
                    "wait_s": {"type": "number", "minimum": 0, "maximum": 30, "default": 0},
                },
            },
            "bindingVersion": _HTTP,
        }
    },
    "webhook": {"http": {"method": "POST", "bindingVersion": _HTTP}},
    "amqp": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}},
}
_WEBHOOK_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Of a webhook alone (Standard Webhooks 1.0).",
    "properties": {
        "webhook-id": {"type": "string", "description": "The event's id, the same at every try."},
        "webhook-timestamp": {"type": "string", "description": "Of this try, seconds since 1970."},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and HMAC-SHA256 of `id.timestamp.body` in base64; one a secret.",
        },
    },
}


def asyncapi_document() -> dict[str, Any]:
    """The document, as JSON values."""
    names = [kind.value for kind in MessageType]
    channels = {
        key: {
            "address": address,
            "title": title,
            "description": description,
            "servers": [{"$ref": f"#/servers/{server}"}],
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        for key, (title, address, server, description) in _CHANNELS.items()
    }
    operations = {
        f"sendBy{key.capitalize()}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{key}"},
            "summary": summary,
            **({"bindings": _BINDINGS[key]} if key in _BINDINGS else {}),
        }
        for key, summary in _SUMMARIES.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tillpoints messages",
            "version": "1",
            "description": (
                "What the core loyalty service is told: one CloudEvents 1.0 event for each decision. Delivery"
                " is at least once; `source` and `id` together tell an event from its repetition, and"
                " `sequence` orders one member's events. Within v1 fields are added, never removed or given"
                " another meaning: ignore what you do not know."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": _SERVERS,
        "channels": channels,
        "operations": operations,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "From POST /v1/tokens; roles service and admin.",
                }
            },
            "messages": {kind.value: _message(kind) for kind in MessageType},
        },
    }


def _message(kind: MessageType) -> dict[str, Any]:
    told = (PAYLOADS[kind].__doc__ or "").strip()
    return {
        "name": kind.value,
        "title": told.split(".")[0].split(";")[0],
        "summary": told,
        "contentType": "application/cloudevents+json",
        "headers": _WEBHOOK_HEADERS,
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": f"./{kind.value}.v1.json"}},
        "examples": [{"name": kind.value, "payload": message_example(kind)}],
    }


class _Plain(yaml.SafeDumper):  # type: ignore[misc]
    """Writes what stands twice twice, in place of anchors that readers must follow."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML passes it)
        """Always."""
        return True


def asyncapi_text() -> str:
    """The document as it is published."""
    text: str = yaml.dump(
        asyncapi_document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return _HEADER + text
