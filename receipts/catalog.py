"""What the manufacturer makes."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.identity import Gtin, Sku
from receipts.money import Money


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """One product of the manufacturer's catalog; only `sku` and `name` are always there.

    Attributes:
        aliases: other names it is printed under, such as till abbreviations.
        msrp: the suggested retail price.
    """

    sku: Sku
    name: str
    gtin: Gtin | None = None
    brand: str = ""
    size: str = ""
    category: str = ""
    msrp: Money | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """A version of a program's catalog.

    Attributes:
        version: names the content: the same products in the same order have the same version.
    """

    version: str
    products: tuple[CatalogProduct, ...]
