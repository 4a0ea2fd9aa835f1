"""The JSON shapes of publishers and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from api.models import Shape
from pipeline.publishers.desk import PublisherView
from receipts.delivery import Delivery as StoredDelivery

DeliveryStateName = Literal["waiting", "dead", "taken", "given_up"]
_DELIVERY_ID = "dlv_9d3e2b81a650d6c2b8e4a7f4c57a1f0c"
_IDS_MOST = 1000


class Publisher(Shape):
    """One way to the core loyalty service and how it fares."""

    name: str
    kind: str = Field(description="Empty where the file of publishers does not name it any more.")
    condition: Literal["runs", "rests", "stopped", "unused", "new"] = Field(
        description="`rests`: the other side is away and is looked for again; `stopped`: until started again."
    )
    position: int = Field(description="Of the feed: so far it is done.")
    behind: int = Field(description="Messages of the feed that it has not come to.")
    waiting: int
    dead: int
    stopped: str = Field(description="Why it stopped; empty while it runs.")
    last_error: str = Field(description="What went wrong last, however long ago.")
    paused_until: datetime | None
    taken_at: datetime | None = Field(description="When a message was last taken.")


class Publishers(Shape):
    """By name."""

    items: list[Publisher]


class Delivery(Shape):
    """A message that a publisher did not pass on at its first try, or was asked to send again."""

    id: str = Field(examples=[_DELIVERY_ID])
    publisher: str
    message_id: str
    member_id: str
    type: str
    sequence: int
    state: DeliveryStateName
    attempts: int = Field(description="Tries that failed since it was last asked for.")
    not_before: datetime | None = Field(description="When it is tried next; null where it is not to be.")
    behind: str | None = Field(description="The earlier message of the member that it waits for.")
    last_error: str
    created_at: datetime
    updated_at: datetime


class DeliveryPage(Shape):
    """Newest first."""

    items: list[Delivery]
    next_cursor: str | None = Field(description="Ask with it as `cursor`; null at the end.")


class ReplayRequest(Shape):
    """Which messages a publisher is to send once more: of a time, or by their ids, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"since": "2027-03-01T00:00:00Z", "until": "2027-03-02T00:00:00Z"}]}
    )
    since: AwareDatetime | None = Field(default=None, description="Of this moment and later.")
    until: AwareDatetime | None = Field(default=None, description="Before this moment.")
    ids: list[str] = Field(default=[], max_length=_IDS_MOST, description="Messages, `msg_...`.")

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.since is None and self.until is None and not self.ids:
            raise ValueError("Say which: since, until or ids.")
        return self


class Replayed(Shape):
    """How many messages are on their way again."""

    messages: int


def publisher(view: PublisherView) -> Publisher:
    """A publisher as the API shows it."""
    state = view.state
    return Publisher(
        name=view.name,
        kind=view.kind,
        condition=view.condition.value,
        position=0 if state is None else state.position,
        behind=view.counts.behind,
        waiting=view.counts.waiting,
        dead=view.counts.dead,
        stopped="" if state is None else state.stopped,
        last_error="" if state is None else state.last_error,
        paused_until=None if state is None else state.paused_until,
        taken_at=None if state is None else state.taken_at,
    )


def delivery(found: StoredDelivery) -> Delivery:
    """A delivery as the API shows it."""
    waits = found.state.value == "waiting" and found.behind is None
    return Delivery(
        id=found.id,
        publisher=found.publisher,
        message_id=found.message_id,
        member_id=found.member_id,
        type=found.type.value,
        sequence=found.sequence,
        state=found.state.value,
        attempts=found.attempts,
        not_before=found.not_before if waits else None,
        behind=found.behind,
        last_error=found.last_error,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


_PUBLISHER: dict[str, Any] = {
    "name": "core",
    "kind": "webhook",
    "condition": "runs",
    "position": 4711,
    "behind": 0,
    "waiting": 1,
    "dead": 1,
    "stopped": "",
    "last_error": "the receiver answered 413: the message is too large for it",
    "paused_until": None,
    "taken_at": "2027-03-05T18:50:02.512000Z",
}
_DELIVERY: dict[str, Any] = {
    "id": _DELIVERY_ID,
    "publisher": "core",
    "message_id": "msg_6d8f0a2c4e6b8d1f3a5c7e9b1d3f5a7c",
    "member_id": "mem_8c1f0e5b7a3d4c2f9b6a1e0d5c4b3a29",
    "type": "points.awarded",
    "sequence": 7,
    "state": "dead",
    "attempts": 1,
    "not_before": None,
    "behind": None,
    "last_error": "the receiver answered 413: the message is too large for it",
    "created_at": "2027-03-05T18:50:02.512000Z",
    "updated_at": "2027-03-05T18:50:02.512000Z",
}
DELIVERY_EXAMPLES: dict[str, dict[str, Any]] = {
    "Publisher": _PUBLISHER,
    "Publishers": {"items": [_PUBLISHER]},
    "Delivery": _DELIVERY,
    "DeliveryPage": {"items": [_DELIVERY], "next_cursor": None},
    "Replayed": {"messages": 12},
}
"""Of what is answered, for the OpenAPI document."""
