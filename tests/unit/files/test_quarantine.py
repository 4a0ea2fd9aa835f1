"""Files on their way past our servers: the folder and the bucket let through the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet, MultiFernet

from receipts.errors import TransientError
from receipts.files import AlteredFileError, Store
from receipts.files.quarantine import FILE_FIELD, Invitation, LocalQuarantine, NotInvitedError, Quarantine
from receipts.files.s3 import S3Store
from receipts.files.s3_quarantine import S3Quarantine

Send = Callable[[Invitation, bytes], bool]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Quarantine, Send]:
    if request.param == "folder":
        masters = MultiFernet([Fernet(Fernet.generate_key())])
        folder = LocalQuarantine(
            tmp_path / "quarantine", url="http://us/", secret_key="s" * 40, masters=masters
        )

        def hand_in(invited: Invitation, data: bytes) -> bool:
            file = tmp_path / "sent"
            file.write_bytes(data)
            try:
                folder.take(invited.fields["ticket"], file)
            except NotInvitedError:
                return False
            return True

        return folder, hand_in
    store = request.getfixturevalue("s3_store")()
    assert isinstance(store, S3Store)
    url = f"s3://{store._bucket}/originals"
    endpoint = request.getfixturevalue("s3_endpoint_url")
    bucket = S3Quarantine.from_url(url, endpoint_url=endpoint, public_url=endpoint)

    def post(invited: Invitation, data: bytes) -> bool:
        files = {FILE_FIELD: ("any", data)}
        try:
            return httpx.post(invited.url, data=dict(invited.fields), files=files).is_success
        except httpx.RemoteProtocolError:  # SeaweedFS hangs up on some forms
            return False

    return bucket, post


def test_in_the_folder_it_lies_sealed_for_its_upload_alone(tmp_path: Path) -> None:
    masters = MultiFernet([Fernet(Fernet.generate_key())])
    sent, folder = tmp_path / "sent", tmp_path / "quarantine"
    sent.write_bytes(b"what was bought" * 9)
    wait = LocalQuarantine(folder, url="", secret_key="s" * 40, masters=masters)
    for upload in ("upl_1", "upl_2"):
        invited = wait.invite(upload, size_bytes=sent.stat().st_size, life_s=60)
        wait.take(invited.fields["ticket"], sent)
        assert b"bought" not in (folder / upload).read_bytes()
    shutil.copyfile(folder / "upl_1", folder / "upl_2")
    assert wait.fetch("upl_1", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == sent.read_bytes()
    with pytest.raises(AlteredFileError):
        wait.fetch("upl_2", tmp_path / "fetched")
    other = MultiFernet([Fernet(Fernet.generate_key())])
    for keys in (None, other):
        without = LocalQuarantine(folder, url="", secret_key="s" * 40, masters=keys)
        with pytest.raises(TransientError, match="TILLPOINTS_MASTER_KEYS_FILE"):
            without.fetch("upl_1", tmp_path / "fetched")
    (folder / "upl_3").write_bytes(b"from before there were keys")
    assert wait.fetch("upl_3", tmp_path / "fetched")


@pytest.mark.parametrize("place", ["bucket"], indirect=True)
def test_s3_is_asked_for_encryption_by_the_form(place: tuple[Quarantine, Send]) -> None:
    """Signed into the form: S3 takes none that leaves it out or says another."""
    bucket, send = place
    assert isinstance(bucket, S3Quarantine)
    asked = S3Quarantine(
        bucket._client, bucket._signing, bucket=bucket._bucket, prefix="", encryption="AES256"
    )
    invited = asked.invite("upl_1", size_bytes=4, life_s=60)
    wish = "x-amz-server-side-encryption"
    assert invited.fields[wish] == "AES256"
    without = {name: value for name, value in invited.fields.items() if name != wish}
    assert not send(Invitation(invited.url, without), b"four")
    assert send(invited, b"four")
    head = bucket._client.head_object(Bucket=bucket._bucket, Key="quarantine/upl_1")
    assert head["ServerSideEncryption"] == "AES256"


def test_one_file_of_the_said_size_comes_in_and_is_gone_once_removed(
    place: tuple[Quarantine, Send], tmp_path: Path
) -> None:
    quarantine, send = place
    data, path = bytes(range(256)) * 9, tmp_path / "fetched"
    invited = quarantine.invite("upl_1", size_bytes=len(data), life_s=60)
    assert not quarantine.fetch("upl_1", path)
    assert not send(invited, data + b"x"), "longer"
    assert not send(invited, data[:-1]), "shorter"
    assert list(quarantine.ids()) == []
    assert send(invited, data)
    assert list(quarantine.ids()) == ["upl_1"]
    assert quarantine.fetch("upl_1", path)
    assert path.read_bytes() == data
    for _ in range(2):
        quarantine.remove("upl_1")
    assert list(quarantine.ids()) == []


def test_a_form_of_which_anything_is_changed_brings_nothing(place: tuple[Quarantine, Send]) -> None:
    quarantine, send = place
    invited = quarantine.invite("upl_1", size_bytes=4, life_s=60)
    for name in invited.fields:
        changed = {**invited.fields, name: invited.fields[name].replace("1", "2") + "x"}
        assert not send(Invitation(invited.url, changed), b"1234"), name
    assert list(quarantine.ids()) == []


def test_a_form_has_its_time(place: tuple[Quarantine, Send]) -> None:
    quarantine, send = place
    invited = quarantine.invite("upl_1", size_bytes=4, life_s=-5)
    assert not send(invited, b"1234")


def test_files_that_wait_are_none_of_the_store(s3_store: Callable[[], Store], s3_endpoint_url: str) -> None:
    store = s3_store()
    assert isinstance(store, S3Store)
    url = f"s3://{store._bucket}/originals"
    quarantine = S3Quarantine.from_url(url, endpoint_url=s3_endpoint_url, public_url=None)
    kept = store.put_bytes(b"kept")
    quarantine._client.put_object(Bucket=store._bucket, Key="originals/quarantine/upl_1", Body=b"1")
    assert (list(store.names()), list(quarantine.ids())) == ([kept], ["upl_1"])
