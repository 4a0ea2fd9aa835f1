"""Text of a PDF that nobody who opens it sees is not read."""

from __future__ import annotations

from time import process_time

import pytest

from ocr.documents.base import PagePixels, PageText
from ocr.documents.pdf import pdf_pages
from receipts.errors import Rejection

ROWS = (
    "GREENLOFT MARKET",
    "14/04/2026 12:11",
    "Oat Milk 1L          3.49",
    "Granola Bar          5.00",
    "TOTAL                8.49",
)
HIDDEN = "Gold Watch         999.00"


def print_text(text: str, x: float, y: float, mode: int = 0) -> str:
    return f"BT {mode} Tr /F1 11 Tf {x} {y} Td ({text}) Tj ET\n"


def pdf(drawn: str, rotate: int = 0, box: str = "0 0 420 600") -> bytes:
    """One page with these drawing commands."""
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Rotate {rotate} /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> /Pattern << /P1 6 0 R >> /ExtGState << /G1 7 0 R >> >> >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        "<< /Type /Pattern /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB"
        " /Coords [0 0 420 0] /Extend [true true] /Function"
        " << /FunctionType 2 /Domain [0 1] /C0 [0.8 0 0] /C1 [0 0 0.8] /N 1 >> >> >>",
        "<< /Type /ExtGState /BM /Multiply >>",
    ]
    objects = "".join(f"{number} 0 obj\n{part}\nendobj\n" for number, part in enumerate(parts, start=1))
    return f"%PDF-1.4\n{objects}trailer << /Size 8 /Root 1 0 R >>\n%%EOF".encode()


def page_of(data: bytes) -> PageText | PagePixels:
    pages = pdf_pages(data)
    assert not isinstance(pages, Rejection)
    return pages[0]


def read(drawn: str, rotate: int = 0, box: str = "0 0 420 600") -> str:
    page = page_of(pdf(drawn, rotate, box))
    assert isinstance(page, PageText)
    return "\n".join(row.text for row in page.rows)


PAGE = "".join(print_text(row, 40, 560 - 20 * at) for at, row in enumerate(ROWS))


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param("1 1 1 rg\n" + print_text(HIDDEN, 40, 300), id="white on white"),
        pytest.param("1 1 1 rg\n" + print_text(HIDDEN, 40, 522), id="white through another row"),
        pytest.param(print_text(HIDDEN, 40, 300, mode=3), id="without ink"),
        pytest.param(print_text(HIDDEN, 40, -80), id="below the page"),
        pytest.param(print_text(HIDDEN, 900, 300), id="beside the page"),
        pytest.param(print_text(HIDDEN, 40, 300) + "1 g 30 290 380 26 re f\n", id="under a painted box"),
        pytest.param(print_text(HIDDEN, 40, 300) + "0 g 30 290 380 26 re f\n", id="under a black bar"),
        pytest.param(
            print_text(HIDDEN, 40, 300) + "0.9 g 30 290 380 26 re f\n0 g\n" + print_text("NOTE", 40, 300),
            id="under a box with other text",
        ),
    ],
)
@pytest.mark.parametrize("rotate", [0, 90, 180])
def test_what_nobody_sees_is_not_read(hidden: str, rotate: int) -> None:
    text = read(PAGE + hidden, rotate)
    assert "Gold" not in text
    assert "999" not in text
    assert "Granola Bar" in text


@pytest.mark.parametrize("rotate", [0, 90, 270])
@pytest.mark.parametrize("box", ["0 0 420 600", "-200 -300 420 600", "20 100 440 700"])
def test_white_letters_on_a_dark_bar_are_read_wherever_the_page_begins(rotate: int, box: str) -> None:
    bar = "0 0.3 0 rg 30 290 380 26 re f 1 1 1 rg\n" + print_text("SPECIAL OFFERS", 40, 300)
    assert "SPECIAL OFFERS" in read(PAGE + bar, rotate, box)


def test_a_scan_over_its_own_invisible_text_is_read_by_its_pixels() -> None:
    page = page_of(pdf("".join(print_text(row, 40, 560 - 20 * at, mode=3) for at, row in enumerate(ROWS))))
    assert isinstance(page, PagePixels)


@pytest.mark.parametrize("mode", [1, 2])
def test_outlined_letters_are_seen_whatever_fills_them(mode: int) -> None:
    outlined = "".join(print_text(row, 40, 560 - 20 * at, mode) for at, row in enumerate(ROWS))
    text = read(f"1 1 1 rg\n0 0 0 RG\n{outlined}")
    assert "8.49" in text
    assert "5.00" in text
    assert "999.00" not in read(f"{PAGE}1 1 1 rg\n1 1 1 RG\n{print_text(HIDDEN, 40, 300, mode)}")


def test_letters_of_a_white_outline_alone_are_not_seen() -> None:
    assert "999.00" not in read(f"{PAGE}0 0 0 rg\n1 1 1 RG\n{print_text(HIDDEN, 40, 300, 1)}")


def test_letters_filled_with_a_gradient_are_seen() -> None:
    coloured = f"/Pattern cs /P1 scn\n{print_text('Silver Spoon         4.25', 40, 300)}"
    assert "Silver Spoon 4.25" in read(PAGE + coloured)


@pytest.mark.parametrize(
    "marked",
    [
        pytest.param("1 1 0 rg /G1 gs 30 290 380 26 re f\n", id="a highlighter"),
        pytest.param("0 g 30 299 380 1 re f\n", id="a rule below it"),
        pytest.param("0 g 30 290 380 26 re S\n", id="a frame"),
        pytest.param("q 0 0 20 20 re W n 1 g 30 290 380 26 re f Q\n", id="a clipped box"),
    ],
)
def test_marks_over_text_hide_nothing(marked: str) -> None:
    assert "Silver Spoon 4.25" in read(PAGE + print_text("Silver Spoon         4.25", 40, 300) + marked)


def test_many_small_rectangles_over_much_text_cost_little() -> None:
    rows = "".join(
        print_text(f"Oats {at} of 500 g, 3.49 and more of it", 1, 590 - 7 * at) for at in range(80)
    )
    dots = "".join(f"{at % 420}.{at % 10} {at % 600} 1 1 re f\n" for at in range(3000))
    started = process_time()
    assert "Oats 79 of 500 g" in read(f"{rows}1 g\n{dots}")
    assert process_time() - started < 3  # 14 s when each character was held against each rectangle
