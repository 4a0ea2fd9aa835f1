"""Files on their way past our servers: the folder and the bucket let through the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from receipts.files import Store
from receipts.files.quarantine import FILE_FIELD, Invitation, LocalQuarantine, NotInvitedError, Quarantine
from receipts.files.s3 import S3Store
from receipts.files.s3_quarantine import S3Quarantine

Send = Callable[[Invitation, bytes], bool]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Quarantine, Send]:
    if request.param == "folder":
        folder = LocalQuarantine(tmp_path / "quarantine", url="http://us/", secret_key="s" * 40)

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
