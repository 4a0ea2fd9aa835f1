"""What finding a receipt's candidates costs by the number of stored receipts, on both databases.

Every stored receipt is a photo of a purchase of its own: read facts with their coarse keys, and the bands of
two hashes. Prices come from a few dozen, days from a year, as in one program. Asked is what a screening asks,
by the product's own repositories, for receipts of which one in five repeats a stored one.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session

from awarding.fraud.alike.hashes import BITS, bands_of, near_bands
from awarding.purchase import PurchaseFacts, lookup_keys
from bench.fraud.options import Options
from bench.fraud.own_postgres import own_postgres
from bench.fraud.strangers import made_by_database
from pipeline.alike import ALIKE_LOOKED_AT, FRAME, PAPER, REFUSED_LOOKED_AT, REFUSED_WITHIN
from pipeline.clock import day_start
from receipts.database.engine import Database, sqlite_url
from receipts.database.repositories.pictures import Pictures
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.reviews import History
from receipts.database.tables import PictureBandRow, PurchaseLookupRow
from receipts.identity import MemberId, ProgramId, Sha256
from receipts.money import Money, currency
from receipts.program import Program

SIZES: Final = (1_000, 100_000, 1_000_000)
ASKED: Final = 200
REPEATED: Final = 0.2
TRIES: Final = 3
"""The best of them counts: others use the machine."""
MEMBERS_EACH: Final = 20
"""Receipts of one member."""
PRICES_MINOR: Final = tuple(range(49, 2999, 50))
CHAINS: Final = ("walmart", "target", "kroger", "corner market", "costco")
USD: Final = currency("USD")
MILL: Final = ProgramId("mill")
START: Final = datetime(2025, 6, 1, tzinfo=UTC)
DRAWN: Final = 1_000
LOOKED_AT: Final = 50
LATEST: Final = 10**12

Asking = Callable[[Session, PurchaseFacts, int, int], object]


@dataclass(frozen=True, slots=True)
class Stored:
    """A receipt by its number: the same number is the same receipt each time."""

    facts: PurchaseFacts
    hashes: tuple[int, int]


def stored(number: int) -> Stored:
    """The numbered receipt."""
    dice = random.Random(number)  # noqa: S311 - repeatable by its number
    amounts = tuple(sorted(dice.choice(PRICES_MINOR) for _ in range(dice.choice([1, 2, 3, 4, 6, 9, 14]))))
    facts = PurchaseFacts(
        retailer_key=dice.choice(CHAINS),
        store_key="",
        date=date(2025, 6, 1) + timedelta(days=dice.randrange(365)),
        time=clock(dice.randrange(8, 22), dice.randrange(60)),
        number=str(dice.randrange(10**5, 10**8)),
        currency=USD,
        total=Money(sum(amounts), USD),
        amounts=amounts,
    )
    return Stored(facts, (dice.getrandbits(BITS), dice.getrandbits(BITS)))


def _sent(number: int) -> datetime:
    return START + timedelta(seconds=30 * number)


def _member(number: int) -> str:
    return f"mem_{number // MEMBERS_EACH}"


def _rows(numbers: range) -> dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """The rows of these receipts by table, with the columns that are given."""
    receipts = {number: stored(number) for number in numbers}
    moment = {number: _sent(number).replace(tzinfo=None).isoformat(" ") + ".000000" for number in numbers}
    first = [number for number in numbers if number % MEMBERS_EACH == 0 or number == 1]
    return {
        "members": (
            ("program_id", "id", "name", "message_sequence", "joined_at"),
            [(MILL, _member(n), "Member", 0, moment[n]) for n in first],
        ),
        "submissions": (
            ("number", "id", "program_id", "member_id", "channel", "received_at"),
            [(n, f"sub_{n}", MILL, _member(n), "upload", moment[n]) for n in numbers],
        ),
        "receipts": (
            ("number", "id", "program_id", "submission_id", "member_id", "position", "part", "file_name",
             "file_sha256", "media_type", "size_bytes", "state", "attempts", "points", "received_at",
             "updated_at"),
            [
                (n, f"rcp_{n}", MILL, f"sub_{n}", _member(n), 0, 0, "a.jpg", f"{n:064x}", "image/jpeg", 1,
                 "awarded", 0, 5, moment[n], moment[n])
                for n in numbers
            ],
        ),
        "purchase_lookups": (
            ("receipt_id", "key", "program_id"),
            [(f"rcp_{n}", key, MILL) for n in numbers for key in dict.fromkeys(lookup_keys(receipts[n].facts))],  # noqa: E501
        ),
        "picture_bands": (
            ("receipt_number", "band", "program_id"),
            [
                (n, band, MILL)
                for n in numbers
                for kind, value in zip((FRAME, PAPER), receipts[n].hashes, strict=True)
                for band in bands_of(value, kind=kind)
            ],
        ),
    }  # fmt: skip


def _fill(databases: Sequence[Database], start: int, end: int) -> None:
    """Rows in bulk, and the indexes over them anew: the product's way of one by one would take days.

    The first thousand are drawn one by one, and asked about; those after them the database makes itself, with
    keys and bands of the same shapes, as many and as often alike.
    """
    indexes = [index for row in (PurchaseLookupRow, PictureBandRow) for index in row.__table__.indexes]
    for database in databases:
        with database.engine.begin() as connection:
            for index in indexes:
                index.drop(connection)
    drawn = min(end, DRAWN + 1)
    if start < drawn:
        tables = _rows(range(start, drawn))
        for database in databases:
            with database.engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                for name, (columns, rows) in tables.items():
                    _copied(raw.cursor(), database, f"{name} ({', '.join(columns)})", rows)
                raw.commit()
    for database in databases:
        if drawn < end:
            for statement in made_by_database(database.is_sqlite, max(start, drawn), end - 1):
                with database.engine.connect() as connection:
                    raw = connection.connection.driver_connection
                    assert raw is not None
                    if not database.is_sqlite:
                        # To check sixteen million rows against their receipts took longer than to make them.
                        raw.cursor().execute("SET session_replication_role = replica")
                    raw.cursor().execute(statement)
                    raw.commit()
                    connection.invalidate()
        with database.engine.begin() as connection:
            for index in indexes:
                index.create(connection)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def _copied(cursor: Any, database: Database, table: str, rows: list[tuple[Any, ...]]) -> None:  # noqa: ANN401
    if database.is_sqlite:
        places = ", ".join("?" for _ in rows[0])
        cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own names
        return
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _asks() -> dict[str, Asking]:
    """The questions of a screening, each by the product's own repository."""

    def same_bytes(session: Session, _facts: PurchaseFacts, number: int, _like: int) -> object:
        return History(session, MILL).same_bytes(
            Sha256(f"{number:064x}"), part=0, before=LATEST, limit=LOOKED_AT
        )

    def same_facts(session: Session, facts: PurchaseFacts, _number: int, _like: int) -> object:
        return History(session, MILL).same_keys(lookup_keys(facts), before=LATEST, limit=LOOKED_AT)

    def same_picture(session: Session, _facts: PurchaseFacts, number: int, _like: int) -> object:
        frame, paper = stored(number).hashes
        turned = [frame, *(random.Random(f"{number} {turn}").getrandbits(BITS) for turn in range(3))]  # noqa: S311
        asked = {band for value in turned for band in near_bands(value ^ 0b111, kind=FRAME)}
        asked |= set(near_bands(paper, kind=PAPER))
        return Pictures(session, MILL).alike(sorted(asked), before=LATEST, limit=ALIKE_LOOKED_AT)

    def member(session: Session, _facts: PurchaseFacts, _number: int, like: int) -> object:
        who, moment = MemberId(_member(like)), _sent(like)
        Pictures(session, MILL).refused_of(
            who, since=moment - REFUSED_WITHIN, before=LATEST, limit=REFUSED_LOOKED_AT
        )
        return History(session, MILL).count_between(who, start=day_start("UTC", moment), before=LATEST)

    return {"same bytes": same_bytes, "same facts and basket": same_facts, "same picture": same_picture,
            "member": member}  # fmt: skip


def _measured(database: Database, count: int) -> dict[str, list[float]]:
    """Milliseconds of each question for each receipt asked about."""
    dice = random.Random(count)  # noqa: S311
    spent: dict[str, list[float]] = {name: [] for name in _asks()}
    for turn in range(ASKED):
        like = dice.randrange(1, min(count, DRAWN))
        repeated = turn < ASKED * REPEATED
        number = like if repeated else LATEST // 2 + turn
        facts = stored(number).facts
        if repeated and facts.amounts:
            facts = replace(facts, amounts=(*facts.amounts[1:], facts.amounts[0] + 1))
        with database.read() as session:
            session.execute(text("SELECT 1"))
            for name, ask in _asks().items():
                tries = []
                for _ in range(TRIES):
                    began = time.perf_counter()
                    found = ask(session, facts, number, like)
                    tries.append((time.perf_counter() - began) * 1000)
                    session.expunge_all()
                spent[name].append(min(tries))
                if repeated and name == "same picture":
                    assert found, f"receipt {like} was not found again by its picture"
    return spent


@contextmanager
def _databases(folder: Path, names: Sequence[str]) -> Iterator[dict[str, Database]]:
    urls: dict[str, str] = {}
    if "sqlite" in names:
        urls["SQLite"] = sqlite_url(folder / "growth.db")
    if "postgresql" in names:
        with own_postgres() as url:
            urls["PostgreSQL"] = url
            yield {name: Database(url) for name, url in urls.items()}
    else:
        yield {name: Database(url) for name, url in urls.items()}


def _made(database: Database) -> None:
    database.migrate()
    with database.write() as session:
        Programs(session).add(Program(MILL, "Mill", USD, "UTC", 30, 10), START)
        ProgramData(session, MILL).add_member(MemberId("mem_first"), "First", START)


def run(options: Options) -> None:
    """Print one table: both databases, each at 1,000, 100,000 and 1,000,000 receipts.

    ``--most N`` stops at N receipts, ``sqlite`` or ``postgresql`` asks for one database alone.
    """
    words = list(options.rest)
    most = int(words[words.index("--most") + 1]) if "--most" in words else SIZES[-1]
    names = [name for name in ("sqlite", "postgresql") if name in words] or ["sqlite", "postgresql"]
    asks = list(_asks())
    table = Table(
        title=f"Milliseconds to find a receipt's candidates: median (95th of 100) of {ASKED}, best of {TRIES}"
    )
    for name in ("database", "receipts", *asks, "all"):
        table.add_column(name, justify="left" if name == "database" else "right")
    with tempfile.TemporaryDirectory(dir=options.work) as name, _databases(Path(name), names) as databases:
        rows: dict[str, list[list[str]]] = {shown: [] for shown in databases}
        for database in databases.values():
            _made(database)
        before = 1
        for size in (size for size in SIZES if size <= most):
            _fill(list(databases.values()), before, size + 1)
            before = size + 1
            for shown, database in databases.items():
                spent = _measured(database, size)
                whole = [sum(each) for each in zip(*spent.values(), strict=True)]
                cells = [_cell(spent[ask]) for ask in asks] + [_cell(whole)]
                rows[shown].append([shown, f"{size:,}", *cells])
                print(rows[shown][-1], flush=True)
        for database in databases.values():
            database.close()
    for shown in rows:
        for row in rows[shown]:
            table.add_row(*row)
    Console(width=130).print(table)


def _cell(spent: list[float]) -> str:
    return f"{median(spent):.1f} ({quantiles(spent, n=20)[-1]:.1f})"
