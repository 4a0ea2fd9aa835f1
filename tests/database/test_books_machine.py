"""Any order of what happens ends in books that fit, on both databases; planted faults are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text

from awarding.transfers import Mover
from receipts.database.repositories.books import Books
from receipts.database.tables import OutboxRow
from receipts.identity import LedgerEntryId
from receipts.ledger import EntryKind
from receipts.program import PointsTerms
from tests.database.conftest import World
from tests.support.books_parts import RUNS, STEPS, Place, make_place
from tests.support.books_returns import machine_of, play


@pytest.fixture
def place(world: World, tmp_path: Path) -> Iterator[Place]:
    with make_place(world, tmp_path) as made:
        yield made


def test_any_order_of_what_happens_ends_in_books_that_fit(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    play(place)
    assert place.done["upload"]
    if STEPS:
        with capsys.disabled():
            kind = "SQLite" if place.world.database.is_sqlite else "PostgreSQL"
            print(f"\n{kind}: {RUNS} runs, {sum(place.done.values())} acts: {dict(place.done)}")


@contextmanager
def outbox_write_dropped(_: Place) -> Iterator[None]:
    send = Books.send

    def sends(self: Books, *args: Any, **rest: Any) -> Any:
        message = send(self, *args, **rest)
        self._session.execute(delete(OutboxRow).where(OutboxRow.target_id == message))
        return message

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Books, "send", sends)
        yield


@contextmanager
def difference_posted_twice(_: Place) -> Iterator[None]:
    """Under other ids and another posting, so that no key of the database refuses it."""
    post = Books.post

    def twice(self: Books, entries: Any, claims: Any = ()) -> None:
        post(self, entries, claims)
        again = [
            replace(each, id=LedgerEntryId(f"{each.id}x"), posting=each.posting + 50)
            for each in entries
            if each.kind is EntryKind.REVERSAL
        ]
        post(self, again)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Books, "post", twice)
        yield


@contextmanager
def claims_without_their_key(place: Place) -> Iterator[None]:
    """No key, and a decision that was worked out before another's claims were there."""
    with place.wiring.database.write() as session:
        if place.world.database.is_sqlite:
            session.execute(text("ALTER TABLE claims RENAME TO claims_before"))
            session.execute(text("CREATE TABLE claims AS SELECT * FROM claims_before"))
        else:
            session.execute(text("ALTER TABLE claims DROP CONSTRAINT pk_claims CASCADE"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Books, "claimed_lines", lambda *_: frozenset())
        yield


@contextmanager
def more_released_than_was_pending(_: Place) -> Iterator[None]:
    made = Mover.of_lot

    def another(self: Mover, lot: Any, kind: EntryKind, points: int, *args: Any, **rest: Any) -> Any:
        return made(self, lot, kind, points + (kind is EntryKind.RELEASE), *args, **rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Mover, "of_lot", another)
        yield


class First:
    """Draws what comes first, in place of hypothesis."""

    def draw(self, strategy: Any) -> Any:
        return strategy.elements[0] if hasattr(strategy, "elements") else 0


def some_of_everything(place: Place) -> list[str]:
    """A run of the machine by hand; what was found not to fit after each step."""
    found: list[str] = []
    machine: Any = machine_of(place)()
    draw = First()
    steps: list[Callable[[], object]] = [
        lambda: machine.begin(pending=3, expiry=None, policy=PointsTerms().return_policy),
        lambda: machine.send_again(data=draw, seen=2),
        lambda: machine.bring_back(data=draw, quantity=1, twice=True),
        lambda: machine.let_time_pass(days=3.5),
    ]
    for step in steps:
        try:
            step()
            machine.the_books_fit()
            machine.the_balance_is_what_was_earned()
        except AssertionError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (nullcontext, ""),
        (outbox_write_dropped, "message_lost"),
        (difference_posted_twice, "code='receipt'"),
        (claims_without_their_key, "claimed_twice"),
        (more_released_than_was_pending, "sums"),
    ],
)
def test_a_planted_fault_is_caught(
    place: Place, fault: Callable[[Place], AbstractContextManager[None]], said: str
) -> None:
    with fault(place):
        found = some_of_everything(place)
    assert bool(found) == bool(said), found
    assert said in " ".join(found)
