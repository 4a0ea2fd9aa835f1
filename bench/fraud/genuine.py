"""All real scans and photos as one honest program: how many are held, and for which reason.

    python -m bench fraud --only genuine

Each picture is a purchase of its own, handed in to a program in a database that is removed at the end, and
goes through the product's door, reading, matching, screening and decision under the built-in policy.
Members take turns by threes, in the order of the labels' dates, each one, eight or 25 days after the
purchase: by the label's day and not by the day that was read, so that a misread day counts against us; only
where the label has no day, by the day read. One line of every receipt is made a product of the program,
else nothing would be paid for, and checks of what is paid for would rest.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import text

from awarding.campaign_file import campaign_document, parse_campaign
from awarding.fraud.rates import rate_of
from awarding.fraud.weigh import grade_of, holding
from bench.fraud.options import Options
from bench.kept_engine import KeptEngine
from bench.reading.cases import Case, folder_cases, own_engine, read_case
from pipeline.runner import advance
from pipeline.runner import run as run_stages
from pipeline.settings import Settings
from pipeline.steps.artefacts import READING, SCREENING, receipt_from, screening_from
from pipeline.submit import IncomingFile, enter, judge
from pipeline.wiring import Wiring, build
from receipts.catalog import Catalog, CatalogProduct
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.work import Work
from receipts.fraud import FraudSignal, Risk, Screening
from receipts.identity import MemberId, ProgramId, ReceiptId, Sku
from receipts.money import Currency, Money
from receipts.program import Program
from receipts.state import ReceiptState
from receipts.submission import Channel

FOLDERS: Final = ("scans", "photos")
MEMBERS: Final = 20
IN_A_ROW: Final = 3
"""Receipts that a member sends one after the other before the next one's turn."""
DELAYS_DAYS: Final = (1, 8, 25)
UNDATED: Final = date(2022, 11, 30)
"""Where neither label nor reading has a date: within the days of the other photos."""
ISSUE_OF_READING: Final = frozenset({"doubtful_reading"})
"""Checks that hold because reading was unsure: no reason to think anything of the receipt."""
PROGRAM: Final = Program(ProgramId("genuine"), "Genuine", Currency("USD"), "UTC", 30, 100)
BEGAN: Final = datetime(2000, 1, 1, tzinfo=UTC)
CAMPAIGN: Final = {
    "id": "each",
    "version": 1,
    "name": "Points for every receipt",
    "starts_on": "2000-01-01",
    "ends_on": "2099-12-31",
    "rules": [{"kind": "product_bonus", "id": "any", "points": 10, "products": {}}],
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture on its way.

    Attributes:
        folder: where it lies: `scans` or `photos`.
        at: when it was handed in.
    """

    folder: str
    case: Case
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of it; no screening where it was refused before."""

    folder: str
    name: str
    state: str
    screening: Screening | None

    @property
    def stopped(self) -> bool:
        """A person has to look, or the policy declined it; what could earn nothing is not held."""
        if self.screening is None or self.screening.risk is Risk.CLEAR:
            return False
        return self.state == ReceiptState.HELD.value or self.screening.risk is Risk.DECLINE

    def held_by(self, *, reading_too: bool) -> tuple[FraudSignal, ...]:
        """The findings that hold it, or that the policy declines it by."""
        found = () if self.screening is None else holding(self.screening)
        return tuple(each for each in found if reading_too or each.check not in ISSUE_OF_READING)


def run(options: Options) -> None:
    """Print the tables."""
    if not options.has_receipts:
        print(f"left out: no real receipts at {options.receipts}; name their folder by TILLPOINTS_SHARED")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        wiring = build(Settings(data_dir=Path(folder)))
        # The product's engine; what it saw is kept between runs.
        wiring.__dict__["engine"] = KeptEngine(own_engine(), options.kept)
        try:
            judged = _judged(wiring, _papers(options))
        finally:
            wiring.close()
    _print(judged)


def _papers(options: Options) -> list[Sent]:
    """By the moment they are handed in."""
    papers = []
    for folder in FOLDERS:
        home = options.receipts / folder
        for number, case in enumerate(folder_cases(home / "images")):
            label: dict[str, Any] = json.loads((home / "labels" / f"{case.name}.json").read_bytes())
            day = _day(label.get("date")) or _day_read(case, options) or UNDATED
            at = datetime.combine(day, time(18), UTC) + timedelta(days=DELAYS_DAYS[number % len(DELAYS_DAYS)])
            papers.append(Sent(folder, case, at))
    return sorted(papers, key=lambda each: (each.at, each.case.name))


def _day(printed: str | None) -> date | None:
    return date.fromisoformat(printed) if printed else None


def _day_read(case: Case, options: Options) -> date | None:
    read = read_case(case, kept=options.kept)["receipt"]
    return _day(read["date"]) if read else None


def _judged(wiring: Wiring, papers: Sequence[Sent]) -> list[Judged]:
    _found(wiring)
    ids = [_handed_in(wiring, number, sent) for number, sent in enumerate(papers)]
    for receipt_id in ids:
        advance(wiring, receipt_id)  # read: the program's products are made of what was
    _sell_a_line_of_each(wiring, ids)
    return [_end(wiring, sent, receipt_id) for sent, receipt_id in zip(papers, ids, strict=True)]


def _found(wiring: Wiring) -> None:
    wiring.database.migrate()
    campaign = parse_campaign(CAMPAIGN)
    with wiring.database.write() as session:
        Programs(session).add(PROGRAM, BEGAN)
        ProgramData(session, PROGRAM.id).import_campaign(
            campaign.id, campaign.version, campaign_document(campaign), BEGAN
        )
        for number in range(MEMBERS):
            session.execute(
                text(
                    "INSERT INTO members (id, program_id, name, message_sequence, joined_at)"
                    " VALUES (:id, :program, :id, 0, :joined)"
                ),
                {"id": f"mem_{number}", "program": PROGRAM.id, "joined": "2000-01-01 00:00:00.000000"},
            )


def _handed_in(wiring: Wiring, number: int, sent: Sent) -> ReceiptId:
    path = sent.case.path
    new = judge(wiring, IncomingFile(path, path.name, path.stat().st_size), wiring.store)
    with wiring.database.write() as session:
        submitted = enter(
            session,
            program_id=PROGRAM.id,
            member_id=MemberId(f"mem_{number // IN_A_ROW % MEMBERS}"),
            channel=Channel.UPLOAD,
            new=[new],
            received_at=sent.at,
        )
    return submitted.receipts[0].id


def _sell_a_line_of_each(wiring: Wiring, ids: Sequence[ReceiptId]) -> None:
    """The middle line of every receipt, by the words and at the price that were read."""
    products: dict[str, CatalogProduct] = {}
    for name, price in _lines(wiring, ids):
        products.setdefault(name, CatalogProduct(Sku(f"OURS-{len(products)}"), name, msrp=price))
    with wiring.database.write() as session:
        data = ProgramData(session, PROGRAM.id)
        data.import_catalog(Catalog("genuine", tuple(products.values())), BEGAN)


def _lines(wiring: Wiring, ids: Sequence[ReceiptId]) -> Iterator[tuple[str, Money]]:
    with wiring.database.read() as session:
        work = Work(session, BEGAN)
        for receipt_id in ids:
            reading = work.artefact(receipt_id, READING)
            items = () if reading is None else receipt_from(reading).items
            if items:
                line = items[len(items) // 2]
                yield line.description, line.unit_price or line.amount


def _end(wiring: Wiring, sent: Sent, receipt_id: ReceiptId) -> Judged:
    run_stages(wiring, receipt_id)
    with wiring.database.read() as session:
        kept = Work(session, BEGAN).artefact(receipt_id, SCREENING)
        state = session.execute(
            text("SELECT state FROM receipts WHERE id = :id"), {"id": receipt_id}
        ).scalar_one()
    return Judged(sent.folder, sent.case.name, state, None if kept is None else screening_from(kept))


def _print(judged: Sequence[Judged]) -> None:
    print(
        "| pictures | handed in | refused unread | a check of this issue would hold | held or declined for it"
        " | in 100 | 95 % interval | with those held for unsure reading |"
    )
    print("|---|--:|--:|--:|--:|--:|---|--:|")
    for folder in (*FOLDERS, ""):
        _print_row(folder or "together", [each for each in judged if not folder or each.folder == folder])
    states = Counter(each.state for each in judged)
    print("\nstates: " + ", ".join(f"{name} {count}" for name, count in states.most_common()))
    _print_checks(judged)
    for each in judged:
        for signal in each.held_by(reading_too=False):
            print(f"{each.folder}/{each.name}, {each.state}: {signal.check}: {signal.reviewer_sentence}")


def _print_row(what: str, those: Sequence[Judged]) -> None:
    would = sum(bool(each.held_by(reading_too=False)) for each in those)
    ours = sum(each.stopped and bool(each.held_by(reading_too=False)) for each in those)
    every = sum(each.stopped and bool(each.held_by(reading_too=True)) for each in those)
    unread = sum(each.screening is None for each in those)
    rate = rate_of(ours, len(those))
    print(
        f"| {what} | {len(those)} | {unread} | {would} | {ours} | {100 * rate.share:.1f}"
        f" | {100 * rate.low:.1f} to {100 * rate.high:.1f} | {every} |"
    )


def _print_checks(judged: Sequence[Judged]) -> None:
    print("\n| check | finding | receipts | held by it |\n|---|---|--:|--:|")
    rows: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in judged:
        held = {signal.check for signal in each.held_by(reading_too=True)} if each.stopped else set()
        for signal in () if each.screening is None else each.screening.signals:
            if (grade := grade_of(signal)) is not None:
                row = rows[signal.check, grade.value]
                row[0] += 1
                row[1] += signal.check in held
    for (check, grade), (count, holds) in sorted(rows.items()):
        print(f"| {check} | {grade} | {count} | {holds} |")
