"""Backup and restore: every row as of one moment, and every file that those rows name.

A backup is a folder: `backup.json`, written last, says what is in it; `tables/` has a file for each table;
`files/` has the originals and pictures under the hash of their bytes, sealed ones as they are;
the keys of members lie beside the folder (`pipeline.backup_keys`). It fits both databases and both kinds
of store: what was taken from SQLite and a folder can be restored to PostgreSQL and S3.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.backup_keys import KeysError, keys_beside, keys_in, put_back, write_keys
from pipeline.clock import utc_now
from pipeline.privacy import BACKUP_LEASE, erase_member
from pipeline.wiring import Wiring
from receipts.database import dump
from receipts.database.engine import Database
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.retention import files_named
from receipts.files import AlteredFileError, MissingFileError, Store, as_stored
from receipts.identity import MemberId, ProgramId, Sha256

FORMAT = 1
MANIFEST = "backup.json"
_TABLES, _FILES, _SECRET = "tables", "files", "secret_key"
_LEASE_S = 600.0
"""Renewed every so many files; a backup that died stops holding files back after ten minutes."""
_RENEW_FILES = 100

Step = Callable[[str, int], None]
"""Told after each table and file: what, and how many so far."""


class BackupError(RuntimeError):
    """It was not done; the message says why, and what to do next."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        made_at: the moment that it shows, ISO 8601.
        version: of the tables.
        rows: by table, each behind those that it refers to.
        hashes: SHA-256 of each table's file.
        files: how many originals and pictures.
        lost: files that rows name and the store did not have whole.
        positions: the last position of each program's message feed.
    """

    made_at: str
    version: str
    rows: Mapping[str, int]
    hashes: Mapping[str, str]
    files: int
    file_bytes: int
    lost: tuple[str, ...]
    positions: Mapping[str, int]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        erased: members whose erasure came after the backup, erased again.
        keys: members whose key was put back.
    """

    manifest: Manifest
    erased: int
    keys: int = 0


def make_backup(wiring: Wiring, into: Path, step: Step = lambda _what, _count: None) -> Manifest:
    """Write a backup into a new or empty folder, while everything runs.

    Raises:
        BackupError: the folder is not empty or cannot be written, or another backup runs.
        TransientError: database or store did not answer.
    """
    _empty_folder(into)
    owner = uuid.uuid4().hex
    with wiring.database.write() as session:
        if not Leases(session, utc_now()).take(BACKUP_LEASE, owner, _LEASE_S):
            raise BackupError("Another backup runs. Wait until it has ended, or 10 minutes if it was killed.")
    try:
        return _write(wiring, into, owner, step)
    except KeysError as error:
        raise BackupError(f"{error}. Make the backup in another folder, or move that file away.") from None
    except OSError as error:
        raise BackupError(
            f"{into} cannot be written: {error.strerror or error}. Name another folder."
        ) from error
    finally:
        with wiring.database.write() as session:
            Leases(session, utc_now()).release(BACKUP_LEASE, owner)


def _write(wiring: Wiring, into: Path, owner: str, step: Step) -> Manifest:
    tables = into / _TABLES
    tables.mkdir()
    rows: dict[str, int] = {}
    hashes: dict[str, str] = {}
    with dump.one_moment(wiring.database) as connection:
        if not dump.sees_all(connection):
            raise BackupError(
                "This process sees not every program's rows, and a backup of some would look whole."
                " Use the command `tillpoints backup`, which acts for all."
            )
        made_at = utc_now()
        for table in dump.kept_tables():
            path = tables / f"{table.name}.jsonl.gz"
            rows[table.name] = dump.write_table(connection, table, path)
            hashes[table.name] = _hash(path)
            _keep(path)
            step(table.name, rows[table.name])
        named = sorted(set(files_named(connection)))
        positions = dump.feed_positions(connection)
        write_keys(connection, keys_beside(into))
    lost, size = _copy_files(wiring, named, wiring.folder_store(into / _FILES), owner, step)
    secret = wiring.settings.data_dir / _SECRET
    if not wiring.settings.secret_key and secret.exists():
        _write_private(into / _SECRET, secret.read_bytes())
    manifest = Manifest(
        made_at=made_at.isoformat(),
        version=wiring.database.version(),
        rows=rows,
        hashes=hashes,
        files=len(named) - len(lost),
        file_bytes=size,
        lost=tuple(lost),
        positions=positions,
    )
    _write_private(into / MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
    return manifest


def _copy_files(
    wiring: Wiring, named: list[Sha256], target: Store, owner: str, step: Step
) -> tuple[list[str], int]:
    lost: list[str] = []
    size = 0
    for count, sha256 in enumerate(named, 1):
        try:
            data = as_stored(wiring.plain_store, sha256)
        except (MissingFileError, AlteredFileError):
            lost.append(sha256)
            continue
        target.put_as(sha256, data)
        size += len(data)
        step(_FILES, count)
        if count % _RENEW_FILES == 0:
            with wiring.database.write() as session:
                if not Leases(session, utc_now()).renew(BACKUP_LEASE, owner, _LEASE_S):
                    raise BackupError("The backup was held up for too long and is not whole. Start it again.")
    return lost, size


def check_backup(wiring: Wiring, source: Path) -> Manifest:
    """Read every byte of a backup and say what is in it.

    Raises:
        BackupError: it is not whole, or not as it was written.
    """
    manifest = _manifest(source)
    for name, digest in manifest.hashes.items():
        path = _table_file(source, name)
        if not path.is_file() or _hash(path) != digest:
            raise BackupError(f"{source}: the table {name} is not as it was written. Take another backup.")
    store = wiring.folder_store(source / _FILES)
    found = 0
    for sha256 in store.names():
        try:
            as_stored(store, sha256)
        except AlteredFileError as error:
            raise BackupError(f"{source}: {error}") from error
        found += 1
    if found < manifest.files:
        raise BackupError(f"{source}: {manifest.files - found} of {manifest.files} files are not there.")
    return manifest


def restore_backup(
    wiring: Wiring,
    source: Path,
    *,
    erasures: Path | None = None,
    keys: Path | None = None,
    step: Step = lambda _what, _count: None,
) -> Restored:
    """Fill an empty database and the store from a backup, then erase again whom it still knows.

    Files go first and rows in one transaction behind them: no row ever names a file that is not there.

    Raises:
        BackupError: the backup is damaged or too new, or there is data where it would go. Nothing was changed
            in the database.
        TransientError: database or store did not answer.
    """
    manifest = check_backup(wiring, source)
    if not Database.knows_version(manifest.version):
        raise BackupError(
            f"{source} was made by a newer version of Tillpoints (tables {manifest.version}). Install it."
        )
    if not dump.is_empty(wiring.database):
        raise BackupError(
            "There are programs in this database. A restore goes into an empty one: name another by"
            " TILLPOINTS_DATABASE_URL or TILLPOINTS_DATA_DIR, and switch over when it is done."
        )
    if wiring.database.version() not in ("", manifest.version):
        raise BackupError(
            f"The empty database has tables of version {wiring.database.version()}, the backup of"
            f" {manifest.version}. Name a database that has no tables yet."
        )
    try:
        members_keys = keys_in(keys or keys_beside(source))
    except KeysError as error:
        raise BackupError(f"{error}. Name the newest one by --keys. Nothing was restored.") from None
    kept = wiring.folder_store(source / _FILES)
    for count, sha256 in enumerate(kept.names(), 1):
        wiring.plain_store.put_as(sha256, as_stored(kept, sha256))
        step(_FILES, count)
    wiring.database.migrate(manifest.version)
    try:
        counts = dump.fill(wiring.database, {name: _table_file(source, name) for name in manifest.rows})
    except dump.DumpError as error:
        raise BackupError(f"{source}: {error}. Take another backup.") from error
    if counts != dict(manifest.rows):
        raise BackupError(f"{source}: the tables do not hold the rows that {MANIFEST} says.")
    wiring.database.migrate()
    dump.raise_wall(wiring.database)
    count = put_back(wiring, members_keys)
    _restore_secret(wiring, source)
    erased = _erase_again(wiring, erasures or wiring.settings.erasures_file)
    return Restored(manifest, erased, count)


def _restore_secret(wiring: Wiring, source: Path) -> None:
    """What links and tokens were signed with, where it was not set and this place has none of its own."""
    kept, place = source / _SECRET, wiring.settings.data_dir / _SECRET
    if kept.exists() and not place.exists() and not wiring.settings.secret_key:
        _write_private(place, kept.read_bytes())


def _erase_again(wiring: Wiring, erasures: Path) -> int:
    if not erasures.exists():
        return 0
    erased = 0
    for line in erasures.read_text(encoding="utf-8").splitlines():
        try:
            each = json.loads(line)
            program, member = ProgramId(each["program"]), MemberId(each["member"])
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError(
                f"All was restored, but {erasures} has a line that is no erasure: {line[:80]!r}. Put it"
                " right, and erase those members by `tillpoints member erase` before anybody uses this."
            ) from error
        erased += erase_member(wiring, program_id=program, member_id=member, stopped=True) is not None
    return erased


def _manifest(source: Path) -> Manifest:
    try:
        known: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackupError(
            f"{source} is no whole backup: {MANIFEST}, which is written last, is not there or not readable."
        ) from error
    if known.get("format") != FORMAT:
        raise BackupError(f"{source} is of another format than {FORMAT}. Use the version that made it.")
    try:
        return Manifest(**{**known, "lost": tuple(known["lost"])})
    except (TypeError, KeyError) as error:
        raise BackupError(f"{source}: {MANIFEST} is not as it was written ({error}).") from error


def _table_file(source: Path, name: str) -> Path:
    if not name.isidentifier():  # it comes from a file, and becomes a part of a path
        raise BackupError(f"{source}: {MANIFEST} names a table {name!r}.")
    return source / _TABLES / f"{name}.jsonl.gz"


def _empty_folder(into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
        into.chmod(0o700)
        taken = any(into.iterdir())
    except OSError as error:
        raise BackupError(f"{into} cannot be used: {error.strerror}. Name another folder.") from error
    if taken:
        raise BackupError(f"{into} is not empty. Name a new folder for each backup.")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep(path: Path) -> None:
    """Force a file to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone reads, whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_bytes(data)
    _keep(beside)
    beside.replace(path)
