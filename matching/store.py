"""Indexes as folders of arrays: written once, opened by mapping, so that processes share what they read.

A folder is complete or not there: it is written under another name and then renamed. It is never changed; a
new version of the catalog is a new folder beside it, and whoever has the old one open goes on with it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import numpy as np
from scipy import sparse

from matching.alignment import Spelling
from matching.arrays import Lookup, Texts
from matching.entries import Entries, Products, size_document, size_from
from matching.index import MATCHER_VERSION, CatalogIndex
from matching.text import NORMALISER_VERSION
from matching.vocabulary import Vocabulary
from receipts.money import currency

# Raised when the files' meaning changes; folders of another format are built again.
FORMAT = 2
_ABOUT = "index.json"
_ABANDONED_AFTER_S = 86_400.0
# Fields that are no array, and what they are.
_STRUCTURES: dict[str, type] = {
    "products": Products,
    "entries": Entries,
    "vocabulary": Vocabulary,
    "spelling": Spelling,
    **dict.fromkeys(("record", "sku", "joined", "words"), Texts),
    **dict.fromkeys(("by_key", "pieces", "by_sku", "by_gtin", "by_text", "by_family"), Lookup),
}
_MATRICES = frozenset({"groups", "posts"})
_MATRIX_PARTS = ("data", "indices", "indptr")
_IN_ABOUT = frozenset({"version", "catalog_version", "currency", "sizes"})


class BrokenIndexError(Exception):
    """The folder holds no whole index; the message says which. Remove it, and it is built again."""


def index_version(catalog_version: str) -> str:
    """Names an index: the catalog's version and the matcher's."""
    return f"{catalog_version}.m{MATCHER_VERSION}"


def save(index: CatalogIndex, folder: Path) -> None:
    """Write the index; does nothing where the folder is already there."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Each writer has a name of its own: two threads of one process are two writers.
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.{uuid4().hex}")
    unfinished.mkdir()
    try:
        parts = dict(_arrays(index, ""))
        for name, array in parts.items():
            _write(unfinished / f"{name}.npy", array)
        about = {
            "format": FORMAT,
            "normaliser": NORMALISER_VERSION,
            "version": index.version,
            "catalog_version": index.catalog_version,
            "currency": index.currency,
            "sizes": [size_document(size) for size in index.entries.sizes],
            "shapes": {name: list(getattr(index, name).shape) for name in ("posts",)}
            | {"groups": list(index.vocabulary.groups.shape)},
            "bytes": {name: array.nbytes for name, array in parts.items()},
        }
        with (unfinished / _ABOUT).open("w", encoding="utf-8") as file:
            json.dump(about, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            unfinished.rename(folder)
        except OSError:
            # Another writer was faster: its folder holds the same.
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(path: Path, array: Any) -> None:  # noqa: ANN401 (arrays of every kind)
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


def _arrays(value: object, name: str) -> Iterator[tuple[str, Any]]:
    assert is_dataclass(value)  # noqa: S101 - our own structures
    for field in fields(value):
        if field.name in _IN_ABOUT or field.name.startswith("_"):
            continue
        part, own = f"{name}{field.name}", getattr(value, field.name)
        if field.name in _MATRICES:
            yield from ((f"{part}.{each}", getattr(own, each)) for each in _MATRIX_PARTS)
        elif field.name in _STRUCTURES:
            yield from _arrays(own, f"{part}.")
        else:
            yield part, own


def open_index(folder: Path) -> CatalogIndex:
    """The index of that folder, mapped: nothing is read before it is looked at.

    Raises:
        FileNotFoundError: there is no such folder.
        BrokenIndexError: it is no whole index of this format.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if (about["format"], about["normaliser"]) != (FORMAT, NORMALISER_VERSION):
            raise BrokenIndexError(f"{folder} was written by another version of the program; remove it")
        index = _structure(CatalogIndex, folder, "", about)
    except (KeyError, ValueError, OSError, EOFError) as error:
        raise BrokenIndexError(f"{folder} holds no whole index ({error}); remove it") from error
    assert isinstance(index, CatalogIndex)  # noqa: S101 - as asked above
    return index


def _structure(kind: type, folder: Path, name: str, about: dict[str, Any]) -> Any:  # noqa: ANN401 (any structure)
    values: dict[str, object] = {}
    for field in fields(kind):
        part = f"{name}{field.name}"
        if field.name == "sizes":
            values["sizes"] = tuple(size_from(size) for size in about["sizes"])
        elif field.name == "currency":
            values["currency"] = None if about["currency"] is None else currency(about["currency"])
        elif field.name in _IN_ABOUT:
            values[field.name] = about[field.name]
        elif field.name in _MATRICES:
            # sparse_dot_topn takes arrays that may be written to; a page that nobody writes to stays shared.
            data, indices, indptr = (
                _mapped(folder, f"{part}.{each}", about, mode="c") for each in _MATRIX_PARTS
            )
            values[field.name] = sparse.csr_matrix((data, indices, indptr), shape=about["shapes"][field.name])
        elif field.name in _STRUCTURES:
            values[field.name] = _structure(_STRUCTURES[field.name], folder, f"{part}.", about)
        elif not field.name.startswith("_"):
            values[field.name] = _mapped(folder, part, about)
    return kind(**values)


def _mapped(folder: Path, name: str, about: dict[str, Any], mode: Literal["r", "c"] = "r") -> Any:  # noqa: ANN401
    array = np.load(folder / f"{name}.npy", mmap_mode=mode, allow_pickle=False)
    if array.nbytes != about["bytes"][name]:
        raise BrokenIndexError(f"{folder} holds no whole index ({name}); remove it")
    # A plain view: the mapping's own class costs time at every step and adds nothing.
    return np.asarray(array).view(np.ndarray)


def _in_work(path: Path) -> bool:
    try:
        return path.name.startswith(".") and time.time() - path.stat().st_mtime < _ABANDONED_AFTER_S
    except FileNotFoundError:  # it was renamed this moment
        return True


class IndexShelf:
    """The folder of all indexes, one folder a version; every process of a machine may use the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, catalog_version: str) -> Path:
        """Where the index of that version of a catalog is, or will be."""
        return self._folder / index_version(catalog_version)

    def open_or_build(
        self,
        catalog_version: str,
        build: Callable[[CatalogIndex | None], CatalogIndex],
        *,
        earlier_version: str | None = None,
    ) -> CatalogIndex:
        """The index of that version of a catalog: mapped where it was built before, else built and kept.

        Args:
            catalog_version: of the catalog that `build` indexes.
            build: makes the index, from an earlier one where there is one; called only where none is kept.
            earlier_version: a version whose index may be there: what it holds unchanged is not read again.
        """
        path = self.path_of(catalog_version)
        kept = self._open(path)
        if kept is not None:
            return kept
        earlier = None if earlier_version is None else self._open(self.path_of(earlier_version))
        index = build(earlier)
        save(index, path)
        # Whoever found a broken folder there may remove ours with it: what was built answers all the same.
        mapped = self._open(path)
        return index if mapped is None else mapped

    def remove(self, catalog_version: str) -> None:
        """Forget a version. Processes that have it open go on with it."""
        shutil.rmtree(self.path_of(catalog_version), ignore_errors=True)

    def keep_only(self, catalog_versions: Iterable[str], *, pretend: bool = False) -> int:
        """Remove the indexes of all other versions and of other matchers; how many there were.

        What is being written at the moment stays, unless nobody has touched it for a day.
        """
        kept = {self.path_of(version) for version in catalog_versions}
        if not self._folder.is_dir():
            return 0
        others = [path for path in self._folder.iterdir() if path not in kept and not _in_work(path)]
        if not pretend:
            for path in others:
                shutil.rmtree(path, ignore_errors=True)
        return len(others)

    def _open(self, path: Path) -> CatalogIndex | None:
        try:
            return open_index(path)
        except FileNotFoundError:
            return None
        except BrokenIndexError:
            shutil.rmtree(path, ignore_errors=True)
            return None
