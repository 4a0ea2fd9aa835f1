"""Seals files that were stored before the installation had keys, each for the members whose it is."""

from __future__ import annotations

from pipeline.wiring import Wiring
from receipts.database.repositories.retention import files_of_members
from receipts.files import AlteredFileError, MissingFileError, as_stored
from receipts.files.sealing import is_sealed

_BATCH = 500


def seal_older(wiring: Wiring) -> tuple[int, int]:
    """How many files were sealed, and how many that rows name are not there or not whole."""
    sealed = missing = after = 0
    while True:
        with wiring.database.read() as session:
            found, last = files_of_members(session, after=after, limit=_BATCH)
        if last is None:
            return sealed, missing
        after = last
        for sha256, program_id, member_id in found:
            try:
                data = as_stored(wiring.plain_store, sha256)
            except (MissingFileError, AlteredFileError):
                missing += 1
                continue
            if not is_sealed(data):
                wiring.store.of(program_id, member_id).put_bytes(data)
                sealed += 1
