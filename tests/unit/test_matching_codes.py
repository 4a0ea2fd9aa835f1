"""Printed numbers: each GTIN form is recognised, a wrong check digit never, reserved ranges never match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from matching.gtin import Reserved, catalog_gtin, expand_upc_e, read_code, reserved_range, with_check_digit

MAKERS_UPC_FIRST = st.sampled_from("016789")
UPC_BODY = st.builds(
    lambda first, rest: first + rest, MAKERS_UPC_FIRST, st.text("0123456789", min_size=10, max_size=10)
).filter(lambda body: body[1:].strip("0"))
ANY_BODY = st.text("0123456789", min_size=12, max_size=12)


@given(UPC_BODY)
def test_a_whole_upc_is_certain(body: str) -> None:
    upc = with_check_digit(body)
    assert read_code(upc[2:]).certain == (upc,)
    assert read_code(f"0{upc[2:]}").certain == (upc,)


@given(UPC_BODY, st.integers(0, 11), st.integers(1, 9))
def test_one_misread_digit_is_never_certain(body: str, place: int, shift: int) -> None:
    upc = with_check_digit(body)[2:]
    misread = upc[:place] + str((int(upc[place]) + shift) % 10) + upc[place + 1 :]
    assert read_code(misread).certain == ()


@given(
    st.sampled_from((8, 12, 13, 14)).flatmap(
        lambda length: st.text("0123456789", min_size=length, max_size=length)
    ),
    st.integers(0, 9),
)
def test_no_form_is_certain_with_a_wrong_check_digit(digits: str, other: int) -> None:
    right = with_check_digit(digits[:-1])[-1]
    if str(other) == right:
        return
    wrong = digits[:-1] + str(other)
    code = read_code(wrong)
    assert wrong.zfill(14) not in code.certain
    assert code.reserved is None
    if len(wrong) > 8:
        assert code.certain == ()
    for sure in code.certain:  # eight digits may be a UPC-E whose own check digit is right
        assert ean.is_valid(sure)
        assert sure[2:-1] == expand_upc_e(wrong[1:-1], number_system=wrong[0])
    with pytest.raises(ValueError, match="wrong check digit"):
        catalog_gtin(wrong)


@given(ANY_BODY)
def test_a_cut_check_digit_is_possible_but_not_certain(body: str) -> None:
    whole = with_check_digit(body)
    if reserved_range(whole) is None and not ean.is_valid(body):
        code = read_code(body)
        assert code.certain == ()
        assert whole in code.possible


@given(UPC_BODY)
def test_cut_leading_zeros_are_possible(body: str) -> None:
    upc = with_check_digit("0" + body[1:])[2:]
    assert f"00{upc}" in read_code(upc[1:]).possible


@pytest.mark.parametrize(
    ("printed", "gtin"),
    [
        ("038000199042", "00038000199042"),
        ("0 38000 19904 2", "00038000199042"),
        ("0038000199042", "00038000199042"),
        ("00038000199042", "00038000199042"),
        ("O38OOO199O42", "00038000199042"),
        ("038000199042F", "00038000199042"),
        ("038000199042 X", "00038000199042"),
        ("4006381333931", "04006381333931"),
        ("96385074", "00000096385074"),
        ("04252614", "00042100005264"),
        ("01234565", "00012345000065"),
    ],
)
def test_forms_of_whole_numbers(printed: str, gtin: str) -> None:
    assert gtin in read_code(printed).certain


@pytest.mark.parametrize(
    ("body", "expanded"),
    [
        ("425261", "04210000526"),
        ("123450", "01200000345"),
        ("123453", "01230000045"),
        ("123454", "01234000005"),
        ("123457", "01234500007"),
    ],
)
def test_upc_e_expands_by_its_last_digit(body: str, expanded: str) -> None:
    assert expand_upc_e(body, number_system="0") == expanded


@pytest.mark.parametrize("prefix", ["02", "04", *(f"2{digit}" for digit in range(10))])
def test_shop_ranges_name_no_product(prefix: str) -> None:
    code = read_code(with_check_digit(prefix + "1234512345")[1:])
    assert code.reserved is Reserved.SHOP
    assert code.certain == code.possible == ()


@pytest.mark.parametrize("prefix", ["05", "98", "99"])
def test_coupon_ranges_name_no_product(prefix: str) -> None:
    code = read_code(with_check_digit(prefix + "1234512345")[1:])
    assert code.reserved is Reserved.COUPON
    assert code.certain == code.possible == ()


@given(st.text(max_size=40))
def test_any_text_is_read_without_failing(text: str) -> None:
    code = read_code(text)
    assert all(ean.is_valid(gtin) for gtin in (*code.certain, *code.possible))


def test_catalog_numbers_get_their_zeros_back() -> None:
    assert catalog_gtin("38000199042") == "00038000199042"
    assert catalog_gtin("0-38000-19904-2") == "00038000199042"


@pytest.mark.parametrize(
    ("printed", "gtin"),
    [
        ("4252614", "00042100005264"),  # UPC-E 04252614 without its leading zero
        ("0425261", "00042100005264"),  # without its check digit
        ("9638507", "00000096385074"),  # GTIN-8 without its check digit
    ],
)
def test_a_short_number_that_was_cut_is_possible(printed: str, gtin: str) -> None:
    code = read_code(printed)
    assert code.certain == ()
    assert gtin in code.possible


@given(ANY_BODY.filter(lambda body: body.strip("0")))
def test_a_number_from_a_table_of_floats_is_not_a_longer_one(body: str) -> None:
    """A column with gaps comes as 4056086569074.0, and 40560865690740 is another maker's."""
    whole = with_check_digit(body)
    assert catalog_gtin(f"{whole.lstrip('0').zfill(12)}.0") == whole


@pytest.mark.parametrize("zeros", ["00000000", "000000000000", "0000000000000", "00000000000000"])
def test_zeros_name_no_product(zeros: str) -> None:
    code = read_code(zeros)
    assert code.certain == code.possible == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("038000199043", "check digit"),
        ("12345", "5 digits"),
        ("ABC123456789", "no digits"),
        ("3.8E+10", "no digits"),
        ("0000000000000", "zeros"),
    ],
)
def test_a_wrong_catalog_number_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        catalog_gtin(text)
