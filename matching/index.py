"""The catalog made searchable: built once for a catalog version, then only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.arrays import Int32s, Int64s, Lookup, spread, text_hash
from matching.entries import (
    NO_GTIN,
    NO_WORD,
    Entries,
    Products,
    ReadCatalog,
    exact_key,
    product_of,
    read_products,
)
from matching.grams import SIZE_SLOTS, Floats, as_sparse, most_alike, size_slots
from matching.gtin import reserved_range
from matching.sizes import Size, SizeFit, compare
from matching.text import NormalText
from matching.vocabulary import SCORE_STEPS, Reading, Vocabulary
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Gtin, Sku
from receipts.money import Currency

if TYPE_CHECKING:
    from matching.grams import Sparse

# Raised whenever the same line and catalog could get another answer.
MATCHER_VERSION = 6
# Share of an entry's own length in its norm: 1 favours short names too much, 0.5 cost 0.04 on short-name
# catalogs.
LENGTH_PIVOT = 0.25
# How fast the search trusts a less certain reading of a word less.
_NEARNESS_POWER = 2.0
# By steps of nearness.
_NEARNESS = (np.arange(SCORE_STEPS + 1) / SCORE_STEPS) ** _NEARNESS_POWER
# Entries with less than this of the nearest's score are no candidates: top-1 and recall at 99 % stay as they
# are at 10,000 and 50,000 products; with a limit of half its score, recall falls by 0.005.
_FARTHEST_SHARE = 0.4
# Printed words beyond these are not searched for: no till prints so many.
MOST_WORDS = 12
# Readings kept between calls: tills print the same words again and again. About a kilobyte each.
_READINGS_KEPT = 8000
_SIZE_FITS_KEPT = 500
_NOT_COMPARED = -1
SIZE_FITS = tuple(SizeFit)
# What a word may stand for, its rarity, and its parts where it is several words printed as one.
Read = tuple[Reading, float, tuple[str, ...]]
_FIT_NUMBER = {fit: number for number, fit in enumerate(SIZE_FITS)}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The nearest entries of some lines, best first, a row a line.

    Attributes:
        entry: entry ids; -1 past the last.
        score: search score, comparable within a line only; 0 past the last.
    """

    entry: Int32s
    score: Floats


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """The words of some lines.

    Attributes:
        words: each once.
        readings: of each.
        of_line: line -> its words, in order, as places in `words`.
        rarity: word -> logarithm of one more than entries over entries that it may stand for.
    """

    words: tuple[str, ...]
    readings: tuple[Reading, ...]
    of_line: tuple[tuple[int, ...], ...]
    rarity: Floats


@dataclass(frozen=True, slots=True)
class CatalogIndex:
    """A catalog version made searchable. Its arrays never change; safe to share between threads.

    Attributes:
        version: the catalog's version and the matcher's: same version, same answers.
        catalog_version: the catalog's alone.
        currency: of the suggested prices; None when no product has one.
        family: product -> family; products of a family have the same words and differ in size alone.
        product_of_entry: entry -> product.
        word_rarity: word -> logarithm of one more than entries over entries with it.
        slot_rarity: size slot -> logarithm of one more than entries over entries of that size.
        posts: words, then size slots, x entries: each entry's scale.
    """

    version: str
    catalog_version: str
    currency: Currency | None
    products: Products
    entries: Entries
    vocabulary: Vocabulary
    family: Int32s
    product_of_entry: Int32s
    word_rarity: Floats
    slot_rarity: Floats
    posts: Sparse
    by_sku: Lookup
    by_gtin: Lookup
    by_text: Lookup
    by_family: Lookup
    _readings: dict[str, Read] = field(default_factory=dict, compare=False)
    _fits: dict[Size, npt.NDArray[np.int8]] = field(default_factory=dict, compare=False)

    @classmethod
    def build(cls, catalog: Catalog, *, earlier: CatalogIndex | None = None) -> CatalogIndex:
        """Walk the catalog once; about a second for 10,000 products.

        Args:
            catalog: what to index.
            earlier: an index of another version of it: products that it holds unchanged are not read again.
                The answer is the same without.
        """
        known = None if earlier is None else ReadCatalog(earlier.products, earlier.entries)
        read = read_products(catalog.products, known)
        priced = (product.msrp for product in catalog.products if product.msrp is not None)
        return cls.of(read, catalog.version, next((price.currency for price in priced), None))

    @classmethod
    def of(cls, read: ReadCatalog, catalog_version: str, currency: Currency | None) -> CatalogIndex:
        """Everything that follows from products and entries."""
        products, entries = read.products, read.entries
        entry_count = entries.size.size
        words = entries.words.all()
        spread = np.bincount(entries.word, minlength=len(words))
        spread += np.bincount(entries.initials[entries.initials != NO_WORD], minlength=len(words))
        word_rarity = np.log1p(max(1, entry_count) / np.maximum(spread, 1)).astype(np.float32)
        lengths = np.diff(products.entry_start)
        known = np.flatnonzero(products.gtin != NO_GTIN)
        known = known[_is_makers(products.gtin[known])]
        family = np.unique(products.family_key, return_inverse=True)[1].astype(np.int32)
        posts = _posts(entries, word_rarity)
        sized = np.diff(posts.indptr[len(words) :])
        skus = (text_hash(sku.upper()) for sku in products.sku.all())
        return cls(
            version=f"{catalog_version}.m{MATCHER_VERSION}",
            catalog_version=catalog_version,
            currency=currency,
            products=products,
            entries=entries,
            vocabulary=Vocabulary.of(words, spread.astype(np.int64)),
            family=family,
            product_of_entry=np.repeat(np.arange(lengths.size), lengths).astype(np.int32),
            word_rarity=word_rarity,
            slot_rarity=np.log1p(max(1, entry_count) / np.maximum(sized, 1)).astype(np.float32),
            posts=posts,
            by_sku=Lookup.of(np.fromiter(skus, dtype=np.int64, count=lengths.size)),
            by_gtin=Lookup.of(products.gtin[known], known),
            by_text=Lookup.of(entries.text_key),
            by_family=Lookup.of(family.astype(np.int64)),
        )

    def __len__(self) -> int:
        return self.products.gtin.size

    def product(self, sku: Sku) -> CatalogProduct | None:
        """The product of that number, as the catalog writes it."""
        found = self.by_sku.find(text_hash(sku.upper()))
        return next((self.product_at(row) for row in found if self.products.sku.text(row) == sku), None)

    def product_at(self, number: int) -> CatalogProduct:
        """The product at that place of the catalog."""
        return product_of(self.products.record.text(number))

    def sku_at(self, number: int) -> Sku:
        """The product's own number."""
        return Sku(self.products.sku.text(number))

    def gtin_at(self, number: int) -> Gtin | None:
        """The product's barcode number."""
        gtin = int(self.products.gtin[number])
        return None if gtin == NO_GTIN else Gtin(f"{gtin:014d}")

    def products_of_code(self, code: str) -> list[int]:
        """Products whose SKU is printed, whatever its case."""
        wanted = code.strip().upper()
        numbers = self.by_sku.find(text_hash(wanted))
        return [number for number in numbers if self.products.sku.text(number).upper() == wanted]

    def row_of(self, sku: Sku) -> int | None:
        """The place of the product of that number, as the catalog writes it."""
        return next((row for row in self.products_of_code(sku) if self.sku_at(row) == sku), None)

    def products_of_gtin(self, gtin: Gtin) -> list[int]:
        """Products with that number; several if the catalog gives it twice."""
        return self.by_gtin.find(int(gtin))

    def family_members(self, family: int) -> list[int]:
        """Products that differ in size alone."""
        return self.by_family.find(family)

    def size_of(self, product: int) -> Size:
        """The product's size, from its size or its name."""
        return self.entries.sizes[int(self.entries.size[self.products.entry_start[product]])]

    def entries_of_text(self, words: Sequence[str]) -> list[int]:
        """Entries whose words are these, but for spacing and repeats."""
        return self.by_text.find(exact_key(words)) if words else []

    def main_entries(self, products: Sequence[int]) -> list[int]:
        """The name entries of products."""
        return [int(self.products.entry_start[product]) for product in products]

    def size_fits(self, sizes: Sequence[Size], entries: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
        """How each size stands to the entries of its row, as places in `SIZE_FITS`."""
        place = {size: row for row, size in enumerate(dict.fromkeys(sizes))}
        known = [self._fits_of(size) for size in place]
        rows = np.array([place[size] for size in sizes], dtype=np.intp)
        numbers = self.entries.size[entries]
        table = np.concatenate(known) if len(known) > 1 else known[0]
        places = numbers + (rows * len(self.entries.sizes))[:, None]
        fits: npt.NDArray[np.int8] = table.take(places)
        fresh = np.unique(places[fits == _NOT_COMPARED])
        listed = list(place)
        for at in fresh.tolist():
            row, number = divmod(at, len(self.entries.sizes))
            known[row][number] = table[at] = _FIT_NUMBER[compare(listed[row], self.entries.sizes[number])]
        if fresh.size:
            fits = table.take(places)
        return fits

    def _fits_of(self, size: Size) -> npt.NDArray[np.int8]:
        """What is known so far of this size and each of the catalog's."""
        known = self._fits.get(size)
        if known is None:
            known = np.full(len(self.entries.sizes), _NOT_COMPARED, dtype=np.int8)
            _make_room(self._fits, _SIZE_FITS_KEPT)
            self._fits[size] = known
        return known

    def read(self, lines: Sequence[NormalText]) -> PrintedWords:
        """What the lines' words may stand for."""
        rows = [list(dict.fromkeys(line.words))[:MOST_WORDS] for line in lines]
        known = self._read_words(list(dict.fromkeys(chain.from_iterable(rows))))
        apart = {word: parts for word, (_, _, parts) in known.items() if parts}
        if apart:
            rows = [
                list(dict.fromkeys(chain.from_iterable(apart.get(word, (word,)) for word in row)))[
                    :MOST_WORDS
                ]
                for row in rows
            ]
            known |= self._read_words(list(dict.fromkeys(chain.from_iterable(apart.values()))))
        place: dict[str, int] = {}
        of_line = tuple(tuple(place.setdefault(word, len(place)) for word in row) for row in rows)
        found = [known[word] for word in place]
        return PrintedWords(
            words=tuple(place),
            readings=tuple(reading for reading, _, _ in found),
            of_line=of_line,
            rarity=np.array([rarity for _, rarity, _ in found], dtype=np.float32),
        )

    def _read_words(self, words: Sequence[str]) -> dict[str, Read]:
        """Each word's reading, kept for the next call."""
        # By `get` alone: another thread may make room at any moment.
        kept = {word: self._readings.get(word) for word in words}
        known = {word: reading for word, reading in kept.items() if reading is not None}
        fresh = [word for word in words if word not in known]
        if fresh:
            _make_room(self._readings, _READINGS_KEPT)
            readings = self.vocabulary.read(fresh)
            parts = self.vocabulary.parts(fresh, readings)
            for word, reading, rarity in zip(fresh, readings, self._rarities(readings), strict=True):
                known[word] = (reading, rarity, parts.get(word, ()))
            self._readings.update((word, known[word]) for word in fresh)
        return known

    def _rarities(self, readings: Sequence[Reading]) -> list[float]:
        """A printed word is as common as all words that it may stand for, each as far as it may."""
        of = np.repeat(np.arange(len(readings)), [reading.word.size for reading in readings])
        word = np.concatenate([reading.word for reading in readings])
        near = _NEARNESS.take(np.concatenate([reading.nearness for reading in readings]))
        stands_for = np.bincount(of, weights=self.vocabulary.spread[word] * near, minlength=len(readings))
        rarities: list[float] = np.log1p(
            max(1, self.entries.size.size) / np.maximum(1.0, stands_for)
        ).tolist()
        return rarities

    def search(self, lines: Sequence[NormalText], printed: PrintedWords, *, nearest: int) -> Candidates:
        """The nearest entries of each line; all lines of a receipt in one call are several times faster."""
        entry = np.full((len(lines), nearest), -1, dtype=np.int32)
        score = np.zeros((len(lines), nearest), dtype=np.float32)
        if self.entries.size.size == 0 or not lines:
            return Candidates(entry=entry, score=score)
        queries = self._queries(lines, printed)
        found = most_alike(queries, self.posts, nearest)
        row = np.repeat(np.arange(len(lines)), np.diff(found.indptr))
        # Ties in the order of the catalog, so that answers do not depend on the library's sort.
        order = np.lexsort((found.indices, -found.data, row))
        column = np.arange(row.size) - found.indptr[row]
        entry[row, column] = found.indices[order]
        score[row, column] = found.data[order]
        far = score < _FARTHEST_SHARE * score[:, :1]
        entry[far], score[far] = -1, 0.0
        return Candidates(entry=entry, score=score)

    def _queries(self, lines: Sequence[NormalText], printed: PrintedWords) -> Sparse:
        """A row a line: catalog words that its words may stand for, and the slots of its size."""
        words, count = len(self.entries.words), len(printed.words)
        sizes = list(dict.fromkeys(line.said_size for line in lines))
        slots = [np.array(size_slots(size), dtype=np.int32) for size in sizes]
        # Each word's and each size's part of a row, once; a row is then some of these parts.
        parts = [*(reading.word for reading in printed.readings), *(own + np.int32(words) for own in slots)]
        start = np.concatenate([[0], np.cumsum([part.size for part in parts])])
        near = _NEARNESS.take(np.concatenate([reading.nearness for reading in printed.readings]))
        weights = near.astype(np.float32) * np.repeat(printed.rarity, np.diff(start[: count + 1]))
        values = np.concatenate([weights, *(self.slot_rarity[own] for own in slots)])
        place = {size: count + number for number, size in enumerate(sizes)}
        rows = [(*own, place[line.said_size]) for line, own in zip(lines, printed.of_line, strict=True)]
        places, begin = spread(start, np.fromiter(chain.from_iterable(rows), dtype=np.intp))
        ends = begin[np.concatenate([[0], np.cumsum([len(row) for row in rows])])]
        return sparse.csr_matrix(
            (values[places], np.concatenate(parts)[places], ends.astype(np.int32)),
            shape=(len(lines), words + SIZE_SLOTS),
        )


def _is_makers(gtins: Int64s) -> npt.NDArray[np.bool_]:
    """Which of these numbers are a maker's own: two digits of each tell."""
    prefix, place = np.unique(gtins // 10**11 % 100, return_inverse=True)
    own = [reserved_range(Gtin(f"{each * 10**11:014d}")) is None for each in prefix.tolist()]
    return np.array(own, dtype=np.bool_)[place]


def _make_room(kept: dict[str, Read] | dict[Size, npt.NDArray[np.int8]], most: int) -> None:
    """Forget everything once there is too much: rarer and simpler than forgetting one by one."""
    if len(kept) >= most:
        kept.clear()


def _posts(entries: Entries, word_rarity: Floats) -> Sparse:
    """Words and size slots x entries; the value is one over the entry's pivoted length."""
    count, words = entries.size.size, len(entries.words)
    entry = np.repeat(np.arange(count), np.diff(entries.word_start))
    lengths = np.sqrt(
        np.bincount(entry, weights=word_rarity[entries.word].astype(np.float64) ** 2, minlength=count)
    )
    mean = float(lengths.mean()) if count else 1.0
    scale = 1.0 / np.maximum((1.0 - LENGTH_PIVOT) * mean + LENGTH_PIVOT * lengths, 1e-6)
    abbreviated = np.flatnonzero(entries.initials != NO_WORD)
    slots = [size_slots(size) for size in entries.sizes]
    widths = np.array([len(each) for each in slots], dtype=np.int64)
    flat = np.array([slot for each in slots for slot in each], dtype=np.int64)
    begin = np.concatenate([[0], np.cumsum(widths)])
    sized = np.repeat(np.arange(count), widths[entries.size]) if count else np.zeros(0, dtype=np.int64)
    within = np.arange(sized.size) - np.repeat(
        np.cumsum(widths[entries.size]) - widths[entries.size], widths[entries.size]
    )
    slot = flat[begin[entries.size[sized]] + within] + words
    row = np.concatenate([entries.word, entries.initials[abbreviated], slot])
    column = np.concatenate([entry, abbreviated, sized])
    table = sparse.coo_matrix(
        (scale[column].astype(np.float32), (row, column)), shape=(words + SIZE_SLOTS, count)
    )
    return as_sparse(table.tocsr())
