"""`tillpoints read --debug`: the page and the pictures that show how a file was read."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from pipeline.commands.read_debug import folders_for
from tests.support import commands

RECEIPT = """CORNER <i>SHOP</i> LTD
WHOLE MILK & HONEY   1.20
BREAD   2.00
TOTAL   3.20
CARD 4012 8888 8888 1881   3.20
25/02/2019 10:00
"""


def tillpoints(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return commands.tillpoints("read", *arguments)


class Page(HTMLParser):
    """The page's text, its tags, and every address that it points to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.tags, self.addresses = "", list[str](), list[str]()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the page of a photographed receipt."""
    folder = tmp_path_factory.mktemp("debug")
    page = Image.new("RGB", (460, 560), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    for line, text in enumerate(RECEIPT.replace("<i>", "").replace("</i>", "").splitlines()):
        name, _, price = text.partition("   ")
        pen.text((30, 40 + 60 * line), name, fill="black", font=font)
        pen.text((370, 40 + 60 * line), price, fill="black", font=font)
    table = Image.new("RGB", (900, 1000), (60, 45, 40))
    table.paste(page.rotate(-3, expand=True, fillcolor=(60, 45, 40)), (200, 200))
    table.save(folder / "photo.jpg", quality=92)
    done = tillpoints(folder / "photo.jpg", "--debug", folder / "seen")
    assert done.returncode == 0, done.stderr
    yield folder / "seen"


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_the_picture_after_every_step_is_written(seen: Path) -> None:
    assert size(seen / "step-0-decode.jpg") == (900, 1000)
    width, height = size(seen / "step-2-crop_paper.jpg")
    assert width < 560 < height < 700, "the paper alone"
    assert (seen / "read-1.jpg").exists()


def test_the_page_needs_nothing_beside_it(seen: Path) -> None:
    page = Page(seen / "index.html")
    assert page.addresses
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    first = base64.b64decode(page.addresses[0].partition(",")[2])
    assert first.startswith(b"\xff\xd8")
    assert "script" not in page.tags


def test_boxes_rows_items_fields_and_confidence_are_drawn(seen: Path) -> None:
    html = (seen / "index.html").read_text("utf-8")
    for mark in ('class="box sure"', 'class="row"', 'class="item"', 'class="field"'):
        assert mark in html
    assert re.search(r"total (0\.\d\d|1\.00)</text>", html)
    page = Page(seen / "index.html")
    assert "3.20" in page.text
    assert "WHOLE MILK & HONEY" in page.text


def test_card_numbers_are_hidden_in_words_and_pictures(seen: Path) -> None:
    page = Page(seen / "index.html")
    assert "1881" in page.text
    assert "8888" not in page.text
    for name in ("step-0-decode.jpg", "step-2-crop_paper.jpg", "read-1.jpg"):
        with Image.open(seen / name) as picture:
            black = sum(picture.convert("L").histogram()[:6])
            assert black > 0.004 * picture.width * picture.height, f"{name} has a painted bar"


def test_text_is_escaped_and_shown_without_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "<b>note.txt"
    path.write_text(RECEIPT)
    done = tillpoints(path, "--debug", tmp_path / "seen", "--currency", "GBP")
    assert done.returncode == 0, done.stderr
    page = Page(tmp_path / "seen" / "index.html")
    assert "<b>note.txt" in page.text
    assert "<i>SHOP</i>" in page.text
    assert not page.addresses


def test_a_refused_picture_has_a_page_that_says_why(tmp_path: Path) -> None:
    Image.new("RGB", (900, 1200), (9, 9, 9)).save(tmp_path / "night.jpg")
    done = tillpoints(tmp_path / "night.jpg", "--debug", tmp_path / "seen")
    assert done.returncode == 0, done.stderr
    page = Page(tmp_path / "seen" / "index.html")
    assert "Rejected: too_dark" in page.text
    assert "brighter light" in page.text


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = tillpoints(tmp_path / "file", "--debug", tmp_path / "file" / "seen")
    assert done.returncode == 2
    assert "name another folder" in " ".join(done.stderr.split())


def test_several_files_get_a_folder_each() -> None:
    files = [Path("a/one.jpg"), Path("b/one.png"), Path("two.pdf"), Path("one-2.txt"), Path("ONE.jpg")]
    folders = folders_for(files, Path("out"))
    assert [folder.name for folder in folders] == ["one", "one-2", "two", "one-2-2", "ONE-3"]
    assert {folder.parent for folder in folders} == {Path("out")}
    assert folders_for(files[:1], Path("out")) == [Path("out")]


names = st.text(min_size=1, max_size=40).map(lambda name: name.replace("/", "").replace("\0", "") or "a")


@given(st.lists(names | st.sampled_from(["...txt", "....", "..", ".jpg", "a.jpg"]), min_size=2, max_size=8))
def test_no_name_leads_out_of_the_folder_or_into_anothers(named: list[str]) -> None:
    folders = folders_for([Path("in") / name for name in named], Path("out"))
    assert len({str(folder).casefold() for folder in folders}) == len(named)
    for folder in folders:
        assert folder.parent == Path("out")
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", folder.name)


def test_a_folder_that_cannot_be_written_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    for name in ("one.txt", "...txt"):
        (tmp_path / name).write_text(RECEIPT)
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "one").touch()
    done = tillpoints("--json", tmp_path / "one.txt", tmp_path / "...txt", "--debug", tmp_path / "seen")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"status": "read"') == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "seen" / "file" / "index.html").exists()
    assert not (tmp_path / "index.html").exists()
