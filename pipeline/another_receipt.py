"""The row that names a receipt which a mail holds beside those that were taken from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ocr.document import Reading
from receipts.errors import Rejection, RejectionReason

_CALLED: Final = "Another receipt"


def another_receipt(detail: str) -> Rejection:
    """What its sender is told: to forward that one alone, and not those that were taken."""
    return Rejection(RejectionReason.ANOTHER_RECEIPT, detail)


def called_another(subject: str, readings: Sequence[Reading] = ()) -> str:
    """How the row is called: never by the receipt that was taken, which bears the mail's subject too.

    ``Another receipt: Corner Shop, in "Your orders"``; without what is not known.
    """
    shop = next((each.receipt.retailer.name for each in readings if each.receipt.retailer.name), "")
    named = f"{_CALLED}: {shop}" if shop else _CALLED
    return f'{named}, in "{subject}"' if subject else named
