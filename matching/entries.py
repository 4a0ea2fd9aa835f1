"""The catalog's products as arrays: what costs time a product, kept from version to version.

A product that did not change keeps what was read from it; only changed ones are normalised again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matching.arrays import Int32s, Int64s, Lookup, Rows, Texts, joined_starts, spread, text_hash
from matching.sizes import EMPTY_SIZE, Kind, Measure, Size, merge
from matching.text import NORMALISER_VERSION, normalise, normalise_name
from receipts.catalog import CatalogProduct
from receipts.identity import Gtin, Sku
from receipts.money import Money, currency

# One letter is no abbreviation of a brand.
FEWEST_INITIALS = 2
NO_GTIN = -1
NO_WORD = -1
_CACHED_BRANDS = 20_000


def exact_key(words: Sequence[str]) -> int:
    """Equal for texts whose words, repeats left out, are the same letters in the same order."""
    return text_hash("".join(dict.fromkeys(words)))


@dataclass(frozen=True, slots=True)
class Products:
    """One row a product, in the catalog's order.

    Attributes:
        record: the whole product as JSON.
        gtin: the number; `NO_GTIN` where there is none.
        price_minor: suggested price in minor units; NaN where unknown.
        digest: of the record and the normaliser: same digest, same entries.
        family_key: of its words; products of a family have the same words and differ in size alone.
        entry_start: product -> its first entry, the name; its aliases follow. One more at the end.
    """

    record: Texts
    sku: Texts
    gtin: Int64s
    price_minor: npt.NDArray[np.float32]
    digest: Int64s
    family_key: Int64s
    entry_start: Int64s


@dataclass(frozen=True, slots=True)
class Entries:
    """One row for each product's name and for each of its aliases.

    Attributes:
        word_start: entry -> place of its first word in `word`; one more at the end.
        word: ids into `words`, brand words first.
        brand_words: how many of an entry's words are the brand's; 0 for aliases.
        is_alias: entry is an alias.
        size: ids into `sizes`.
        initials: id of the brand's initials (GV for Great Value) in `words`; `NO_WORD` for one-word brands.
        text_key: `exact_key` of its words.
        joined: the words without spaces.
        words: sorted.
    """

    word_start: Int64s
    word: Int32s
    brand_words: npt.NDArray[np.uint8]
    is_alias: npt.NDArray[np.bool_]
    size: Int32s
    initials: Int32s
    text_key: Int64s
    joined: Texts
    words: Texts
    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class ReadCatalog:
    """Products and their entries."""

    products: Products
    entries: Entries


def record_of(product: CatalogProduct) -> str:
    """The product as one line of JSON."""
    price = None if product.msrp is None else [product.msrp.minor, product.msrp.currency]
    listed = [product.sku, product.name, product.gtin, product.brand, product.size, product.category, price]
    return json.dumps([*listed, product.aliases], ensure_ascii=False, separators=(",", ":"))


def product_of(record: str) -> CatalogProduct:
    """The product that `record_of` wrote."""
    sku, name, gtin, brand, size, category, price, aliases = json.loads(record)
    return CatalogProduct(
        sku=Sku(sku),
        name=name,
        gtin=None if gtin is None else Gtin(gtin),
        brand=brand,
        size=size,
        category=category,
        msrp=None if price is None else Money(price[0], currency(price[1])),
        aliases=tuple(aliases),
    )


@lru_cache(maxsize=_CACHED_BRANDS)
def _brand_words(brand: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalise(brand).words))


@lru_cache(maxsize=_CACHED_BRANDS)
def _stated_size(size: str) -> Size:
    return normalise(size).size if size else EMPTY_SIZE


@dataclass(slots=True)
class _Reader:
    """Collects entries while products are walked once."""

    vocabulary: dict[str, int] = field(default_factory=dict)
    sizes: dict[Size, int] = field(default_factory=dict)
    word_start: list[int] = field(default_factory=lambda: [0])
    word: list[int] = field(default_factory=list)
    brand_words: list[int] = field(default_factory=list)
    is_alias: list[bool] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    initials: list[int] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    entry_start: list[int] = field(default_factory=lambda: [0])
    family_key: list[int] = field(default_factory=list)

    def take(self, product: CatalogProduct) -> None:
        name = normalise_name(product.name)
        brand = _brand_words(product.brand)
        words = tuple(dict.fromkeys((*brand, *name.words)))
        size = merge(_stated_size(product.size), name.size)
        self._add(words, brand=len(brand), size=size, is_alias=False)
        self.family_key.append(text_hash(" ".join(sorted(words))))
        for alias in product.aliases:
            normal = normalise_name(alias)
            alias_size = size if normal.size.is_empty else normal.size
            self._add(tuple(dict.fromkeys(normal.words)), brand=0, size=alias_size, is_alias=True)
        self.entry_start.append(len(self.size))

    def _add(self, words: Sequence[str], *, brand: int, size: Size, is_alias: bool) -> None:
        self.word.extend(self._id(word) for word in words)
        self.word_start.append(len(self.word))
        self.brand_words.append(min(brand, np.iinfo(np.uint8).max))
        self.is_alias.append(is_alias)
        self.size.append(self.sizes.setdefault(size, len(self.sizes)))
        initials = "".join(word[0] for word in words[:brand])
        self.initials.append(self._id(initials) if brand >= FEWEST_INITIALS else NO_WORD)
        self.joined.append("".join(words))

    def _id(self, word: str) -> int:
        return self.vocabulary.setdefault(word, len(self.vocabulary))

    def entries(self) -> Entries:
        keys = (text_hash(text) for text in self.joined)
        return Entries(
            word_start=np.array(self.word_start, dtype=np.int64),
            word=np.array(self.word, dtype=np.int32),
            brand_words=np.array(self.brand_words, dtype=np.uint8),
            is_alias=np.array(self.is_alias, dtype=np.bool_),
            size=np.array(self.size, dtype=np.int32),
            initials=np.array(self.initials, dtype=np.int32),
            text_key=np.fromiter(keys, dtype=np.int64, count=len(self.joined)),
            joined=Texts.of(self.joined),
            words=Texts.of(self.vocabulary),
            sizes=tuple(self.sizes),
        )


def digest_of(record: str) -> int:
    """Equal for products that are read alike."""
    return text_hash(f"{NORMALISER_VERSION}{record}")


def _read(products: Sequence[CatalogProduct], records: Sequence[str], digests: Int64s) -> ReadCatalog:
    reader = _Reader()
    for product in products:
        reader.take(product)
    gtins = (NO_GTIN if product.gtin is None else int(product.gtin) for product in products)
    prices = [np.nan if product.msrp is None else product.msrp.minor for product in products]
    table = Products(
        record=Texts.of(records),
        sku=Texts.of(product.sku for product in products),
        gtin=np.fromiter(gtins, dtype=np.int64, count=len(products)),
        price_minor=np.array(prices, dtype=np.float32),
        digest=digests,
        family_key=np.array(reader.family_key, dtype=np.int64),
        entry_start=np.array(reader.entry_start, dtype=np.int64),
    )
    return ReadCatalog(products=table, entries=reader.entries())


def read_products(products: Sequence[CatalogProduct], earlier: ReadCatalog | None = None) -> ReadCatalog:
    """The catalog as arrays; with an earlier catalog's, only products that it does not hold are read.

    The answer is the same with and without the earlier one.
    """
    records = [record_of(product) for product in products]
    digests = np.fromiter((digest_of(record) for record in records), dtype=np.int64, count=len(records))
    if earlier is None:
        return _in_order(_read(products, records, digests))
    known = Lookup.of(earlier.products.digest).find_all(digests)
    fresh = np.flatnonzero(known < 0)
    unread = fresh.tolist()
    read = _read([products[row] for row in unread], [records[row] for row in unread], digests[fresh])
    kept = np.flatnonzero(known >= 0)
    both = _and_then(_taken(earlier, known[kept]), read)
    order = np.empty(len(products), dtype=np.intp)
    order[kept] = np.arange(kept.size)
    order[fresh] = kept.size + np.arange(fresh.size)
    return _in_order(_taken(both, order))


def _taken(read: ReadCatalog, rows: Rows) -> ReadCatalog:
    products, entries = read.products, read.entries
    entry, entry_start = spread(products.entry_start, rows)
    word, word_start = spread(entries.word_start, entry)
    return ReadCatalog(
        products=Products(
            record=products.record.take(rows),
            sku=products.sku.take(rows),
            gtin=products.gtin[rows],
            price_minor=products.price_minor[rows],
            digest=products.digest[rows],
            family_key=products.family_key[rows],
            entry_start=entry_start,
        ),
        entries=Entries(
            word_start=word_start,
            word=entries.word[word],
            brand_words=entries.brand_words[entry],
            is_alias=entries.is_alias[entry],
            size=entries.size[entry],
            initials=entries.initials[entry],
            text_key=entries.text_key[entry],
            joined=entries.joined.take(entry),
            words=entries.words,
            sizes=entries.sizes,
        ),
    )


def _and_then(one: ReadCatalog, other: ReadCatalog) -> ReadCatalog:
    mine, its, left, right = one.products, other.products, one.entries, other.entries
    words, sizes = len(left.words), len(left.sizes)
    initials = np.where(right.initials == NO_WORD, NO_WORD, right.initials + words).astype(np.int32)
    return ReadCatalog(
        products=Products(
            record=mine.record.and_then(its.record),
            sku=mine.sku.and_then(its.sku),
            gtin=np.concatenate([mine.gtin, its.gtin]),
            price_minor=np.concatenate([mine.price_minor, its.price_minor]),
            digest=np.concatenate([mine.digest, its.digest]),
            family_key=np.concatenate([mine.family_key, its.family_key]),
            entry_start=joined_starts(mine.entry_start, its.entry_start),
        ),
        entries=Entries(
            word_start=joined_starts(left.word_start, right.word_start),
            word=np.concatenate([left.word, right.word + np.int32(words)]),
            brand_words=np.concatenate([left.brand_words, right.brand_words]),
            is_alias=np.concatenate([left.is_alias, right.is_alias]),
            size=np.concatenate([left.size, right.size + np.int32(sizes)]),
            initials=np.concatenate([left.initials, initials]),
            text_key=np.concatenate([left.text_key, right.text_key]),
            joined=left.joined.and_then(right.joined),
            words=left.words.and_then(right.words),
            sizes=left.sizes + right.sizes,
        ),
    )


def _in_order(read: ReadCatalog) -> ReadCatalog:
    """Words and sizes that are used, once each and sorted: the same catalog has the same arrays."""
    entries = read.entries
    texts = entries.words.all()
    used = np.zeros(len(texts) + 1, dtype=np.bool_)
    used[entries.word] = True
    used[entries.initials] = True  # -1 marks the spare place at the end
    words = sorted({texts[row] for row in np.flatnonzero(used[:-1]).tolist()})
    place = {word: number for number, word in enumerate(words)}
    moved = np.array([*(place.get(text, NO_WORD) for text in texts), NO_WORD], dtype=np.int32)
    named = np.zeros(len(entries.sizes), dtype=np.bool_)
    named[entries.size] = True
    sizes = sorted({entries.sizes[row] for row in np.flatnonzero(named).tolist()}, key=repr)
    size_place = {size: number for number, size in enumerate(sizes)}
    size_moved = np.array([size_place.get(size, 0) for size in entries.sizes], dtype=np.int32)
    return ReadCatalog(
        products=read.products,
        entries=Entries(
            word_start=entries.word_start,
            word=moved[entries.word],
            brand_words=entries.brand_words,
            is_alias=entries.is_alias,
            size=size_moved[entries.size],
            initials=moved[entries.initials],
            text_key=entries.text_key,
            joined=entries.joined,
            words=Texts.of(words),
            sizes=tuple(sizes),
        ),
    )


def size_document(size: Size) -> list[object]:
    """The size as JSON holds it."""
    return [[[measure.value, measure.kind.value] for measure in size.measures], size.packs, size.pieces]


def size_from(document: Sequence[object]) -> Size:
    """The size that `size_document` wrote."""
    measures, packs, pieces = document
    assert isinstance(measures, list)  # noqa: S101 - our own file
    return Size(
        measures=tuple(Measure(float(value), Kind(kind)) for value, kind in measures),
        packs=None if packs is None else int(str(packs)),
        pieces=None if pieces is None else int(str(pieces)),
    )
