"""What files are, by their first bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sniff import HEAD_BYTES, Unsupported, sniff
from receipts.errors import RejectionReason
from receipts.image import MediaType

MAIL = b"Received: from a by b\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\n\r\nbody"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", MediaType.HEIC),
        (b"\x00\x00\x00\x24ftypmif1\x00\x00\x00\x00mif1miafMiHBheic", MediaType.HEIC),
        (MAIL, MediaType.EMAIL),
        (b"From sender Mon Jan  1\n" + MAIL, MediaType.EMAIL),
        (b'Subject: hi\nFrom: "J\xf6hn" <j@example.org>\n\nbody', MediaType.EMAIL),
        (b"Date: 2024-05-01\nTo pay: 15.90\n\nthank you", MediaType.TEXT),
        (b"<!-- saved page --><!DOCTYPE html><html>", MediaType.HTML),
        (b"\xef\xbb\xbf<HTML><body>", MediaType.HTML),
        (b"a < b and <b>c</b>", MediaType.TEXT),
        (b"caf\xe9 15,90\n", MediaType.TEXT),
    ],
)
def test_kinds_that_are_opened(head: bytes, media_type: MediaType) -> None:
    assert sniff(head) is media_type


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif", RejectionReason.UNSUPPORTED_TYPE),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", RejectionReason.UNSUPPORTED_TYPE),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", RejectionReason.UNSUPPORTED_TYPE),
        (b"GIF89a\x01\x00\x01\x00", RejectionReason.UNSUPPORTED_TYPE),
        (b"MZ\x90\x00\x03", RejectionReason.UNSUPPORTED_TYPE),
        (b"\x7fELF\x02\x01\x01", RejectionReason.UNSUPPORTED_TYPE),
        (b"PK\x03\x04" + b"\x00" * 26 + b"[Content_Types].xml", RejectionReason.UNSUPPORTED_TYPE),
        (b"PK\x03\x04" + b"\x00" * 26 + b"photo.jpg", RejectionReason.UNSUPPORTED_ARCHIVE),
        (b"\x1f\x8b\x08\x00", RejectionReason.UNSUPPORTED_ARCHIVE),
        (b"<svg xmlns='x'>", RejectionReason.UNSUPPORTED_DRAWING),
        (
            b"<?xml version='1.0'?><!-- a --><!DOCTYPE svg PUBLIC 'x'><!-- b --><SVG>",
            RejectionReason.UNSUPPORTED_DRAWING,
        ),
        (b"\x00\x01\x02\x03", RejectionReason.UNSUPPORTED_TYPE),
    ],
)
def test_kinds_that_are_refused(head: bytes, reason: RejectionReason) -> None:
    answer = sniff(head)
    assert isinstance(answer, Unsupported)
    assert answer.reason is reason


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    assert isinstance(sniff(head), MediaType | Unsupported)


def test_real_mails_pages_and_bodies(shared_data: Path) -> None:
    """Of 136 mails at most the two that have one header only pass for text."""
    kinds = {".eml": MediaType.EMAIL, ".html": MediaType.HTML}
    mistaken = [
        path.name
        for path in sorted((shared_data / "receipts" / "emails").rglob("*"))
        if path.suffix in kinds and sniff(path.read_bytes()[:HEAD_BYTES]) is not kinds[path.suffix]
    ]
    assert len(mistaken) <= 2
