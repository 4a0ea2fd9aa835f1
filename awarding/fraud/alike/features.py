"""Local features: do two pictures show the same printed paper, from whatever side.

SIFT points of both pictures (OpenCV), matched, and kept as far as one homography explains them. Another
receipt of the same shop shares its logo and a few words, which is why the share of the print that matches
counts as well as the number of points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG_SIDE_PX: Final = 1000
"""Print stands 8 to 16 pixels high then; twice the size cost four times the time and found nothing more."""
MOST_POINTS: Final = 1500
CLEARER_THAN: Final = 0.75
"""A match counts where the next best is at least a third farther away (Lowe, 2004, 7.1)."""
LEAST_MATCHES: Final = 8
"""Four give a homography by chance."""
OFF_PX: Final = 6.0
"""Paper is never quite flat."""
TRIALS: Final = 2000
CELL_PX: Final = 60


@dataclass(frozen=True, slots=True)
class Matched:
    """How much of two pictures is the same.

    Attributes:
        points: that one homography carries from one picture to the other.
        share: of the cells of the first picture that have points, those with a matched one, 0 to 1.
    """

    points: int
    share: float


NOTHING: Final = Matched(0, 0.0)


@dataclass(frozen=True, slots=True)
class Points:
    """A picture's local features: places in pixels of the reduced picture, and descriptors."""

    places: NDArray[Any]
    descriptors: NDArray[Any]


def points_of(picture: NDArray[Any]) -> Points | None:
    """The features of a picture (blue, green, red); None where it shows nothing to hold on to."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    scale = LONG_SIDE_PX / max(grey.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method)
    found, descriptors = cv2.SIFT.create(nfeatures=MOST_POINTS).detectAndCompute(small, None)
    if descriptors is None or len(found) < LEAST_MATCHES:
        return None
    return Points(np.array([point.pt for point in found], dtype=np.float32), descriptors)


def matched(first: Points | None, second: Points | None) -> Matched:
    """How much of the first picture is found again on the second."""
    import cv2

    if first is None or second is None:
        return NOTHING
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first.descriptors, second.descriptors, k=2)
    clear = [
        pair[0] for pair in pairs if len(pair) > 1 and pair[0].distance < CLEARER_THAN * pair[1].distance
    ]
    if len(clear) < LEAST_MATCHES:
        return NOTHING
    here = first.places[[match.queryIdx for match in clear]]
    there = second.places[[match.trainIdx for match in clear]]
    _, fits = cv2.findHomography(here, there, cv2.USAC_MAGSAC, OFF_PX, maxIters=TRIALS)
    kept = here[fits.ravel().astype(bool)]  # none where no homography was found
    return Matched(len(kept), round(len(_cells(kept)) / max(1, len(_cells(first.places))), 3))


def _cells(places: NDArray[Any]) -> set[tuple[int, int]]:
    return {(int(x // CELL_PX), int(y // CELL_PX)) for x, y in places}
