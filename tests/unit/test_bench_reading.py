"""What the scoreboard of reading reckons with."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from selectolax.lexbor import LexborHTMLParser

from bench.reading.calibration import bins, calibration_error, curve_svg
from bench.reading.cases import Case
from bench.reading.drawn import drawn_boxes
from bench.reading.plain import parse_lines
from bench.reading.run import PARTS, renewed
from bench.reading.speed import peak_mb
from bench.reading.spoilt import CONDITIONS
from bench.reading.table import figure_row, table
from fixtures.generator.chains.chain import load_chains
from fixtures.generator.chains.draw import print_chain_receipt
from fixtures.generator.sample import Kind

ROOT = Path(__file__).parents[2]


def test_who_is_right_as_often_as_it_says_has_no_error() -> None:
    assert calibration_error([(0.8, True)] * 4 + [(0.8, False)]) == pytest.approx(0.0)
    assert calibration_error([(1.0, False)] * 3) == pytest.approx(1.0)
    assert calibration_error([]) is None


def test_the_error_weighs_tenths_by_their_size() -> None:
    pairs = [(0.95, True)] * 9 + [(0.15, True)]
    assert calibration_error(pairs) == pytest.approx((9 * 0.05 + 0.85) / 10)
    assert [each.count for each in bins(pairs)] == [1, 9]


def test_the_curve_is_a_picture_of_every_field() -> None:
    svg = curve_svg({"total": [(0.9, True), (0.4, False)], "items": [(0.7, True)]}, "how sure")
    assert LexborHTMLParser(svg).css_first("svg") is not None
    assert ">total, 2<" in svg
    assert ">items, 1<" in svg


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_changes_the_picture_as_it_says(condition: str, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    page = Image.new("RGB", (120, 200), "white")
    page.paste((0, 0, 0), (10, 10, 60, 30))
    page.save(path)
    made = tmp_path / "made.jpg"
    made.write_bytes(CONDITIONS[condition](path))
    with Image.open(made) as image:
        width, height = image.size
        mean = ImageStat.Stat(image.convert("L")).mean[0]
    match condition:
        case "turned 90" | "turned 270":
            assert (width, height) == (200, 120)
        case "half size":
            assert (width, height) == (60, 100)
        case "skewed 10 degrees":
            assert width > 120
            assert height > 200
        case "dimmed":
            assert mean < 110
        case _:
            assert (width, height) == (120, 200)
            assert mean > 200


def test_a_drawn_receipt_is_seen_as_it_was_printed() -> None:
    chain = load_chains("training")[0]
    printed = print_chain_receipt("1", chain=chain, kind=Kind.SCAN, latest=dt.date(2026, 11, 20))
    seen = [box.text for box in drawn_boxes(printed.label["boxes"])]
    assert len(seen) < len(printed.label["boxes"])
    for item in printed.label["items"]:
        assert any(item["description"] in text for text in seen)


def test_the_plain_parser_reads_a_plain_receipt() -> None:
    lines = [
        "CORNER SHOP",
        "12/03/2024",
        "TEA 80S 2.60",
        "MILK 1.20",
        "SUBTOTAL 3.80",
        "TOTAL 3.80",
        "CASH 5.00",
    ]
    receipt = parse_lines("x", lines, day_first=True)["receipt"]
    assert receipt["retailer"]["name"] == "CORNER SHOP"
    assert receipt["date"] == "2024-03-12"
    assert receipt["total"] == "3.80"
    assert [(item["description"], item["amount"]) for item in receipt["items"]] == [
        ("TEA 80S", "2.60"),
        ("MILK", "1.20"),
    ]


def test_a_figure_below_what_is_wanted_is_marked() -> None:
    row = figure_row("scans", {"total": 0.5, "date": 0.99}, {"total": 0.97, "date": 0.98})
    assert row[1] == "0.500 (SHORT OF 0.97)"
    assert row[2] == "0.990 (ok 0.98)"
    assert table(["a"], [["b"]]).splitlines()[0] == "| a |"


def test_a_prepared_case_is_a_jpeg_whatever_its_file_is(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"png")
    assert Case("x", path).data() == b"png"
    prepared = Case("x", path, lambda _: b"jpeg")
    assert prepared.data() == b"jpeg"
    assert prepared.media_type.value.endswith("jpeg")


def test_a_page_gets_the_new_table_and_keeps_its_words() -> None:
    page = "Before\n<!-- speed -->\nold\n<!-- end of speed -->\nAfter\n"
    assert renewed(page, "speed", "new") == ("Before\n<!-- speed -->\nnew\n<!-- end of speed -->\nAfter\n")
    with pytest.raises(ValueError, match="no <!-- folds -->"):
        renewed(page, "folds", "new")


def test_the_page_has_a_place_for_every_part() -> None:
    page = (ROOT / "docs" / "scoreboard.md").read_text(encoding="utf-8")
    for part in PARTS:
        assert "table" in renewed(page, part, "table")


def test_a_fresh_process_is_not_charged_its_parents_memory() -> None:
    held = bytearray(400 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    code = "from bench.reading.speed import peak_mb; print(peak_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 350
    assert peak_mb() > 400
    del held
