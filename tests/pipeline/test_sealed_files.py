"""Files sealed by a key a member: unreadable in the store, gone with the key, whatever backup is restored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from pipeline.backup import BackupError, check_backup, make_backup, restore_backup
from pipeline.clock import utc_now
from pipeline.privacy import erase_member, remove_files
from pipeline.runner import run
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.sealed_store import master_keys
from pipeline.settings import Settings, SettingsError
from pipeline.upload_pieces import add_piece, begin_upload, whole_files
from pipeline.wiring import Wiring, build
from receipts.database.repositories.uploads import Uploading
from receipts.errors import TransientError
from receipts.files import AlteredFileError, MissingFileError, as_stored
from receipts.files.sealing import is_sealed, new_key, seal, unseal
from receipts.identity import MemberId, Sha256
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, shop_at
from tests.support import commands
from tests.support.doors import Doors, channels_toml, mail, write_settings_files
from tests.support.signing import records, rsa_key, signed

PROGRAM = SAMPLE_PROGRAM.id


def keys_file(folder: Path, *keys: str) -> Path:
    path = folder / "keys"
    path.write_text("# newest first\n" + "\n".join(keys) + "\n")
    return path


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Shop]:
    path = keys_file(tmp_path, Fernet.generate_key().decode())
    with shop_at(tmp_path, master_keys_file=path) as shop:
        yield shop


def sent(shop: Shop, data: bytes, member: MemberId | None = None) -> Sha256:
    shop.send(data, member=member)
    return Sha256(hashlib.sha256(data).hexdigest())


def with_keys(wiring: Wiring, path: Path | None) -> Wiring:
    """The same installation with another file of keys."""
    return build(wiring.settings.model_copy(update={"master_keys_file": path}))


def test_what_lies_in_the_store_is_sealed_and_is_read_and_paid_as_before(sealed: Shop) -> None:
    data = e_receipt("sealed", OATS, MILK)
    (receipt,) = sealed.send(data).receipts
    sha256 = Sha256(hashlib.sha256(data).hexdigest())
    stored = as_stored(sealed.wiring.plain_store, sha256)
    assert is_sealed(stored)
    assert b"%PDF" not in stored
    assert sealed.wiring.store.read_bytes(sha256) == data
    assert run(sealed.wiring, receipt.id) is ReceiptState.AWARDED


def test_pieces_of_an_upload_lie_sealed_and_come_together_whole(sealed: Shop) -> None:
    data, wiring = e_receipt("in-pieces", OATS), sealed.wiring
    half = len(data) // 2
    upload = begin_upload(wiring, PROGRAM, sealed.ruth, file_name="a.pdf", size_bytes=len(data))
    assert isinstance(upload, Uploading)
    for offset, piece in ((0, data[:half]), (half, data[half:])):
        add_piece(wiring, PROGRAM, sealed.ruth, upload.id, offset=offset, data=piece)
    kept = b"".join(bytes(row[0]) for row in sealed.rows("SELECT data FROM upload_pieces ORDER BY start"))
    assert len(kept) > len(data)
    assert b"%PDF" not in kept
    assert data[half : half + 20] not in kept
    with ExitStack() as until:
        (whole,) = whole_files(wiring, PROGRAM, sealed.ruth, [upload.id], until=until)  # type: ignore[misc]
        assert whole.path.read_bytes() == data


def test_a_sealed_file_opens_only_whole_under_its_name_and_key() -> None:
    key, data = new_key(), b"a receipt"
    name = Sha256(hashlib.sha256(data).hexdigest())
    stored = seal(data, key, name)
    assert unseal(stored, key, name) == data
    for wrong in (
        lambda: unseal(stored, new_key(), name),
        lambda: unseal(stored, key, Sha256("0" * 64)),
        lambda: unseal(stored[:-1] + b"x", key, name),
    ):
        with pytest.raises(AlteredFileError):
            wrong()
    assert not is_sealed(stored[:-1] + b"x"), "a backup sees it without a key"
    assert not is_sealed(data)


def test_an_erasure_destroys_the_key_at_once_though_the_file_is_still_there(sealed: Shop) -> None:
    data = e_receipt("mine", OATS)
    (receipt,) = sealed.send(data).receipts
    run(sealed.wiring, receipt.id)
    sha256 = Sha256(hashlib.sha256(data).hexdigest())
    assert erase_member(sealed.wiring, program_id=PROGRAM, member_id=sealed.maya) is not None
    assert is_sealed(as_stored(sealed.wiring.plain_store, sha256)), "put within the hour, so not yet removed"
    with pytest.raises(MissingFileError, match="destroyed"):
        sealed.wiring.store.read_bytes(sha256)
    assert sealed.rows("SELECT count(*) FROM member_keys") == [(0,)]
    remove_files(sealed.wiring, untouched_s=-1)
    assert not sealed.wiring.plain_store.exists(sha256)
    assert sealed.rows("SELECT count(*) FROM sealed_files") == [(0,)]


def test_the_same_bytes_of_two_members_open_for_each_by_their_own_key(sealed: Shop) -> None:
    data = e_receipt("both", OATS)
    (mine,) = sealed.send(data).receipts
    sha256 = sent(sealed, data, sealed.tom)
    run(sealed.wiring, mine.id)
    erase_member(sealed.wiring, program_id=PROGRAM, member_id=sealed.maya, stopped=True)
    assert sealed.wiring.store.read_bytes(sha256) == data
    erase_member(sealed.wiring, program_id=PROGRAM, member_id=sealed.tom, stopped=True)
    with pytest.raises(MissingFileError):
        sealed.wiring.store.read_bytes(sha256)


def test_who_puts_what_was_lost_with_a_key_seals_it_anew(sealed: Shop) -> None:
    data = e_receipt("again", OATS)
    sha256 = sent(sealed, data)
    erase_member(sealed.wiring, program_id=PROGRAM, member_id=sealed.maya, stopped=True)
    assert sent(sealed, data, sealed.tom) == sha256
    assert sealed.wiring.store.read_bytes(sha256) == data


def test_the_installations_key_can_be_changed_and_the_old_one_thrown_away(sealed: Shop) -> None:
    data = e_receipt("rotated", OATS)
    sha256 = sent(sealed, data)
    path = sealed.wiring.settings.master_keys_file
    assert path is not None
    old, new = path.read_text().split()[-1], Fernet.generate_key().decode()
    keys_file(path.parent, new)
    with pytest.raises(TransientError, match="no key in the file"):
        with_keys(sealed.wiring, path).store.read_bytes(sha256)
    keys_file(path.parent, new, old)
    environment = {
        "TILLPOINTS_DATA_DIR": str(sealed.wiring.settings.data_dir),
        "TILLPOINTS_MASTER_KEYS_FILE": str(path),
    }
    said = commands.tillpoints("keys", "rotate", environment=environment).stdout
    assert said.startswith("1 members' keys are sealed by the first key")
    keys_file(path.parent, new)
    assert with_keys(sealed.wiring, path).store.read_bytes(sha256) == data


def test_what_was_stored_before_there_were_keys_can_be_sealed(sunny: Shop, tmp_path: Path) -> None:
    data = e_receipt("before", OATS)
    sha256 = sent(sunny, data)
    assert as_stored(sunny.wiring.plain_store, sha256) == data
    path = keys_file(tmp_path, Fernet.generate_key().decode())
    later = with_keys(sunny.wiring, path)
    assert later.store.read_bytes(sha256) == data
    from pipeline.seal_older import seal_older

    assert seal_older(later) == (1, 0)
    assert seal_older(later) == (0, 0)
    assert is_sealed(as_stored(later.plain_store, sha256))
    assert later.store.read_bytes(sha256) == data
    with pytest.raises(TransientError, match="TILLPOINTS_MASTER_KEYS_FILE"):
        sunny.wiring.store.read_bytes(sha256)


def test_an_erased_key_does_not_come_back_by_an_older_backup(sealed: Shop, tmp_path: Path) -> None:
    mine, other = e_receipt("backed", OATS), e_receipt("other", OATS)
    (first,) = sealed.send(mine).receipts
    sha256, tom = Sha256(hashlib.sha256(mine).hexdigest()), sent(sealed, other, sealed.tom)
    run(sealed.wiring, first.id)
    backups = tmp_path / "backups"
    make_backup(sealed.wiring, backups / "monday")
    copied = [each.read_bytes() for each in (backups / "monday" / "files").glob("??/??/*")]
    assert copied
    assert all(map(is_sealed, copied))
    check_backup(sealed.wiring, backups / "monday")
    erase_member(sealed.wiring, program_id=PROGRAM, member_id=sealed.maya)
    make_backup(sealed.wiring, backups / "tuesday")
    fresh = build(
        Settings(data_dir=tmp_path / "fresh", master_keys_file=sealed.wiring.settings.master_keys_file)
    )
    broken = tmp_path / "broken.jsonl"
    broken.write_text("[1]\n")
    with pytest.raises(BackupError, match="line 1"):
        restore_backup(fresh, backups / "monday", keys=broken)
    # Without the list of erasures, as if it had been lost: the key alone must hold.
    restore_backup(fresh, backups / "monday")
    assert fresh.store.read_bytes(tom) == other
    assert fresh.plain_store.exists(sha256)
    with pytest.raises(MissingFileError, match="destroyed"):
        fresh.store.read_bytes(sha256)


@pytest.mark.parametrize("known", [True, False], ids=["linked", "nobody's"])
def test_a_mail_is_nobodys_until_it_is_taken_in_and_goes_with_its_sender(tmp_path: Path, known: bool) -> None:
    key = rsa_key("example.com")
    path = keys_file(tmp_path, Fernet.generate_key().decode())
    channels, dns = write_settings_files(tmp_path, channels_toml(smtp_port=9), records(key))
    with shop_at(tmp_path, master_keys_file=path, channels_file=channels, dns_file=dns) as shop:
        doors = Doors(shop.wiring, tmp_path, None)  # type: ignore[arg-type]
        sender = MAYA.email if known else "maya@work.example"
        raw = signed(mail(sender, attached=((e_receipt("m", OATS), "application/pdf", "r.pdf"),)), key)
        doors.arrive(raw)
        sha256 = Sha256(hashlib.sha256(raw).hexdigest())
        assert shop.rows("SELECT member_id FROM file_keys") == [("",)]
        doors.work_without_answers()
        if known:
            assert {row[0] for row in shop.rows("SELECT member_id FROM file_keys")} == {shop.maya}
        else:
            with shop.wiring.database.write() as session:
                own = {"member": shop.maya, "address": sender, "program": PROGRAM, "at": utc_now()}
                session.execute(
                    text(
                        "INSERT INTO linked_addresses (program_id, kind, address, member_id, linked_at)"
                        " VALUES (:program, 'email', :address, :member, '2026-01-01 00:00:00.000000')"
                    ),
                    own,
                )
        assert shop.wiring.store.read_bytes(sha256) == raw
        erase_member(shop.wiring, program_id=PROGRAM, member_id=shop.maya, stopped=True)
        with pytest.raises(MissingFileError, match="destroyed"):
            shop.wiring.store.read_bytes(sha256)


def test_a_backup_does_not_replace_keys_that_it_cannot_account_for(sealed: Shop, tmp_path: Path) -> None:
    sent(sealed, e_receipt("kept", OATS))
    make_backup(sealed.wiring, tmp_path / "backups" / "monday")
    keys = tmp_path / "backups" / "member_keys.jsonl"
    before = keys.read_text()
    with shop_at(tmp_path / "elsewhere") as other, pytest.raises(BackupError, match="1 members"):
        make_backup(other.wiring, tmp_path / "backups" / "theirs")
    assert keys.read_text() == before


def test_a_wrong_file_of_keys_stops_the_start_and_is_not_quoted(tmp_path: Path) -> None:
    for words in ("no-key-at-all\n", "", "# only words\n"):
        path = tmp_path / "keys"
        path.write_text(words)
        with pytest.raises(SettingsError, match="TILLPOINTS_MASTER_KEYS_FILE") as told:
            master_keys(Settings(data_dir=tmp_path, master_keys_file=path))
        assert "no-key-at-all" not in str(told.value)
