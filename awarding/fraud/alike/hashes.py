"""Perceptual hashes of a picture, and the bands by which near ones are found through an index.

A hash of 256 bits by ImageHash (the cosine transform's low frequencies, each above or below their median).
Cut into eight bands of 32 bits; asking for every band and for each with one bit flipped finds any hash within
15 bits by equality alone (multi-index hashing, Norouzi and others, 2012), and most within 30.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[Any]

HASH_VERSION: Final = 1
"""Raised when the same pixels would give another hash: older bands must then be made anew."""

BITS: Final = 256
BAND_BITS: Final = 32
BANDS: Final = BITS // BAND_BITS
SIDE: Final = 16
REDUCED_PX: Final = 64
"""ImageHash takes the transform of four times the hash's side; turning the reduced picture costs nothing."""
FLAT_BELOW: Final = 4.0
"""Standard deviation of the reduced picture, 0 to 255: an even wall gives a hash of its noise."""
TURNS: Final = 4


def hashes_of(picture: Picture) -> tuple[int, ...]:
    """The picture's hash as it stands and after each quarter turn; empty for an even one.

    Args:
        picture: height x width x 3, blue, green, red, turned as its camera says.
    """
    import cv2
    import numpy as np
    from imagehash import phash
    from PIL import Image

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (REDUCED_PX, REDUCED_PX), interpolation=cv2.INTER_AREA)
    if float(small.std()) < FLAT_BELOW:
        return ()
    hashes = []
    for turn in range(TURNS):
        turned = Image.fromarray(np.ascontiguousarray(np.rot90(small, turn)))
        bits = phash(turned, SIDE, REDUCED_PX // SIDE).hash
        hashes.append(int.from_bytes(np.packbits(bits).tobytes(), "big"))
    return tuple(hashes)


def bands_of(value: int, *, kind: int) -> tuple[int, ...]:
    """The hash in numbers that each name their own place; `kind` keeps kinds of pictures apart."""
    mask = (1 << BAND_BITS) - 1
    return tuple(
        ((kind * BANDS + place) << BAND_BITS) | ((value >> (place * BAND_BITS)) & mask)
        for place in range(BANDS)
    )


def near_bands(value: int, *, kind: int) -> tuple[int, ...]:
    """The bands to ask for: the hash's own, and each with any one bit flipped."""
    own = bands_of(value, kind=kind)
    return (*own, *(band ^ (1 << bit) for band in own for bit in range(BAND_BITS)))


def hash_from(bands: tuple[int, ...], *, kind: int) -> int | None:
    """The hash of that kind from its bands; None where they are not all there."""
    value, found = 0, 0
    for band in bands:
        place = (band >> BAND_BITS) - kind * BANDS
        if 0 <= place < BANDS:
            value |= (band & ((1 << BAND_BITS) - 1)) << (place * BAND_BITS)
            found += 1
    return value if found == BANDS else None


def bits_apart(first: tuple[int, ...], second: int) -> int:
    """The least number of bits by which any of the turned hashes differs from the other."""
    return min((value ^ second).bit_count() for value in first)
