"""Members, devices, addresses and cards: what is found of rings and bots, and who is bothered for it.

A month is drawn (`population.py`), written into a database, and each receipt is judged by what the tables
say of it, as the product does. ``--rows 1000000`` times the count at that many stored receipts as well, on
SQLite, and on PostgreSQL where ``--postgres URL`` names an empty database.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from awarding.fraud import declined_share, member_velocity, new_account, shared_identity
from awarding.fraud.evidence import Evidence
from awarding.fraud.member_facts import MemberFacts
from awarding.fraud.policy import ScreenPolicy
from bench.fraud.member_mass import fill, is_of_crowd, member_of, moment_of
from bench.fraud.member_rows import PROGRAM, add_members, add_program, add_uploads
from bench.fraud.options import Options
from bench.fraud.population import START, Actor, Upload, population
from pipeline.steps.around import member_facts
from receipts.database.engine import Database, sqlite_url
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256, Sku, SubmissionId
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Currency, Money
from receipts.receipt import LineItem, Receipt, Retailer

CHECKS = (member_velocity, shared_identity, new_account, declined_share)
AIMED_AT = {
    "member_velocity": {Actor.BOT},
    "shared_identity": {Actor.RING, Actor.ACCOUNTS},
    "new_account": {Actor.NEWCOMER},
    "declined_share": {Actor.REFUSED},
}
HOUSEHOLDS = 1200
HONEST_EVERY = 4
"""Honest uploads are all stored, and every fourth is judged."""
TIMED = 300
USD = Currency("USD")
NO_SUBMISSION, NO_FILE = SubmissionId(""), Sha256("")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A stored receipt as the steps ask for it."""

    receipt_id: ReceiptId
    number: int
    member_id: MemberId
    received_at: datetime
    submission_id: SubmissionId = NO_SUBMISSION
    program_id: ProgramId = PROGRAM
    file_sha256: Sha256 = NO_FILE
    part: int = 0


def run(options: Options) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench fraud --only member", add_help=False)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    asked, _ = parser.parse_known_args(options.rest)
    dice = random.Random(options.seed)  # noqa: S311 - no secret
    uploads = population(dice, asked.households)
    with TemporaryDirectory(dir=options.work) as folder:
        database = _filled(sqlite_url(Path(folder) / "month.db"), uploads)
        judged = [each for number, each in enumerate(uploads, start=1) if _is_judged(number, each)]
        print(f"{len(uploads)} receipts of a drawn month, {len(judged)} of them judged")
        _print_findings(judged, _judged(database, uploads))
        database.close()
    if asked.rows:
        print("\n| database | receipts | CPU ms, median | 95 of 100 | of a crowd's address | on the clock |")
        print("|---|---|---|---|---|---|")
        for count in sorted({1_000, asked.rows}):
            with TemporaryDirectory(dir=options.work) as folder:
                _print_time("SQLite", sqlite_url(Path(folder) / "time.db"), count, dice)
        if asked.postgres:
            _print_time("PostgreSQL", asked.postgres, asked.rows, dice)


def _filled(url: str, uploads: Sequence[Upload]) -> Database:
    database = Database(url)
    database.migrate()
    add_program(database, START)
    add_members(database, {upload.member: upload.joined for upload in uploads}.items())
    add_uploads(database, uploads)
    return database


def _judged(database: Database, uploads: Sequence[Upload]) -> list[dict[str, FraudSignal]]:
    """The signals, by check, of each upload that is judged: all dishonest ones, and some of the honest."""
    policy, found = ScreenPolicy(), []
    with database.read() as session:
        for number, upload in enumerate(uploads, start=1):
            if not _is_judged(number, upload):
                continue
            facts = member_facts(session, _sent(number, upload), policy.member, ())
            evidence = _evidence(number, upload, facts)
            found.append({check.NAME: check.check(evidence, policy) for check in CHECKS})
    return found


def _is_judged(number: int, upload: Upload) -> bool:
    return not upload.actor.honest or number % HONEST_EVERY == 0


def _sent(number: int, upload: Upload) -> _Sent:
    return _Sent(ReceiptId(f"rcp_{number}"), number, MemberId(upload.member), upload.at)


def _evidence(number: int, upload: Upload, facts: MemberFacts) -> Evidence:
    price = Money(399, USD)
    item = LineItem(0, "OATS", Decimal(max(1, upload.pieces)), None, price, None, None, 0.9)
    verdict = MatchVerdict.ACCEPT if upload.pieces else MatchVerdict.NONE
    match = Match(0, verdict, Sku("OATS"), None, 0.9, MatchReason.TEXT, ())
    receipt = Receipt(
        Retailer("Shop"), date(2026, 3, 1), None, USD, "", None, None, price, (item,), False, True, ()
    )
    return Evidence(
        receipt=receipt,
        matches=(match,),
        receipt_id=ReceiptId(f"rcp_{number}"),
        member_id=MemberId(upload.member),
        submitted_at=upload.at,
        store_today=upload.at.date(),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
        member=facts,
    )


def _print_findings(uploads: Sequence[Upload], found: Sequence[dict[str, FraudSignal]]) -> None:
    honest = sum(upload.actor.honest for upload in uploads)
    print(f"{honest} of those are honest; a group is a member, a household, a ring or a bot\n")
    print("| signal | strength | groups found | of | recall | precision, receipts | honest ones in 100 |")
    print("|---|---|---|---|---|---|---|")
    for check in CHECKS:
        for strengths, name in (((Strength.STRONG,), "strong"), (tuple(Strength), "weak or strong")):
            flagged = [
                upload
                for upload, signals in zip(uploads, found, strict=True)
                if signals[check.NAME].finding is Finding.SUSPECT
                and signals[check.NAME].strength in strengths
            ]
            aimed = {each.group for each in uploads if each.actor in AIMED_AT[check.NAME]}
            met = {each.group for each in flagged} & aimed
            wrong = sum(each.actor.honest for each in flagged)
            precision = f"{1 - wrong / len(flagged):.3f}" if flagged else "-"
            print(
                f"| {check.NAME} | {name} | {len(met)} | {len(aimed)} | {len(met) / len(aimed):.2f}"
                f" | {precision} | {100 * wrong / honest:.2f} |"
            )
    print("\n| who | receipts | held by any, in 100 | noted by any, in 100 |\n|---|---|---|---|")
    by: defaultdict[Actor, list[dict[str, FraudSignal]]] = defaultdict(list)
    for upload, signals in zip(uploads, found, strict=True):
        by[upload.actor].append(signals)
    for actor, those in by.items():
        print(
            f"| {actor.value} | {len(those)} | {_share(those, (Strength.STRONG,)):.2f}"
            f" | {_share(those, tuple(Strength)):.2f} |"
        )


def _share(those: Sequence[dict[str, FraudSignal]], strengths: tuple[Strength, ...]) -> float:
    hit = sum(
        any(each.finding is Finding.SUSPECT and each.strength in strengths for each in signals.values())
        for signals in those
    )
    return 100 * hit / len(those)


def _print_time(name: str, url: str, count: int, dice: random.Random) -> None:
    """The whole gathering for a receipt among so many, and for one from an address that a tenth came from."""
    members = max(10, count // 20)
    database = Database(url)
    database.migrate()
    add_program(database, START)
    fill(database, count=count, members=members, start=START)
    limits = ScreenPolicy().member
    usual: list[float] = []
    crowd: list[float] = []
    clock: list[float] = []
    last = range(count // 2, count)
    with database.read() as session:
        for n in dice.sample(last, min(TIMED, len(last))):
            who, at = MemberId(member_of(n, members)), moment_of(n, count, START)
            sent = _Sent(ReceiptId(f"rcp_{n}"), n, who, at)
            began, started = time.perf_counter(), time.thread_time()
            member_facts(session, sent, limits, ())
            (crowd if is_of_crowd(n) else usual).append(1000 * (time.thread_time() - started))
            clock.append(1000 * (time.perf_counter() - began))
    database.close()
    most = statistics.quantiles(usual, n=20)[-1]
    print(
        f"| {name} | {count:,} | {statistics.median(usual):.1f} | {most:.1f}"
        f" | {statistics.median(crowd):.1f} | {statistics.median(clock):.1f} |",
        flush=True,
    )
