"""The picture as it was taken, for those who decide: painted over where the kept one is."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING

import httpx
from PIL import Image, ImageDraw
from sqlalchemy import select

from receipts.database.codec import to_json
from receipts.database.tables import ArtefactRow, FileLookRow, ReceiptRow, ReceiptShotRow
from receipts.image import AS_TAKEN, MediaType, Taken

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
        body = {name: value for name, value in reading.body.items() if name != "taken"}
        reading.body = {**body, "transcript": transcript, "placed": placed, "hidden": hidden}


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


def _colour(colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", (300, 400), colour)


def _bytes(kind: str, *pictures: Image.Image) -> bytes:
    out = io.BytesIO()
    pictures[0].save(out, kind, save_all=kind != "JPEG", append_images=pictures[1:])
    return out.getvalue()


def _kept_as(
    world: World,
    data: bytes,
    media_type: MediaType,
    taken: list[Taken],
    *,
    within: tuple[bytes, MediaType] | None = None,
    shots: tuple[bytes, ...] = (),
) -> list[tuple[int, ...]]:
    """Colours from top to bottom of the original of a receipt with this file."""
    receipt_id = world.settled(world.tom)
    world.add_picture(receipt_id)
    store = world.wiring.store
    files = [store.put_bytes(each) for each in (data, *shots)]
    with world.wiring.database.write() as session:
        row = session.scalars(select(ReceiptRow).where(ReceiptRow.id == receipt_id)).one()
        row.file_sha256, row.media_type = files[0], media_type.value
        for position, sha in enumerate(files[1:], 1):
            session.add(
                ReceiptShotRow(
                    receipt_id=receipt_id,
                    position=position,
                    program_id=row.program_id,
                    file_name="b.jpg",
                    file_sha256=sha,
                    media_type="image/jpeg",
                    size_bytes=1,
                )
            )
        mine = (ArtefactRow.receipt_id == receipt_id, ArtefactRow.kind == "reading")
        reading = session.scalars(select(ArtefactRow).where(*mine)).one()
        reading.body = {
            **reading.body,
            "transcript": {**reading.body["transcript"], "width_px": 300, "height_px": 400},
            "taken": to_json(tuple(taken), tuple[Taken, ...]),
            "within": within and [hashlib.sha256(within[0]).hexdigest(), within[1].value],
        }
    answer = _asked(world.ruth.http, receipt_id)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content)).convert("RGB")
    return [
        tuple(round(part / 64) * 64 for part in found)
        for at in (0.2, 0.4, 0.6, 0.8)
        if isinstance(found := picture.getpixel((150, round(at * picture.height))), tuple)
    ]


def test_pages_files_in_mails_and_several_shots_have_theirs_too(world: World) -> None:
    whole, white, blue = Taken(1, AS_TAKEN, (300, 400)), _colour((255, 255, 255)), _colour((0, 0, 255))
    assert set(_kept_as(world, _bytes("TIFF", white, blue), MediaType.TIFF, [whole])) == {(0, 0, 256)}
    pdf, drawn = _bytes("PDF", white, blue), replace(whole, size=(5000, 5000))  # as large as it is drawn
    assert set(_kept_as(world, pdf, MediaType.PDF, [drawn])) == {(0, 0, 256)}
    mail = EmailMessage()
    mail.set_content("My receipt.")
    mail.add_attachment(b"%PDF-1.4 none", maintype="application", subtype="pdf", filename="a.pdf")
    photo = _bytes("JPEG", blue)
    mail.add_attachment(photo, maintype="image", subtype="jpeg", filename="b.jpg")
    first = replace(whole, page=0)
    inside = (photo, MediaType.JPEG)
    assert set(_kept_as(world, mail.as_bytes(), MediaType.EMAIL, [first], within=inside)) == {(0, 0, 256)}
    bands = [replace(first, bottom=200.0), replace(first, shot=1, top=200.0)]
    grey = (128, 128, 128)  # each photo's other half, which was taken from the other one
    assert _kept_as(world, _bytes("JPEG", white), MediaType.JPEG, bands, shots=(photo,)) == [
        (256, 256, 256),
        grey,
        grey,
        (0, 0, 256),
    ]
