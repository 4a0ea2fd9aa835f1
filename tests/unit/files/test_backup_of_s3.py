"""Originals that lie in S3 are in the backup, and come back into another bucket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from pipeline.backup import make_backup, restore_backup
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.submit import IncomingFile, submit
from pipeline.wiring import Wiring, build
from receipts.database.tables import AccountRow
from receipts.files import Store
from receipts.identity import MemberId, Sha256
from receipts.submission import Channel
from tests.support.ready import make_ready

LETTER = b"%PDF-1.4 no receipt, but kept as it came"


def test_files_come_from_one_bucket_and_go_into_another(
    s3_store: Callable[[], Store], tmp_path: Path
) -> None:
    def in_bucket(name: str) -> Wiring:
        wiring = build(Settings(data_dir=tmp_path / name))
        wiring.__dict__["plain_store"] = s3_store()
        return wiring

    old, fresh = in_bucket("old"), in_bucket("fresh")
    make_ready(old)
    with old.database.read() as session:
        member = session.scalar(select(AccountRow.member_id).where(AccountRow.email == MAYA.email))
    assert member is not None
    path = tmp_path / "letter.pdf"
    path.write_bytes(LETTER)
    submit(
        old,
        program_id=SAMPLE_PROGRAM.id,
        member_id=MemberId(member),
        channel=Channel.UPLOAD,
        files=[IncomingFile(path, "letter.pdf", len(LETTER))],
    )
    assert make_backup(old, tmp_path / "backup").files == 1
    restore_backup(fresh, tmp_path / "backup")
    (name,) = fresh.store.names()
    assert fresh.store.read_bytes(Sha256(name)) == LETTER
    for wiring in (old, fresh):
        wiring.close()
