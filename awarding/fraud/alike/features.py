"""Local features: do two pictures show the same printed paper, from whatever side.

SIFT points of both pictures (OpenCV), matched one to one, and kept as far as one homography explains them,
give or take the paper's bends. Another receipt of the same shop shares its head, its foot and many words, up
to 430 points of them, which is why the share of the print that is found again decides.
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
BENDS: Final = 6
"""Times that what was kept may grow over a bend: from 60 to 150 px each."""
BEND_NEIGHBOURS: Final = 3
BEND_REACH_PX: Final = 150.0
BEND_OFF_PX: Final = 12.0
"""A match beside the kept ones may be as far from where they lie as half a letter. With it the least share
of 18 photos taken again is 0.43 instead of 0.25; of other receipts of the shop the most stays 0.48."""
EDGE_PX: Final = 10.0
"""Points are not found at the very edge."""


@dataclass(frozen=True, slots=True)
class Matched:
    """How much of two pictures is the same.

    Attributes:
        points: places of the first picture that were found on the second, each at a place of its own.
        share: of the first picture's cells with print, as far as the second shows them, those found there.
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
    import numpy as np

    if first is None or second is None:
        return NOTHING
    here, there = _pairs(first, second)
    if len(here) < LEAST_MATCHES:
        return NOTHING
    over, fits = cv2.findHomography(here, there, cv2.USAC_MAGSAC, OFF_PX, maxIters=TRIALS)
    if over is None or int(fits.sum()) < LEAST_MATCHES:
        return NOTHING
    kept = _over_bends(here, there - _moved(here, over), fits.ravel().astype(bool))
    found = _cells(here[kept])
    place = _moved(first.places, over)
    shown = ((place > 0) & (place < second.places.max(axis=0) + EDGE_PX)).all(axis=1)
    return Matched(
        int(np.count_nonzero(kept)), round(len(found) / len(_cells(first.places[shown]) | found), 3)
    )


def _pairs(first: Points, second: Points) -> tuple[NDArray[Any], NDArray[Any]]:
    """Places that are alike and clearer so than any other, one to one.

    Without that the few points of a blurred picture answer to dozens each, and a homography that shrinks
    everything to one place explains them all.
    """
    import cv2

    near = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first.descriptors, second.descriptors, k=2)
    clear = [pair[0] for pair in near if len(pair) > 1 and pair[0].distance < CLEARER_THAN * pair[1].distance]
    taken: set[tuple[int, int, int]] = set()
    here, there = [], []
    for match in sorted(clear, key=lambda match: (match.distance, match.queryIdx)):
        one, other = first.places[match.queryIdx], second.places[match.trainIdx]
        places = {(0, round(one[0]), round(one[1])), (1, round(other[0]), round(other[1]))}
        if not places & taken:
            taken |= places
            here.append(match.queryIdx)
            there.append(match.trainIdx)
    return first.places[here], second.places[there]


def _over_bends(here: NDArray[Any], off: NDArray[Any], kept: NDArray[Any]) -> NDArray[Any]:
    """Also kept is what lies off the plane as its nearest kept neighbours do: paper is never quite flat."""
    import numpy as np
    from scipy.spatial import KDTree

    for _ in range(BENDS):
        known, open_ = np.flatnonzero(kept), np.flatnonzero(~kept)
        if len(open_) == 0 or len(known) < BEND_NEIGHBOURS:
            break
        far, nearest = map(np.asarray, KDTree(here[known]).query(here[open_], k=BEND_NEIGHBOURS))
        reached = far[:, -1] <= BEND_REACH_PX
        bend = np.median(off[known[nearest]], axis=1)
        joins = reached & (np.linalg.norm(off[open_] - bend, axis=1) < BEND_OFF_PX)
        if not joins.any():
            break
        kept = kept.copy()
        kept[open_[joins]] = True
    return kept


def _moved(places: NDArray[Any], over: NDArray[Any]) -> NDArray[Any]:
    import cv2
    import numpy as np

    moved: NDArray[Any] = cv2.perspectiveTransform(places[None].astype(np.float32), over)[0]
    return moved


def _cells(places: NDArray[Any]) -> set[tuple[int, int]]:
    return {(int(x // CELL_PX), int(y // CELL_PX)) for x, y in places}
