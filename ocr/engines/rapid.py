"""RapidOCR's PP-OCRv6 small models, which its wheel carries; nothing is downloaded.

The models are rapidocr's, the way around them is ours: what the detector sees, how lines are cut out, and two
changes to the models while they are loaded (docs/decisions/0013-reading-speed.md).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib.metadata import version as package_version
from typing import Final

import cv2

from ocr.engines.base import Glance, OcrEngine, Picture
from ocr.engines.bfloat import computes_in_bfloat16
from ocr.engines.detector import Detector
from ocr.engines.models import untouched_models
from ocr.engines.overlap import covered_share, match_boxes
from ocr.engines.recogniser import HEIGHT_PX, Recogniser, Said, narrowing, width_px
from ocr.engines.turns import Quad4, crop, lies_sideways, longest_first, turned
from receipts.transcript import Point, Quad, TextBox

OUR_VERSION: Final = "d"
"""Raised whenever the same picture gives other boxes."""
DETECTOR_LONG_SIDE_PX: Final = 960
"""Long side of the page at the detector: 1280 gained no price and cost 18 % more time (60 scans)."""
DETECTOR_SHORT_SIDE_PX: Final = 448
"""Never less on the short side: at 960 alone, stacked till rolls lost a quarter of their prices."""
DETECTOR_MAX_PIXELS: Final = 6_000_000
"""Time bound of one look: a metre and a half of till roll."""
MAX_ENLARGEMENT: Final = 3.0
"""A picture is never blown up more than this: beyond it there is nothing left to see."""
LEAST_CONFIDENCE: Final = 0.5
"""Below it a box says nothing: ornaments, barcodes, other scripts."""
KEPT_CONFIDENCE: Final = 0.98
"""At a second look, boxes this sure are not read again: three quarters of wrong prices are less sure."""
FREE_SHARE: Final = 0.2
"""Of a box, how much others may cover before it counts as found again."""
SAMPLE_LINES: Final = 6
"""The longest lines tell which way up a page is: they are read anyway."""
SURE_CONFIDENCE: Final = 0.88
"""Mean confidence of the longest lines: upright pages have 0.94 and more, upside down 0.6 to 0.8."""


@dataclass(frozen=True, slots=True)
class _Upright:
    """A page set upright: by so many quarter turns; its boxes, and what some of them say already.

    Attributes:
        share: of their width that is enough to read the others at.
    """

    picture: Picture
    turns: int
    quads: list[Quad4]
    said: dict[int, Said]
    share: float = 1.0


class RapidEngine(OcrEngine):
    """PP-OCRv6 small, tuned for receipts. Loads at the first call, about one second.

    Args:
        threads: of OpenCV and of the networks.
        bfloat16: let the networks compute in it where the processor computes in it (`ocr.engines.bfloat`).
    """

    def __init__(self, threads: int = 1, *, bfloat16: bool = True) -> None:
        cv2.setNumThreads(threads)
        self._lock = threading.Lock()
        self._bfloat16 = bfloat16 and computes_in_bfloat16()
        self._detector = Detector(threads, bfloat16=self._bfloat16)
        self._recogniser = Recogniser(threads, bfloat16=self._bfloat16)

    @property
    def name(self) -> str:
        """``rapidocr``."""
        return "rapidocr"

    @property
    def version(self) -> str:
        """The package's version, whose wheel the models are part of, our way of using them, and in what."""
        computed = "+bf16" if self._bfloat16 else ""
        return f"{package_version('rapidocr')}{OUR_VERSION}{computed}"

    @property
    def remark(self) -> str:
        """Names models that are not those of the pinned release: they read as well, and slower."""
        untouched = untouched_models()
        if not untouched:
            return ""
        return f"not the models we know, so reading is slower: {', '.join(untouched)}; install rapidocr again"

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """See `OcrEngine.recognise`."""
        with self._lock:
            return _legible(self._read(picture, self._find(picture, zoom)))

    def usual_side_px(self, picture: Picture) -> int:
        """See `OcrEngine.usual_side_px`."""
        return detector_side_px(picture, 1.0)

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        """See `OcrEngine.look`: the longest lines are read first and tell whether the page is upright."""
        with self._lock:
            page = self._set_upright(picture, zoom)
            rest = [index for index in range(len(page.quads)) if index not in page.said]
            said = self._recogniser.read(
                page.picture, [page.quads[index] for index in rest], share=page.share
            )
            everything = page.said | dict(zip(rest, said, strict=True))
            boxes = [_box(quad, everything[index]) for index, quad in enumerate(page.quads)]
            return Glance(_legible(boxes), page.turns)

    def look_again(
        self, picture: Picture, before: tuple[TextBox, ...], *, zoom: float
    ) -> tuple[TextBox, ...]:
        """See `OcrEngine.look_again`: only what is new or was doubtful is read."""
        with self._lock:
            return self._again(picture, before, self._find(picture, zoom))

    def _again(
        self, picture: Picture, before: tuple[TextBox, ...], quads: list[Quad4]
    ) -> tuple[TextBox, ...]:
        found = [_quad(quad) for quad in quads]
        partners = match_boxes([box.quad for box in before], found)
        doubtful = [
            index
            for index, partner in enumerate(partners)
            if partner is None or before[partner].confidence < KEPT_CONFIDENCE
        ]
        read = dict(zip(doubtful, self._read(picture, [quads[i] for i in doubtful]), strict=True))
        boxes = []
        for index, partner in enumerate(partners):
            new, old = read.get(index), before[partner] if partner is not None else None
            better = old if new is None or (old is not None and old.confidence >= new.confidence) else new
            if better is not None and better.confidence >= LEAST_CONFIDENCE:
                boxes.append(better)
        return (*boxes, *_missed(before, partners, found))

    def quarter_turns(self, picture: Picture) -> int:
        """See `OcrEngine.quarter_turns`: tall boxes mean sideways, the longest lines tell which way is up."""
        with self._lock:
            return self._set_upright(picture, 1.0).turns

    def _set_upright(self, picture: Picture, zoom: float) -> _Upright:
        turns, quads = 0, self._find(picture, zoom)
        if lies_sideways(quads):
            # Text that runs up or down reads level after one quarter turn; which way up shows next.
            turns, picture = 1, turned(picture, 1)
            quads = self._find(picture, zoom)
        longest = longest_first(quads)[:SAMPLE_LINES]
        strips = [crop(picture, quads[index], height_px=HEIGHT_PX) for index in longest]
        said = [self._recogniser.read_strip(strip) for strip in strips]
        if _mean(said) < SURE_CONFIDENCE:
            over = [self._recogniser.read_strip(turned(strip, 2)) for strip in strips]
            if _mean(over) > _mean(said):
                picture = turned(picture, 2)
                return _Upright(picture, turns + 2, self._find(picture, zoom), {})
        share = narrowing(
            [_pitch_px(strip, each) for strip, each in zip(strips, said, strict=True) if each[0]]
        )
        return _Upright(picture, turns, quads, dict(zip(longest, said, strict=True)), share)

    def _find(self, picture: Picture, zoom: float) -> list[Quad4]:
        return self._detector.find(picture, detector_side_px(picture, zoom))

    def _read(self, picture: Picture, quads: list[Quad4]) -> list[TextBox]:
        said = self._recogniser.read(picture, quads)
        return [_box(quad, each) for quad, each in zip(quads, said, strict=True)]


def _pitch_px(strip: Picture, said: Said) -> float:
    return width_px(strip) / len(said[0])


def _mean(said: list[Said]) -> float:
    return sum(confidence for _, confidence in said) / max(1, len(said))


def _box(corners: Quad4, said: Said) -> TextBox:
    text, confidence = said
    return TextBox(text=text, quad=_quad(corners), confidence=confidence)


def _legible(boxes: list[TextBox]) -> tuple[TextBox, ...]:
    return tuple(box for box in boxes if box.text and box.confidence >= LEAST_CONFIDENCE)


def _missed(
    before: tuple[TextBox, ...], partners: list[int | None], found: list[Quad]
) -> tuple[TextBox, ...]:
    """Boxes that the second look did not find at all, where nothing else stands in their place now."""
    used = set(partners)
    return tuple(
        box
        for index, box in enumerate(before)
        if index not in used and not any(covered_share(box.quad, quad) > FREE_SHARE for quad in found)
    )


def detector_side_px(picture: Picture, zoom: float) -> int:
    """What the picture's longer side is scaled to for the detector."""
    height, width = picture.shape[:2]
    long, short = max(height, width), max(1, min(height, width))
    wanted = max(DETECTOR_LONG_SIDE_PX, DETECTOR_SHORT_SIDE_PX * long / short) * zoom
    bound = (DETECTOR_MAX_PIXELS * long / short) ** 0.5
    return int(max(DETECTOR_LONG_SIDE_PX // 3, min(wanted, bound, long * MAX_ENLARGEMENT)))


def _quad(corners: Quad4) -> Quad:
    return Quad(*(Point(float(x), float(y)) for x, y in corners))
