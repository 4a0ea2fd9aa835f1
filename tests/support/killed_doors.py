"""Deaths of a worker that takes a message in or sends an answer; see `killed`."""

from __future__ import annotations

from collections.abc import Callable

from ingest.email.smtp import MailSender
from pipeline.answers import deliver as delivering
from pipeline.takein import run as taking

TAKE_IN_POINTS = tuple(f"take_in:{moment}" for moment in ("leased", "looked", "storing", "stored"))
DELIVER_POINTS = tuple(f"deliver:{moment}" for moment in ("leased", "written", "sent", "finished"))

Wrap = Callable[..., None]


def arm_door(part: str, moment: str, after: Wrap, before: Wrap) -> None:
    """Arrange the death by the two ways that `killed` has."""
    match part, moment:
        case "take_in", "leased":
            # The message is leased and its late bell rung; nothing was looked at.
            before(taking, "take_in_mail")
        case "take_in", "looked":
            before(taking, "_store")
        case "take_in", "storing":  # all rows written, the transaction not committed
            after(taking, "tell_when_at_rest")
        case "take_in", "stored":
            after(taking, "_store")
        case "deliver", "leased":
            before(delivering, "_try")
        case "deliver", "written":
            before(MailSender, "send")
        case "deliver", "sent":  # the other server has it, and we have not written that down
            after(MailSender, "send")
        case "deliver", "finished":
            after(delivering, "_finish")
        case _:
            raise SystemExit(f"unknown point {part}:{moment}")
