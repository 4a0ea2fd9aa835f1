"""A backup, taken while receipts are on their way, restored elsewhere: the same rows, files and points."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.backup import BackupError, make_backup, restore_backup
from pipeline.books_check import check_books
from pipeline.clock import utc_now
from pipeline.privacy import erase_member
from pipeline.runner import run
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.submit import IncomingFile, submit
from pipeline.views import receipt_view
from pipeline.wiring import Wiring, build
from receipts.database.base import Base
from receipts.database.repositories.leases import Leases
from receipts.database.repositories.uploads import Uploads
from receipts.identity import MemberId, ReceiptId, Sha256
from receipts.state import ReceiptState
from receipts.submission import Channel
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt
from tests.support import commands

PROGRAM = SAMPLE_PROGRAM.id
TABLES = [name for name in Base.metadata.tables if name not in ("leases", "heartbeats")]


@contextmanager
def elsewhere(folder: Path, **settings: str) -> Iterator[Wiring]:
    wiring = build(Settings(data_dir=folder, **settings))
    yield wiring
    wiring.close()


def rows(wiring: Wiring) -> dict[str, list[str]]:
    """Every row of every table, as the tables' own types read it."""
    with wiring.database.read() as session:
        return {
            name: sorted(
                json.dumps([*row], sort_keys=True, default=str)
                for row in session.execute(Base.metadata.tables[name].select())
            )
            for name in TABLES
        }


def send(wiring: Wiring, folder: Path, member: MemberId, data: bytes) -> ReceiptId:
    path = folder / "sent.pdf"
    path.write_bytes(data)
    files = [IncomingFile(path, "sent.pdf", len(data))]
    sent = submit(wiring, program_id=PROGRAM, member_id=member, channel=Channel.UPLOAD, files=files)
    return sent.receipts[0].id


@pytest.fixture
def busy(sunny: Shop) -> Shop:
    """One receipt paid, one that waits for a worker, and a file of which one piece has arrived."""
    (paid,) = sunny.send(e_receipt("paid", OATS, MILK, layout="narrow")).receipts
    run(sunny.wiring, paid.id)
    sunny.send(e_receipt("waits", OATS, layout="narrow"))
    with sunny.wiring.database.write() as session:
        uploads = Uploads(session, PROGRAM, sunny.ruth, utc_now())
        upload = uploads.begin(file_name="a.jpg", size_bytes=9, life=timedelta(hours=1))
        assert uploads.append(upload, b"\xff\xd8\x00")
    return sunny


def test_what_is_restored_is_what_was_there_and_goes_on(busy: Shop, tmp_path: Path) -> None:
    manifest = make_backup(busy.wiring, tmp_path / "backup")
    assert (manifest.files, manifest.lost, manifest.rows["receipts"]) == (2, (), 2)
    (waiting,) = busy.rows("SELECT id FROM receipts WHERE state = 'received'")
    with elsewhere(tmp_path / "fresh") as fresh:
        assert restore_backup(fresh, tmp_path / "backup").erased == 0
        assert rows(fresh) == rows(busy.wiring)
        assert fresh.secret_key == busy.wiring.secret_key, "links that were sent still work"
        assert check_books(fresh) == ()
        assert run(fresh, ReceiptId(waiting[0])) is ReceiptState.AWARDED
        again = send(fresh, tmp_path, busy.maya, e_receipt("paid", OATS, MILK, layout="narrow"))
        assert run(fresh, again) is ReceiptState.HELD, "what was paid before is still known"


def test_it_moves_from_sqlite_to_postgresql_and_back(
    busy: Shop,
    tmp_path: Path,
    postgres_url: str,
) -> None:
    make_backup(busy.wiring, tmp_path / "one")
    with elsewhere(tmp_path / "large", database_url=postgres_url) as large:
        restore_backup(large, tmp_path / "one")
        before = rows(busy.wiring)
        assert rows(large) == before
        fresh = send(large, tmp_path, busy.tom, e_receipt("behind", OATS, layout="narrow"))
        assert run(large, fresh) is ReceiptState.AWARDED, "keys go on counting behind the restored rows"
        make_backup(large, tmp_path / "two")
        with elsewhere(tmp_path / "small") as small:
            restore_backup(small, tmp_path / "two")
            assert rows(small) == rows(large)
            view = receipt_view(small, program_id=PROGRAM, receipt_id=fresh)
            assert view is not None
            assert view.points == 30


def test_a_backup_is_of_one_moment(busy: Shop, tmp_path: Path) -> None:
    """A receipt that comes while tables are written is in none of them, or it would lack its submission."""

    def meanwhile(what: str, _count: int) -> None:
        if what == "submissions":
            send(busy.wiring, tmp_path, busy.tom, e_receipt("meanwhile", OATS))

    manifest = make_backup(busy.wiring, tmp_path / "backup", meanwhile)
    assert (manifest.rows["submissions"], manifest.rows["receipts"]) == (2, 2)
    assert busy.rows("SELECT count(*) FROM receipts") == [(3,)]
    with elsewhere(tmp_path / "fresh") as fresh:
        restore_backup(fresh, tmp_path / "backup")


def test_who_was_erased_since_is_erased_again(busy: Shop, tmp_path: Path) -> None:
    make_backup(busy.wiring, tmp_path / "backup")
    (waiting,) = busy.rows("SELECT id FROM receipts WHERE state = 'received'")
    run(busy.wiring, ReceiptId(waiting[0]))
    erase_member(busy.wiring, program_id=PROGRAM, member_id=busy.maya)
    with elsewhere(tmp_path / "fresh") as fresh:
        done = restore_backup(fresh, tmp_path / "backup", erasures=busy.wiring.settings.erasures_file)
        assert done.erased == 1
        assert MAYA.email not in str(rows(fresh))
        assert check_books(fresh) == ()


def test_damage_is_found_before_anything_is_written(busy: Shop, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    make_backup(busy.wiring, whole)

    def damaged(name: str, harm: Callable[[Path], object]) -> str:
        bad = tmp_path / name
        shutil.copytree(whole, bad)
        harm(bad)
        with elsewhere(tmp_path / f"for-{name}") as fresh, pytest.raises(BackupError) as caught:
            restore_backup(fresh, bad)
        assert not (tmp_path / f"for-{name}" / "tillpoints.db").exists() or not fresh.database.version()
        return str(caught.value)

    def cut(folder: Path) -> None:
        path = folder / "tables" / "receipts.jsonl.gz"
        path.write_bytes(path.read_bytes()[:-20])

    def alter(folder: Path) -> None:
        next((folder / "files").glob("??/??/*")).write_bytes(b"other")

    def newer(folder: Path) -> None:
        known = json.loads((folder / "backup.json").read_text())
        (folder / "backup.json").write_text(json.dumps({**known, "version": "9999"}))

    def escape(folder: Path) -> None:
        known = json.loads((folder / "backup.json").read_text())
        known["hashes"]["../../etc/passwd"] = "0"
        (folder / "backup.json").write_text(json.dumps(known))

    assert "receipts is not as it was written" in damaged("cut", cut)
    assert "has changed" in damaged("altered", alter)
    lost = damaged("lost", lambda folder: next((folder / "files").glob("??/??/*")).unlink())
    assert "1 of 2 files are not there" in lost
    assert "newer version" in damaged("newer", newer)
    assert "names a table" in damaged("escape", escape)
    assert "is no whole backup" in damaged("unfinished", lambda folder: (folder / "backup.json").unlink())


def test_nothing_is_restored_over_programs_that_are_there(busy: Shop, tmp_path: Path) -> None:
    make_backup(busy.wiring, tmp_path / "backup")
    before = rows(busy.wiring)
    with pytest.raises(BackupError, match="goes into an empty one"):
        restore_backup(busy.wiring, tmp_path / "backup")
    assert rows(busy.wiring) == before


def test_a_full_folder_and_a_second_backup_are_refused(busy: Shop, tmp_path: Path) -> None:
    make_backup(busy.wiring, tmp_path / "backup")
    with pytest.raises(BackupError, match="is not empty"):
        make_backup(busy.wiring, tmp_path / "backup")
    from pipeline.clock import utc_now

    with busy.wiring.database.write() as session:
        Leases(session, utc_now()).take("backup", "another", 60.0)
    with pytest.raises(BackupError, match="Another backup runs"):
        make_backup(busy.wiring, tmp_path / "second")


def test_the_commands_back_up_check_and_restore(busy: Shop, tmp_path: Path) -> None:
    lost = Sha256(busy.rows("SELECT file_sha256 FROM receipts ORDER BY number DESC")[0][0])

    def tillpoints(folder: Path, *words: str) -> tuple[int, str]:
        done = commands.tillpoints(*words, environment={"TILLPOINTS_DATA_DIR": str(folder)})
        return done.returncode, done.stdout + done.stderr

    data = busy.wiring.settings.data_dir
    to = tmp_path / "backup"
    status, said = tillpoints(data, "backup", str(to))
    assert (status, "2 files" in said) == (0, True)
    assert [path.stat().st_mode & 0o077 for path in (to, to / "backup.json", to / "secret_key")] == [0, 0, 0]
    assert tillpoints(data, "backup", str(to), "--check")[0] == 0
    status, said = tillpoints(tmp_path / "fresh", "restore", str(to))
    assert (status, "Program sample: its message feed ends at" in said) == (0, True), said
    assert busy.wiring.store.remove(lost, untouched_s=-5.0)
    status, said = tillpoints(data, "backup", str(tmp_path / "less"))
    assert (status, "1 files that receipts name" in said) == (1, True)
    with gzip.open(to / "tables" / "members.jsonl.gz", "rt") as file:
        assert MAYA.name in file.read()
    with busy.wiring.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM leases WHERE name = 'backup'")).scalar_one() == 0
