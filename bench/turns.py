"""What a flood of one program costs another, and choosing whose turn it is: `python -m bench turns`.

Two programs on a PostgreSQL of its own: 2,000 e-receipts of one, then 20 of the other, one worker, and bells
in the order that they were rung. All is worked through twice, each bell for its own receipt and in turns: how
many were done before each of the 20, and after how long. Then 100,000 receipts wait in one of a hundred
programs, and the choice is timed: all of them free, and all of them waiting for a later try.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median

import structlog
from sqlalchemy import text

from bench.fraud.own_postgres import own_postgres
from pipeline.clock import utc_now
from pipeline.runner import run
from pipeline.settings import Settings
from pipeline.submit import enter
from pipeline.wiring import Wiring, build
from receipts.database.repositories.intake import NewReceipt
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.turns import Turns
from receipts.identity import MemberId, ProgramId, ReceiptId, new_member_id
from receipts.image import Accepted, MediaType
from receipts.money import currency
from receipts.program import Program
from receipts.submission import Channel

FLOOD, FEW = 2_000, 20
WAITING, PROGRAMS, CHOICES = 100_000, 100, 50
BOUND_TURNS = 4 * FEW
"""By lot among two, each of the 20 comes after one of the flood, on average; four times that is bad luck."""
BOUND_CHOICE_S = 0.05


def main(arguments: Sequence[str]) -> int:
    """Run both; 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench turns")
    parser.add_argument("--flood", type=int, default=FLOOD)
    parser.add_argument("--waiting", type=int, default=WAITING)
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    waited = [_flooded(given.flood, in_turn=in_turn) for in_turn in (False, True)]
    return max(0 if waited[1] <= BOUND_TURNS else 1, _choices(given.waiting))


def _program(wiring: Wiring, name: str) -> MemberId:
    member = new_member_id()
    with wiring.database.write() as session:
        program = Program(ProgramId(name), name.title(), currency("USD"), "UTC", 30, 1_000_000)
        Programs(session).add(program, utc_now())
        ProgramData(session, program.id).add_member(member, f"Member of {name}", utc_now())
    return member


def _send(wiring: Wiring, name: str, member: MemberId, count: int) -> list[ReceiptId]:
    """E-receipts past the door, which is not what is measured; each is another purchase."""
    sent: list[ReceiptId] = []
    day = utc_now().date()
    for number in range(count):
        price = f"{1 + number % 7}.{number % 90 + 10}"
        words = (
            f"Corner Shop\n12 High Street\n{day} 10:{number % 60:02}\nReceipt {name[0]}{number:06}\n"
            f"Oat Bread 500 g  {price}\nTotal USD {price}\n"
        ).encode()
        sha256 = wiring.store.put_bytes(words)
        file = NewReceipt(
            "r.txt", len(words), sha256, Accepted(sha256, MediaType.TEXT, len(words), None, None, 1)
        )
        with wiring.database.write() as session:
            submitted = enter(
                session, program_id=ProgramId(name), member_id=member, channel=Channel.UPLOAD, new=[file]
            )
        sent.append(submitted.receipts[0].id)
    return sent


def _with_postgres(work: Callable[[Wiring], int]) -> int:
    with own_postgres() as url, tempfile.TemporaryDirectory() as folder:
        wiring = build(Settings(data_dir=Path(folder), database_url=url))
        wiring.database.migrate()
        return work(wiring)


def _flooded(flood: int, *, in_turn: bool) -> int:
    """The most receipts that were done before one of the few was."""

    def work(wiring: Wiring) -> int:
        members = [_program(wiring, name) for name in ("flood", "few")]
        bells = _send(wiring, "flood", members[0], flood)
        few = _send(wiring, "few", members[1], FEW)
        left = set(few)
        began, places, seconds = time.perf_counter(), [], []
        for place, bell in enumerate([*bells, *few]):
            run(wiring, bell, in_turn=in_turn)
            done = left - _unfinished(wiring)
            left -= done
            places += [place] * len(done)
            seconds += [time.perf_counter() - began] * len(done)
            if not left:
                break
        how = "in turns" if in_turn else "each bell for its own receipt"
        print(
            f"{how}: {FEW} behind {flood:,}: done after {median(places):,.0f} others at the median,"
            f" {max(places) + 1 - FEW:,} at most; {median(seconds):.1f} s and {max(seconds):.1f} s"
        )
        return max(places) + 1 - FEW

    return _with_postgres(work)


def _unfinished(wiring: Wiring) -> set[ReceiptId]:
    asked = text(
        "SELECT id FROM receipts WHERE program_id = 'few'"
        " AND state IN ('received', 'read', 'matched', 'screened')"
    )
    with wiring.database.read() as session:
        return {ReceiptId(each) for (each,) in session.execute(asked)}


_FILL = (
    "INSERT INTO submissions (id, program_id, member_id, channel, received_at)"
    " SELECT 'sub_b' || n, :program, :member, 'upload', now() FROM generate_series(1, :count) n",
    "INSERT INTO receipts (id, program_id, submission_id, member_id, position, part, file_name, size_bytes,"
    " state, light, attempts, received_at, updated_at)"
    " SELECT 'rcp_b' || n, :program, 'sub_b' || n, :member, 1, 0, 'r.txt', 1, 'received', true, 0, now(),"
    " now() FROM generate_series(1, :count) n",
)


def _choices(waiting: int) -> int:
    def work(wiring: Wiring) -> int:
        members = [_program(wiring, f"p{number}") for number in range(PROGRAMS)]
        with wiring.database.write() as session:
            for statement in _FILL:
                values = {"program": "p0", "member": members[0], "count": waiting}
                wanted = {name: value for name, value in values.items() if f":{name}" in statement}
                session.execute(text(statement), wanted)
        for number, member in enumerate(members[1:11], start=1):
            _send(wiring, f"p{number}", member, 1)
        with wiring.database.write() as session:
            session.execute(text("ANALYZE"))
        free = _timed(wiring, f"{waiting:,} wait")
        later = utc_now() + timedelta(hours=1)
        with wiring.database.write() as session:
            session.execute(
                text("UPDATE receipts SET not_before = :at WHERE program_id = 'p0'"), {"at": later}
            )
        _timed(wiring, f"{waiting:,} wait for a later try")
        return 0 if free < BOUND_CHOICE_S else 1

    return _with_postgres(work)


def _timed(wiring: Wiring, what: str) -> float:
    spent = []
    for _ in range(CHOICES):
        with wiring.database.write() as session:
            began = time.perf_counter()
            if Turns(session, utc_now()).receipt(ReceiptId("rcp_b1")) is None:
                raise RuntimeError("nothing was chosen, though something waits")
            spent.append(time.perf_counter() - began)
            session.rollback()
    ms, most_ms = 1000 * median(spent), 1000 * max(spent)
    print(f"{what}, {PROGRAMS} programs: {ms:.1f} ms a choice, {most_ms:.1f} at most")
    return median(spent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
