"""The barcode of a package as a member photographs it: one article number, or what to do instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.barcode_photo import numbers_in
from matching.gtin import EAN8_DIGITS, catalog_gtin, reserved_range
from pipeline.submit import accept_limits
from pipeline.wiring import Wiring
from receipts.errors import Rejection, RejectionReason
from receipts.identity import Gtin

_OR_TYPE = "or type the number under the bars"
_REFUSED = {
    RejectionReason.TOO_LARGE: "The picture is too large",
    RejectionReason.TOO_MANY_PIXELS: "The picture is too large",
    RejectionReason.TOO_SMALL: "The picture is too small",
    RejectionReason.TIMED_OUT: "The picture takes too long to read",
    RejectionReason.EMPTY: "The file is empty",
    RejectionReason.DAMAGED: "The picture is damaged",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No article number was read; the sentence says why and what to do."""

    sentence: str


def photographed(wiring: Wiring, path: Path) -> Gtin | Unreadable:
    """The one article number in the picture at `path`."""
    found = numbers_in(path, limits=accept_limits(wiring))
    if isinstance(found, Rejection):
        said = _REFUSED.get(found.reason, "The file is no picture that we can open")
        return Unreadable(f"{said}. Take a photo of the barcode alone, {_OR_TYPE}.")
    if not found:
        return Unreadable(
            "No barcode could be read in the picture. Hold the telephone straight above the bars, close"
            f" enough that they fill half of the picture, without glare, {_OR_TYPE}."
        )
    gtins = {gtin for gtin in map(_article, found) if gtin is not None}
    if not gtins:
        return Unreadable(
            f"The barcode {found[0]} is not a maker's: shops and coupons number theirs like this."
            " Take a photo of the one that the maker printed on the package."
        )
    if len(gtins) > 1:
        return Unreadable(
            "There is more than one product's barcode in the picture. Take a photo of the one package alone,"
            f" {_OR_TYPE}."
        )
    return gtins.pop()


def _article(digits: str) -> Gtin | None:
    try:
        gtin = catalog_gtin(digits)
    except ValueError:
        return None
    # A GTIN-8 lies in ranges of its own; its first digit says that a shop gave it.
    if len(digits) == EAN8_DIGITS:
        return None if digits[0] in "02" else gtin
    return gtin if reserved_range(gtin) is None else None
