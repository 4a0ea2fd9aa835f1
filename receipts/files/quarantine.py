"""Where files lie that clients sent past our servers, until they are submitted and looked at."""

from __future__ import annotations

import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from itsdangerous import BadSignature, TimestampSigner

from receipts.errors import TransientError
from receipts.files.in_transit import InTransit

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

FILE_FIELD: Final = "file"
"""Of the form, behind all others, as S3 wants it."""
_ID = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where to send one file of one size, as a form.

    Attributes:
        url: takes a POST of multipart/form-data.
        fields: to be sent before the file.
    """

    url: str
    fields: Mapping[str, str]


class NotInvitedError(Exception):
    """The form was not signed by us, or too long ago, or its file has another size."""


class Quarantine(ABC):
    """Keeps files by the id of their upload. All methods may be called from any thread.

    Every method raises `receipts.errors.TransientError` where the place itself does not answer or is full.
    """

    @abstractmethod
    def invite(self, upload_id: str, *, size_bytes: int, life_s: int) -> Invitation:
        """Let the holder send one file of just that size within so many seconds."""

    @abstractmethod
    def fetch(self, upload_id: str, path: Path) -> bool:
        """Write what came to `path`; False where nothing came yet."""

    @abstractmethod
    def remove(self, upload_id: str) -> None:
        """Remove it, if it is there."""

    @abstractmethod
    def ids(self) -> Iterator[str]:
        """Of all that lies there."""


class LocalQuarantine(Quarantine):
    """A folder. Its files come through our own API, by the same steps as they come to S3 past it.

    Where the installation has keys they are sealed before they lie there.
    """

    def __init__(self, folder: Path, *, url: str, secret_key: str, masters: MultiFernet | None) -> None:
        self._folder = folder
        self._seal = InTransit(masters)
        self._url = url
        self._signer = TimestampSigner(secret_key, salt="tillpoints quarantine")
        folder.mkdir(parents=True, exist_ok=True)

    def invite(self, upload_id: str, *, size_bytes: int, life_s: int) -> Invitation:
        """By a ticket that says which file, how large, and until when."""
        ticket = self._signer.sign(f"{upload_id}:{size_bytes}:{life_s}").decode("ascii")
        return Invitation(self._url, {"ticket": ticket})

    def take(self, ticket: str, path: Path) -> None:
        """Take in what a form brought.

        Raises:
            NotInvitedError: the ticket is none, or does not fit the file.
        """
        try:
            said = self._signer.unsign(ticket).decode("ascii")
            upload_id, size, life_s = said.split(":")
            self._signer.unsign(ticket, max_age=int(life_s))
        except (BadSignature, UnicodeError, ValueError) as error:
            raise NotInvitedError from error
        if path.stat().st_size != int(size):
            raise NotInvitedError
        place = self._place(upload_id)
        beside = place.with_name(f"{uuid4().hex}.part")
        with _trouble():
            try:
                beside.write_bytes(self._seal.sealed(path.read_bytes(), upload_id))
                beside.replace(place)
            finally:
                beside.unlink(missing_ok=True)

    def fetch(self, upload_id: str, path: Path) -> bool:
        """Copy it to `path`, opened.

        Raises:
            TransientError: it is sealed by keys that are not the installation's any more.
        """
        with _trouble():
            try:
                kept = self._place(upload_id).read_bytes()
            except FileNotFoundError:
                return False
            path.write_bytes(self._seal.opened(kept, upload_id))
        return True

    def remove(self, upload_id: str) -> None:
        """Remove it, if it is there."""
        with _trouble():
            self._place(upload_id).unlink(missing_ok=True)

    def ids(self) -> Iterator[str]:
        """Of all that lies there, what was cut short on its way among it."""
        with _trouble():
            for path in self._folder.iterdir():
                if _ID.fullmatch(path.name):
                    yield path.name

    def _place(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise ValueError("not the id of an upload")
        return self._folder / upload_id


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransientError(f"the folder of files that wait cannot be used: {error.strerror}") from error
