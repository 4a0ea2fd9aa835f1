"""Portugal: the QR code of invoices, with the unique document code (ATCUD).

Source: Portaria n.º 195/2020 (ATCUD: at least eight characters of validation code, a hyphen, the number in
the series), Decreto-Lei n.º 28/2019, and the tax authority's "Especificações Técnicas - Código QR": fields A
to S, their order, lengths and which are required. The code carries four characters of the document's
signature, so that the signature itself cannot be verified from it: a code is consistent at best.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from stdnum.pt import nif

from awarding.fraud.fiscal.base import FiscalCode, KeyRing, Signature
from receipts.fraud import EvidenceFact

NAME: Final = "pt-atcud"
_BEGINNING: Final = re.compile(r"A:\d{9}\*B:[^*]{0,40}\*C:")
_FIELD: Final = re.compile(r"([A-HL-S]|[IJK][1-8]):(.*)", re.DOTALL)
_REQUIRED: Final = ("A", "B", "C", "D", "E", "F", "G", "H", "I1", "N", "O", "Q", "R")
_AMOUNTS: Final = tuple(f"{region}{number}" for region in "IJK" for number in range(2, 9))
_TAXES: Final = tuple(f"{region}{number}" for region in "IJK" for number in (4, 6, 8))
_BESIDE: Final = ("L", "M")
"""Not subject to VAT, and stamp duty: in the total beside the regions' sums."""
_REGIONS: Final = {"I1": ("PT", "PT-AC", "PT-MA", "0"), "J1": ("PT-AC",), "K1": ("PT-MA",)}
_AMOUNT: Final = re.compile(r"-?\d{1,13}\.\d{2}")
_ATCUD: Final = re.compile(r"[A-Z0-9]{8,}-\d{1,20}")
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{4}")
_CERTIFICATE: Final = re.compile(r"\d{1,4}")
_PURCHASES: Final = frozenset({"FT", "FS", "FR", "ND", "VD", "TV", "AA", "RC", "RG"})
"""Invoices and receipts, by SAF-T (PT) 4.1.4.8 and 4.4.4.6; `_REFUNDS` are credit notes and returns."""
_REFUNDS: Final = frozenset({"NC", "RE", "TD", "DA"})
_CANCELLED: Final = "A"
_NO_BUYER: Final = "999999990"
_ROUNDING_MINOR: Final = 2
"""The specification's four examples add up exactly; rounding by rate may miss by a cent or two."""
_MOST_FIELDS: Final = 50
_MAX_SHOWN: Final = 64
_PRINTED_ATCUD: Final = re.compile(r"ATCUD\s*:?\s*([A-Z0-9]{8,20}\s?-\s?\d{1,20})")


class PortuguesePack:
    """Codes of fields ``A:...*B:...``."""

    name = NAME
    country = "PT"

    def recognises(self, text: str) -> bool:
        """By the first three fields."""
        return _BEGINNING.match(text.strip()) is not None

    def kept(self, text: str) -> str:
        """Without the buyer's number."""
        return re.sub(r"\*B:[^*]{0,40}\*", f"*B:{_NO_BUYER}*", text.strip(), count=1)

    def parse(self, text: str, keys: KeyRing) -> FiscalCode:  # noqa: ARG002 - there is no signature to verify
        """The fields by their letters."""
        fields, problems = _fields(self.kept(text))
        issuer = fields.get("A", "")
        if not nif.is_valid(issuer):
            problems.append(f"its issuer's tax number {issuer[:_MAX_SHOWN]} has a wrong check digit")
        day = _day(fields.get("F", ""), problems)
        total = _total(fields, problems)
        _check_forms(fields, problems)
        kind, number = fields.get("D", ""), fields.get("G", "")
        sign = -1 if kind in _REFUNDS else 1
        return FiscalCode(
            scheme=NAME,
            identity=_digest("\n".join((issuer, kind, number))) if issuer and number else "",
            content=_digest(self.kept(text)),
            day=day,
            time=None,
            total_minor=None if total is None else sign * total,
            currency="EUR",
            issuer_tax_id=issuer,
            number=number[:_MAX_SHOWN],
            signature=Signature.NONE,
            problems=tuple(problems),
            not_a_purchase=_not_a_purchase(kind, fields.get("E", "")),
            facts=_facts(fields),
        )


def printed_atcud(text: str) -> str:
    """The ATCUD in a receipt's own words; empty where there is none."""
    found = _PRINTED_ATCUD.search(text.upper())
    return "" if found is None else re.sub(r"\s", "", found[1])


def _fields(text: str) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    problems: list[str] = []
    pieces = text.removesuffix("*").split("*", _MOST_FIELDS)
    for piece in pieces:
        match = _FIELD.fullmatch(piece)
        if match is None:
            problems.append(f"{piece[:_MAX_SHOWN]} is none of its fields")
        elif match[1] in fields:
            problems.append(f"field {match[1]} is there twice")
        else:
            fields[match[1]] = match[2]
    problems += [f"field {name} is missing" for name in _REQUIRED if name not in fields]
    if list(fields) != sorted(fields):
        problems.append("its fields are out of order")
    return fields, problems


def _day(text: str, problems: list[str]) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no zone
    except ValueError:
        problems.append(f"its date {text[:_MAX_SHOWN]} is none")
        return None


def _total(fields: Mapping[str, str], problems: list[str]) -> int | None:
    """The total with taxes, held against the bases and taxes by region, and against the sum of all taxes."""
    minors: dict[str, int] = {}
    for name in (*_AMOUNTS, *_BESIDE, "N", "O", "P"):
        if name in fields:
            if _AMOUNT.fullmatch(fields[name]) is None:
                problems.append(f"field {name}, {fields[name][:_MAX_SHOWN]}, is no amount")
                return None
            minors[name] = int(Decimal(fields[name]).scaleb(2))
    total = minors.get("O")
    if total is None:
        return None
    parts = sum(minors.get(name, 0) for name in (*_AMOUNTS, *_BESIDE))
    if fields.get("I1") != "0" and abs(parts - total) > _ROUNDING_MINOR:
        problems.append(f"its parts come to {Decimal(parts).scaleb(-2)}, its total is {fields['O']}")
    taxes = sum(minors.get(name, 0) for name in (*_TAXES, "M"))
    if "N" in minors and abs(taxes - minors["N"]) > _ROUNDING_MINOR:
        problems.append(f"its taxes come to {Decimal(taxes).scaleb(-2)}, their sum is {fields['N']}")
    return total


def _check_forms(fields: Mapping[str, str], problems: list[str]) -> None:
    forms = {"H": _ATCUD, "Q": _HASH, "R": _CERTIFICATE}
    for name, form in forms.items():
        value = fields.get(name, "")
        # Zero stands for none: series of before 2023, and documents without a signature.
        if name in fields and value != "0" and form.fullmatch(value) is None:
            problems.append(f"field {name}, {value[:_MAX_SHOWN]}, has not the form that is prescribed")
    atcud, number = fields.get("H", ""), fields.get("G", "")
    if _ATCUD.fullmatch(atcud) and number.rpartition("/")[2].isdigit():
        in_series, printed = atcud.rpartition("-")[2], number.rpartition("/")[2]
        if int(in_series) != int(printed):
            problems.append(f"its ATCUD counts {in_series}, its document number {printed}")
    problems.extend(
        f"field {name} names the region {fields[name][:_MAX_SHOWN]}"
        for name, regions in _REGIONS.items()
        if name in fields and fields[name] not in regions
    )


def _not_a_purchase(kind: str, status: str) -> str:
    if status == _CANCELLED:
        return "it says that the document was cancelled"
    if kind and kind not in _PURCHASES | _REFUNDS:
        return f"it is of a document of type {kind[:_MAX_SHOWN]}, which is no invoice and no receipt"
    return ""


def _facts(fields: Mapping[str, str]) -> tuple[EvidenceFact, ...]:
    named = {
        "issuer's tax number": "A",
        "document": "G",
        "document type": "D",
        "ATCUD": "H",
        "taxes": "N",
        "characters of the signature": "Q",
        "program's certificate": "R",
    }
    return tuple(
        EvidenceFact(name, fields[field][:_MAX_SHOWN]) for name, field in named.items() if field in fields
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
