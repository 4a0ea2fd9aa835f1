"""Currencies of countries without a locale pack: how they are printed, so that none is taken for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SIGNS: Final[Mapping[str, str]] = {
    "₦": "NGN", "₱": "PHP", "฿": "THB", "₫": "VND", "₺": "TRY", "₪": "ILS", "₴": "UAH", "₸": "KZT",
    "₲": "PYG", "₵": "GHS", "₭": "LAK", "៛": "KHR", "₮": "MNT", "₡": "CRC", "₼": "AZN", "₾": "GEL",
    "৳": "BDT", "֏": "AMD", "NT$": "TWD", "HK$": "HKD", "J$": "JMD", "TT$": "TTD", "COL$": "COP",
    "AR$": "ARS",
    "KSh": "KES", "Ksh": "KES", "KSH": "KES", "KES": "KES", "TSh": "TZS", "USh": "UGX", "GH¢": "GHS",
    "GHS": "GHS", "FCFA": "XOF", "Rp": "IDR", "Rp.": "IDR", "RP": "IDR", "IDR": "IDR", "Php": "PHP",
    "PHP": "PHP", "Dhs": "AED", "AED": "AED", "QAR": "QAR", "KWD": "KWD", "OMR": "OMR", "EGP": "EGP",
    "THB": "THB", "VND": "VND", "NGN": "NGN", "RMB": "CNY", "CNY": "CNY", "HKD": "HKD", "TWD": "TWD",
    "PKR": "PKR", "LKR": "LKR",
}  # fmt: skip
"""What stands beside an amount and means one currency alone; not BHD, which ends companies' names."""
CODES: Final = frozenset({
    "AED", "AFN", "AMD", "ANG", "AOA", "ARS", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD", "BIF",
    "BMD", "BND", "BOB", "BSD", "BTN", "BWP", "BZD", "CDF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "DJF",
    "DOP", "DZD", "EGP", "ERN", "ETB", "FJD", "FKP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD",
    "HNL", "HTG", "IDR", "ILS", "IQD", "IRR", "JMD", "JOD", "KES", "KGS", "KHR", "KMF", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR",
    "MWK", "MZN", "NAD", "NGN", "NIO", "NPR", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PYG", "QAR", "RON",
    "RSD", "RWF", "SAR", "SBD", "SCR", "SDG", "SLE", "SOS", "SRD", "SSP", "STN", "SYP", "SZL", "THB", "TJS",
    "TMT", "TND", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "UYU", "UZS", "VES", "VND", "VUV", "WST",
    "XAF", "XCD", "XOF", "XPF", "YER", "ZMW",
})  # fmt: skip
"""ISO 4217, without those of the packs. Without ALL and TOP, for sums say "TOTAL ALL ITEMS"; words of goods
are among the others (GEL), so they count by sums alone."""
WHOLE: Final = frozenset({"IDR", "VND", "COP", "LAK", "MMK", "IRR", "IQD", "LBP", "UZS", "TZS", "MNT"})
"""Printed without their minor units, which only the standard still has."""
