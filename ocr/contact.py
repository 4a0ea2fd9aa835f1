"""Telephone and tax numbers of a shop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ocr.lines import Line

TAX_ID: Final = re.compile(
    r"(?<![A-Z])(?:GST|VAT|TAX|SST|MWST|UST|ABN|UID|ORG\.?\s?NR|MVA|TVA|IVA|BTW|CVR|NIP|ИНН|УНП)"
    r"[\s.\-:#]*(?:REG|REGN|REGISTRATION|ID|NO|NR|NUMBER|NUMMER|IDENT)?[\s.\-:#()]*(?:NO|NR|ID|NUMBER"
    r"|NUMMER)?[\s.\-:#()№]*"
    r"(?P<id>(?:[A-Z]{2,3}[- ]?)?\d[\d .\-]{5,16}\d(?:\s?(?:MVA|MWST))?)",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"(?:TEL(?:EPHONE|EFON)?|TE1|PHONE|TLF|H/P|HOTLINE|MOBILE|(?<![^\W_])(?:PH|T))"
    r"\s*(?:NO)?\s*[.:/ ]*(?:/?FAX)?\s*[.:]*\s*"
    r"(?P<phone>\+?\(?\d[\d\s()\-./]{5,18}\d)",
    re.IGNORECASE,
)
_BARE_PHONE: Final = re.compile(
    r"(?<![\d.])(?<!\d[:/-])(?P<phone>\(\s?\d{3}\s?\)\s?-?\d{3}-?\s?\d{4}|\d{3}-\d{3}-\d{4}"
    r"|0\d{1,4}[ -]\d{3,4}[ -]?\d{3,4})(?!\d)"
)
_AMOUNT: Final = re.compile(r"(?<![\d.,])\d{1,5}[.,]\d{2}(?![\d.,])")
"""Two decimals and no further group of digits: a price, where ``01.23.45.67.89`` is a telephone's."""
PERSONS: Final = re.compile(
    r"\b(?:CUSTOMER|CUST|KUNDE|CLIENTE?|MEMBER|GUEST|PATIENT|KLANT|KUND|RECIPIENT|YOUR (?:PHONE|MOBILE)"
    r"|DELIVER(?:Y)? TO|SHIP TO|BILL TO"
    r"|SWISH|TWINT|VIPPS|MOBILEPAY|M-?PESA|BIZUM|PAYNOW|BLIK|ZELLE|MB ?WAY)\b",
    re.IGNORECASE,
)
"""Rows whose telephone is a person's: a customer's, or what a telephone's wallet is known by."""
SERVICE: Final = re.compile(
    r"\b(?:SERVICE|CARE|HOTLINE|SUPPORT|CENTER|CENTRE|HELP|KUNDENDIENST)\b", re.IGNORECASE
)
_YOURS: Final = re.compile(
    r"\b(?:YOUR|CUSTOMER'?S?|CLIENT'?S?|BUYER'?S?|UW|JOUW|IHRE?|KUNDEN|VOTRE|SU|DIN|DERES|ASIAKKAAN)[\s-]*$",
    re.IGNORECASE,
)
"""Before a tax number that is the customer's."""
MIN_PHONE_DIGITS: Final = 6
MAX_PHONE_DIGITS: Final = 15
"""The most that E.164 allows; longer ones are numbers of terminals and cards."""


def find_phone(lines: Sequence[Line]) -> str:
    """The first number that is called a telephone's, else the first that looks like one."""
    shops = [
        line
        for line, above in zip(lines, ("", *(line.text for line in lines)), strict=False)
        if not is_persons(line.text, above)
    ]
    for pattern in (_PHONE, _BARE_PHONE):
        for line in shops:
            for match in pattern.finditer(line.text):
                phone = _one_phone(" ".join(match["phone"].split()))
                if sum(char.isdigit() for char in phone) > MAX_PHONE_DIGITS or _AMOUNT.search(match["phone"]):
                    continue
                return phone
    return ""


def is_persons(text: str, above: str = "") -> bool:
    """Whether a telephone on the row is a person's and no shop's; its label may stand on the row `above`."""
    label = text if any(map(str.isdigit, above)) else f"{above} {text}"
    return bool(PERSONS.search(label)) and not SERVICE.search(label)


def _one_phone(printed: str) -> str:
    """The first of two numbers parted by a stroke; a stroke within one number stays."""
    first = re.split(r"\s?/\s?", printed)[0]
    whole = first if sum(char.isdigit() for char in first) >= MIN_PHONE_DIGITS else printed
    return whole.strip(" .-")


def find_tax_id(lines: Sequence[Line]) -> str:
    """The first number that is called a tax number, as printed."""
    for line in lines:
        match = TAX_ID.search(line.text)
        if match and not _YOURS.search(line.text[: match.start()]):
            return " ".join(match["id"].split())
    return ""
