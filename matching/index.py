"""The catalog made searchable: built once for a catalog version, then only read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.grams import COLUMNS, Floats, as_sparse, size_slots, word_groups
from matching.gtin import reserved_range
from matching.sizes import EMPTY_SIZE, Size, merge
from matching.text import NormalText, normalise, normalise_name
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Gtin, Sku
from receipts.money import Currency

if TYPE_CHECKING:
    from matching.grams import Sparse

# Raised whenever the same line and catalog could get another answer.
MATCHER_VERSION = 2
# Share of a row's own length in its norm: 1 favours short names too much, 0.5 cost 0.04 on short-name
# catalogs.
LENGTH_PIVOT = 0.25
# A size is one token against some thirty letter groups; three times its rarity lets siblings be told apart.
SIZE_WEIGHT = 3.0
# Rows of the search product held at once bound its memory: a row may touch every product.
_CELLS_AT_ONCE = 8_000_000

# One letter is no abbreviation of a brand.
FEWEST_INITIALS = 2
# Keeps an empty line's vector finite.
_SHORTEST_NORM = 1e-9

Int32s = npt.NDArray[np.int32]


def text_hash(text: str) -> int:
    """63 bits of the text's digest: the key of exact look-ups, without keeping the texts."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Lookup:
    """Rows by integer key, as two sorted arrays."""

    keys: npt.NDArray[np.int64]
    rows: Int32s

    @classmethod
    def build(cls, pairs: Iterable[tuple[int, int]]) -> Lookup:
        """From (key, row) pairs; a key may have several rows."""
        table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        return cls(keys=table[:, 0].copy(), rows=table[:, 1].astype(np.int32))

    def find(self, key: int) -> list[int]:
        """The key's rows."""
        first, last = np.searchsorted(self.keys, [key, key + 1])
        return [int(row) for row in self.rows[first:last]]


@dataclass(frozen=True, slots=True)
class Entries:
    """One entry for each product's name and for each of its aliases, as parallel arrays.

    Attributes:
        product: entry -> product.
        word_start: entry -> place of its first word in `word`; one more at the end.
        word: ids into `words`, brand words first.
        brand_words: how many of an entry's words are the brand's; 0 for aliases.
        is_alias: entry is an alias.
        size: ids into `sizes`.
        initials: ids in `initials_ids` (GV for Great Value); -1 for brands of one word.
    """

    product: Int32s
    word_start: Int32s
    word: Int32s
    brand_words: Int32s
    is_alias: npt.NDArray[np.bool_]
    size: Int32s
    initials: Int32s
    words: tuple[str, ...]
    sizes: tuple[Size, ...]
    initials_ids: Mapping[str, int]

    def joined(self, entry: int) -> str:
        """The entry's words without spaces."""
        ids = self.word[self.word_start[entry] : self.word_start[entry + 1]].tolist()
        return "".join([self.words[number] for number in ids])


@dataclass(frozen=True, slots=True)
class Candidates:
    """The nearest entries of one line, best first.

    Attributes:
        entry: entry ids.
        pivoted: search score, comparable between entries of one line only.
        cosine: the same vectors' cosine.
    """

    entry: Int32s
    pivoted: Floats
    cosine: Floats


class _EntryBuilder:
    """Collects entries while the catalog is walked once."""

    def __init__(self) -> None:
        self.products: list[int] = []
        self.starts: list[int] = [0]
        self.word_ids: list[int] = []
        self.brand_words: list[int] = []
        self.alias_flags: list[bool] = []
        self.size_ids: list[int] = []
        self.vocabulary: dict[str, int] = {}
        self.sizes: dict[Size, int] = {}
        self.initials: list[int] = []
        self.initials_ids: dict[str, int] = {}

    def add(self, words: Sequence[str], *, product: int, brand_words: int, size: Size, is_alias: bool) -> int:
        entry = len(self.products)
        self.products.append(product)
        self.word_ids.extend(self.vocabulary.setdefault(word, len(self.vocabulary)) for word in words)
        self.starts.append(len(self.word_ids))
        self.brand_words.append(brand_words)
        self.alias_flags.append(is_alias)
        self.size_ids.append(self.sizes.setdefault(size, len(self.sizes)))
        if brand_words >= FEWEST_INITIALS:
            initials = "".join(word[0] for word in words[:brand_words])
            self.initials.append(self.initials_ids.setdefault(initials, len(self.initials_ids)))
        else:
            self.initials.append(-1)
        return entry

    def build(self) -> Entries:
        return Entries(
            product=np.array(self.products, dtype=np.int32),
            word_start=np.array(self.starts, dtype=np.int32),
            word=np.array(self.word_ids, dtype=np.int32),
            brand_words=np.array(self.brand_words, dtype=np.int32),
            is_alias=np.array(self.alias_flags, dtype=np.bool_),
            size=np.array(self.size_ids, dtype=np.int32),
            initials=np.array(self.initials, dtype=np.int32),
            words=tuple(self.vocabulary),
            sizes=tuple(self.sizes),
            initials_ids=self.initials_ids,
        )


def exact_key(words: Sequence[str]) -> int:
    """Equal for texts whose words, repeats left out, are the same letters in the same order."""
    return text_hash("".join(dict.fromkeys(words)))


@dataclass(frozen=True, slots=True)
class CatalogIndex:
    """A catalog version made searchable. Holds only data; safe to share between threads.

    Attributes:
        version: the catalog's version and the matcher's: same version, same answers.
        family: product -> family; products of a family have the same words and differ in size alone.
        price_minor: product -> suggested price in minor units; NaN where unknown.
        word_rarity: word -> natural logarithm of entries over entries with it.
    """

    catalog: Catalog
    version: str
    entries: Entries
    family: Int32s
    price_minor: Floats
    word_rarity: Floats
    _group_rarity: Floats
    _matrix: Sparse
    _cosine_factor: Floats
    _by_sku: Lookup
    _by_gtin: Lookup
    _by_text: Lookup
    _by_family: Lookup

    @classmethod
    def build(cls, catalog: Catalog) -> CatalogIndex:
        """Walk the catalog once; about a second for 10,000 products."""
        builder = _EntryBuilder()
        texts: list[tuple[int, int]] = []
        families: dict[tuple[str, ...], int] = {}
        family = np.zeros(len(catalog.products), dtype=np.int32)
        for number, product in enumerate(catalog.products):
            words, brand_words, size = _main_entry(product)
            entry = builder.add(words, product=number, brand_words=brand_words, size=size, is_alias=False)
            texts.append((exact_key(words), entry))
            family[number] = families.setdefault(tuple(sorted(words)), len(families))
            for alias in product.aliases:
                normal = normalise_name(alias)
                alias_words = tuple(dict.fromkeys(normal.words))
                alias_size = size if normal.size.is_empty else normal.size
                entry = builder.add(
                    alias_words, product=number, brand_words=0, size=alias_size, is_alias=True
                )
                texts.append((exact_key(alias_words), entry))
        entries = builder.build()
        matrix, group_rarity, cosine_factor = _search_matrix(entries)
        return cls(
            catalog=catalog,
            version=f"{catalog.version}.m{MATCHER_VERSION}",
            entries=entries,
            family=family,
            price_minor=np.array(
                [np.nan if product.msrp is None else product.msrp.minor for product in catalog.products],
                dtype=np.float32,
            ),
            word_rarity=_word_rarity(entries),
            _group_rarity=group_rarity,
            _matrix=matrix,
            _cosine_factor=cosine_factor,
            _by_sku=Lookup.build(
                (text_hash(product.sku.upper()), number) for number, product in enumerate(catalog.products)
            ),
            _by_gtin=Lookup.build(
                (int(product.gtin), number)
                for number, product in enumerate(catalog.products)
                if product.gtin is not None and reserved_range(product.gtin) is None
            ),
            _by_text=Lookup.build(texts),
            _by_family=Lookup.build((int(number), product) for product, number in enumerate(family)),
        )

    def product(self, sku: Sku) -> CatalogProduct | None:
        """The product of that number, as the catalog writes it."""
        found = (self.catalog.products[number] for number in self._by_sku.find(text_hash(sku.upper())))
        return next((product for product in found if product.sku == sku), None)

    def products_of_code(self, code: str) -> list[int]:
        """Products whose SKU is printed, whatever its case."""
        wanted = code.strip().upper()
        numbers = self._by_sku.find(text_hash(wanted))
        return [number for number in numbers if self.catalog.products[number].sku.upper() == wanted]

    def products_of_gtin(self, gtin: Gtin) -> list[int]:
        """Products with that number; several if the catalog gives it twice."""
        return self._by_gtin.find(int(gtin))

    @property
    def currency(self) -> Currency | None:
        """Of the suggested prices; None when no product has one."""
        priced = (product.msrp for product in self.catalog.products if product.msrp is not None)
        return next((price.currency for price in priced), None)

    def family_members(self, family: int) -> list[int]:
        """Products that differ in size alone."""
        return self._by_family.find(family)

    def size_of(self, product: int) -> Size:
        """The product's size, from its size or its name."""
        return self.entries.sizes[int(self.entries.size[self.main_entries([product])[0]])]

    def entries_of_text(self, words: Sequence[str]) -> list[int]:
        """Entries whose words are these, but for spacing and repeats."""
        return self._by_text.find(exact_key(words)) if words else []

    def main_entries(self, products: Sequence[int]) -> list[int]:
        """The name entries of products; entries lie in the order of products."""
        return [int(np.searchsorted(self.entries.product, product)) for product in products]

    def search(self, lines: Sequence[NormalText], *, nearest: int) -> list[Candidates]:
        """The nearest entries of each line; all lines of a receipt in one call are several times faster."""
        if not lines:
            return []
        queries = self._query_matrix(lines)
        at_once = max(1, _CELLS_AT_ONCE // max(1, self._matrix.shape[1]))
        found: list[Candidates] = []
        for start in range(0, len(lines), at_once):
            scores = (queries[start : start + at_once] @ self._matrix).tocsr()
            for row in range(scores.shape[0]):
                first, last = scores.indptr[row], scores.indptr[row + 1]
                found.append(self._nearest(scores.indices[first:last], scores.data[first:last], nearest))
        return found

    def _nearest(self, entry: Int32s, score: Floats, nearest: int) -> Candidates:
        if entry.size > nearest:
            kept = np.argpartition(score, entry.size - nearest)[-nearest:]
            entry, score = entry[kept], score[kept]
        # Ties in the order of the catalog, so that answers do not depend on the library's sort.
        order = np.lexsort((entry, -score))
        entry, score = entry[order].astype(np.int32), score[order].astype(np.float32)
        return Candidates(entry=entry, pivoted=score, cosine=score * self._cosine_factor[entry])

    def _query_matrix(self, lines: Sequence[NormalText]) -> Sparse:
        vocabulary: dict[str, int] = {}
        word: list[int] = []
        start = [0]
        for line in lines:
            word.extend(vocabulary.setdefault(text, len(vocabulary)) for text in dict.fromkeys(line.words))
            start.append(len(word))
        counts = _groups_of(
            np.array(word, dtype=np.int32), np.array(start, dtype=np.int32), tuple(vocabulary)
        )
        weighted = _weighted(counts, [line.size for line in lines], self._group_rarity)
        return _scaled_rows(weighted, 1.0 / np.maximum(_norms(weighted), _SHORTEST_NORM))


def _main_entry(product: CatalogProduct) -> tuple[tuple[str, ...], int, Size]:
    name = normalise_name(product.name)
    brand = tuple(dict.fromkeys(normalise(product.brand).words))
    words = tuple(dict.fromkeys((*brand, *name.words)))
    printed = normalise(product.size).size if product.size else EMPTY_SIZE
    return words, len(brand), merge(printed, name.size)


def _groups_of(word: Int32s, start: Int32s, words: tuple[str, ...]) -> Sparse:
    ones = np.ones(word.size, dtype=np.float32)
    by_word = sparse.csr_array((ones, word, start), shape=(start.size - 1, len(words)))
    return as_sparse(by_word @ word_groups(words))


def _weighted(counts: Sparse, sizes: Sequence[Size], rarity: Floats) -> Sparse:
    """Damped counts times rarity, with the size's columns filled in."""
    counts.data = (1.0 + np.log(counts.data)).astype(np.float32)
    row, column = [], []
    for number, size in enumerate(sizes):
        slots = size_slots(size)
        row.extend([number] * len(slots))
        column.extend(slots)
    weights = np.full(len(row), SIZE_WEIGHT, dtype=np.float32)
    whole = as_sparse(counts + sparse.coo_array((weights, (row, column)), shape=counts.shape))
    whole.data = (whole.data * rarity[whole.indices]).astype(np.float32)
    return whole


def _norms(matrix: Sparse) -> Floats:
    squares = np.add.reduceat(
        np.append(matrix.data.astype(np.float64) ** 2, 0.0), np.minimum(matrix.indptr[:-1], matrix.data.size)
    )
    squares[np.diff(matrix.indptr) == 0] = 0.0
    return np.sqrt(squares).astype(np.float32)


def _scaled_rows(matrix: Sparse, factor: npt.NDArray[np.floating]) -> Sparse:
    matrix.data *= np.repeat(factor, np.diff(matrix.indptr)).astype(np.float32)
    return matrix


def _search_matrix(entries: Entries) -> tuple[Sparse, Floats, Floats]:
    """Groups x entries, each entry scaled by its pivoted length; rarity of groups; factor to the cosine."""
    counts = _groups_of(entries.word, entries.word_start, entries.words)
    sizes = [entries.sizes[size] for size in entries.size]
    spread = np.bincount(counts.indices, minlength=COLUMNS)
    slots = [slot for size in sizes for slot in size_slots(size)]
    spread += np.bincount(np.array(slots, dtype=np.int64), minlength=COLUMNS)
    total = max(1, len(sizes))
    rarity = np.log1p(total / np.maximum(spread, 1)).astype(np.float32)
    weighted = _weighted(counts, sizes, rarity)
    norms = np.maximum(_norms(weighted), _SHORTEST_NORM)
    mean = norms.mean() if norms.size else 1.0
    pivoted = ((1.0 - LENGTH_PIVOT) * mean + LENGTH_PIVOT * norms).astype(np.float32)
    matrix = as_sparse(_scaled_rows(weighted, 1.0 / pivoted).T.tocsr())
    return matrix, rarity, (pivoted / norms).astype(np.float32)


def _word_rarity(entries: Entries) -> Floats:
    spread = np.bincount(entries.word, minlength=len(entries.words))
    total = max(1, entries.product.size)
    return np.log1p(total / np.maximum(spread, 1)).astype(np.float32)
