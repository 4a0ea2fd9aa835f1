"""Tesseract through pytesseract: the other engine, for machines that have it and want it."""

from __future__ import annotations

import math
import shutil
from functools import cached_property
from typing import Final

import cv2
import numpy as np
import pytesseract

from ocr.engines.base import EngineError, Glance, OcrEngine, Picture
from receipts.transcript import Quad, TextBox

PAGE_MODE: Final = "--psm 6"
"""One uniform block of text: F1 77 on receipts, against 74 for columns and 66 for sparse text."""
PERCENT: Final = 100.0
WORD_GAP_HEIGHTS: Final = 1.0
"""Words closer than this many letter heights are one run of text; a wider gap is a column."""
UPRIGHT_CONFIDENCE: Final = 0.7
"""Mean confidence of a page's runs: drawn pages have 0.9 upright and below 0.5 turned."""
TURN_CONFIDENCE: Final = 1.0
"""Tesseract's own scale: below it, its guess at the page's turn is not taken."""
INSTALL_LINE: Final = "install it, on Debian by: apt-get install tesseract-ocr tesseract-ocr-osd"


def tesseract_available() -> bool:
    """Whether the program is on the path."""
    return shutil.which("tesseract") is not None


class TesseractEngine(OcrEngine):
    """Tesseract 5, one process a page."""

    def __init__(self, *, languages: str = "eng", timeout_s: float = 30.0) -> None:
        if not tesseract_available():
            raise EngineError(f"the program tesseract was not found; {INSTALL_LINE}")
        self._languages = languages
        self._timeout_s = timeout_s

    @property
    def name(self) -> str:
        """``tesseract``."""
        return "tesseract"

    @cached_property
    def _version(self) -> str:
        return str(pytesseract.get_tesseract_version())

    @property
    def version(self) -> str:
        """The program's own version."""
        return self._version

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """See `OcrEngine.recognise`.

        Raises:
            EngineError: the program failed or ran over its time limit.
        """
        seen = picture
        if not math.isclose(zoom, 1.0):
            resized = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
            seen = np.asarray(resized, dtype=np.uint8)
        try:
            data = pytesseract.image_to_data(
                np.ascontiguousarray(seen[:, :, ::-1]),
                lang=self._languages,
                config=PAGE_MODE,
                timeout=self._timeout_s,
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractError as error:
            raise EngineError(f"tesseract failed: {error.message}; {INSTALL_LINE}") from error
        except RuntimeError as error:
            raise EngineError(f"tesseract took longer than {self._timeout_s:g} s for one page") from error
        return _runs(data, zoom)

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        """See `OcrEngine.look`: the page's turn is asked for only where it reads badly."""
        boxes = self.recognise(picture, zoom=zoom)
        sure = sum(box.confidence for box in boxes)
        if boxes and sure >= UPRIGHT_CONFIDENCE * len(boxes):
            return Glance(boxes)
        turns = self.quarter_turns(picture)
        if turns == 0:
            return Glance(boxes)
        upright = np.ascontiguousarray(np.rot90(picture, k=-turns))
        return Glance(self.recognise(upright, zoom=zoom), turns)

    def quarter_turns(self, picture: Picture) -> int:
        """See `OcrEngine.quarter_turns`; 0 when Tesseract's orientation data is not installed."""
        try:
            answer = pytesseract.image_to_osd(
                np.ascontiguousarray(picture[:, :, ::-1]),
                timeout=self._timeout_s,
                output_type=pytesseract.Output.DICT,
            )
        except (pytesseract.TesseractError, RuntimeError):
            # Too little text to tell, or no orientation data: the page stays as it is.
            return 0
        if float(answer["orientation_conf"]) < TURN_CONFIDENCE:
            return 0
        return int(answer["rotate"]) // 90 % 4


def _runs(data: dict[str, list[str | int | float]], zoom: float) -> tuple[TextBox, ...]:
    """Words joined to runs: Tesseract answers word by word, rows are built from runs."""
    runs: list[list[int]] = []
    for index, text in enumerate(data["text"]):
        if not str(text).strip() or float(data["conf"][index]) < 0:
            continue
        if runs and _joins(data, runs[-1][-1], index):
            runs[-1].append(index)
        else:
            runs.append([index])
    return tuple(_box(data, run, zoom) for run in runs)


def _joins(data: dict[str, list[str | int | float]], before: int, after: int) -> bool:
    same_line = all(data[key][before] == data[key][after] for key in ("block_num", "par_num", "line_num"))
    gap_px = int(data["left"][after]) - int(data["left"][before]) - int(data["width"][before])
    height_px = max(int(data["height"][before]), int(data["height"][after]))
    return same_line and gap_px < WORD_GAP_HEIGHTS * height_px


def _box(data: dict[str, list[str | int | float]], run: list[int], zoom: float) -> TextBox:
    left = min(int(data["left"][i]) for i in run)
    top = min(int(data["top"][i]) for i in run)
    right = max(int(data["left"][i]) + int(data["width"][i]) for i in run)
    bottom = max(int(data["top"][i]) + int(data["height"][i]) for i in run)
    quad = Quad.upright(left=left / zoom, top=top / zoom, right=right / zoom, bottom=bottom / zoom)
    return TextBox(
        text=" ".join(str(data["text"][i]).strip() for i in run),
        quad=quad,
        confidence=min(1.0, min(float(data["conf"][i]) for i in run) / PERCENT),
    )
