"""Words as sparse vectors of letter groups: how a printed word finds the catalog words that it may stand for.

Two kinds of group, each found useful by measurement: 2- and 3-letter groups of the padded word, and 3-letter
groups of its consonant skeleton (top-1 0.62 -> 0.73 at 10,000 products). The column of a group is computed
from its letters, so there is no vocabulary of groups to keep.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn, unchecked

from matching.sizes import Kind, Size
from matching.text import skeleton

if TYPE_CHECKING:
    Sparse = sparse.csr_matrix[np.float32]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_LETTER_BITS = 6
_LETTERS = 1 << _LETTER_BITS
_PAD = 0
_DIGIT_BASE = 27
_OTHER_BASE = 37
# Letters of other scripts share these places: enough to tell their words apart.
_OTHER_PLACES = 25
_NO_THIRD = _LETTERS - 1
_GROUPS = _LETTERS**3
SIZE_SLOTS = 4096
COLUMNS = 2 * _GROUPS


def _letter_table() -> Ints:
    table = np.full(128, _OTHER_BASE, dtype=np.int64)
    for offset in range(26):
        table[ord("A") + offset] = 1 + offset
    for digit in range(10):
        table[ord("0") + digit] = _DIGIT_BASE + digit
    return table


_LETTER_TABLE = _letter_table()


def _letters(words: Sequence[str]) -> tuple[Ints, Ints]:
    """Codes of all words' letters, each word padded before and after, and the word that each letter is of."""
    text = "".join(f"\0{word}\0" for word in words)
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    codes = np.where(points < _LETTER_TABLE.size, _LETTER_TABLE[np.minimum(points, 127)], 0)
    codes = np.where(points >= _LETTER_TABLE.size, _OTHER_BASE + points % _OTHER_PLACES, codes)
    codes[points == 0] = _PAD
    lengths = np.fromiter((len(word) + 2 for word in words), dtype=np.int64, count=len(words))
    return codes, np.repeat(np.arange(len(words), dtype=np.int64), lengths)


def _triples(codes: Ints, owner: Ints) -> tuple[Ints, Ints]:
    inside = owner[:-2] == owner[2:]
    columns = (codes[:-2] << (2 * _LETTER_BITS)) | (codes[1:-1] << _LETTER_BITS) | codes[2:]
    return owner[:-2][inside], columns[inside]


def _pairs(codes: Ints, owner: Ints) -> tuple[Ints, Ints]:
    inside = owner[:-1] == owner[1:]
    columns = (codes[:-1] << (2 * _LETTER_BITS)) | (codes[1:] << _LETTER_BITS) | _NO_THIRD
    return owner[:-1][inside], columns[inside]


def as_sparse(matrix: Any, shape: tuple[int, int] | None = None) -> Sparse:  # noqa: ANN401 (scipy's own types do not follow products)
    """The matrix by rows, as float32."""
    # sparse_dot_topn takes matrices, not the newer arrays.
    return sparse.csr_matrix(matrix, shape=shape, dtype=np.float32)


def most_alike(rows: Sparse, table: Sparse, most: int, least: float | None = None) -> Sparse:
    """Rows x columns of their product: the largest `most` of each row, and more than `least`; unsorted."""
    if rows.indices.size == 0 or table.indices.size == 0 or table.shape[1] <= most:
        small: Sparse = sp_matmul_topn(rows, table, top_n=most, threshold=least, sort=False)
        return small
    # The checked call copies the table's columns each time, which at 500,000 products is 16 MB.
    found: Sparse = unchecked.sp_matmul_topn(rows, table, most, sort=False, threshold=least, density=1.0)
    return found


def word_groups(words: Sequence[str]) -> Sparse:
    """A row a word: how often each group occurs in it, by column. No word may be empty."""
    if not words:
        return as_sparse((0, COLUMNS))
    whole, bones = _letters(words), _letters([skeleton(word) for word in words])
    (row_2, pairs), (row_3, triples), (row_b, skeletons) = _pairs(*whole), _triples(*whole), _triples(*bones)
    keys = np.concatenate([row_2 * COLUMNS + pairs, row_3 * COLUMNS + triples])
    keys = np.sort(np.concatenate([keys, row_b * COLUMNS + (skeletons + _GROUPS)]))
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    row, column = np.divmod(keys[first], COLUMNS)
    counts = np.diff(first, append=keys.size).astype(np.float32)
    start = np.searchsorted(row, np.arange(len(words) + 1)).astype(np.int32)
    return sparse.csr_matrix((counts, column.astype(np.int32), start), shape=(len(words), COLUMNS))


def size_slots(size: Size) -> list[int]:
    """Slots that stand for a size; ounces of weight and volume share one, as tills do not say."""
    names = []
    for measure in size.measures:
        if measure.kind is Kind.UNSAID:
            # A number may be any of these; the slot of pounds or litres is found by the words.
            value = f"{measure.value:g}"
            names += [
                f"oz {value}",
                f"{Kind.GRAM.value} {value}",
                f"{Kind.MILLILITRE.value} {value}",
                f"count {value}",
            ]
            continue
        kind = "oz" if measure.kind in (Kind.OUNCE, Kind.FLUID_OUNCE) else measure.kind.value
        names.append(f"{kind} {measure.value:g}")
    if size.count is not None:
        names.append(f"count {size.count}")
    return [zlib.crc32(name.encode()) % SIZE_SLOTS for name in names]
