"""Uploads in pieces by two requests at once, and what nobody finishes, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from pipeline import upload_pieces
from pipeline.clock import utc_now
from pipeline.relay import Relay
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.settings import Settings
from pipeline.upload_pieces import (
    NoSuchUpload,
    OtherOffset,
    TooManyOpen,
    add_piece,
    begin_upload,
    forget_along,
    whole_files,
)
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.uploads import Uploading, Uploads
from receipts.database.tables import UploadRow
from receipts.identity import AccountId
from tests.support.ready import make_ready

PROGRAM = SAMPLE_PROGRAM.id
WAIT_S = 20.0
AT_ONCE = 8


@pytest.fixture
def maya(tmp_path: Path, database_url: str) -> Iterator[tuple[Wiring, AccountId]]:
    wiring = build(Settings(data_dir=tmp_path / "data", database_url=database_url, max_upload_bytes=1024))
    make_ready(wiring)
    with wiring.database.read() as session:
        found = Programs(session).account_by_email(MAYA.email)
    assert found is not None
    yield wiring, found[0].id
    wiring.close()


def begin(wiring: Wiring, account: AccountId, size: int = 4) -> Uploading | TooManyOpen:
    return begin_upload(wiring, PROGRAM, account, file_name="r.pdf", size_bytes=size)


def begun(wiring: Wiring, account: AccountId, data: bytes = b"") -> str:
    upload = begin(wiring, account)
    assert isinstance(upload, Uploading)
    if data:
        add_piece(wiring, PROGRAM, account, upload.id, offset=0, data=data)
    return upload.id


def all_at_once(work: Callable[[], object], times: int) -> list[object]:
    start = threading.Barrier(times)

    def one() -> object:
        start.wait(WAIT_S)
        return work()

    with ThreadPoolExecutor(times) as pool:
        return [each.result(WAIT_S) for each in [pool.submit(one) for _ in range(times)]]


def count(wiring: Wiring, table: str) -> int:
    with wiring.database.read() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_one_piece_that_comes_often_at_once_is_added_once(maya: tuple[Wiring, AccountId]) -> None:
    wiring, account = maya
    upload = begun(wiring, account)
    done = all_at_once(
        lambda: add_piece(wiring, PROGRAM, account, upload, offset=0, data=b"ab"), times=AT_ONCE
    )
    assert sum(isinstance(each, Uploading) for each in done) == 1
    assert {each.upload.received_bytes for each in done if isinstance(each, OtherOffset)} == {2}


def test_an_upload_is_submitted_once_however_many_ask(maya: tuple[Wiring, AccountId]) -> None:
    wiring, account = maya
    upload = begun(wiring, account, b"abcd")

    def submit() -> bool:
        with wiring.database.write() as session:
            return forget_along(session, PROGRAM, account, [upload])

    assert sorted(all_at_once(submit, times=AT_ONCE), key=str) == [False] * (AT_ONCE - 1) + [True]


def test_what_is_submitted_while_it_is_read_is_gone_and_not_short(
    maya: tuple[Wiring, AccountId], monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring, account = maya
    upload = begun(wiring, account, b"abcd")
    found = Uploads.find

    def then_gone(self: Uploads, upload_id: str) -> Uploading | None:
        known = found(self, upload_id)
        with ThreadPoolExecutor(1) as pool:  # another connection
            pool.submit(upload_pieces.drop_uploads, wiring, PROGRAM, account, [upload_id]).result(WAIT_S)
        return known

    monkeypatch.setattr(Uploads, "find", then_gone)
    with ExitStack() as until:
        gone = whole_files(wiring, PROGRAM, account, [upload], until=until)
    # SQLite shows the reader one moment throughout: there it is whole.
    assert isinstance(gone, NoSuchUpload if not wiring.database.is_sqlite else tuple)


def test_many_begun_at_once_stay_within_the_bound(maya: tuple[Wiring, AccountId]) -> None:
    wiring, account = maya
    for _ in range(7):
        assert isinstance(begin(wiring, account, size=1024), Uploading)
    done = all_at_once(lambda: begin(wiring, account, size=1024), times=AT_ONCE)
    assert sum(isinstance(each, Uploading) for each in done) == 3


def test_empty_ones_are_counted_too(maya: tuple[Wiring, AccountId], monkeypatch: pytest.MonkeyPatch) -> None:
    wiring, account = maya
    monkeypatch.setattr(upload_pieces, "OPEN_MOST", 3)
    done = [begin(wiring, account, size=0) for _ in range(5)]
    assert [isinstance(each, Uploading) for each in done] == [True] * 3 + [False] * 2


def test_what_nobody_finishes_goes_by_itself(maya: tuple[Wiring, AccountId]) -> None:
    wiring, account = maya
    old, new = begun(wiring, account, b"ab"), begun(wiring, account, b"ab")
    with wiring.database.write() as session:
        session.execute(
            update(UploadRow).where(UploadRow.id == old).values(expires_at=utc_now() - timedelta(seconds=1))
        )
    Relay(wiring).expire()
    with wiring.database.read() as session:
        assert session.scalars(text("SELECT id FROM uploads")).all() == [new]
    assert count(wiring, "upload_pieces") == 1
