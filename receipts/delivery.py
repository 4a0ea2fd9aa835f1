"""What a publisher still owes the core loyalty service, and how each publisher fares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import DeliveryId, MemberId, MessageId, ProgramId
from receipts.message import MessageType


class DeliveryState(Enum):
    """Where a message stands that a publisher could not pass on at its first try, or is to send again."""

    WAITING = "waiting"
    """It is tried again, or waits behind an earlier message of its member."""
    DEAD = "dead"
    """A dead letter: set aside until a person sends it again or gives it up. Its member's later ones wait."""
    TAKEN = "taken"
    GIVEN_UP = "given_up"
    """A person let the member's later messages go on without it."""


BLOCKING = (DeliveryState.WAITING, DeliveryState.DEAD)
"""No later message of the member goes out before such a one."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message at one publisher.

    Attributes:
        position: of the message in its program's feed.
        attempts: tries that failed since it was last asked for.
        not_before: when it is tried next; of no meaning once it is dead or taken.
        behind: the earlier message of the member that it waits for.
        asked_by: the account that last had it sent again or gave it up; empty for the command line, None for
            nobody.
    """

    id: DeliveryId
    program_id: ProgramId
    publisher: str
    message_id: MessageId
    member_id: MemberId
    type: MessageType
    sequence: int
    position: int
    state: DeliveryState
    attempts: int
    not_before: datetime
    last_error: str
    behind: MessageId | None
    asked_by: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublisherState:
    """How far a publisher is, and what keeps it.

    Attributes:
        position: of the last message of the feed that it has done with: taken, or kept as a delivery.
        failures: tries in a row that failed; 0 after one that did not.
        paused_until: it waits this long before it tries again, since the other side does not answer.
        stopped: why it tries no more until a person starts it again; empty while it runs.
    """

    program_id: ProgramId
    name: str
    position: int
    failures: int
    paused_until: datetime | None
    stopped: str
    last_error: str
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class PublisherCounts:
    """What a publisher has before it.

    Attributes:
        behind: messages of the feed that it has not come to.
    """

    behind: int
    waiting: int
    dead: int
