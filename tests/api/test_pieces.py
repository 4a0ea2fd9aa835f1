"""Files in pieces by the tus protocol, and pictures that are looked at before they are sent."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import httpx
import pillow_heif
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import text

from api import intake

from .conftest import Person, World

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def _begin(person: Person, size: int, name: str = "r.pdf") -> str:
    told = {"Upload-Length": str(size), "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}"}
    answer = person.http.post("/v1/uploads", headers={**TUS, **told})
    assert answer.status_code == 201
    return answer.headers["location"]


def _piece(person: Person, where: str, offset: int, data: bytes) -> httpx.Response:
    return person.http.patch(where, headers={**PIECE, "Upload-Offset": str(offset)}, content=data)


def _submit(person: Person, *where: str, together: bool = False, key: str = "") -> httpx.Response:
    ids = " ".join(each.rsplit("/", 1)[-1] for each in where)
    form = {"uploads": (None, ids), "together": (None, str(together).lower())}
    return person.http.post("/v1/submissions", files=form, headers={"Idempotency-Key": key} if key else {})


def test_after_a_break_an_upload_goes_on_where_it_was_and_counts_once(world: World) -> None:
    data = world.receipt_pdf()
    where, half = _begin(world.maya, len(data), "Beleg für heute.pdf"), len(data) // 2
    assert _piece(world.maya, where, 0, data[:half]).headers["upload-offset"] == str(half)
    # The answer was lost on its way: the phone sends the same piece again, and is told where it stands.
    again = _piece(world.maya, where, 0, data[:half])
    assert (again.status_code, again.headers["upload-offset"]) == (409, str(half))
    assert world.maya.http.head(where, headers=TUS).headers["upload-offset"] == str(half)
    incomplete = _submit(world.maya, where)
    assert (incomplete.status_code, incomplete.json()["code"]) == (409, "upload_incomplete")
    assert _piece(world.maya, where, half, data[half:]).status_code == 204
    first = _submit(world.maya, where, key="one")
    assert first.status_code == 202
    assert first.json()["receipts"][0]["file_name"] == "Beleg für heute.pdf"
    assert _submit(world.maya, where, key="one").json() == first.json()
    assert world.maya.http.head(where, headers=TUS).status_code == 404
    with world.wiring.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM upload_pieces")) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "5"}, 412),
        (TUS, 400),
        ({**TUS, "Upload-Length": "-5"}, 400),
        ({**TUS, "Upload-Length": "20000001"}, 413),
        ({**TUS, "Upload-Length": "9" * 5000}, 400),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename %%%"}, 201),
    ],
)
def test_what_cannot_begin_is_told_why(world: World, headers: dict[str, str], status: int) -> None:
    assert world.maya.http.post("/v1/uploads", headers=headers).status_code == status


def test_a_piece_never_goes_beyond_the_file_and_an_upload_can_be_given_up(world: World) -> None:
    where = _begin(world.maya, 4)
    assert _piece(world.maya, where, 0, b"12345").status_code == 413
    assert world.maya.http.patch(where, headers={**TUS, "Upload-Offset": "0"}).status_code == 415
    assert world.maya.http.delete(where, headers=TUS).status_code == 204
    assert _piece(world.maya, where, 0, b"1234").status_code == 404
    assert _submit(world.maya, where).json()["code"] == "no_such_upload"


def test_an_upload_that_another_request_submitted_meanwhile_becomes_no_second_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = world.receipt_pdf()
    where = _begin(world.maya, len(data))
    _piece(world.maya, where, 0, data)
    whole = intake.whole_files

    def then_submitted(*args: Any, **more: Any) -> object:
        found = whole(*args, **more)
        monkeypatch.setattr(intake, "whole_files", whole)
        assert _submit(world.maya, where).status_code == 202
        return found

    monkeypatch.setattr(intake, "whole_files", then_submitted)
    before = len(world.maya.http.get("/v1/submissions?limit=100").json()["items"])
    assert _submit(world.maya, where).json()["code"] == "no_such_upload"
    assert len(world.maya.http.get("/v1/submissions?limit=100").json()["items"]) == before + 1


def test_one_account_has_no_more_under_way_than_ten_large_files(world: World) -> None:
    most = [_begin(world.tom, 20_000_000) for _ in range(10)]
    headers = {**TUS, "Upload-Length": "1"}
    assert world.tom.http.post("/v1/uploads", headers=headers).status_code == 429
    for where in most:
        world.tom.http.delete(where, headers=TUS)


def test_photos_of_one_paper_are_one_receipt_and_one_bad_photo_is_named(world: World) -> None:
    files = [_jpeg(Image.new("L", (300, 400 + number), 200)) for number in range(3)]
    where = [_begin(world.maya, len(data), f"{number}.jpg") for number, data in enumerate(files)]
    for each, data in zip(where, files, strict=True):
        _piece(world.maya, each, 0, data)
    sent = _submit(world.maya, *where, together=True).json()
    assert [each["file_name"] for each in sent["receipts"]] == ["0.jpg"]
    with world.wiring.database.read() as session:
        query = text("SELECT file_name FROM receipt_shots WHERE receipt_id = :id ORDER BY position")
        shots = session.execute(query, {"id": sent["receipts"][0]["id"]}).scalars().all()
    assert shots == ["1.jpg", "2.jpg"]
    form = [("together", (None, "true")), ("files", ("a.jpg", files[0])), ("files", ("b.jpg", b"a note"))]
    refused = world.maya.http.post("/v1/submissions", files=form)
    assert refused.status_code == 415
    assert [each["file_name"] for each in refused.json()["receipts"]] == ["b.jpg"]
    form[2] = ("files", ("bill.pdf", world.receipt_pdf()))
    apart = world.maya.http.post("/v1/submissions", files=form)
    assert (apart.status_code, apart.json()["code"]) == (422, "shots_apart")


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def test_a_dark_picture_is_told_before_it_is_sent_and_in_the_members_language(world: World) -> None:
    dark = _jpeg(Image.new("L", (900, 1200), 9).filter(ImageFilter.BLUR))
    headers = {"Content-Type": "image/jpeg", "Accept-Language": "de"}
    told = world.maya.http.post("/v1/picture-checks", content=dark, headers=headers).json()
    assert (told["flaw"], told["hopeless"]) == ("too_dark", True)
    assert told["sentence"].startswith("Das Bild ist zu dunkel")
    note = world.maya.http.post("/v1/picture-checks", content=b"a note", headers=headers)
    assert note.status_code == 415


def test_what_the_browser_cannot_draw_is_checked_as_it_is(world: World) -> None:
    """A HEIC: the page sends the file itself, which is larger than other bodies may be."""
    pillow_heif.register_heif_opener()
    noise = Image.effect_noise((1500, 2000), 40).point(lambda value: value // 20)
    out = io.BytesIO()
    noise.save(out, "HEIF", quality=-1)
    assert 1_000_000 < len(out.getvalue()) < 8_000_000
    told = world.maya.http.post("/v1/picture-checks", content=out.getvalue())
    assert (told.status_code, told.json()["flaw"]) == (200, "too_dark")
    cut = world.maya.http.post("/v1/picture-checks", content=out.getvalue()[:9_000])
    assert cut.status_code == 422
    assert world.maya.http.post("/v1/picture-checks", content=b"0" * 8_000_001).status_code == 413
