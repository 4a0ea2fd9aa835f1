"""Files in a folder of this machine, or of a file server that several machines mount."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from receipts.errors import TransientError
from receipts.files import MissingFileError, Store, key_of
from receipts.identity import Sha256

_BLOCK_BYTES = 1_048_576
_NAME_LENGTH = 64
_LEFTOVER_AGE_S = 86_400
"""A part-written file this old belongs to a process that died: the slowest upload takes minutes."""


class LocalStore(Store):
    """Writes beside, forces to disk, then renames: a reader sees a whole file or none, even after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        with _disk_trouble(folder):
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()

    def exists(self, sha256: Sha256) -> bool:
        """Whether a file is stored under the hash."""
        return self._path(sha256).is_file()

    def open(self, sha256: Sha256) -> IO[bytes]:
        """The file from its first byte."""
        path = self._path(sha256)
        with _disk_trouble(self._folder):
            try:
                return path.open("rb")
            except FileNotFoundError:
                raise MissingFileError(f"no stored file {sha256}") from None

    def names(self) -> Iterator[Sha256]:
        """Every stored file."""
        with _disk_trouble(self._folder):
            for path in self._folder.glob("??/??/*"):
                if len(path.name) == _NAME_LENGTH:
                    yield Sha256(path.name)

    def remove(self, sha256: Sha256, *, untouched_s: float) -> bool:
        """Remove the file unless it was put within so many seconds.

        It is moved aside first: who puts the same bytes meanwhile finds nothing there, and writes them anew.
        """
        path = self._path(sha256)
        with _disk_trouble(self._folder):
            if not path.is_file():
                return True
            if _age_s(path) < untouched_s:
                return False
            aside = self._incoming / f"{uuid.uuid4().hex}.removed"
            try:
                path.rename(aside)
            except FileNotFoundError:  # another process was first
                return True
            if _age_s(aside) < untouched_s:  # put between our look and our move: that put counts on it
                if path.is_file():
                    aside.unlink()
                else:
                    aside.rename(path)
                return False
            aside.unlink()
            return True

    def put_as(self, sha256: Sha256, data: bytes) -> None:
        """Write beside, force to disk, rename."""
        with (
            _disk_trouble(self._folder),
            tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as beside,
        ):
            written = Path(beside.name)
            try:
                beside.write(data)
                beside.flush()
                os.fsync(beside.fileno())
                path = self._path(sha256)
                path.parent.mkdir(parents=True, exist_ok=True)
                written.replace(path)
                self._make_names_durable(path)
            finally:
                written.unlink(missing_ok=True)

    def _path(self, sha256: Sha256) -> Path:
        return self._folder / key_of(sha256)

    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        with (
            _disk_trouble(self._folder),
            tempfile.NamedTemporaryFile(dir=self._incoming, delete=False) as beside,
        ):
            written = Path(beside.name)
            try:
                digest = hashlib.sha256()
                while block := source.read(_BLOCK_BYTES):
                    digest.update(block)
                    beside.write(block)
                sha256 = Sha256(digest.hexdigest())
                path = self._path(sha256)
                path.parent.mkdir(parents=True, exist_ok=True)
                if not _touched(path):
                    beside.flush()
                    os.fsync(beside.fileno())
                    written.replace(path)
                self._make_names_durable(path)
            finally:
                written.unlink(missing_ok=True)
        return sha256

    def _make_names_durable(self, path: Path) -> None:
        """Force the folders that hold the names of the file and of its folders to disk."""
        for folder in (path.parent, path.parent.parent, self._folder):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _remove_leftovers(self) -> None:
        oldest = time.time() - _LEFTOVER_AGE_S
        for path in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _touched(path: Path) -> bool:
    """Say that the file is wanted again, so that nobody removes it; False where it is not there."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


@contextlib.contextmanager
def _disk_trouble(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransientError(
            f"the files folder {folder} cannot be used: {error.strerror or error}"
        ) from error
