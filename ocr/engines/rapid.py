"""RapidOCR with the PP-OCRv6 small models that its wheel carries; nothing is downloaded.

The settings are not the library's defaults. On 60 scanned receipts they read slightly better
(F1 95.7 against 94.7) in 0.9 s instead of 2.4 s on one thread (docs/decisions/0003-reading-engine.md).
"""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.metadata import version as package_version
from typing import Any, Final

import cv2
import numpy as np

from ocr.engines.base import OcrEngine, Picture
from ocr.engines.turns import Quad4, lies_sideways, upside_down
from receipts.transcript import Point, Quad, TextBox

DETECTOR_LONG_SIDE_PX: Final = 960
"""Long side of the page at the detector: 1280 gained no price and cost 18 % more time (60 scans)."""
DETECTOR_SHORT_SIDE_PX: Final = 448
"""Never less on the short side: at 960 alone, stacked till rolls lost a quarter of their prices."""
DETECTOR_MAX_SIDE_PX: Final = 3200
"""Memory bound of one detector pass: about 1 GB."""
MAX_ENLARGEMENT: Final = 3.0
"""A picture is never blown up more than this: beyond it there is nothing left to see."""
TURN_CROPS: Final = 12
"""Crops that vote on upside down: with the 12 longest, 119 of 120 turned pages came out right."""


class RapidEngine(OcrEngine):
    """RapidOCR 3.10, tuned for receipts. Loads at the first call, about one second."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """``rapidocr``."""
        return "rapidocr"

    @property
    def version(self) -> str:
        """The package's version: the models are part of its wheel."""
        return package_version("rapidocr")

    @cached_property
    def _engine(self) -> Any:  # noqa: ANN401 - rapidocr carries no types
        from rapidocr import RapidOCR

        cv2.setNumThreads(self._threads)
        return RapidOCR(
            params={
                "Global.log_level": "critical",
                # The line classifier flips short upright crops, that is prices: 22 of 843.
                "Global.use_cls": False,
                "Global.max_side_len": 4500,
                "Det.limit_type": "max",
                "Det.limit_side_len": DETECTOR_LONG_SIDE_PX,
                "Det.use_dilation": False,
                "Cls.cls_thresh": 0.0,
                # By itself it pads every crop to 320 px and works in batches of 6: a price cost half a line.
                "Rec.rec_batch_num": 1,
                "Rec.rec_img_shape": [3, 48, 96],
                "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
            }
        )

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """See `OcrEngine.recognise`."""
        side_px = _detector_side_px(picture, zoom)
        seen, scale = _enlarged(picture, side_px)
        with self._lock:
            self._set_detector_side(side_px)
            answer = self._engine(seen, use_det=True, use_cls=False, use_rec=True)
        if getattr(answer, "txts", None) is None or answer.boxes is None:
            return ()
        return tuple(
            TextBox(text=str(text), quad=_quad(corners, scale), confidence=float(score))
            for text, score, corners in zip(answer.txts, answer.scores, answer.boxes, strict=True)
        )

    def quarter_turns(self, picture: Picture) -> int:
        """See `OcrEngine.quarter_turns`: tall boxes mean sideways, the classifier votes on upside down."""
        with self._lock:
            side_px = _detector_side_px(picture, 1.0)
            seen, _ = _enlarged(picture, side_px)
            self._set_detector_side(side_px)
            found = self._engine(seen, use_det=True, use_cls=False, use_rec=False)
            if getattr(found, "boxes", None) is None or len(found.boxes) == 0:
                return 0
            boxes: list[Quad4] = [np.asarray(box, dtype=np.float32) for box in found.boxes]
            turns = 0
            if lies_sideways(boxes):
                # Text that runs up or down reads level after one quarter turn; which way up is voted on next.
                turns = 1
                seen = np.ascontiguousarray(np.rot90(seen, k=-1))
                found = self._engine(seen, use_det=True, use_cls=False, use_rec=False)
                if getattr(found, "boxes", None) is None or len(found.boxes) == 0:
                    return 0
                boxes = [np.asarray(box, dtype=np.float32) for box in found.boxes]
            return (turns + (2 if upside_down(seen, boxes, self._vote, crops=TURN_CROPS) else 0)) % 4

    def _vote(self, crops: list[Picture]) -> list[tuple[str, float]]:
        answer = self._engine._load_cls_model()(crops)
        return [(str(label), float(score)) for label, score in (answer.cls_res or [])]

    def _set_detector_side(self, side_px: int) -> None:
        # Private: no public setting changes the detector's size between calls. rapidocr is pinned for it.
        self._engine._load_det_model().limit_side_len = side_px


def _detector_side_px(picture: Picture, zoom: float) -> int:
    height, width = picture.shape[:2]
    short_rule = DETECTOR_SHORT_SIDE_PX * max(height, width) / max(1, min(height, width))
    wanted = max(DETECTOR_LONG_SIDE_PX, short_rule) * zoom
    return int(min(DETECTOR_MAX_SIDE_PX, max(DETECTOR_LONG_SIDE_PX // 3, wanted)))


def _enlarged(picture: Picture, side_px: int) -> tuple[Picture, float]:
    """The picture, blown up when it is smaller than what the detector is to see, and by how much."""
    scale = min(MAX_ENLARGEMENT, side_px / max(picture.shape[:2]))
    if scale <= 1.0:
        return picture, 1.0
    grown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, dtype=np.uint8), scale


def _quad(corners: Any, scale: float) -> Quad:  # noqa: ANN401 - a NumPy array of 4 x 2 from an untyped library
    points = [Point(float(x) / scale, float(y) / scale) for x, y in corners]
    return Quad(*points)
