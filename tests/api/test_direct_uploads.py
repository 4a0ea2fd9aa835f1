"""Files that come by a signed form to where files are kept, and are submitted afterwards."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from pipeline.direct_uploads import tidy_quarantine

from .conftest import Person, World


def _invited(person: Person, size: int, name: str = "r.pdf") -> dict[str, Any]:
    answer = person.http.post("/v1/uploads/direct", json={"file_name": name, "size_bytes": size})
    assert answer.status_code == 201
    invited: dict[str, Any] = answer.json()
    return invited


def _sent(world: World, invited: dict[str, Any], data: bytes, **changed: str) -> httpx.Response:
    """As a phone does that has no account: the form is all there is."""
    file = {invited["file_field"]: ("any name", data)}
    path = urlsplit(invited["url"]).path
    with world.client() as nobody:
        return nobody.post(path, data={**invited["fields"], **changed}, files=file)


def _submit(person: Person, *ids: str) -> httpx.Response:
    return person.http.post("/v1/submissions", files={"uploads": (None, " ".join(ids))})


def _waits(world: World, invited: dict[str, Any]) -> bool:
    return invited["id"] in world.wiring.quarantine.ids()


def test_a_file_is_sent_by_the_form_submitted_once_and_leaves_quarantine(world: World) -> None:
    data = world.receipt_pdf()
    invited = _invited(world.maya, len(data), "Beleg für heute.pdf")
    early = _submit(world.maya, invited["id"])
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")
    assert _sent(world, invited, data).status_code == 204
    assert (tidy_quarantine(world.wiring), _waits(world, invited)) == (0, True)
    taken = _submit(world.maya, invited["id"])
    assert taken.status_code == 202
    assert taken.json()["receipts"][0]["file_name"] == "Beleg für heute.pdf"
    assert (_waits(world, invited), _submit(world.maya, invited["id"]).status_code) == (False, 404)
    with world.wiring.database.read() as session:
        sha256 = session.scalar(
            text("SELECT file_sha256 FROM receipts WHERE id = :id"), {"id": taken.json()["receipts"][0]["id"]}
        )
    assert world.wiring.store.read_bytes(sha256) == data


def test_what_the_form_does_not_allow_is_refused(world: World) -> None:
    invited = _invited(world.maya, 4)
    for answer in (
        _sent(world, invited, b"12345"),
        _sent(world, invited, b"1234", ticket=invited["fields"]["ticket"][:-1] + "A"),
        _sent(world, invited, b"1234", ticket="upl_1:4:9"),
        _sent(world, invited, b"1234", ticket=""),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_invited")
    assert not _waits(world, invited)
    path = urlsplit(invited["url"]).path
    with world.client() as nobody:
        form = {name: (None, value) for name, value in invited["fields"].items()}
        assert nobody.post(path, files=form).json()["code"] == "no_file"
        assert nobody.post(path, data=invited["fields"]).status_code == 415


def test_another_member_submits_nothing_by_an_id_that_is_not_theirs(world: World) -> None:
    data = world.receipt_pdf()
    invited = _invited(world.maya, len(data))
    assert _sent(world, invited, data).status_code == 204
    assert _submit(world.tom, invited["id"]).status_code == 404
    assert _waits(world, invited)


@pytest.mark.parametrize("size", [0, -1, 10**30])
def test_a_size_that_cannot_be_is_refused(world: World, size: int) -> None:
    answer = world.maya.http.post("/v1/uploads/direct", json={"size_bytes": size})
    assert answer.status_code == 422


def test_what_is_too_large_is_refused_before_it_is_sent(world: World) -> None:
    most = world.wiring.settings.max_upload_bytes
    answer = world.maya.http.post("/v1/uploads/direct", json={"size_bytes": most + 1})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_hostile_bytes_are_looked_at_as_any_others_are(world: World) -> None:
    data = b"MZ this is no picture"
    invited = _invited(world.maya, len(data))
    assert _sent(world, invited, data).status_code == 204
    answer = _submit(world.maya, invited["id"])
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_type")
    assert not _waits(world, invited)


def test_what_was_given_up_is_swept(world: World) -> None:
    invited = _invited(world.maya, 4)
    assert _sent(world, invited, b"1234").status_code == 204
    where = f"/v1/uploads/{invited['id']}"
    assert world.maya.http.delete(where, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert (tidy_quarantine(world.wiring), _waits(world, invited)) == (1, False)
