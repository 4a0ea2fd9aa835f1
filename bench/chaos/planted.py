"""Faults to plant, each of which a chaos run must find: a run that cannot fail shows nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, update

from fixtures.generator.dice import Dice
from receipts.database.repositories.books import Books
from receipts.database.repositories.outbox import Outbox
from receipts.database.repositories.work import Work
from receipts.database.tables import OutboxRow, ReceiptRow

_SELDOM = 0.1
_OFTEN = 0.4
_LATE_S = 30.0


def _skip_outbox() -> None:
    """A message is written and now and then nobody is told to publish it."""
    send = Books.send
    dice = Dice(str(os.getpid()))

    def forgetful(self: Books, *words: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on as it came
        message_id = send(self, *words, **named)
        if dice.chance(_SELDOM):
            self._session.execute(delete(OutboxRow).where(OutboxRow.target_id == message_id))
        return message_id

    Books.send = forgetful  # type: ignore[method-assign]


def _ignore_lease() -> None:
    """Leases keep nobody away, and what was worked out is stored whoever moved on meanwhile."""
    lease, finish = Work.lease, Work.finish

    def greedy(self: Work, receipt_id: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on as it came
        self._session.execute(
            update(ReceiptRow).where(ReceiptRow.id == receipt_id).values(lease_until=None, not_before=None)
        )
        return lease(self, receipt_id, **named)

    def blind(self: Work, item: Any, after: Any, **columns: Any) -> bool:  # noqa: ANN401 - passed on as it came
        finish(self, item, after, **columns)
        return True

    Work.lease, Work.finish = greedy, blind  # type: ignore[method-assign]


def _reorder() -> None:
    """The relay leaves some of what is due for later, and a message enters the feed without those before it.

    Either alone is harmless: taken in any order, a message brings its member's earlier ones along.
    """
    take, dice = Outbox.take, Dice(str(os.getpid()))

    def late(self: Outbox, *, limit: int) -> Any:  # noqa: ANN401 - passed on as it came
        kept = []
        for item in take(self, limit=limit):
            if item.attempts == 0 and dice.chance(_OFTEN):
                self.failed(item, error="planted", retry_s=_LATE_S)
            else:
                kept.append(item)
        return tuple(kept)

    def alone(self: Outbox, message_id: Any) -> Any:  # noqa: ANN401 - passed on as it came
        return (self.enter_feed(message_id),)

    Outbox.take, Outbox.enter_in_order = late, alone  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    "outbox-skipped": _skip_outbox,
    "lease-ignored": _ignore_lease,
    "relay-reordered": _reorder,
}


def plant(name: str) -> None:
    """Spoil this process."""
    FAULTS[name]()
