"""Which publishers are stuck: how long the oldest message that each still owes has waited, for metrics."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.deliveries import PublisherBooks
from receipts.identity import ProgramId


@dataclass(frozen=True, slots=True)
class Behind:
    """One publisher that the file names.

    Attributes:
        oldest_s: since when the oldest message waits that it has neither passed on nor set aside; 0 when none
            does, or the relay has not begun with it.
        set_aside: messages that it tried in vain, until a person has them sent again or gives them up.
        stopped: it waits for a person to start it again.
    """

    program_id: ProgramId
    name: str
    oldest_s: float
    set_aside: int
    stopped: bool


def behind(wiring: Wiring) -> tuple[Behind, ...]:
    """All that the file names; those that it names no more owe nobody anything.

    Raises:
        TransientError: the database did not answer.
    """
    now, found = utc_now(), []
    with wiring.database.read() as session:
        for program_id, publishers in wiring.publishers.items():
            for name in publishers:
                books = PublisherBooks(session, program_id, name, now)
                state, since = books.state(), books.oldest_owed()
                found.append(
                    Behind(
                        program_id=program_id,
                        name=name,
                        oldest_s=0.0 if since is None else max(0.0, (now - since).total_seconds()),
                        set_aside=books.set_aside(),
                        stopped=state is not None and bool(state.stopped),
                    )
                )
    return tuple(found)
