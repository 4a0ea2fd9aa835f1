"""What a publisher is: it tries to pass one message on, and says what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from receipts.message import Message

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
"""CloudEvents 1.0, structured mode."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The other side has it, and said so."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not taken; the message or the other side may be at fault. Tried again by the schedule."""

    reason: str


@dataclass(frozen=True, slots=True)
class Away:
    """The other side is not there, or wants rest: no message is at fault, so none loses a try by it.

    Attributes:
        retry_after_s: how long it asks us to wait; 0 where it does not say.
    """

    reason: str
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """This message can never be taken; trying again would not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The other side wants no messages any more, from now on."""

    reason: str


Outcome = Taken | Failed | Away | Refused | Closed


class Publisher(Protocol):
    """One way out. `send` may be called from several threads where `parallel` is above 1."""

    parallel: int
    """How many messages, of as many members, are sent at a time."""

    def send(self, message: Message) -> Outcome:
        """Try once to pass the message on, within 20 seconds."""
        ...

    def check(self) -> str:
        """Look whether the other side is there, sending nothing; what was found, in words.

        Raises:
            TransientError: it is not, and why.
        """
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


def body_of(message: Message) -> bytes:
    """The event as it is sent: the same bytes for the same message, however often."""
    text = json.dumps(message.cloud_event(), ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair has no UTF-8; as \\udcXX it is still JSON.
    return text.encode(errors="backslashreplace")
