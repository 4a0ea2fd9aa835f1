"""Originals and their derivatives, kept under the SHA-256 of their bytes.

A file is never changed and has no name but its content's, so storing it twice stores it once, and what is
read back is checked against its name.
"""

from __future__ import annotations

import hashlib
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from receipts.identity import Sha256

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FOLDER_DIGITS = 2


class MissingFileError(LookupError):
    """Nothing is stored under this hash."""


class AlteredFileError(RuntimeError):
    """What is stored under this hash has another: somebody changed it, or the disk is failing."""


class Store(ABC):
    """Keeps files by content. All methods may be called from any thread.

    Every method raises `receipts.errors.TransientError` where the store itself does not answer or is full.
    """

    @abstractmethod
    def exists(self, sha256: Sha256) -> bool:
        """Whether a file is stored under the hash."""

    @abstractmethod
    def open(self, sha256: Sha256) -> IO[bytes]:
        """The file from its first byte, to be closed by the caller. Its content is not checked.

        Raises:
            MissingFileError: nothing is stored under the hash.
        """

    @abstractmethod
    def names(self) -> Iterator[Sha256]:
        """Every stored file, in no order. What is stored meanwhile may be among them or not."""

    @abstractmethod
    def remove(self, sha256: Sha256, *, untouched_s: float) -> bool:
        """Remove the file unless it was put, or put again, within so many seconds; whether it is gone."""

    @abstractmethod
    def put_as(self, sha256: Sha256, data: bytes) -> None:
        """Store a sealed file under the name of what it holds. On return it is durable."""

    @abstractmethod
    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        """Store what `source`, which can be rewound, holds."""

    def put_file(self, path: Path) -> Sha256:
        """Store the file's bytes. On return they are durable."""
        with path.open("rb") as source:
            return self._put(source)

    def put_bytes(self, data: bytes) -> Sha256:
        """Store the bytes. On return they are durable."""
        return self._put(io.BytesIO(data))

    def read_bytes(self, sha256: Sha256) -> bytes:
        """The whole file, checked.

        Raises:
            MissingFileError: nothing is stored under the hash.
            AlteredFileError: the stored bytes are not those that were put.
        """
        with self.open(sha256) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise AlteredFileError(f"the stored file {sha256} has changed; restore it from a backup")
        return data


def as_stored(store: Store, sha256: Sha256) -> bytes:
    """The whole file as it lies there, sealed or not, checked.

    Raises:
        MissingFileError: nothing is stored under the hash.
        AlteredFileError: the stored bytes are not those that were put.
    """
    from receipts.files.sealing import is_sealed

    with store.open(sha256) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != sha256 and not is_sealed(data):
        raise AlteredFileError(f"the stored file {sha256} has changed; restore it from a backup")
    return data


def key_of(sha256: Sha256) -> str:
    """Two levels of folders and the hash: ``ab/cd/abcd...``.

    Raises:
        ValueError: not 64 lower-case hexadecimal digits, as it would be if it came unchecked from a request.
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in 64 lower-case hexadecimal digits")
    first, second = sha256[:_FOLDER_DIGITS], sha256[_FOLDER_DIGITS : 2 * _FOLDER_DIGITS]
    return f"{first}/{second}/{sha256}"
