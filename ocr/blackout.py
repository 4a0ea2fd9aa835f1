"""Painting over what must not be seen on a picture that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from receipts.transcript import Quad

JPEG_QUALITY: Final = 85
_BLACK: Final = (0, 0, 0)


def black_out(picture_jpeg: bytes, quads: Sequence[Quad]) -> bytes:
    """The picture with these places painted black, as JPEG again."""
    picture = cv2.imdecode(np.frombuffer(picture_jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the repaired picture is no JPEG: it was written wrongly")
    for quad in quads:
        corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
        cv2.fillPoly(picture, [np.array([(point.x, point.y) for point in corners], np.int32)], _BLACK)
    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the repaired picture cannot be written as JPEG")
    return buffer.tobytes()
