"""The normaliser and the sizes it takes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.alignment import word_score
from matching.sizes import Kind, Measure, SizeFit, compare
from matching.text import normalise, skeleton

WORDS = st.lists(
    st.sampled_from(["Frosted", "Flakes", "Crème", "Brûlée", "Jalapeño", "Corn", "Oats", "Maple", "Pecan"]),
    min_size=1,
    max_size=5,
)
# With no price, size or flag in them.
PLAIN = WORDS.map(" ".join)


@given(st.text(max_size=400))
def test_any_text_is_normalised_without_failing(text: str) -> None:
    normal = normalise(text)
    assert all(word == word.strip() and word for word in normal.words)
    assert normal.key == "".join(normal.words)


@given(
    PLAIN,
    st.sampled_from(["", " 4.99", " $4.99 F", " 12,49", " 3.00-"]),
    st.sampled_from(["", "2 X ", "QTY 3 "]),
)
def test_case_spacing_price_tail_and_quantity_prefix_change_nothing(
    text: str, tail: str, prefix: str
) -> None:
    wanted = normalise(text).key
    assert normalise(text.lower()).key == wanted
    assert normalise(text.upper()).key == wanted
    assert normalise(text.replace(" ", "  ")).key == wanted
    assert normalise(f"{prefix}{text}{tail}").key == wanted


@given(PLAIN)
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(" ".join(once.words)).words == once.words


def test_accents_and_ligatures_fold() -> None:
    assert normalise("Crème Brûlée œufs").words == ("CREME", "BRULEE", "OEUFS")


def test_look_alikes_fold_on_both_sides_alike() -> None:
    assert normalise("FR0STED FLAKE5").words == normalise("FROSTED FLAKES").words
    assert normalise("VITAMIN B12").words == normalise("VITAMIN BI2").words
    assert normalise("7UP 93 LEAN").words == ("7UP", "93", "LEAN")


def test_shop_numbers_are_no_words_but_barcodes_are_kept_apart() -> None:
    normal = normalise("FLAKES 71308 038000199042")
    assert normal.words == ("FLAKES",)
    assert normal.code == "038000199042"


OZ = Kind.OUNCE


@pytest.mark.parametrize(
    ("text", "measures", "count"),
    [
        ("FLAKES 12OZ", [(12, OZ)], None),
        ("FLAKES 12 OZ", [(12, OZ)], None),
        ("FLAKES 12Z", [(12, OZ)], None),
        ("FLAKES 120Z", [(12, OZ)], None),
        ("FLAKES I2OZ", [(12, OZ)], None),
        ("FLAKES 15.25OZ", [(15.25, OZ)], None),
        ("CASHEWS 2.5#", [(40, OZ)], None),
        ("FLOUR 5LB", [(80, OZ)], None),
        ("JUICE 64 FL OZ", [(64, Kind.FLUID_OUNCE)], None),
        ("JUICE 64FZ", [(64, Kind.FLUID_OUNCE)], None),
        ("MILK 1/2 GAL", [(64, Kind.FLUID_OUNCE)], None),
        ("MILK HALF GAL", [(64, Kind.FLUID_OUNCE)], None),
        ("MILK GAL", [(128, Kind.FLUID_OUNCE)], None),
        ("SODA 2L", [(2000, Kind.MILLILITRE)], None),
        ("WASSER 1,5 L", [(1500, Kind.MILLILITRE)], None),
        ("RIZ 500 g", [(500, Kind.GRAM)], None),
        ("EGGS 18CT", [], 18),
        ("EGGS DOZ", [], 12),
        ("COLA 6X12OZ", [(12, OZ)], 6),
        ("COLA 24/12OZ", [(12, OZ)], 24),
        ("COLA 12OZ 6PK", [(12, OZ)], 6),
        ("DICED CHILES11OZ T", [(11, OZ)], None),
        ("SAUC/SRIR/18OZ", [(18, OZ)], None),
        ("FRSH.CHO.5OZ", [(5, OZ)], None),
        ("COLA6X12OZ", [(12, OZ)], 6),
        ("COLA1,5L", [(1500, Kind.MILLILITRE)], None),
        ("ROLLS12PK", [], 12),
        ("WIFI4G ROUTER", [], None),
        ("VITAMINC500MG", [], None),
        ("CANDY 1.92 OZ", [(1.92, OZ)], None),
        ("CHIPS 3.29", [], None),
        ("7 UP", [], None),
    ],
)
def test_sizes_become_canonical(text: str, measures: list[tuple[float, Kind]], count: int | None) -> None:
    size = normalise(text).size
    assert size.measures == tuple(Measure(value, kind) for value, kind in measures)
    assert size.count == count


@pytest.mark.parametrize(
    ("printed", "product", "fit"),
    [
        ("12OZ", "12 OZ", SizeFit.AGREE),
        ("12OZ", "24 OZ", SizeFit.CONFLICT),
        ("15OZ", "15.25 OZ", SizeFit.CONFLICT),
        ("1LB", "16 OZ", SizeFit.AGREE),
        ("64OZ", "64 FL OZ", SizeFit.AGREE),
        ("64OZ", "1/2 GAL", SizeFit.AGREE),
        ("340G", "12 OZ", SizeFit.AGREE),
        ("1L", "33.8 FL OZ", SizeFit.AGREE),
        ("1L", "1.5 L", SizeFit.CONFLICT),
        ("6PK", "12 PK", SizeFit.CONFLICT),
        ("12PK", "12 CT", SizeFit.AGREE),
        ("6X12OZ", "12 OZ", SizeFit.CONFLICT),
        ("12OZ", "6 PK 12 OZ", SizeFit.CONFLICT),
        ("12CT", "15 OZ", SizeFit.CONFLICT),
        ("15OZ", "12 CT 15 OZ", SizeFit.AGREE),
        ("", "12 OZ", SizeFit.PRODUCT_ONLY),
        ("12OZ", "", SizeFit.LINE_ONLY),
        ("", "", SizeFit.NEITHER),
    ],
)
def test_sizes_compare(printed: str, product: str, fit: SizeFit) -> None:
    assert compare(normalise(f"X {printed}").size, normalise(f"X {product}").size) is fit


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=12))
def test_a_word_stands_for_itself_best(word: str) -> None:
    assert word_score(word, word) == 1.0
    assert 0.0 <= word_score(skeleton(word), word) <= 1.0
    assert word_score(word[:3], word) > 0.8


def test_shortened_words_stand_for_their_word_and_numbers_only_for_themselves() -> None:
    for printed, word in (
        ("FRSTD", "FROSTED"),
        ("FLK", "FLAKES"),
        ("KLG", "KELLOGGS"),
        ("FROSTEO", "FROSTED"),
    ):
        assert word_score(printed, word) > 0.5
    assert word_score("93", "98") == 0.0
    assert word_score("CORN", "FROSTED") == 0.0
