"""`python -m bench throughput`: PostgreSQL, Redis, an API, a relay and one or two workers on this machine.

One table: receipts a minute through the whole pipeline on one worker and on two, against the same pictures
read by the engine as it comes and by our reading alone; what a worker holds; e-receipts a second; and the
submissions a second that the API takes while two workers are busy, with how long each answer took.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.throughput.alone import Alone, read_alone
from bench.throughput.house import House, a_house, cpu_s, memory_mb
from bench.throughput.senders import Answered, send_for, send_once
from fixtures.generator.retailers import SHOPS
from fixtures.generator.sample import Kind, draw_sample
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.submit import enter
from receipts.database.repositories.intake import NewReceipt
from receipts.identity import MemberId
from receipts.image import Accepted, MediaType
from receipts.submission import Channel

OVERHEAD_MOST = 0.15
"""Issue 9: what the pipeline may take beyond the engine's own time."""
WARM_UP = 3
"""Receipts at the start of a round that are not counted: a worker's first ones load what it needs."""
STUCK_S = 600.0
_LOOK_EVERY_S = 0.05
_US = [shop for shop in SHOPS if shop.market == "us"]


@dataclass(frozen=True, slots=True)
class Round:
    """One lot of receipts worked through.

    Attributes:
        counted: how many, without those at the start.
        wall: seconds from the end of the last of those to the end.
        cpu: seconds of the processor that the workers took meanwhile.
        beside: the same of the database and the relay together.
        peak_mb: the most that a worker held.
    """

    counted: int
    wall: float
    cpu: float
    beside: float
    peak_mb: float


def run(words: Sequence[str]) -> int:
    """Measure and print; 1 where one worker takes more than is allowed beyond the engine's own time."""
    given = _words(words)
    console = Console(highlight=False, width=150)
    with tempfile.TemporaryDirectory(prefix="tillpoints-throughput-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lots = [_draw(folder / f"lot{lot}", given.pictures + WARM_UP, lot) for lot in range(2)]
        alone = {reader: read_alone(reader, lots[0][WARM_UP:]) for reader in ("bare", "ours")}
        with a_house(folder) as house:
            return _measure(given, console, house, lots, alone)


def _words(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench throughput", description=__doc__)
    parser.add_argument(
        "--pictures", type=int, default=40, help="photos and scans for one worker, and for two"
    )
    parser.add_argument("--texts", type=int, default=400, help="e-receipts for one worker, and for two")
    parser.add_argument("--senders", type=int, default=4, help="members who send at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long they send")
    return parser.parse_args(words)


def _measure(
    given: argparse.Namespace,
    console: Console,
    house: House,
    lots: Sequence[Sequence[Path]],
    alone: dict[str, Alone],
) -> int:
    pictures, texts = [], []
    for workers in (1, 2):
        _put_texts(house, given.texts + WARM_UP, workers)
        texts.append(_round(house, workers))
        send_once(house, lots[workers - 1])
        pictures.append(_round(house, workers))
    # Once more, by other members: what keeps two workers busy while others send.
    for _ in range(2):
        send_once(house, [*lots[0], *lots[1]], shift=7)
    for worker in ("worker 1", "worker 2"):
        house.start("worker", worker)
    time.sleep(5.0)
    api = cpu_s(house.pids("api"))
    sent = send_for(house, lots[0], senders=given.senders, seconds=given.seconds)
    api = cpu_s(house.pids("api")) - api
    console.print(_table(given, alone, pictures, texts, sent))
    console.print(f"processor time of the API for each submission: {1000 * api / len(sent.seconds):.1f} ms")
    console.print(f"where the receipts stand: {house.states()}")
    overhead = pictures[0].cpu / pictures[0].counted / (alone["bare"].cpu / given.pictures) - 1
    return int(overhead > OVERHEAD_MOST)


def _round(house: House, workers: int) -> Round:
    """Receipts wait, then the workers start: from the end of the first few to the end of the last."""
    all_of_them = house.unfinished()
    names = [f"worker {number + 1}" for number in range(workers)]
    for name in names:
        house.start("worker", name)
    until = time.monotonic() + STUCK_S
    _until(house, all_of_them - WARM_UP * workers, until)
    left = house.unfinished()
    pids = [pid for name in names for pid in house.pids(name)]
    began, cpu, beside = time.monotonic(), cpu_s(pids), house.beside_cpu_s("relay")
    _until(house, 0, until)
    wall, spent, peak = time.monotonic() - began, cpu_s(pids) - cpu, memory_mb(pids)
    beside = house.beside_cpu_s("relay") - beside
    house.end(*names)
    return Round(left, wall, spent, beside, peak)


def _until(house: House, left: int, until: float) -> None:
    while house.unfinished() > left:
        if time.monotonic() > until:
            raise TimeoutError(f"{house.unfinished()} receipts are still on their way; see {house.log}")
        time.sleep(_LOOK_EVERY_S)


def _draw(folder: Path, count: int, lot: int) -> list[Path]:
    """Photos and scans of as many purchases."""
    folder.mkdir()
    day, paths = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2), []
    for number in range(count):
        kind = (Kind.PHOTO, Kind.SCAN)[number % 2]
        sample = draw_sample(
            f"throughput-{lot}-{number}", kind=kind, purchased_on=day, shop=_US[number % len(_US)]
        )
        paths.append(folder / f"{number:03}.jpg")
        paths[-1].write_bytes(sample.data)
    return paths


def _put_texts(house: House, count: int, lot: int) -> None:
    """E-receipts as mails bring them, put there past the door: what is measured is the way after it."""
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2)
    with house.engine.connect() as connection:
        ids = connection.execute(
            text("SELECT id FROM members WHERE program_id = :p"), {"p": SAMPLE_PROGRAM.id}
        )
        members = [MemberId(each) for (each,) in ids]
    for number in range(count):
        shop = _US[number % len(_US)]
        data = draw_sample(f"text-{lot}-{number}", kind=Kind.HTML, purchased_on=day, shop=shop).data
        sha256 = house.wiring.store.put_bytes(data)
        accepted = Accepted(sha256, MediaType.HTML, len(data), None, None, 1)
        with house.wiring.database.write() as session:
            enter(
                session,
                program_id=SAMPLE_PROGRAM.id,
                member_id=members[number % len(members)],
                channel=Channel.EMAIL,
                new=[NewReceipt("receipt.html", len(data), sha256, accepted)],
            )


def _table(
    given: argparse.Namespace,
    alone: dict[str, Alone],
    pictures: Sequence[Round],
    texts: Sequence[Round],
    sent: Answered,
) -> Table:
    table = Table("", "1 worker", "2 workers")
    bare, ours = (alone[reader].cpu / given.pictures for reader in ("bare", "ours"))
    each = [one.cpu / one.counted for one in pictures]
    table.add_row("pictures a minute", *(f"{60 * one.counted / one.wall:.0f}" for one in pictures))
    table.add_row("processor time of a worker for each, s", *(f"{cpu:.2f}" for cpu in each))
    table.add_row(f"... to the engine as it comes ({bare:.2f} s)", *(f"{cpu / bare:.2f}" for cpu in each))
    table.add_row(f"... to our reading alone ({ours:.2f} s)", *(f"{cpu / ours:.2f}" for cpu in each))
    table.add_row(
        "... of database and relay for each, s", *(f"{one.beside / one.counted:.3f}" for one in pictures)
    )
    table.add_row("most memory of a worker, MB", *(f"{one.peak_mb:.0f}" for one in pictures))
    table.add_row("e-receipts a second", *(f"{one.counted / one.wall:.1f}" for one in texts))
    for words, spent in (("a worker", "cpu"), ("database and relay", "beside")):
        each = [getattr(one, spent) / one.counted for one in texts]
        table.add_row(f"... processor time of {words} for each, s", *(f"{cpu:.3f}" for cpu in each))
    cuts = quantiles(sent.seconds, n=100)
    took = ", ".join(f"p{part} {1000 * cuts[part - 1]:.0f} ms" for part in (50, 95, 99))
    table.add_row(
        f"submissions a second, {given.senders} senders, 2 workers busy",
        "",
        f"{len(sent.seconds) / sent.wall:.1f}; {took}; {sent.others} not taken",
    )
    return table
