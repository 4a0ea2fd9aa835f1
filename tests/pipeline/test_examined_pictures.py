"""What a picture itself shows is found when it is read, kept with the reading, and never costs a receipt."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from awarding.fraud.evidence import Unavailable
from awarding.fraud.examined import Examined
from awarding.fraud.picture.findings import PictureFindings
from ocr.document import Reading, ReadSeconds
from pipeline import examine_picture
from pipeline.examine_picture import NO_FILE_OF_ITS_OWN, examined_picture
from pipeline.mail_parts import Part
from pipeline.part_read import PartRead, Source
from pipeline.steps.artefacts import examined_from, reading_artefact
from receipts.database.repositories.work import Artefact
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from receipts.receipt import Receipt, Retailer
from receipts.transcript import TextSource, Transcript


def _jpeg() -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(1).normal(200, 4, (300, 300)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noise).save(out, "JPEG")
    return out.getvalue()


def _reading(*, picture: bytes | None) -> Reading:
    receipt = Receipt(
        retailer=Retailer("Shop"),
        date=None,
        time=None,
        currency=Currency("USD"),
        receipt_number=None,
        subtotal=None,
        tax=None,
        total=None,
        items=(),
        is_refund=False,
        balanced=False,
        confidence=(),
    )
    transcript = Transcript(300, 300, (), TextSource.OCR, "none")
    return Reading(
        receipt, transcript, picture, ReadSeconds(0, 0, 0, 0), "4", placed=(1, 0, 0, 0, 1, 0, 0, 0, 1)
    )


def _read(reading: Reading, data: bytes, media_type: MediaType) -> PartRead:
    return PartRead(reading, source=Source(Part(data, media_type)))


def test_a_photo_is_examined_and_the_findings_come_back_as_they_were() -> None:
    reading = _reading(picture=b"repaired")
    found = examined_picture(_read(reading, _jpeg(), MediaType.JPEG))
    assert isinstance(found, PictureFindings)
    assert (found.width_px, found.height_px) == (300, 300)
    assert examined_from(reading_artefact(reading, found=Examined(picture=found))).picture == found


@pytest.mark.parametrize("kept", [None, NO_FILE_OF_ITS_OWN, Unavailable("it did not open")])
def test_what_could_not_be_examined_is_kept_as_such(kept: PictureFindings | Unavailable | None) -> None:
    artefact = reading_artefact(_reading(picture=None), found=Examined(picture=kept))
    assert examined_from(artefact).picture == kept


def test_a_reading_from_before_pictures_were_examined_has_nothing() -> None:
    artefact = reading_artefact(_reading(picture=None))
    body = {name: value for name, value in artefact.body.items() if name != "examined"}
    assert examined_from(Artefact(artefact.kind, artefact.versions, body)).picture is None


def test_only_pictures_with_a_file_of_their_own_are_examined() -> None:
    assert examined_picture(PartRead(Rejection(RejectionReason.NO_TEXT, ""))) is None
    assert examined_picture(_read(_reading(picture=None), b"text", MediaType.TEXT)) is None
    scan = _read(_reading(picture=b"page"), b"%PDF", MediaType.PDF)
    assert examined_picture(scan) == NO_FILE_OF_ITS_OWN


def test_a_fault_in_examining_is_unavailable_and_no_failed_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(examine_picture, "examined_confined", broken)
    found = examined_picture(_read(_reading(picture=b"page"), _jpeg(), MediaType.JPEG))
    assert isinstance(found, Unavailable)
    assert "RuntimeError" in found.reason
