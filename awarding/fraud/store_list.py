"""A program's own list of retailers and stores, and what it says to a receipt.

A CSV file with a heading: ``program, retailer, store_number, postcode, phone, time_zone``; all but the first
two may be empty. A program that the file does not name lists nothing, and its receipts are not compared.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from awarding.fraud.world_facts import ListedStore, Listing
from awarding.retailer import NAME_SAME_MIN, fold_retailer, name_likeness
from receipts.identity import ProgramId
from receipts.receipt import Retailer

COLUMNS = ("program", "retailer", "store_number", "postcode", "phone", "time_zone")
_PHONE_DIGITS = 7
"""The last digits of a telephone number: before them stand trunk and country codes, written or not."""
_NUMBER = re.compile(r"\d+")


class StoreListError(ValueError):
    """The list is wrong; the message names the line and says what to write."""


@dataclass(frozen=True, slots=True)
class StoreList:
    """One program's stores, by the retailer's folded name."""

    stores: Mapping[str, tuple[ListedStore, ...]]

    def look_up(self, shop: Retailer) -> Listing:
        """What the list says to the printed retailer and its store."""
        key = self._key(fold_retailer(shop.name))
        if not key:
            return Listing(retailer_listed=False)
        stores = self.stores[key]
        agreeing: dict[str, tuple[ListedStore, ...]] = {}
        disagrees: list[str] = []
        for name, printed, known in (
            ("store number", _numbers(shop.store), {_number(store.store_number) for store in stores}),
            ("telephone", _phone(shop.phone), {_phone_key(store.phone) for store in stores}),
            ("postcode", _postcodes(shop.address), {_postcode(store.postcode) for store in stores}),
        ):
            known.discard("")
            if not known or not printed:
                continue
            met = sorted(printed & known)
            if met:
                agreeing[f"{name} {met[0]}"] = tuple(
                    each for each in stores if met[0] in _identifiers(each, name)
                )
            elif name != "postcode":
                # An address holds other numbers that look like a postcode; its absence says too little alone.
                disagrees.append(f"{name} {min(printed)}")
        return _listing(agreeing, tuple(disagrees))

    def _key(self, name: str) -> str:
        if name in self.stores:
            return name
        likely = max(((name_likeness(name, known), known) for known in self.stores), default=(0.0, ""))
        return likely[1] if likely[0] >= NAME_SAME_MIN else ""


def _listing(agreeing: Mapping[str, tuple[ListedStore, ...]], disagrees: tuple[str, ...]) -> Listing:
    names = tuple(agreeing)
    if not names:
        return Listing(retailer_listed=True, disagrees=disagrees)
    together = set(agreeing[names[0]])
    apart: list[str] = []
    for name in names[1:]:
        if together & set(agreeing[name]):
            together &= set(agreeing[name])
        else:
            apart.append(name)
    zones = {store.time_zone for store in together} - {""}
    return Listing(
        retailer_listed=True,
        agrees=tuple(name for name in names if name not in apart),
        disagrees=disagrees,
        apart=tuple(apart),
        time_zone=zones.pop() if len(zones) == 1 and not apart else "",
    )


def load_stores(path: Path) -> dict[ProgramId, StoreList]:
    """Every program's list.

    Raises:
        StoreListError: naming the line and what to write.
        OSError: the file cannot be read.
    """
    found: defaultdict[str, defaultdict[str, list[ListedStore]]] = defaultdict(lambda: defaultdict(list))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        missing = [name for name in COLUMNS[:2] if name not in (rows.fieldnames or ())]
        unknown = [name for name in rows.fieldnames or () if name not in COLUMNS]
        if missing or unknown:
            wrong = f"has no column {missing[0]}" if missing else f"has a column {unknown[0]!r}"
            raise StoreListError(f"the heading {wrong}; write {', '.join(COLUMNS)}")
        try:
            for row in rows:
                store = _store(row, rows.line_num)
                found[row["program"].strip()][fold_retailer(store.retailer)].append(store)
        except csv.Error as error:
            raise StoreListError(f"line {rows.line_num}: {error}") from error
    return {
        ProgramId(program): StoreList({name: tuple(stores) for name, stores in retailers.items()})
        for program, retailers in found.items()
    }


def _store(row: Mapping[str, str | None], line: int) -> ListedStore:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if None in row or not values["program"] or not fold_retailer(values["retailer"]):
        raise StoreListError(f"line {line}: needs a program, a retailer, and no more fields than the heading")
    if zone := values["time_zone"]:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise StoreListError(
                f"line {line}: there is no time zone {zone!r}; write one as Europe/Vienna"
            ) from error
    return ListedStore(
        retailer=values["retailer"],
        store_number=values["store_number"],
        postcode=values["postcode"],
        phone=values["phone"],
        time_zone=zone,
    )


def _identifiers(store: ListedStore, name: str) -> set[str]:
    return {
        "store number": {_number(store.store_number)},
        "telephone": {_phone_key(store.phone)},
        "postcode": {_postcode(store.postcode)},
    }[name]


def _number(text: str) -> str:
    return "".join(_NUMBER.findall(text)).lstrip("0")


def _numbers(text: str) -> set[str]:
    return {found.lstrip("0") for found in _NUMBER.findall(text)} - {""}


def _phone_key(text: str) -> str:
    digits = "".join(_NUMBER.findall(text))
    return digits[-_PHONE_DIGITS:] if len(digits) >= _PHONE_DIGITS else ""


def _phone(text: str) -> set[str]:
    return {_phone_key(text)} - {""}


def _postcode(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _postcodes(text: str) -> set[str]:
    """Everything in an address that could be a postcode: whole words, and pairs of them."""
    words = [_postcode(word) for word in text.split()]
    pairs = {first + second for first, second in pairwise(words)}
    return {word for word in {*words, *pairs} if any(char.isdigit() for char in word)}
