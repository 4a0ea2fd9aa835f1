"""Small structures of arrays that an index is made of: texts end to end, and rows by key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.intp]


def text_hash(text: str) -> int:
    """63 bits of the text's digest: the key of exact look-ups, without keeping the texts."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts end to end in one array, which a process can map rather than copy.

    Attributes:
        data: UTF-8.
        start: text -> its first byte; one more at the end.
    """

    data: Bytes
    start: Int64s

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """These texts, in order."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        lengths = np.fromiter((len(text) for text in encoded), dtype=np.int64, count=len(encoded))
        return cls(
            data=np.frombuffer(b"".join(encoded), dtype=np.uint8),
            start=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)]),
        )

    def __len__(self) -> int:
        return self.start.size - 1

    def text(self, row: int) -> str:
        """One text."""
        # By memoryviews: many times faster than slices of arrays, and this is called for every answer.
        start = self.start.data
        return str(self.data.data[start[row] : start[row + 1]], "utf-8", "surrogatepass")

    def some(self, rows: npt.NDArray[np.integer]) -> list[str]:
        """These texts, in this order."""
        places, start = spread(self.start, rows)
        data, bounds = self.data[places].tobytes(), pairwise(start.tolist())
        if data.isascii():
            # A slice of a text costs a third of what decoding each does.
            text = data.decode("ascii")
            return [text[first:last] for first, last in bounds]
        return [data[first:last].decode("utf-8", "surrogatepass") for first, last in bounds]

    def all(self) -> list[str]:
        """Every text: for building, not for matching."""
        data = self.data.tobytes()
        return [
            data[first:last].decode("utf-8", "surrogatepass") for first, last in pairwise(self.start.tolist())
        ]

    def take(self, rows: Rows) -> Texts:
        """These texts, in this order."""
        places, start = spread(self.start, rows)
        return Texts(data=self.data[places], start=start)

    def and_then(self, others: Texts) -> Texts:
        """These and the others behind them."""
        return Texts(
            data=np.concatenate([self.data, others.data]), start=joined_starts(self.start, others.start)
        )


def spread(start: npt.NDArray[np.integer], rows: npt.NDArray[np.integer]) -> tuple[Int64s, Int64s]:
    """Places of all items of these rows, row by row, and where each row's now start (one more at the end)."""
    first = start[rows].astype(np.int64)
    lengths = start[rows + 1].astype(np.int64) - first
    begin = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
    places = np.arange(begin[-1], dtype=np.int64) + np.repeat(first - begin[:-1], lengths)
    return places, begin


def joined_starts(one: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> Int64s:
    """Starts of both tables' rows when the other's items lie behind the one's."""
    return np.concatenate([one[:-1].astype(np.int64), other.astype(np.int64) + int(one[-1])])


@dataclass(frozen=True, slots=True)
class Lookup:
    """Rows by integer key, as two sorted arrays; a key may have several rows."""

    keys: Int64s
    rows: Int32s

    @classmethod
    def of(cls, keys: Int64s, rows: npt.NDArray[np.integer] | None = None) -> Lookup:
        """From parallel keys and rows; without rows, the keys' places."""
        values = np.arange(keys.size) if rows is None else rows
        order = np.lexsort((values, keys))
        return cls(keys=keys[order], rows=values[order].astype(np.int32))

    def find(self, key: int) -> list[int]:
        """The key's rows, in their order."""
        keys = self.keys
        first = int(keys.searchsorted(key))
        if first == keys.size or keys[first] != key:
            return []
        last = first + 1
        if last < keys.size and keys[last] == key:
            last = int(keys.searchsorted(key, side="right"))
        found: list[int] = self.rows[first:last].tolist()
        return found

    def find_all(self, keys: Int64s) -> Int64s:
        """The first row of each key; -1 where there is none."""
        if self.keys.size == 0:
            return np.full(keys.size, -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return np.where(self.keys[place] == keys, self.rows[place], -1).astype(np.int64)
