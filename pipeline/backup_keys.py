"""Members' keys beside the backups: one file, the newest, so that no old backup brings a destroyed key back.

Each backup writes it anew in the folder that the backups lie in. A restore takes the keys that there are now,
whatever moment the backup shows: of a member who was erased since, the sealed files open for nobody.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.wiring import Wiring
from receipts.database.repositories.file_keys import restore_keys
from receipts.database.tables import ErasureRow, MemberKeyRow

_NAME = "member_keys.jsonl"


class KeysError(RuntimeError):
    """The file of keys cannot be used or replaced; the message says why."""


def keys_beside(backup: Path) -> Path:
    """Where the keys of the backups in this folder's folder are."""
    return backup.resolve().parent / _NAME


def write_keys(connection: Connection, path: Path) -> None:
    """Write all of them in place of what was there; nothing where there is none and was none.

    Raises:
        KeysError: the file holds keys that this database has not, though their members were not erased.
    """
    rows = connection.execute(
        select(MemberKeyRow.program_id, MemberKeyRow.member_id, MemberKeyRow.sealed, MemberKeyRow.made_at)
    ).all()
    if not rows and not path.exists():
        return
    erased = {tuple(row) for row in connection.execute(select(ErasureRow.program_id, ErasureRow.member_id))}
    known = {(program, member) for program, member, *_ in rows} | erased
    if strange := sum((program, member) not in known for program, member, *_ in keys_in(path)):
        raise KeysError(
            f"{path} holds keys of {strange} members that this database has none of: another installation's,"
            " or this one was restored without them"
        )
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    with beside.open("w", encoding="utf-8") as file:
        for program, member, sealed, made_at in rows:
            file.write(json.dumps([program, member, sealed, made_at.isoformat()]) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def keys_in(path: Path) -> list[list[str]]:
    """Program, member, sealed key and when it was made, of each; none where there is no such file.

    Raises:
        KeysError: a line is not as it was written.
    """
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            program, member, sealed, made_at = map(str, json.loads(line))
            datetime.fromisoformat(made_at)
        except (ValueError, TypeError):  # its words are secret: the number must do
            raise KeysError(f"line {number} of {path} is no member's key") from None
        found.append([program, member, sealed, made_at])
    return found


def put_back(wiring: Wiring, keys: list[list[str]]) -> int:
    """Put them into a database that was just filled; how many. Those of no program in it are left out."""
    with wiring.database.write() as session:
        return restore_keys(session, keys)
