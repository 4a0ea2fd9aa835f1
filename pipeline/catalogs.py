"""Importing a catalog while receipts are matched: written unseen, indexed, then put in force at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import structlog

from pipeline.clock import utc_now
from receipts.database.repositories.catalogs import content_of
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import ProgramId

if TYPE_CHECKING:  # numpy and scipy: only who matches or imports waits for them
    from pipeline.wiring import Wiring
    from receipts.catalog import Catalog

_log = structlog.get_logger(__name__)

ROWS_A_WRITE = 2_000
"""SQLite has one writer at a time: so many rows keep the others waiting for some 50 ms."""
LONGEST_PAUSE_S = 0.15
ABANDONED_AFTER = timedelta(days=1)
"""An import that began so long ago and was not put in force has died."""
SHRINK_ASKS_FROM = 0.2
"""More than this share of the products gone asks for --force: a cut file looks like that."""
SHRINK_FEWEST = 5
"""Fewer products gone than these are nobody's accident."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        created: False where this very catalog was in force or scheduled before; nothing was written then.
    """

    number: int
    created: bool


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was removed: folders of indexes, and catalogs of the database."""

    indexes: int
    catalogs: int


class ShrinkingError(ValueError):
    """So much of the catalog in force is missing that it may be a cut file."""


def is_shrinking(removed: int, in_force: int) -> bool:
    """Whether so many removed products ask for a second look."""
    return removed >= SHRINK_FEWEST and removed > SHRINK_ASKS_FROM * in_force


def check_shrinking(
    wiring: Wiring, program_id: ProgramId, catalog: Catalog, *, on: date | None = None
) -> None:
    """Compare with the catalog in force for purchases of that day, or today's.

    Raises:
        ShrinkingError: too much of it is missing; the message says how much, and how to import it anyway.
    """
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        newest = data.newest_catalog(on)
        if newest is None or content_of(newest[1]) == catalog.version:
            return
        before = data.skus(newest[0])
    removed = len(before - {product.sku for product in catalog.products})
    if is_shrinking(removed, len(before)):
        raise ShrinkingError(
            f"{removed} of the {len(before)} products in force are missing in this file, more than"
            f" {SHRINK_ASKS_FROM:.0%}. Nothing was changed. If they are really gone, import it with --force"
            " (over HTTP: ?force=true); `catalog import --dry-run` names them"
        )


def import_catalog(
    wiring: Wiring, program_id: ProgramId, catalog: Catalog, *, effective_on: date | None = None
) -> Imported:
    """Put a catalog in force, at once and whole, while others match and write.

    With `effective_on` it holds for purchases of that day and later, without for all.
    """
    now = utc_now()
    with wiring.database.write() as session:
        data = ProgramData(session, program_id)
        newest = data.newest_catalog(effective_on)
        # The same products from another day on say more: whatever is imported later, from that day they hold.
        same = {
            each.number
            for each in data.catalogs()
            if content_of(each.version) == catalog.version and each.effective_on == effective_on
        }
        if newest is not None and newest[0] in same:
            return Imported(newest[0], created=False)
        number = data.begin_catalog(now, effective_on)
        name = data.name_for(catalog.version, number)
    for first in range(0, len(catalog.products), ROWS_A_WRITE):
        with _turn_about(), wiring.database.write() as session:
            part = catalog.products[first : first + ROWS_A_WRITE]
            ProgramData(session, program_id).add_products(number, first, part)
    # Before it is in force: a million products take minutes, which no receipt may wait for.
    wiring.keep_index(program_id, catalog, name=name, earlier=None if newest is None else newest[1])
    with wiring.database.write() as session:
        ProgramData(session, program_id).put_in_force(number, catalog.version, utc_now())
    wiring.tidy_indexes(program_id)
    return Imported(number, created=True)


@contextmanager
def _turn_about() -> Iterator[None]:
    """After a write, stay away as long as it took.

    Who waits for SQLite's one place looks again every tenth of a second at most: without the pause another
    process found it taken each time, and waited 4.4 s while 60,000 products were written.
    """
    start = time.monotonic()
    yield
    time.sleep(min(time.monotonic() - start, LONGEST_PAUSE_S))


def tidy(wiring: Wiring, program_id: ProgramId, *, pretend: bool = False) -> Tidied:
    """Remove indexes that matching needs no more, and catalogs that no receipt was matched against."""
    with wiring.database.read() as session:
        if Programs(session).find(program_id) is None:
            return Tidied(0, 0)
        numbers = ProgramData(session, program_id).unneeded(utc_now() - ABANDONED_AFTER)
    indexes = wiring.tidy_indexes(program_id, pretend=pretend)
    if not pretend:
        for number in numbers:
            more = True
            while more:
                with _turn_about(), wiring.database.write() as session:
                    more = ProgramData(session, program_id).remove_some(number, ROWS_A_WRITE)
    return Tidied(indexes=indexes, catalogs=len(numbers))
