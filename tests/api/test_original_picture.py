"""The picture as it was taken, for those who decide: painted over where the kept one is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import httpx
from PIL import Image, ImageDraw
from sqlalchemy import select

from receipts.database.tables import ArtefactRow, FileLookRow, ReceiptRow
from receipts.image import MediaType

if TYPE_CHECKING:
    from .conftest import World

WHITE, GREEN, RED = (255, 255, 255), (0, 200, 0), (220, 0, 0)


def _photograph(world: World, receipt_id: str, *, turned: bool = False) -> None:
    """Give a receipt that was read from text a photo: a white page with a green number, on a red table."""
    photo = Image.new("RGB", (400, 600), RED)
    draw = ImageDraw.Draw(photo)
    draw.rectangle((50, 100, 349, 499), fill=WHITE)
    draw.rectangle((100, 400, 299, 419), fill=GREEN)
    out = io.BytesIO()
    if turned:  # stored on its side, as telephones do
        exif = Image.Exif()
        exif[0x0112] = 6
        photo.rotate(90, expand=True).save(out, "JPEG", quality=95, exif=exif)
        placed = [0.0, -1.0, 400.0 - 50, 1.0, 0.0, -100.0, 0.0, 0.0, 1.0]
    else:
        photo.save(out, "JPEG", quality=95)
        placed = [1.0, 0.0, -50.0, 0.0, 1.0, -100.0, 0.0, 0.0, 1.0]
    world.add_picture(receipt_id)
    corners = [(50, 300), (250, 300), (250, 320), (50, 320)]
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    hidden = [{name: {"x": x, "y": y} for name, (x, y) in zip(names, corners, strict=True)}]
    sha = world.wiring.store.put_bytes(out.getvalue())
    with world.wiring.database.write() as session:
        row = session.scalars(select(ReceiptRow).where(ReceiptRow.id == receipt_id)).one()
        row.file_sha256, row.media_type = sha, MediaType.JPEG.value
        mine = (ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == "reading")
        reading = session.scalars(select(ArtefactRow).where(*mine)).one()
        transcript = {**reading.body["transcript"], "width_px": 300, "height_px": 400}
        reading.body = {**reading.body, "transcript": transcript, "placed": placed, "hidden": hidden}


def _asked(http: httpx.Client, receipt_id: str) -> httpx.Response:
    return http.get(f"/v1/receipts/{receipt_id}/original-picture")


def _at(answer: httpx.Response, x: int, y: int) -> tuple[int, ...]:
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert picture.size == (400, 600)
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(round(part / 32) * 32 for part in found)


def test_a_reviewer_sees_it_without_card_numbers_and_without_the_table(world: World) -> None:
    for turned in (False, True):
        receipt_id = world.settled(world.tom)
        assert _asked(world.ruth.http, receipt_id).status_code == 404  # read from text
        _photograph(world, receipt_id, turned=turned)
        answer = _asked(world.ruth.http, receipt_id)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert _at(answer, 200, 410) == (0, 0, 0)
        assert _at(answer, 102, 402) == (0, 0, 0)
        assert _at(answer, 200, 300) == (256, 256, 256)
        assert _at(answer, 20, 20) == (96, 96, 96)
        with world.wiring.database.read() as session:
            looks = session.scalars(select(FileLookRow).where(FileLookRow.target_id == receipt_id)).all()
        assert [each.account_id for each in looks] == [world.ruth.account.id]


def test_members_services_other_programs_and_removed_files_have_none(world: World) -> None:
    receipt_id = world.settled(world.tom)
    _photograph(world, receipt_id)
    assert _asked(world.tom.http, receipt_id).status_code == 403
    assert _asked(world.core.http, receipt_id).status_code == 403
    assert _asked(world.otto.http, receipt_id).status_code == 404
    with world.wiring.database.write() as session:
        mine = (ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == "reading")
        reading = session.scalars(select(ArtefactRow).where(*mine)).one()
        reading.body = {name: value for name, value in reading.body.items() if name != "hidden"}
    assert _asked(world.ruth.http, receipt_id).status_code == 404
