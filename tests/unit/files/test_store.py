"""Every kind of store keeps the same promises."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from receipts.errors import TransientError
from receipts.files import AlteredFileError, MissingFileError, Store, as_stored
from receipts.files.local import LocalStore
from receipts.files.sealing import new_key, seal, unseal
from receipts.identity import Sha256

ABSENT = Sha256("0" * 64)
LARGE = os.urandom(3_000_000)


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return LocalStore(tmp_path / "files")
    made: Store = request.getfixturevalue("s3_store")()
    return made


def test_a_sealed_file_lies_under_the_name_of_what_it_holds(store: Store) -> None:
    key, data = new_key(), b"a receipt"
    name = store.put_bytes(data)
    store.put_as(name, seal(data, key, name))
    assert unseal(as_stored(store, name), key, name) == data
    assert list(store.names()) == [name]
    with pytest.raises(AlteredFileError):
        store.read_bytes(name)
    store.put_as(name, b"something else")
    with pytest.raises(AlteredFileError):
        as_stored(store, name)


@pytest.mark.parametrize("data", [b"", b"a receipt", LARGE], ids=["empty", "small", "large"])
def test_what_is_put_is_read_back(store: Store, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "upload.jpg"
    path.write_bytes(data)
    assert store.put_file(path) == hashlib.sha256(data).hexdigest() == store.put_bytes(data)
    sha256 = store.put_bytes(data)
    assert store.exists(sha256)
    assert store.read_bytes(sha256) == data
    with store.open(sha256) as file:
        assert file.read() == data


def test_different_files_do_not_mix(store: Store) -> None:
    names = {store.put_bytes(bytes([number])): bytes([number]) for number in range(20)}
    assert {name: store.read_bytes(name) for name in names} == names


def test_what_was_never_put_is_missing(store: Store) -> None:
    assert not store.exists(ABSENT)
    with pytest.raises(MissingFileError):
        store.read_bytes(ABSENT)
    with pytest.raises(MissingFileError):
        store.open(ABSENT)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_hash_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.exists(Sha256(name))
    with pytest.raises(ValueError, match="SHA-256"):
        store.read_bytes(Sha256(name))


def test_many_threads_may_put_the_same_file(store: Store) -> None:
    names: list[Sha256] = []
    threads = [threading.Thread(target=lambda: names.append(store.put_bytes(LARGE))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == [hashlib.sha256(LARGE).hexdigest()] * 6
    assert store.read_bytes(names[0]) == LARGE


def test_local_files_lie_two_folders_deep_and_are_private(tmp_path: Path) -> None:
    sha256 = LocalStore(tmp_path).put_bytes(b"a receipt")
    path = tmp_path / sha256[:2] / sha256[2:4] / sha256
    assert path.read_bytes() == b"a receipt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry for entry in tmp_path.rglob("*") if entry.is_file()] == [path]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    sha256 = store.put_bytes(b"total 15.90")
    (tmp_path / sha256[:2] / sha256[2:4] / sha256).write_bytes(b"total 95.90")
    with pytest.raises(AlteredFileError):
        store.read_bytes(sha256)


def test_what_a_crash_left_half_written_is_removed_in_time(tmp_path: Path) -> None:
    LocalStore(tmp_path)
    old, new = tmp_path / "incoming" / "old", tmp_path / "incoming" / "new"
    for path in (old, new):
        path.write_bytes(b"half a photo")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    LocalStore(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_folder_that_cannot_be_used_is_worth_another_try(tmp_path: Path) -> None:
    in_the_way = tmp_path / "files"
    in_the_way.write_bytes(b"not a folder")
    with pytest.raises(TransientError, match="cannot be used"):
        LocalStore(in_the_way)


def test_a_service_that_does_not_answer_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = pytest.importorskip("receipts.files.s3", reason="boto3 is not installed: run `make setup`")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    nobody_listens = s3.S3Store.from_url("s3://receipts", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(TransientError, match="does not answer"):
        nobody_listens.put_bytes(b"a receipt")


def test_a_wrong_key_says_so(
    s3_store: Callable[[], Store], s3_endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3_store()
    s3 = pytest.importorskip("receipts.files.s3", reason="boto3 is not installed: run `make setup`")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    stranger = s3.S3Store.from_url("s3://receipts-1", endpoint_url=s3_endpoint_url)
    with pytest.raises(TransientError, match="refused"):
        stranger.put_bytes(b"a receipt")


@pytest.mark.parametrize("url", ["", "receipts", "https://receipts", "s3:///prefix"])
def test_an_address_of_another_form_is_refused(url: str) -> None:
    s3 = pytest.importorskip("receipts.files.s3", reason="boto3 is not installed: run `make setup`")
    with pytest.raises(ValueError, match="s3://BUCKET"):
        s3.S3Store.from_url(url)


def test_every_stored_file_is_listed(store: Store) -> None:
    put = {store.put_bytes(bytes([number]) * 10) for number in range(5)}
    assert set(store.names()) >= put
    assert len(list(store.names())) == len(set(store.names()))


def test_a_file_is_removed_unless_it_was_put_lately(store: Store) -> None:
    sha256 = store.put_bytes(b"to go")
    assert not store.remove(sha256, untouched_s=86_400.0)
    assert store.exists(sha256)
    assert store.remove(sha256, untouched_s=-5.0)
    assert not store.exists(sha256)
    assert store.remove(sha256, untouched_s=86_400.0), "gone is gone"
    assert store.put_bytes(b"to go") == sha256
    assert store.read_bytes(sha256) == b"to go"
