"""A QR code or barcode on a document, as it was decoded: data from outside, never a link to follow."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.transcript import Quad


@dataclass(frozen=True, slots=True)
class PrintedCode:
    """One code.

    Attributes:
        kind: the symbology, such as ``QR Code``.
        text: its content; may hold anything at all, so it is never shown before it was cleaned.
        quad: where it stands on the repaired picture; None where it was found elsewhere only.
    """

    kind: str
    text: str
    quad: Quad | None = None
