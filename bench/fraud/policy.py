"""The policy's own part: how fast another one is run over the past, and whether sampled rates tell the truth.

    python -m bench.fraud --only policy --receipts 100000

Receipts are copies of a few that went through the real pipeline, each with all its artefacts, in a SQLite
database of its own that is removed at the end. Each run is a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import random
import resource
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from awarding.fraud.policy_file import parse_policy
from awarding.fraud.rates import rate_of
from bench.fraud.options import Options
from fixtures.generator.dice import Dice
from fixtures.generator.layouts import LAYOUTS
from fixtures.generator.purchase import ring_up
from fixtures.generator.retailers import shop
from fixtures.generator.sample import Kind, draw_sample
from fixtures.scenarios.stage import own
from pipeline.runner import run as run_stages
from pipeline.sample import SAMPLE_PROGRAM, add_sample
from pipeline.sampling import is_drawn
from pipeline.settings import Settings
from pipeline.shadow import Tally, shadow_run
from pipeline.submit import IncomingFile, submit
from pipeline.wiring import Wiring, build
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.submission import Channel

RECEIPTS: Final = 100_000
MEMBERS: Final = 5_000
OLD_EVERY: Final = 10
"""One receipt in so many is too old and waits for a person."""
CHUNK: Final = 5_000
POLICIES: Final = {
    "weights alone: findings are weighed anew": {"version": 2, "hold_from": 0.5, "decline_from": 0.6},
    "a threshold too: every check runs again": {"version": 2, "thresholds": {"window_days": 400}},
}
TRIALS: Final = 400
DECISIONS: Final = 2_000


def run(options: Options) -> None:
    """Print both tables."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    parser = argparse.ArgumentParser(prog="python -m bench.fraud --only policy")
    parser.add_argument("--receipts", type=int, default=RECEIPTS)
    parser.add_argument("--no-rates", dest="rates", action="store_false", help="only the runs over the past")
    asked, _ = parser.parse_known_args(options.rest)
    if asked.rates:
        _rates_table(options.seed)
    _shadow_table(options.work / "shadow", asked.receipts)


def _shadow_table(folder: Path, count: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        size_mb = _fill(folder, count)
        print(f"\n{count:,} receipts of {MEMBERS:,} members on SQLite, {size_mb:,.0f} MB\n")
        print(
            "| policy | receipts | CPU s | receipts a CPU second | wall s | flips | memory, start to peak |"
        )
        print("| --- | --: | --: | --: | --: | --: | --: |")
        for name, document in POLICIES.items():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
                done = one.submit(_measured, folder, document).result()
            print(
                f"| {name} | {done.looked_at:,} | {done.cpu_s:.1f} | {done.looked_at / done.cpu_s:,.0f}"
                f" | {done.wall_s:.1f} | {done.flips:,} | {done.start_mb:.0f} to {done.peak_mb:.0f} MB |",
                flush=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Done:
    looked_at: int
    flips: int
    cpu_s: float
    wall_s: float
    start_mb: float
    peak_mb: float


def _measured(folder: Path, document: dict[str, Any]) -> _Done:
    wiring = build(Settings(data_dir=folder))
    tally = Tally()
    start_mb = _held_mb()
    cpu, wall = time.process_time(), time.perf_counter()
    for seen in shadow_run(wiring, program_id=SAMPLE_PROGRAM.id, policy=parse_policy(document)):
        tally.add(seen)
    cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
    assert not tally.not_kept
    wiring.close()
    flips = sum(each.receipts for each in tally.flips.values())
    return _Done(tally.looked_at, flips, cpu_s, wall_s, start_mb, _held_mb())


def _held_mb() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill(folder: Path, count: int) -> float:
    """The database's size, in MB."""
    wiring = build(Settings(data_dir=folder))
    wiring.database.migrate()
    add_sample(wiring)
    templates = [_processed(wiring, folder, old=old) for old in (False, True)]
    with wiring.database.write() as session:
        for number in range(MEMBERS):
            session.execute(
                text(
                    "INSERT INTO members (id, program_id, name, message_sequence, joined_at)"
                    " SELECT :id, program_id, name, 0, joined_at FROM members LIMIT 1"
                ),
                {"id": f"mem_{number}"},
            )
    for start in range(0, count, CHUNK):
        with wiring.database.write() as session:
            _copy(session, templates, range(start, min(start + CHUNK, count)))
    wiring.close()
    return sum(path.stat().st_size for path in folder.rglob("*.db*")) / 1e6


def _processed(wiring: Wiring, folder: Path, *, old: bool) -> ReceiptId:
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=90 if old else 1)
    purchase = ring_up(
        shop("Dollar Lantern"),
        (own("OAT-OFO-18Z", 329), own("OAT-HCG-12Z", 499)),
        habits=LAYOUTS["sections"].habits,
        date=day,
        dice=Dice(f"policy {old}"),
    )
    sample = draw_sample("policy", kind=Kind.PDF_TEXT, purchased_on=day, purchase=purchase, layout="sections")
    path = folder / "incoming.pdf"
    path.write_bytes(sample.data)
    with wiring.database.read() as session:
        member = session.execute(text("SELECT id FROM members LIMIT 1")).scalar_one()
    sent = submit(
        wiring,
        program_id=SAMPLE_PROGRAM.id,
        member_id=MemberId(member),
        channel=Channel.UPLOAD,
        files=[IncomingFile(path, "receipt.pdf", len(sample.data))],
    )
    run_stages(wiring, sent.receipts[0].id)
    return sent.receipts[0].id


_COPIES: Final = (
    "INSERT INTO submissions (id, program_id, member_id, channel, received_at)"
    " SELECT :sub, program_id, :member, channel, received_at FROM submissions"
    " WHERE id = (SELECT submission_id FROM receipts WHERE id = :of)",
    "INSERT INTO receipts (id, program_id, submission_id, member_id, position, part, file_name, size_bytes,"
    " state, attempts, points, received_at, updated_at)"
    " SELECT :id, program_id, :sub, :member, 0, 0, file_name, size_bytes, state, 0, points, received_at,"
    " updated_at FROM receipts WHERE id = :of",
    "INSERT INTO artefacts (receipt_id, kind, revision, versions, body, seconds, created_at)"
    " SELECT :id, kind, revision, versions, body, seconds, created_at FROM artefacts WHERE receipt_id = :of",
    "INSERT INTO review_cases (id, program_id, receipt_id, reasons, would_pay, status, opened_at)"
    " SELECT :rev, program_id, :id, reasons, would_pay, status, opened_at FROM review_cases"
    " WHERE receipt_id = :of",
)


def _copy(session: Session, templates: list[ReceiptId], numbers: range) -> None:
    given = [
        {
            "of": templates[number % OLD_EVERY == 0],
            "id": f"rcp_{number}",
            "sub": f"sub_{number}",
            "rev": f"rev_{number}",
            "member": f"mem_{number % MEMBERS}",
        }
        for number in numbers
    ]
    for statement in _COPIES:
        session.execute(text(statement), given)


def _rates_table(seed: int) -> None:
    print(
        f"{DECISIONS:,} decisions a trial, each right or wrong by a known chance, the share drawn by the"
        f" receipts' ids,\n{TRIALS:,} trials: how often the 95 % interval holds the true rate.\n"
    )
    print("| true rate | share drawn | looked at | mean width | holds the truth |")
    print("| --: | --: | --: | --: | --: |")
    for truth in (0.005, 0.02, 0.1):
        for share in (0.05, 0.2):
            looked_at, widths, held = 0, 0.0, 0
            for drawn, wrong in _trials(truth, share, seed):
                rate = rate_of(wrong, drawn)
                looked_at += drawn
                widths += rate.high - rate.low
                held += rate.low <= truth <= rate.high
            print(
                f"| {truth:.1%} | {share:.0%} | {looked_at / TRIALS:.0f} | {widths / TRIALS:.2%}"
                f" | {held / TRIALS:.1%} |"
            )


def _trials(truth: float, share: float, seed: int) -> Iterator[tuple[int, int]]:
    """How many were drawn, and of them how many the machine had decided wrongly."""
    chance = random.Random(f"{seed} {truth} {share}")  # noqa: S311 - simulated decisions
    ids = [ReceiptId(f"rcp_{number}") for number in range(DECISIONS)]
    for trial in range(TRIALS):
        program = ProgramId(f"trial-{trial}")
        drawn = sum(is_drawn("secret", program, each, share) for each in ids)
        yield drawn, sum(chance.random() < truth for _ in range(drawn))
