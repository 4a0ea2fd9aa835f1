"""Under which PDFs are counted by the software that made them."""

from __future__ import annotations

from awarding.fraud.examined import Examined
from awarding.fraud.files.base import PdfHistory, maker
from awarding.retailer import fold_retailer
from receipts.receipt import Receipt


def maker_keys(receipt: Receipt, found: Examined) -> tuple[str, ...]:
    """Under which PDFs of one retailer are counted: all of them, and those by the same software."""
    shop = fold_retailer(receipt.retailer.name)[:60]
    if not isinstance(found.pdf, PdfHistory) or not shop:
        return ()
    return (f"pdf-of:{shop}", f"pdf-by:{shop}:{maker(found.pdf)}")
