"""The store as all of the program sees it: files by the hash of their content, sealed where there are keys.

Without the installation's keys it is the store beneath. With them, what is put for a member is sealed
(`receipts.files.sealing`), and what was stored before is read as it is.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from pipeline.clock import utc_now
from pipeline.settings import Settings, SettingsError
from receipts.database.acting import across_programs
from receipts.database.engine import Database
from receipts.errors import TransientError
from receipts.files import MissingFileError, Store
from receipts.identity import MemberId, ProgramId, Sha256

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def master_keys(settings: Settings) -> MultiFernet | None:
    """The installation's keys, newest first; None where no file of them is set.

    Raises:
        SettingsError: the file cannot be read, or a line of it is no key.
    """
    path = settings.master_keys_file
    if path is None:
        return None
    from cryptography.fernet import Fernet, MultiFernet

    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
        return MultiFernet([Fernet(line) for line in lines if line and not line.startswith("#")])
    except (OSError, ValueError) as error:  # the error's own words may hold the line, which is secret
        raise SettingsError(
            f"TILLPOINTS_MASTER_KEYS_FILE={path}: cannot be used ({type(error).__name__}): it needs a line"
            " for each key, as `tillpoints keys new` prints one"
        ) from None


class SealedStore(Store):
    """A store whose files open only with a key. `of` says whose a file is that is put."""

    def __init__(self, beneath: Store, database: Database, masters: MultiFernet | None) -> None:
        self._beneath = beneath
        self._database = database
        self.masters = masters

    def of(self, program_id: ProgramId, member_id: MemberId | None) -> Store:
        """The same store, for files of this member; None: of a message that is nobody's yet."""
        if self.masters is None:
            return self._beneath
        return _Owned(self, self._database, self._beneath, program_id, member_id or MemberId(""))

    def exists(self, sha256: Sha256) -> bool:
        """Whether a file is stored under the hash, opened or not."""
        return self._beneath.exists(sha256)

    def open(self, sha256: Sha256) -> IO[bytes]:
        """The file from its first byte, in memory where it is sealed.

        Raises:
            MissingFileError: nothing is stored, or its key was destroyed.
            TransientError: it is sealed, and the installation's keys are not there.
        """
        from receipts.files.sealing import is_sealed, unseal

        with self._beneath.open(sha256) as file:
            stored = file.read()
        if not is_sealed(stored):
            return io.BytesIO(stored)
        if self.masters is None:
            raise TransientError(
                f"the file {sha256} is sealed: set TILLPOINTS_MASTER_KEYS_FILE to the file of keys it was"
                " sealed with"
            )
        from receipts.database.repositories.file_keys import FileKeys

        with self._database.read() as session:
            key = FileKeys(session, self.masters, utc_now()).to_open(sha256)
        if key is None:
            raise MissingFileError(f"the key of the stored file {sha256} was destroyed")
        return io.BytesIO(unseal(stored, key, sha256))

    def names(self) -> Iterator[Sha256]:
        """Every stored file."""
        return self._beneath.names()

    def remove(self, sha256: Sha256, *, untouched_s: float) -> bool:
        """Remove the file, and its keys before it, unless it was put within so many seconds."""
        from receipts.database.repositories.file_keys import forget_file

        with across_programs(), self._database.write() as session:
            forget_file(session, sha256, put_before=utc_now() - timedelta(seconds=untouched_s))
        return self._beneath.remove(sha256, untouched_s=untouched_s)

    def put_as(self, sha256: Sha256, data: bytes) -> None:
        """As the store beneath."""
        self._beneath.put_as(sha256, data)

    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        return self._beneath._put(source)


class _Owned(Store):
    """Puts for one member; all else as the store that it is of."""

    def __init__(
        self,
        whole: SealedStore,
        database: Database,
        beneath: Store,
        program_id: ProgramId,
        member_id: MemberId,
    ) -> None:
        self._whole = whole
        self._database = database
        self._beneath = beneath
        self._program_id = program_id
        self._member_id = member_id

    def exists(self, sha256: Sha256) -> bool:
        """As the whole."""
        return self._whole.exists(sha256)

    def open(self, sha256: Sha256) -> IO[bytes]:
        """As the whole."""
        return self._whole.open(sha256)

    def names(self) -> Iterator[Sha256]:
        """As the whole."""
        return self._whole.names()

    def remove(self, sha256: Sha256, *, untouched_s: float) -> bool:
        """As the whole."""
        return self._whole.remove(sha256, untouched_s=untouched_s)

    def put_as(self, sha256: Sha256, data: bytes) -> None:
        """As the whole."""
        self._whole.put_as(sha256, data)

    def _put(self, source: io.BufferedReader | io.BytesIO) -> Sha256:
        """The key is durable before the file is: one without its key would be lost."""
        from receipts.database.repositories.file_keys import FileKeys
        from receipts.files.sealing import seal

        data = source.read()
        sha256 = Sha256(hashlib.sha256(data).hexdigest())
        masters = self._whole.masters
        assert masters is not None  # noqa: S101  (`of` gives the store beneath without them)
        # One file for all who sent these bytes, of whichever program: with a key of its own each would
        # seal it anew for itself, and the others could not read it any more.
        with across_programs(), self._database.write() as session:
            key = FileKeys(session, masters, utc_now()).to_seal(sha256, self._program_id, self._member_id)
        self._beneath.put_as(sha256, seal(data, key, sha256))
        return sha256
