"""What is known of the shop, its receipts and the products' prices, for the checks to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from receipts.identity import Sku
from receipts.money import Money


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A catalog product's suggested price for one piece."""

    sku: Sku
    price: Money


@dataclass(frozen=True, slots=True)
class ListedStore:
    """A store as the program lists it; empty text where the list does not say."""

    retailer: str
    store_number: str = ""
    postcode: str = ""
    phone: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the program's list of stores says to a receipt.

    Attributes:
        retailer_listed: the printed retailer is on the list.
        agrees: identifiers of a listed store that the receipt prints, such as ``store number 12``.
        disagrees: identifiers that no listed store of the retailer has, although the list gives such ones.
        apart: identifiers that are of two different listed stores.
        time_zone: IANA name of the store, where the list tells it.
    """

    retailer_listed: bool
    agrees: tuple[str, ...] = ()
    disagrees: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class TraitCount:
    """In how many of a retailer's paid receipts a trait was seen."""

    trait: str
    receipts: int


@dataclass(frozen=True, slots=True)
class RetailerProfile:
    """How a retailer's paid receipts look.

    Attributes:
        receipts: how many it is made of.
        members: how many different members sent those.
    """

    receipts: int
    members: int
    traits: tuple[TraitCount, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldFacts:
    """What is known around one receipt.

    Attributes:
        store_zone: IANA time zone of the store; empty where nothing tells it: the program's stands for it.
        began_on: first day of the program's earliest campaign; None where it has none.
        listing: None where the program lists no stores.
        prices: suggested prices of the products found, where the catalog has any.
        traits: how this receipt looks (`awarding.fraud.traits`).
        profile: None where no receipt of the retailer was paid yet, or its name was not read.
    """

    store_zone: str = ""
    began_on: date | None = None
    listing: Listing | None = None
    prices: tuple[ListPrice, ...] = ()
    traits: tuple[str, ...] = ()
    profile: RetailerProfile | None = None
