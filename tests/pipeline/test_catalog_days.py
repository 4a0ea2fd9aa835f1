"""From which day a catalog holds, and which day a receipt is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.catalogs import import_catalog
from pipeline.steps.match import bought_on
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import ProgramData
from receipts.receipt import Receipt, Retailer
from tests.pipeline.test_catalog_import import SUNNY, TODAY, USD, many, wiring

__all__ = ["wiring"]


def test_the_catalog_in_force_can_be_scheduled_and_then_stands_against_what_is_imported_later(
    wiring: Wiring,
) -> None:
    day = TODAY + timedelta(days=30)
    import_catalog(wiring, SUNNY.id, many(3))
    scheduled = import_catalog(wiring, SUNNY.id, many(3), effective_on=day)
    assert scheduled.created
    assert import_catalog(wiring, SUNNY.id, many(3), effective_on=day) == replace(scheduled, created=False)
    mended = import_catalog(wiring, SUNNY.id, many(4)).number
    with wiring.database.read() as session:
        data = ProgramData(session, SUNNY.id)
        held = [data.newest_catalog(each) for each in (TODAY, day)]
    assert [each[0] for each in held if each is not None] == [mended, scheduled.number]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("America/Los_Angeles", datetime(2026, 12, 1, 2, tzinfo=UTC), date(2026, 11, 30)),
        ("Asia/Tokyo", datetime(2026, 11, 30, 23, tzinfo=UTC), date(2026, 12, 1)),
    ],
)
def test_the_day_of_handing_in_is_the_programs_and_not_that_of_utc(
    zone: str, at: datetime, day: date
) -> None:
    unread = Receipt(Retailer("Harbor"), None, None, USD, "", None, None, None, (), False, False, ())
    assert bought_on(unread, at, zone) == day
    misread = replace(unread, date=date(2031, 1, 1))
    assert bought_on(misread, at, zone) == day + timedelta(days=1)
