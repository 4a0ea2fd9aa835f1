"""What every OCR engine must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from receipts.transcript import TextBox

Picture = NDArray[np.uint8]
"""Height x width x 3, in OpenCV's order: blue, green, red."""


class EngineError(Exception):
    """The engine cannot work on this machine; the message says what to install or set."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look at a page gave.

    Attributes:
        boxes: in the pixels of the picture turned clockwise by `quarter_turns`.
        quarter_turns: that set the page upright, 0 to 3.
    """

    boxes: tuple[TextBox, ...]
    quarter_turns: int = 0


class OcrEngine(ABC):
    """Reads a picture. One engine belongs to one process and answers one call at a time.

    An engine must not start more threads than it was told to: workers are parallel already.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The engine's name, such as ``rapidocr``."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of engine and models, as readings record it."""

    @property
    def remark(self) -> str:
        """What an operator should know about how the engine was loaded; empty when all is well."""
        return ""

    @abstractmethod
    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
        """The text in the picture.

        Args:
            picture: upright or nearly so; never changed.
            zoom: how large to look, against the size the engine takes by itself: 2.0 finds smaller print,
                0.5 larger and blurred print.

        Returns:
            Boxes in the picture's own pixels, in no promised order; empty when there is no text.
        """

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        """The text of a page that may lie on its side or stand on its head.

        Args:
            picture: the page, as repaired; never changed.
            zoom: as for `recognise`.
        """
        return Glance(self.recognise(picture, zoom=zoom))

    def usual_side_px(self, picture: Picture) -> int:
        """What the picture's longer side is scaled to where the zoom is 1."""
        height, width = picture.shape[:2]
        return int(max(height, width))

    def look_again(
        self, picture: Picture, before: tuple[TextBox, ...], *, zoom: float
    ) -> tuple[TextBox, ...]:
        """Another look at an upright page at another size; an engine may keep what it was sure of.

        Args:
            picture: the page.
            before: what an earlier look at the same picture found.
            zoom: as for `recognise`.
        """
        del before  # nothing is kept by an engine that reads a page as a whole
        return self.recognise(picture, zoom=zoom)

    @abstractmethod
    def quarter_turns(self, picture: Picture) -> int:
        """How many quarter turns clockwise set the page upright, 0 to 3; 0 when the text does not say."""


EngineSource = Callable[[], OcrEngine]
"""Gives the engine, loading it at the first call; documents with text of their own never call it."""
