"""Amounts of money in a line of a mail."""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = "$£€¥₹₩₫₺₽₱₦₴₪฿￥￦円元원"
_CURRENCY: Final = (
    r"USD|EUR|GBP|JPY|CNY|RMB|KRW|IDR|VND|INR|SEK|NOK|DKK|ISK|HUF|CZK|PLN|CHF|CLP|COP|ARS|MXN|BRL|TWD|HKD|SGD"
    r"|THB|PHP|MYR|TRY|RUB|UAH|RON|BGN|RSD|CAD|AUD|NZD|ZAR|NGN|KES|Rp|Rs|RM|kr|Ft|zł|Kč|lei|TL|руб|грн|đ"
)
AMOUNT: Final = re.compile(
    r"(?<![\d.,])\d{1,6}[.,]\d{2}(?!\d|[.,]\d)"
    rf"|[{_SIGNS}]\s?\d|\d(?:[.,]?[-–]{{1,2}})?\s?[{_SIGNS}]"
    rf"|(?<!\w)(?:{_CURRENCY})\.?\s?\d|\d(?:[.,]?[-–]{{1,2}})?\s?(?:{_CURRENCY})(?!\w)",
    re.IGNORECASE,
)
"""Two decimals, or a number next to a currency's sign, word or code: many have no decimals."""


def has_amount(text: str) -> bool:
    """Whether there is an amount of money in a line."""
    return AMOUNT.search(text) is not None
