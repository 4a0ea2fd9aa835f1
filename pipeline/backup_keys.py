"""Members' keys beside the backups: one file, the newest, so that no old backup brings a destroyed key back.

Each backup writes it anew in the folder that the backups lie in. A restore takes the keys that there are now,
whatever moment the backup shows: of a member who was erased since, the sealed files open for nobody.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy import Connection, select

from pipeline.wiring import Wiring
from receipts.database.repositories.file_keys import restore_keys
from receipts.database.tables import MemberKeyRow

_NAME = "member_keys.jsonl"


def keys_beside(backup: Path) -> Path:
    """Where the keys of the backups in this folder's folder are."""
    return backup.resolve().parent / _NAME


def write_keys(connection: Connection, path: Path) -> None:
    """Write all of them in place of what was there; nothing where there is none and was none."""
    rows = connection.execute(
        select(MemberKeyRow.program_id, MemberKeyRow.member_id, MemberKeyRow.sealed, MemberKeyRow.made_at)
    ).all()
    if not rows and not path.exists():
        return
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    with beside.open("w", encoding="utf-8") as file:
        for program, member, sealed, made_at in rows:
            file.write(json.dumps([program, member, sealed, made_at.isoformat()]) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_keys(wiring: Wiring, path: Path) -> int:
    """Put them into a database that was just filled; how many. Those of no program in it are left out."""
    if not path.exists():
        return 0
    with path.open(encoding="utf-8") as file, wiring.database.write() as session:
        return restore_keys(session, (json.loads(line) for line in file))
