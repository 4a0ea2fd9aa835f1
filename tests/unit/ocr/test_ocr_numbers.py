"""Numbers and dates in print."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.amounts import DecimalMark, decimal_mark, find_numbers, mend_blank
from ocr.dates import DateOrder, find_dates, find_times
from ocr.documents.text import text_page
from ocr.lines import Line, lines_from_rows, squash
from ocr.numbers import find_receipt_number

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


def lines(text: str) -> tuple[Line, ...]:
    return lines_from_rows(text_page(text).rows)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("9.00", POINT, "9.00"),
        ("1,234.56", POINT, "1234.56"),
        ("1.234,56", COMMA, "1234.56"),
        ("1'234.50", POINT, "1234.50"),
        ("1 234,50", COMMA, "1234.50"),
        ("RM108.50 s", POINT, "108.50"),
        ("RM.50", POINT, "0.50"),
        ("S0.50", POINT, "0.50"),
        ("€0,25", COMMA, "0.25"),
        ("5.90SR", POINT, "5.90"),
        ("12.50-", POINT, "-12.50"),
        ("-0,64 B", COMMA, "-0.64"),
        ("170.0C", POINT, "170.00"),
        ("24.OC", POINT, "24.00"),
    ],
)
def test_prices_as_tills_print_and_engines_misread_them(text: str, mark: DecimalMark, value: str) -> None:
    prices = [number.value for number in find_numbers(text, mark) if number.is_price]
    assert prices == [Decimal(value)]


@pytest.mark.parametrize("text", ["25/12/2018 8:13:39 PM", "01.02.2020", "20:17", "SALT", "SOLO BOOCS"])
def test_dates_times_and_words_hold_no_prices(text: str) -> None:
    assert [number for number in find_numbers(text, POINT) if number.is_price] == []


def test_a_weight_and_a_percentage_are_no_prices() -> None:
    assert not any(number.is_price for number in find_numbers("0.555 kg", POINT))
    assert not any(number.is_price for number in find_numbers("6.00%", POINT))


def test_a_point_too_faint_to_see_is_put_back_only_in_a_box_of_its_own() -> None:
    assert mend_blank("31 00", POINT) == "31.00"
    assert mend_blank("NO 31 00 AB", POINT) == "NO 31 00 AB"


@given(st.integers(0, 9_999_999), st.sampled_from([POINT, COMMA]), st.booleans(), st.booleans())
def test_every_amount_is_read_back(cents: int, mark: DecimalMark, grouped: bool, negative: bool) -> None:
    whole, rest = divmod(cents, 100)
    thousands = "," if mark is POINT else "."
    digits = f"{whole:,}".replace(",", thousands) if grouped else str(whole)
    text = f"{'-' if negative and cents else ''}{digits}{mark.value}{rest:02d}"
    (number,) = find_numbers(text, mark)
    assert number.value == Decimal(cents if not negative else -cents) / 100
    assert number.is_price


def test_the_page_says_what_stands_before_its_cents() -> None:
    assert decimal_mark(["1,29", "SUMME 8,15", "1.29"]) is COMMA
    assert decimal_mark(["1.29", "2.50"]) is POINT
    assert decimal_mark([]) is POINT


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("Date: 03/04/2018", DateOrder.DAY_FIRST, date(2018, 4, 3)),
        ("Date: 03/04/2018", DateOrder.MONTH_FIRST, date(2018, 3, 4)),
        ("DATE:12/13/2016 9:52:15 AM", DateOrder.DAY_FIRST, date(2016, 12, 13)),
        ("04/03/201815:41:52", DateOrder.DAY_FIRST, date(2018, 3, 4)),
        ("30.10.22 17:42", DateOrder.DAY_FIRST, date(2022, 10, 30)),
        ("2018-03-23", DateOrder.DAY_FIRST, date(2018, 3, 23)),
        ("28 Mar 18 18:32", DateOrder.DAY_FIRST, date(2018, 3, 28)),
        ("Aug08'19 07:33PM", DateOrder.MONTH_FIRST, date(2019, 8, 8)),
        ("19 april 2014", DateOrder.DAY_FIRST, date(2014, 4, 19)),
        ("05 02-18", DateOrder.DAY_FIRST, date(2018, 2, 5)),
        ("Datum 3. Dezember 2021", DateOrder.DAY_FIRST, date(2021, 12, 3)),
    ],
)
def test_dates(text: str, order: DateOrder, expected: date) -> None:
    assert find_dates(lines(text), order)[0].value == expected


def test_a_date_that_reads_one_way_only_settles_the_others() -> None:
    found = find_dates(lines("DATE 03/04/2018\nPRINTED 03/25/2018"), DateOrder.DAY_FIRST)
    assert found[0].value == date(2018, 3, 4)


def test_an_expiry_date_is_not_the_purchase_date() -> None:
    found = find_dates(lines("VALID UNTIL 01/06/2019\n25/05/2019 10:11"), DateOrder.DAY_FIRST)
    assert found[0].value == date(2019, 5, 25)


@given(
    st.dates(date(2000, 1, 1), date(2078, 12, 31)), st.sampled_from("/-."), st.sampled_from(list(DateOrder))
)
def test_every_numeric_date_is_read_back_in_its_own_order(
    day: date, separator: str, order: DateOrder
) -> None:
    parts = [f"{day.day:02d}", f"{day.month:02d}"]
    if order is DateOrder.MONTH_FIRST:
        parts.reverse()
    text = separator.join([*parts, str(day.year)])
    assert find_dates(lines(f"Date {text}"), order)[0].value == day


def test_the_time_beside_the_date_wins_over_opening_hours() -> None:
    page = lines("13.01.2020  17:25\nMO - SA 7:00 bis 22:00 Uhr")
    day = find_dates(page, DateOrder.DAY_FIRST)[0]
    assert find_times(page, day)[0].value == time(17, 25)


def test_afternoon_is_told_from_morning() -> None:
    assert find_times(lines("Time 08:34:31 PM"), None)[0].value == time(20, 34, 31)
    assert find_times(lines("Time 12:05 AM"), None)[0].value == time(0, 5)


@given(st.text(max_size=60))
def test_no_text_breaks_reading_numbers_and_dates(text: str) -> None:
    page = lines(text)
    assert all(0 <= found.line < len(page) for found in find_dates(page, DateOrder.DAY_FIRST))
    assert all(0 <= found.line < len(page) for found in find_times(page, None))
    assert squash(squash(text)) == squash(text)


@pytest.mark.parametrize("text", ["Uhrzeit:16:15:43", "TIME:16:15:43", "Uhrzeit: 16:15:43"])
def test_a_time_whose_label_lost_the_blank_is_read(text: str) -> None:
    assert [found.value for found in find_times(lines(text), None)] == [time(16, 15, 43)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Beleg: 30274835", "30274835"),
        ("Beleg 30274900", "30274900"),
        ("Beleg 12", ""),
        ("Kundenbeleg 4711", ""),
    ],
)
def test_a_slips_number_needs_no_word_for_number(text: str, number: str) -> None:
    found = find_receipt_number(lines(text))
    assert (found.value if found else "") == number
