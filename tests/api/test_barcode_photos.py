"""A photo of the package's barcode says which product a line is, as the number typed does."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from api.throttle import FIRST_WAIT_S, Guessed, Throttle
from fixtures.scenarios.stage import other, own
from pipeline.clock import utc_now
from pipeline.line_answers import MOST_ANSWERS
from receipts.database.tables import LineAnswerRow

from .conftest import csrf_of

if TYPE_CHECKING:
    from .conftest import World

NOT_THERE = "0036000291452"
_NUMBER = iter(range(1000))


def unsure(world: World) -> str:
    """Maya's receipt with a line that asks; its id."""
    line = own("OAT-HCG-12Z", 499, printed="OATMERE HNY CRNCH GRNL")
    receipt_id = world.printed(world.maya, line, other("Northbank Ground Coffee", 755 + next(_NUMBER)))
    assert world.process(receipt_id) == "held"
    return receipt_id


@pytest.fixture(scope="module")
def asked(world: World) -> str:
    return unsure(world)


def _throttle(world: World, now: datetime) -> Throttle:
    """As another process has it, which shares nothing with the app's but the database."""
    return Throttle(world.wiring.database, world.wiring.secret_key, Guessed.BARCODE, lambda: now)


@pytest.fixture(autouse=True)
def _fresh_throttle(world: World) -> None:
    _throttle(world, utc_now()).succeeded(world.maya.account.id)


def drawn(*numbers: str, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.EAN13) -> bytes:
    """A JPEG of the bars of each, one above the other, on white."""
    bars = [
        np.array(zxingcpp.create_barcode(number, kind).to_image(scale=3, add_quiet_zones=True))
        for number in numbers
    ]
    width = max(each.shape[1] for each in bars)
    padded = [
        np.pad(each, ((80, 80), (80, 80 + width - each.shape[1])), constant_values=255) for each in bars
    ]
    file = io.BytesIO()
    Image.fromarray(np.vstack(padded)).save(file, "JPEG")
    return file.getvalue()


def url(receipt_id: str, position: int = 0) -> str:
    return f"/v1/receipts/{receipt_id}/lines/{position}/barcode-photo"


def kept(world: World, receipt_id: str) -> int:
    with world.wiring.database.read() as session:
        return session.query(LineAnswerRow).filter_by(receipt_id=receipt_id).count()


def test_a_photo_is_the_same_answer_as_the_number(world: World, asked: str) -> None:
    photo = {"photo": ("package.jpg", drawn(NOT_THERE), "image/jpeg")}
    headers = {"Idempotency-Key": "the-same-photo"}
    said = world.maya.http.post(url(asked), files=photo, headers=headers)
    assert said.status_code == 200, said.text
    assert said.json()["answer"]["barcode"] == NOT_THERE.zfill(14)
    again = world.maya.http.post(url(asked), files=photo, headers=headers)
    assert (again.json(), kept(world, asked)) == (said.json(), 1)
    read = world.maya.http.get(f"/v1/receipts/{asked}").json()["lines"][0]
    assert read["member_says"]["barcode"] == NOT_THERE.zfill(14)


@pytest.mark.parametrize(
    ("picture", "position", "status", "words"),
    [
        (drawn(NOT_THERE, "4006381333931"), 0, 422, "more than one product's barcode"),
        (drawn("2012345012349"), 0, 422, "is not a maker's"),
        (drawn("4006381333931", kind=zxingcpp.BarcodeFormat.QRCode), 0, 422, "No barcode could be read"),
        (b"%PDF-1.4 no picture", 0, 422, "no picture that we can open"),
        (drawn(NOT_THERE)[:2000], 0, 422, "The picture is damaged"),
        (drawn(NOT_THERE), 1, 409, "is not one that we are unsure of"),
    ],
    ids=["two", "of the shop", "a QR code", "a PDF", "cut off", "another line"],
)
def test_what_says_no_product_is_refused_in_words(
    world: World, asked: str, picture: bytes, position: int, status: int, words: str
) -> None:
    before = kept(world, asked)
    answer = world.maya.http.post(url(asked, position), files={"photo": ("a.jpg", picture, "image/jpeg")})
    assert (answer.status_code, kept(world, asked)) == (status, before)
    assert words in answer.json()["detail"]


def test_no_file_and_a_file_too_large_are_told(world: World, asked: str) -> None:
    without = world.maya.http.post(url(asked), files={"other": (None, "words")})
    assert (without.status_code, without.json()["code"]) == (422, "no_file")
    most = world.wiring.settings.max_upload_bytes
    large = world.maya.http.post(url(asked), files={"photo": ("a.jpg", b"\xff" * (most + 1), "image/jpeg")})
    assert (large.status_code, large.json()["code"]) == (413, "too_large")


def test_pictures_that_cannot_be_read_have_to_wait(world: World, asked: str) -> None:
    maya, now = world.maya.account.id, utc_now()
    past, present = _throttle(world, now - timedelta(hours=2)), _throttle(world, now)
    for _ in range(5):
        past.failed(maya)
    assert present.wait_s(maya) == 0
    for _ in range(5):
        present.failed(maya)
    answer = world.maya.http.post(url(asked), files={"photo": ("a.jpg", drawn(NOT_THERE), "image/jpeg")})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_photos")
    assert 0 < int(answer.headers["Retry-After"]) <= FIRST_WAIT_S, "those of the past are forgotten"
    present.failed(maya)
    assert present.wait_s(maya) > FIRST_WAIT_S
    assert _throttle(world, now + timedelta(seconds=2 * FIRST_WAIT_S)).wait_s(maya) == 0


def test_a_line_keeps_so_many_answers_and_no_more(world: World) -> None:
    receipt_id = unsure(world)
    typed = f"/v1/receipts/{receipt_id}/lines/0/answer"
    for _ in range(MOST_ANSWERS):
        assert world.maya.http.post(typed, json={"sku": "OAT-HCG-12Z"}).status_code == 200
    photo = {"photo": ("a.jpg", b"never looked at", "image/jpeg")}
    for refused in (
        world.maya.http.post(typed, json={"sku": "OAT-HCG-24Z"}),
        world.maya.http.post(url(receipt_id), files=photo),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "said_enough")
        assert "the last answer counts" in refused.json()["detail"]
    assert kept(world, receipt_id) == MOST_ANSWERS


def test_the_page_takes_a_photo(world: World) -> None:
    receipt_id = unsure(world)
    with world.browser(world.maya) as browser:
        page = browser.get(f"/receipts/{receipt_id}").text
        assert "take a photo of its barcode" in page
        photo = {"photo": ("a.jpg", drawn(NOT_THERE), "image/jpeg")}
        path = f"/receipts/{receipt_id}/lines/0/barcode-photo"
        without = browser.post(path, files=photo)
        assert (without.status_code, kept(world, receipt_id)) == (403, 0)
        form = {"csrf_token": csrf_of(page)}
        answer = browser.post(path, data=form, files=photo, follow_redirects=True)
        assert "the person who looks at the receipt will see it" in answer.text
        assert kept(world, receipt_id) == 1
        blank = {"photo": ("a.jpg", drawn("hello", kind=zxingcpp.BarcodeFormat.QRCode), "image/jpeg")}
        told = browser.post(path, data=form, files=blank, follow_redirects=True)
        assert "No barcode could be read in the picture." in told.text
