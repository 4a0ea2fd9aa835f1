"""Tiers and badges on both databases, moved by several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from awarding.status_file import parse_status
from pipeline.activities import Event, tell
from pipeline.clock import utc_now
from pipeline.settings import Settings
from pipeline.status import import_status, look_at, sweep_statuses
from pipeline.wiring import Wiring, build
from receipts.database.repositories.books import Books
from receipts.database.repositories.earning import Earning
from tests.database.conftest import World
from tests.database.test_books import entry


@pytest.fixture
def wiring(world: World, tmp_path: Path) -> Iterator[Wiring]:
    made = build(Settings(data_dir=tmp_path / "data", database_url=world.database.url))
    yield made
    made.close()


def rules(world: World, wiring: Wiring, version: int = 1) -> None:
    tiers = {"count": "points", "window": {"days": 30}, "levels": [{"name": "gold", "threshold": 50}]}
    badge = {"name": "critic", "count": "activities", "event": "review", "threshold": 3}
    document = {"version": version, "tiers": tiers, "badges": [badge]}
    import_status(wiring, world.mill, *parse_status(document))


def at_once(*tasks: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(tasks)) as pool:
        for each in [pool.submit(task) for task in tasks]:
            each.result()


def told(world: World) -> list[str]:
    with world.database.read() as session:
        rows = session.execute(
            text("SELECT type FROM messages WHERE member_id = :ann ORDER BY sequence"), {"ann": world.ann}
        )
        return [kind for (kind,) in rows]


def test_activities_told_at_once_earn_a_badge_once(world: World, wiring: Wiring) -> None:
    rules(world, wiring)
    at_once(
        *(
            lambda number=number: tell(wiring, world.mill, Event(world.ann, "review", f"r-{number}"))  # type: ignore[misc]
            for number in range(4)
        )
    )
    assert told(world) == ["member.badge_earned"]


def test_sweeps_at_once_tell_of_a_tier_once_up_and_down(world: World, wiring: Wiring) -> None:
    with world.database.write() as session:
        Books(session, world.mill, utc_now()).post([entry(world, world.send(), 50, created_at=utc_now())], ())
    rules(world, wiring)
    at_once(*(lambda: sweep_statuses(wiring) for _ in range(3)))
    assert told(world) == ["member.tier_changed"]
    later = utc_now() + timedelta(days=31)
    at_once(*(lambda: sweep_statuses(wiring, now=later) for _ in range(3)))
    assert told(world) == ["member.tier_changed"] * 2
    with world.database.read() as session:
        assert Earning(session, world.mill, later).tier(world.ann, None) == ""


def test_a_look_that_is_rolled_back_leaves_neither_tier_nor_message(world: World, wiring: Wiring) -> None:
    rules(world, wiring)
    with pytest.raises(ZeroDivisionError), world.database.write() as session:
        books = Books(session, world.mill, utc_now())
        books.post([entry(world, world.send(), 50, created_at=utc_now())], ())
        look_at(session, utc_now(), world.mill, world.ann)
        assert Earning(session, world.mill, utc_now()).tier(world.ann, None) == "gold"
        raise ZeroDivisionError
    with world.database.read() as session:
        assert Earning(session, world.mill, utc_now()).tier(world.ann, None) == ""
    assert told(world) == []
