"""What a cell of another system's files says."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.migration.cells import MICROS, MOST_POINTS, CellError, day_of, micros_of, points_of, text_of
from pipeline.migration.mapping import Formats, Points, schema
from tools.migrate_schema import TARGET, page


@given(
    st.decimals(-MOST_POINTS, MOST_POINTS, places=2),
    st.sampled_from([("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")]),
)
def test_a_number_is_read_as_it_was_written(number: Decimal, written: tuple[str, str]) -> None:
    thousands, decimal = written
    text = f"{number:,}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    assert micros_of(text, Formats(thousands=thousands, decimal=decimal)) == number * MICROS


@given(st.text(max_size=30))
def test_no_text_does_worse_than_to_be_refused(text: str) -> None:
    for read in (micros_of, day_of):
        try:
            read(text, Formats())
        except CellError as error:
            assert str(error).isprintable()
    kept = text_of(text, 10)
    assert len(kept) <= 10
    assert kept.isprintable()
    assert kept == text_of(kept, 10)


@pytest.mark.parametrize(
    "text", ["1_000", "NaN", "Infinity", "1e400", "0x10", "1.2.3", "10000000000000", "--1"]
)
def test_what_only_looks_like_a_number_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="no number of points"):
        micros_of(text, Formats())


@pytest.mark.parametrize("text", ["1.5", "31.12.2099", "1.00", "12.3456", ".100", "1.000.00"])
def test_groups_are_of_three_digits(text: str) -> None:
    with pytest.raises(CellError):
        micros_of(text, Formats(thousands=".", decimal=","))


@pytest.mark.parametrize(
    ("micros", "points", "wanted"),
    [
        (1_500_000, Points(factor=Decimal(10)), 15),
        (1_500_000, Points(rounding="down"), 1),
        (2_500_000, Points(rounding="nearest"), 2),
        (-5_000_000, Points(below_zero="zero"), 0),
        (1_500_000, Points(), "not_whole"),
        (-1, Points(), "below_zero"),
    ],
)
def test_points_there_are_points_here(micros: int, points: Points, wanted: int | str) -> None:
    if isinstance(wanted, int):
        assert points_of(micros, points) == wanted
        return
    with pytest.raises(CellError) as refused:
        points_of(micros, points)
    assert refused.value.code == wanted


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("31.01.2024", "%d.%m.%Y"), ("2024-01-31T23:59:59Z", "%Y-%m-%d"), ("2024-01-31 08:00", "%Y-%m-%d")],
)
def test_a_day_is_read_with_a_time_behind_it_or_without(text: str, pattern: str) -> None:
    assert day_of(text, Formats(date=pattern)) == date(2024, 1, 31)


def test_the_schema_is_published_as_it_is() -> None:
    assert TARGET.read_text(encoding="utf-8") == page()
    example = Path(__file__).parents[2] / "fixtures/migration/old-club.toml"
    assert set(tomllib.loads(example.read_text(encoding="utf-8"))) <= set(schema()["properties"])
    assert json.loads(page())["additionalProperties"] is False
