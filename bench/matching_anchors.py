"""What other tools make of the same lines: the anchors of `matching_table.py`.

Each gets the catalog's "brand name size" and the printed line in capitals, and answers with its best product
and a score of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

import numpy as np
from matching_lines import STOP_WORDS
from rapidfuzz import fuzz, process, utils
from scipy import sparse
from sparse_dot_topn import sp_matmul_topn

from receipts.catalog import CatalogProduct

Answer = tuple[int, float]
Tool = Callable[[Sequence[str]], list[Answer]]
NOTHING: Answer = (-1, 0.0)


def _texts(products: Sequence[CatalogProduct]) -> list[str]:
    return [f"{each.brand} {each.name} {each.size}".upper() for each in products]


def wratio(products: Sequence[CatalogProduct]) -> Tool:
    """By rapidfuzz's `process.extractOne` with `WRatio`."""
    choices = [utils.default_process(text) for text in _texts(products)]

    def ask(lines: Sequence[str]) -> list[Answer]:
        found = []
        for line in lines:
            best = process.extractOne(
                utils.default_process(line), choices, scorer=fuzz.WRatio, processor=None
            )
            found.append(NOTHING if best is None else (int(best[2]), float(best[1])))
        return found

    return ask


def _grams(text: str) -> list[str]:
    padded = f" {' '.join(text.split())} "
    return [padded[place : place + 3] for place in range(max(1, len(padded) - 2))]


def tfidf(products: Sequence[CatalogProduct]) -> Tool:
    """Cosine of TF-IDF over letter triples, the nearest by sparse top-n."""
    place: dict[str, int] = {}
    for text in _texts(products):
        for gram in _grams(text):
            place.setdefault(gram, len(place))

    def counts(texts: Sequence[str]) -> sparse.csr_matrix:
        rows, columns = [], []
        for row, text in enumerate(texts):
            known = [place[gram] for gram in _grams(text) if gram in place]
            rows.extend([row] * len(known))
            columns.extend(known)
        ones = np.ones(len(rows), dtype=np.float32)
        return sparse.csr_matrix((ones, (rows, columns)), shape=(len(texts), len(place)))

    table = counts(_texts(products))
    rarity = np.log(len(products) / np.bincount(table.indices, minlength=len(place)).clip(1)).astype(
        np.float32
    )

    def scaled(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        matrix.data = matrix.data * rarity[matrix.indices]
        norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.maximum(norm, 1e-9), np.diff(matrix.indptr)).astype(np.float32)
        return matrix

    index = scaled(table).T.tocsr()

    def ask(lines: Sequence[str]) -> list[Answer]:
        near = sp_matmul_topn(scaled(counts([line.upper() for line in lines])), index, top_n=1)
        return [
            NOTHING if first == last else (int(near.indices[first]), float(near.data[first]))
            for first, last in zip(near.indptr[:-1], near.indptr[1:], strict=True)
        ]

    return ask


def fts5(products: Sequence[CatalogProduct]) -> Tool:
    """SQLite FTS5 with its trigram tokeniser: any triple of the line, by bm25."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE names USING fts5(text, tokenize='trigram')")
    database.executemany(
        "INSERT INTO names(rowid, text) VALUES (?, ?)", list(enumerate(_texts(products), start=1))
    )

    def ask(lines: Sequence[str]) -> list[Answer]:
        found = []
        for line in lines:
            words = "".join(letter if letter.isalnum() else " " for letter in line.upper()).split()
            triples = {
                word[place : place + 3]
                for word in words
                if word not in STOP_WORDS
                for place in range(len(word) - 2)
            }
            if not triples:
                found.append(NOTHING)
                continue
            query = " OR ".join(f'"{triple}"' for triple in sorted(triples))
            row = database.execute(
                "SELECT rowid, bm25(names) FROM names WHERE names MATCH ? ORDER BY rank LIMIT 1", (query,)
            ).fetchone()
            found.append(NOTHING if row is None else (row[0] - 1, -row[1]))
        return found

    return ask


ANCHORS: dict[str, tuple[Callable[[Sequence[CatalogProduct]], Tool], int]] = {
    "rapidfuzz extractOne, WRatio": (wratio, 150),
    "TF-IDF letter triples, sparse top-n": (tfidf, 3000),
    "SQLite FTS5 trigram": (fts5, 300),
}
"""By name: how it is made, and how many lines of the check it is given on 10,000 products."""
