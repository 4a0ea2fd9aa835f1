"""For operators: how the publishers fare, what they have set aside, and having it sent again or given up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.delivery_desk import DeliveryDesk
from receipts.delivery import Delivery, DeliveryState, PublisherCounts, PublisherState
from receipts.identity import DeliveryId, MessageId, ProgramId


class Condition(Enum):
    """How a publisher fares, in one word."""

    RUNS = "runs"
    RESTS = "rests"
    """The other side is away; it looks again by itself."""
    STOPPED = "stopped"
    """Until a person starts it again."""
    UNUSED = "unused"
    """The file of publishers does not name it any more."""
    NEW = "new"
    """The relay has not begun with it."""


@dataclass(frozen=True, slots=True)
class PublisherView:
    """One publisher as an operator sees it.

    Attributes:
        kind: `webhook`, `sqs` and so on; empty where the file does not name it.
        state: None before its first look at the feed.
    """

    name: str
    kind: str
    condition: Condition
    state: PublisherState | None
    counts: PublisherCounts


class Asked(Enum):
    """What came of asking for something."""

    DONE = "done"
    NO_SUCH = "no_such"
    NOT_NOW = "not_now"


def publisher_views(wiring: Wiring, *, program_id: ProgramId) -> tuple[PublisherView, ...]:
    """All that the file names or that have ever published, by name."""
    named = wiring.publishers.get(program_id, {})
    now = utc_now()
    with wiring.database.read() as session:
        known = DeliveryDesk(session, program_id, now).publishers()
    views = []
    for name in sorted(named | dict.fromkeys(known)):
        state, counts = known.get(name, (None, PublisherCounts(0, 0, 0)))
        kind = named[name].kind if name in named else ""
        views.append(PublisherView(name, kind, _condition(kind, state, now), state, counts))
    return tuple(views)


def _condition(kind: str, state: PublisherState | None, now: datetime) -> Condition:
    if not kind:
        return Condition.UNUSED
    if state is None:
        return Condition.NEW
    if state.stopped:
        return Condition.STOPPED
    resting = state.paused_until is not None and state.paused_until > now
    return Condition.RESTS if resting else Condition.RUNS


def delivery_page(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    state: DeliveryState | None,
    publisher: str = "",
    before: int | None = None,
    limit: int,
) -> tuple[tuple[int, Delivery], ...]:
    """The newest first, each with its number; `before` is the number of the last one seen."""
    with wiring.database.read() as session:
        desk = DeliveryDesk(session, program_id, utc_now())
        return desk.page(state=state, publisher=publisher, before=before, limit=limit)


def find_delivery(wiring: Wiring, *, program_id: ProgramId, delivery_id: DeliveryId) -> Delivery | None:
    """The delivery; None where the program has no such one."""
    with wiring.database.read() as session:
        return DeliveryDesk(session, program_id, utc_now()).find(delivery_id)


def send_again(
    wiring: Wiring, *, program_id: ProgramId, delivery_id: DeliveryId, asked_by: str = ""
) -> Asked:
    """Have a message sent at once, whatever became of it before; with the same id and the same body."""
    with wiring.database.write() as session:
        desk = DeliveryDesk(session, program_id, utc_now())
        if desk.find(delivery_id) is None:
            return Asked.NO_SUCH
        desk.again(delivery_id, asked_by=asked_by)
    return Asked.DONE


def give_up(wiring: Wiring, *, program_id: ProgramId, delivery_id: DeliveryId, asked_by: str = "") -> Asked:
    """Let the member's later messages go on without a dead letter."""
    with wiring.database.write() as session:
        desk = DeliveryDesk(session, program_id, utc_now())
        if desk.give_up(delivery_id, asked_by=asked_by):
            return Asked.DONE
        return Asked.NO_SUCH if desk.find(delivery_id) is None else Asked.NOT_NOW


def start_again(wiring: Wiring, *, program_id: ProgramId, publisher: str) -> Asked:
    """Let a publisher that stopped or rests try at once."""
    with wiring.database.write() as session:
        started = DeliveryDesk(session, program_id, utc_now()).start_again(publisher)
    return Asked.DONE if started else Asked.NO_SUCH


def replay(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    publisher: str,
    since: datetime | None = None,
    until: datetime | None = None,
    ids: Iterable[MessageId] = (),
    asked_by: str = "",
) -> int:
    """Have what a publisher has passed on sent once more, by time or id; how many messages.

    Messages that it has not come to are not among them: they go out anyway.
    """
    wanted = tuple(ids)
    made, after = 0, 0
    while True:
        with wiring.database.write() as session:
            some, further = DeliveryDesk(session, program_id, utc_now()).replay(
                publisher, after=after, since=since, until=until, ids=wanted, asked_by=asked_by
            )
        made += some
        if further is None:
            return made
        after = further
