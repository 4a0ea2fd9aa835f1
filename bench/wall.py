"""What the second wall between programs costs: `python -m bench wall`.

One PostgreSQL of its own with two databases: one is used by a role that no policy holds for, the other by
its owner behind the wall. In turn, e-receipts are put past the door (as the API does, for one program), the
member is looked up, and the receipts are worked through by the stages without an OCR engine. Medians of the
rounds are printed, by the clock and by this process's processor time; the server's own is in the clock's.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TypeVar

import psycopg
import structlog
from sqlalchemy import make_url

from bench.fraud.own_postgres import own_postgres
from bench.turns import _program, _send
from pipeline.runner import run
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.acting import acting_for
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId

ROUNDS, EACH = 7, 40
ROLE = "walled"
_Given = TypeVar("_Given")
HOUSE = ProgramId("house")


def main(arguments: Sequence[str]) -> int:
    """Measure both in turn, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench wall")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with own_postgres() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        named = zip(("off", "on"), _urls(url), strict=True)
        sides = {name: _Side(Path(folder) / name, each) for name, each in named}
        for side in sides.values():
            stack.callback(side.wiring.close)
        for _ in range(given.rounds + 1):
            for side in sides.values():
                side.turn()
        for what in ("submit", "look", "work"):
            _print(what, *(side.spent[what][1:] for side in sides.values()))  # the first warms up
    return 0


def _urls(url: str) -> tuple[str, str]:
    """Of the role above the wall, and of the one behind it in a database of its own."""
    above = make_url(url)
    plain = above.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(f"CREATE ROLE {ROLE} LOGIN")
        server.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
    return url, above.set(username=ROLE, database=ROLE).render_as_string(hide_password=False)


class _Side:
    """One database, and what each kind of work took in each round: seconds by the clock, and of processor."""

    def __init__(self, folder: Path, url: str) -> None:
        self.wiring: Wiring = build(Settings(data_dir=folder, database_url=url), acts_across=True)
        self.wiring.database.migrate()
        self._member = _program(self.wiring, HOUSE)
        self.spent: dict[str, list[tuple[float, float]]] = {"submit": [], "look": [], "work": []}

    def turn(self) -> None:
        with acting_for(HOUSE):
            sent = self._timed("submit", lambda: _send(self.wiring, HOUSE, self._member, EACH))
            self._timed("look", lambda: [self._look() for _ in range(EACH)])
        self._timed("work", lambda: [run(self.wiring, each) for each in sent])

    def _look(self) -> None:
        with self.wiring.database.read() as session:
            ProgramData(session, HOUSE).member_name(self._member)

    def _timed(self, what: str, act: Callable[[], _Given]) -> _Given:
        clock, processor = time.perf_counter(), time.process_time()
        given = act()
        self.spent[what].append((time.perf_counter() - clock, time.process_time() - processor))
        return given


def _print(what: str, off: list[tuple[float, float]], on: list[tuple[float, float]]) -> None:
    words = []
    for name, spent in (("off", off), ("on", on)):
        by_clock, by_processor = (median(each[kind] for each in spent) / EACH * 1000 for kind in (0, 1))
        words.append(f"{name} {by_clock:.2f} ms ({by_processor:.2f} ms of processor)")
    print(f"{what}: {', '.join(words)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
