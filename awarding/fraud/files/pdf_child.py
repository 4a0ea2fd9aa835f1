"""Looks into one PDF and says what it found, in a process of its own.

The earlier revisions of a PDF have passed no door: `pipeline.examine` has `ingest.child_maker` make a
process for each file, under limits of memory and processor time. It imports nothing of Tillpoints.

Sources: ISO 32000-1, 7.5.4 to 7.5.6 (cross-reference table, trailer, incremental updates), annex F
(linearized files, which have two cross-reference sections and one revision), 14.3.3 (the information
dictionary).
"""

from __future__ import annotations

import ctypes
import difflib
import re
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import Any, BinaryIO

MAX_PAGES = 3
"""Pages looked into; a receipt's sums stand on the first ones."""
MAX_OBJECTS = 3000
"""Text objects of a page; long invoices have 1,200."""
MAX_CHARS = 20_000
"""Of a page."""
MAX_REVISIONS = 4
"""Compared with the newest, from the first on; editors write one each time that the file is saved."""
MAX_ENDS = 200
"""End marks that are looked at; a file of nothing else has millions."""
MAX_SHOWN = 12
"""Places and lines that are told."""
MAX_TEXT = 160
OVER_SHARE = 0.5
"""Of the smaller box, covered by another text's: from here one is written over the other."""
MOST_TALLER = 2.0
"""A word over a whole block, such as a watermark, replaces nothing."""
SIZE_STEP_PT = 0.6
"""Between letters of one number; below is rounding."""
MIN_SIDE_PT = 1.0
INVISIBLE = 3
"""Render mode of text beneath a scan (ISO 32000-1, 9.3.6)."""
MEET_PT = 4.0
"""From the end of one run to the start of the next, at most so far twice."""
MAX_OPEN = 100
"""Runs on one height that are held against each other."""
Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""
_END = re.compile(rb"%%EOF\s{0,4}")
_STARTXREF = re.compile(rb"startxref\s{1,4}(\d{1,12})")
_LINEARIZED = re.compile(rb"/Linearized\s")
_HEAD_BYTES = 1024
_TOKEN = re.compile(r"\S+")
_NUMBER = re.compile(r"[\d.,:-]*\d[\d.,:-]*")
_SUBSET = re.compile(r"^[A-Z]{6}\+")
_MIN_NUMBER = 3
"""Characters of a number whose fonts are compared."""


def warm() -> None:
    """Import what is needed; a child may open no file, and so import nothing."""
    import pypdfium2

    pypdfium2.PdfDocument.new().close()


def work(file: BinaryIO) -> dict[str, Any]:
    """Look into `file`."""
    import pypdfium2

    try:
        return look_into(file.read())
    except (pypdfium2.PdfiumError, MemoryError) as error:
        return {"failed": type(error).__name__}


def look_into(data: bytes) -> dict[str, Any]:
    """Producer, dates, revisions with what changed, text over text, and numbers of several fonts."""
    import pypdfium2

    ends = revision_ends(data)
    document = pypdfium2.PdfDocument(data)
    try:
        about = document.get_metadata_dict(skip_empty=True)
        pages = [_Page(document, index) for index in range(min(MAX_PAGES, len(document)))]
        return {
            "producer": _plain(about.get("Producer", "")),
            "creator": _plain(about.get("Creator", "")),
            "made": _plain(about.get("CreationDate", "")),
            "changed": _plain(about.get("ModDate", "")),
            "revisions": len(ends),
            "changes": _changes(data, ends[:-1], pages),
            "written_over": [found for page in pages for found in page.written_over()][:MAX_SHOWN],
            "font": pages[0].font() if pages else "",
            "mixed": [found for page in pages for found in page.mixed_numbers()][:MAX_SHOWN],
        }
    finally:
        document.close()


def revision_ends(data: bytes) -> list[int]:
    """Where each revision ends. The first part of a linearized file is none."""
    ends = [match.end() for match in islice(_END.finditer(data), MAX_ENDS)]
    if _LINEARIZED.search(data, 0, _HEAD_BYTES) and len(ends) > 1:
        del ends[0]
    real = []
    for end in ends:
        starts = _STARTXREF.findall(data, max(0, end - 64), end)
        if starts and int(starts[-1]) < end:
            real.append(end)
    return real or [len(data)]


class _Page:
    """One page's words and where they stand."""

    def __init__(self, document: Any, index: int) -> None:  # noqa: ANN401 - pypdfium2 carries no types
        self.index = index
        self.page = document[index]
        self.text = self.page.get_textpage()
        self.chars = min(MAX_CHARS, self.text.count_chars())
        self.words = self.text.get_text_range(0, self.chars) if self.chars else ""
        self.bottom, self.top = self.page.get_bbox()[1::2]

    def lines(self) -> list[str]:
        """The page's lines, blanks as one."""
        return [" ".join(line.split())[:MAX_TEXT] for line in self.words.splitlines() if line.strip()]

    @cached_property
    def _shown(self) -> list[tuple[Box, str, str]]:
        """Runs of text in the order in which they are drawn: box, words, and font with size.

        None of a page with more letters than are looked at: for each run PDFium goes through all of them.
        """
        import pypdfium2.raw as pdfium

        if self.text.count_chars() > MAX_CHARS:
            return []
        found = []
        for position in range(min(MAX_OBJECTS, pdfium.FPDFPage_CountObjects(self.page))):
            each = pdfium.FPDFPage_GetObject(self.page, position)
            if pdfium.FPDFPageObj_GetType(each) != pdfium.FPDF_PAGEOBJ_TEXT:
                continue
            if pdfium.FPDFTextObj_GetTextRenderMode(each) == INVISIBLE:
                continue
            sides = [ctypes.c_float() for _ in range(4)]
            if not pdfium.FPDFPageObj_GetBounds(each, *(ctypes.byref(side) for side in sides)):
                continue
            left, bottom, right, top = (side.value for side in sides)
            if right - left < MIN_SIDE_PT or top - bottom < MIN_SIDE_PT:
                continue
            text = self._text_of(each)
            if text:
                found.append(((left, bottom, right, top), text, _look_of(each)))
        return found

    def _text_of(self, each: Any) -> str:  # noqa: ANN401
        import pypdfium2.raw as pdfium

        room = min(2 * MAX_TEXT, pdfium.FPDFTextObj_GetText(each, self.text, None, 0))
        buffer = ctypes.create_string_buffer(room + 2)
        pdfium.FPDFTextObj_GetText(
            each, self.text, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), room
        )
        return " ".join(buffer.raw[:room].decode("utf-16-le", "replace").replace("\0", "").split())

    def written_over(self) -> list[dict[str, Any]]:
        """Texts whose boxes lie on each other: of each the words beneath and those above."""
        found = []
        shown = sorted(enumerate(self._shown), key=lambda each: each[1][0][1])
        open_boxes: list[tuple[int, Box, str]] = []
        for order, (box, text, _) in shown:
            open_boxes = [each for each in open_boxes if each[1][3] > box[1]][-MAX_OPEN:]
            for other_order, other, other_text in open_boxes:
                if text != other_text and _covers(box, other) and not _is_part(text, other_text):
                    below, above = (other_text, text) if other_order < order else (text, other_text)
                    found.append({"below": _plain(below), "above": _plain(above), **self._place(box)})
                    if len(found) >= MAX_SHOWN:
                        return found
            open_boxes.append((order, box, text))
        return found

    def font(self) -> str:
        """The font of most of its letters, without the mark of a subset."""
        letters: Counter[str] = Counter()
        for _, text, look in self._shown:
            letters[_SUBSET.sub("", look.rpartition(" ")[0])] += len(text)
        return _plain(letters.most_common(1)[0][0]) if letters else ""

    def mixed_numbers(self) -> list[dict[str, Any]]:
        """Numbers whose digits are of several fonts or sizes: within a run, or of two that meet."""
        found = self._joined_numbers()
        for token in _TOKEN.finditer(self.words):
            for number in _NUMBER.finditer(token[0]):
                if len(number[0]) < _MIN_NUMBER:
                    continue
                start = token.start() + number.start()
                if self._is_mixed(start, start + len(number[0])):
                    found.append({"text": _plain(number[0]), **self._place(self._box(start, len(number[0])))})
                    if len(found) >= MAX_SHOWN:
                        return found
        return found

    def _joined_numbers(self) -> list[dict[str, Any]]:
        """Whoever appends digits draws them last, so that they stand elsewhere among the page's words."""
        found: list[dict[str, Any]] = []
        by_left: dict[int, list[tuple[Box, str, str]]] = {}
        for run in self._shown:
            by_left.setdefault(round(run[0][0] / MEET_PT), []).append(run)
        for box, text, look in self._shown:
            if not text[-1].isdigit() and text[-1] not in ".,":
                continue
            near = range(round(box[2] / MEET_PT) - 1, round(box[2] / MEET_PT) + 2)
            for other, words, other_look in [run for at in near for run in by_left.get(at, ())[:MAX_OPEN]]:
                level = min(box[3], other[3]) - max(box[1], other[1])
                if look == other_look or level < OVER_SHARE * min(box[3] - box[1], other[3] - other[1]):
                    continue
                number = _NUMBER.search(text.rsplit(" ", 1)[-1] + words.split(" ", 1)[0])
                if _NUMBER.match(words) and number is not None and len(number[0]) >= _MIN_NUMBER:
                    whole = (box[0], min(box[1], other[1]), other[2], max(box[3], other[3]))
                    found.append({"text": _plain(number[0]), **self._place(whole)})
        return found[:MAX_SHOWN]

    def _is_mixed(self, start: int, end: int) -> bool:
        import pypdfium2.raw as pdfium

        looks: list[tuple[bytes, float]] = []
        buffer, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        for index in range(start, end):
            if not self.words[index].isdigit():
                continue
            pdfium.FPDFText_GetFontInfo(self.text, index, buffer, 128, ctypes.byref(flags))
            looks.append((buffer.value, pdfium.FPDFText_GetFontSize(self.text, index)))
        fonts, sizes = {font for font, _ in looks}, [size for _, size in looks]
        return len(fonts) > 1 or (bool(sizes) and max(sizes) - min(sizes) > SIZE_STEP_PT)

    def _box(self, start: int, count: int) -> Box:
        boxes = [self.text.get_charbox(index, loose=True) for index in range(start, start + count)]
        sides = tuple(zip(*boxes, strict=True))
        return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])

    def _place(self, box: Box) -> dict[str, Any]:
        left, bottom, right, top = box
        return {"page": self.index, "box": [left, self.top - top, right, self.top - bottom]}


def _look_of(run: Any) -> str:  # noqa: ANN401
    import pypdfium2.raw as pdfium

    name, size = ctypes.create_string_buffer(128), ctypes.c_float()
    pdfium.FPDFFont_GetBaseFontName(pdfium.FPDFTextObj_GetFont(run), name, 128)
    pdfium.FPDFTextObj_GetFontSize(run, ctypes.byref(size))
    return f"{name.value.decode('ascii', 'replace')} {round(size.value / SIZE_STEP_PT)}"


def _covers(one: Box, other: Box) -> bool:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return False
    heights = sorted(box[3] - box[1] for box in (one, other))
    if heights[1] > MOST_TALLER * heights[0]:
        return False
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height > OVER_SHARE * min(areas)


def _is_part(one: str, other: str) -> bool:
    """Whether both say the same: struck twice to look bold, or a piece of the other."""
    return one in other or other in one


def _changes(data: bytes, ends: list[int], pages: list[_Page]) -> list[dict[str, str]]:
    """Lines that an earlier revision had and the newest has not, with what stands there now."""
    import pypdfium2

    newest = [line for page in pages for line in page.lines()]
    for end in ends[:MAX_REVISIONS]:
        try:
            earlier = pypdfium2.PdfDocument(data[:end])
            count = min(MAX_PAGES, len(earlier))
            lines = [line for index in range(count) for line in _Page(earlier, index).lines()]
        except pypdfium2.PdfiumError:
            continue
        if lines and lines != newest:
            return _differences(lines, newest)
    return []


def _differences(before: list[str], after: list[str]) -> list[dict[str, str]]:
    told = []
    matcher = difflib.SequenceMatcher(None, before[:400], after[:400], autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            was, now = " / ".join(before[start:end]), " / ".join(after[new_start:new_end])
            told.append({"was": _plain(was), "now": _plain(now)})
    return told[:MAX_SHOWN]


def _plain(text: str) -> str:
    """What may be kept and shown: no control characters, and not much of it."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:MAX_TEXT].strip()
