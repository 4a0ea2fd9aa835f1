"""A publisher that is stuck is told of by the age of the oldest message that it owes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from api.routes.operations import _publishers
from pipeline.publishers import behind as module
from pipeline.publishers.base import Away, Refused, Taken
from pipeline.publishers.behind import Behind, behind
from receipts.database.engine import Database
from receipts.identity import ProgramId
from tests.publishing.conftest import ANN, BOB, MILL, NOW, Desk, Mill, run

Told = Callable[..., Behind]


@dataclass
class Parts:
    """Of a wiring, what is asked: the real database, and a file that names one publisher."""

    database: Database
    publishers: dict[ProgramId, dict[str, object]] = field(default_factory=lambda: {MILL: {"core": object()}})


@pytest.fixture
def told(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> Told:
    def ask(after_s: float = 0.0) -> Behind:
        monkeypatch.setattr(module, "utc_now", lambda: NOW + dt.timedelta(seconds=after_s))
        (one,) = behind(Parts(mill.database))  # type: ignore[arg-type]
        return one

    return ask


def test_a_publisher_that_meets_nobody_is_behind_until_all_is_taken(mill: Mill, told: Told) -> None:
    here = False
    follower = mill.follower(Desk(lambda _: Taken() if here else Away("nobody there")))
    run(follower)
    assert told(600).oldest_s == 0, "nothing to pass on"
    mill.publish(ANN, BOB)
    run(follower)
    assert told(900).oldest_s == 900
    here = True
    mill.wait(301)
    run(follower)
    assert told(1200).oldest_s == 0


def test_what_is_set_aside_is_counted_and_what_waits_behind_it_is_owed(mill: Mill, told: Told) -> None:
    follower = mill.follower(Desk(lambda each: Refused("too large") if each.member_id == ANN else Taken()))
    mill.publish(ANN, BOB)
    run(follower)
    assert (told(60).set_aside, told(60).oldest_s) == (1, 0)
    mill.publish(ANN)
    run(follower)
    assert told(3600).oldest_s >= 3000


def test_each_has_a_sample_by_program_and_name(told: Told, mill: Mill) -> None:
    run(mill.follower(Desk()))
    samples = {each.name: each.samples for each in _publishers([told()])}
    ((name, labels, value, *_),) = samples["tillpoints_publisher_oldest_seconds"]
    assert (labels, value) == ({"program": "mill", "publisher": "core"}, 0)
    assert name == "tillpoints_publisher_oldest_seconds"
