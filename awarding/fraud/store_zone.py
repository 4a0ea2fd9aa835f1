"""The store's time zone, where the receipt tells it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from receipts.receipt import Receipt

_OF_CURRENCY = {
    "AED": "Asia/Dubai", "BGN": "Europe/Sofia", "CHF": "Europe/Zurich", "CNY": "Asia/Shanghai",
    "CZK": "Europe/Prague", "DKK": "Europe/Copenhagen", "GBP": "Europe/London", "HKD": "Asia/Hong_Kong",
    "HUF": "Europe/Budapest", "ILS": "Asia/Jerusalem", "INR": "Asia/Kolkata", "ISK": "Atlantic/Reykjavik",
    "JPY": "Asia/Tokyo", "KRW": "Asia/Seoul", "MYR": "Asia/Kuala_Lumpur", "NOK": "Europe/Oslo",
    "PHP": "Asia/Manila", "PLN": "Europe/Warsaw", "RON": "Europe/Bucharest", "RSD": "Europe/Belgrade",
    "SEK": "Europe/Stockholm", "SGD": "Asia/Singapore", "THB": "Asia/Bangkok", "TRY": "Europe/Istanbul",
    "TWD": "Asia/Taipei", "UAH": "Europe/Kyiv", "VND": "Asia/Ho_Chi_Minh", "ZAR": "Africa/Johannesburg",
}  # fmt: skip
"""Currencies whose whole country, but for small islands, has one time zone."""
_OF_TAX_NUMBER = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn",
    "EL": "Europe/Athens", "FI": "Europe/Helsinki", "FR": "Europe/Paris", "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IT": "Europe/Rome", "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MT": "Europe/Malta", "NL": "Europe/Amsterdam",
    "PL": "Europe/Warsaw", "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
}  # fmt: skip
"""Countries of the European VAT numbers with one zone (Portugal and Spain have islands in another)."""
_REGION_OF_CURRENCY = {"USD": "US", "CAD": "CA", "AUD": "AU", "NZD": "NZ", "BRL": "BR", "MXN": "MX"}
_TAX_DIGITS_LEAST = 8


def store_zone(receipt: Receipt, at: datetime, *, listed: str = "") -> str:
    """IANA name, or empty text where nothing tells it or what tells it does not agree on the hour.

    Args:
        receipt: as read.
        at: the moment for which the zones must have one time.
        listed: what the program's own list of stores says, which is believed first.
    """
    if listed:
        return listed
    tax_id = "".join(char for char in receipt.retailer.tax_id.upper() if char.isalnum())
    country = _OF_TAX_NUMBER.get(tax_id[:2], "")
    if country and sum(char.isdigit() for char in tax_id) >= _TAX_DIGITS_LEAST:
        return country
    if not receipt.currency_assumed and receipt.currency in _OF_CURRENCY:
        return _OF_CURRENCY[receipt.currency]
    return _of_phone(receipt, at)


def _of_phone(receipt: Receipt, at: datetime) -> str:
    """By country and area code; a number that serves a whole country tells nothing where that has several."""
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_number  # its tables take a moment to load

    region = None if receipt.currency_assumed else _REGION_OF_CURRENCY.get(receipt.currency)
    if not receipt.retailer.phone or (region is None and not receipt.retailer.phone.startswith("+")):
        return ""
    try:
        number = phonenumbers.parse(receipt.retailer.phone, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    try:
        zones = {name: at.astimezone(ZoneInfo(name)).utcoffset() for name in time_zones_for_number(number)}
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    return min(zones) if len(set(zones.values())) == 1 else ""
