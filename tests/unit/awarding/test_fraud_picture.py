"""The checks of a picture, on tiny pictures and files made here."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from awarding.fraud import screen_photo
from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.containers import credentials_in
from awarding.fraud.picture.examine import examine
from awarding.fraud.picture.findings import (
    EditedFindings,
    MadeFindings,
    MetadataFindings,
    PictureFindings,
    ScreenFindings,
    Source,
    Spot,
)
from awarding.fraud.picture.made_image import find_made
from awarding.fraud.picture.metadata import examine_metadata
from awarding.fraud.picture.programs import programs_in
from awarding.fraud.picture.screen_grid import find_screen
from pipeline.examine_picture import NO_FILE_OF_ITS_OWN
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.image import MediaType
from receipts.transcript import Quad

RNG = np.random.default_rng(3)
QUAD = Quad.upright(left=1, top=2, right=3, bottom=4)
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def noisy(height: int = 300, width: int = 300) -> np.ndarray:
    """Paper as a camera sees it."""
    return np.clip(200 + 4 * RNG.standard_normal((height, width)), 0, 255).astype(np.uint8)


def jpeg(pixels: np.ndarray | None = None, **saved: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(noisy(80, 80) if pixels is None else pixels).save(out, "JPEG", **saved)
    return out.getvalue()


def exif(
    *, software: str = "", taken: str = "", changed: str = "", make: str = "", comment: str = ""
) -> bytes:
    made = Image.Exif()
    for tag, value in ((305, software), (306, changed), (271, make)):
        if value:
            made[tag] = value
    inner = made.get_ifd(0x8769)
    if taken:
        inner[0x9003] = taken
    if comment:
        inner[0x9286] = b"ASCII\0\0\0" + comment.encode()
    return made.tobytes()


def xmp(words: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description {words}/></x:xmpmeta>'.encode()


def jumbf(words: bytes) -> bytes:
    """A box as C2PA's superbox begins, with some words of its manifest."""
    label = struct.pack(">I", 25) + b"jumd" + b"c2pa" + bytes(12) + b"c2pa\0"
    inside = label + words
    return struct.pack(">I", 8 + len(inside)) + b"jumb" + inside


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", 2 + len(content)) + content + data[2:]


def with_c2pa(words: bytes) -> bytes:
    return with_segment(jpeg(), 0xEB, b"JP\0\1\0\0\0\1" + jumbf(words))


def signal(make: SimpleNamespace, check: str, **picture: object) -> FraudSignal:
    found = PictureFindings(80, 80, MetadataFindings(), ScreenFindings(0.0), MadeFindings(0.0, 0.0))
    found = replace(found, edited=EditedFindings(0.0))
    given = make.evidence(picture=replace(found, **picture))
    return named(make, check, given)


def named(make: SimpleNamespace, check: str, given: object) -> FraudSignal:
    return next(each for each in make.screened(given).signals if each.check == check)


CHECKS = ("screen_photo", "made_image", "edited_picture", "picture_metadata")


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_no_picture_is_clear(make: SimpleNamespace, check: str) -> None:
    assert named(make, check, make.evidence()).finding is Finding.CLEAR


@pytest.mark.parametrize("check", CHECKS)
def test_a_picture_without_a_file_of_its_own_holds_nothing(make: SimpleNamespace, check: str) -> None:
    found = named(make, check, make.evidence(picture=NO_FILE_OF_ITS_OWN))
    assert (found.finding, found.strength) == (Finding.UNKNOWN, Strength.WEAK)


@pytest.mark.parametrize("check", CHECKS)
def test_a_picture_that_could_not_be_examined_is_unknown_and_held(make: SimpleNamespace, check: str) -> None:
    found = named(make, check, make.evidence(picture=Unavailable("it did not open")))
    assert (found.finding, found.strength) == (Finding.UNKNOWN, Strength.STRONG)
    assert "it did not open" in found.reviewer_sentence


@pytest.mark.parametrize("check", CHECKS)
def test_a_camera_s_picture_is_clear(make: SimpleNamespace, check: str) -> None:
    assert signal(make, check).finding is Finding.CLEAR


def test_a_screen_is_shown_with_its_places(make: SimpleNamespace) -> None:
    screen = ScreenFindings(0.9, (("regularity of fine detail", 6.1),), (Spot(QUAD, "regular", 6.1),))
    found = signal(make, "screen_photo", screen=screen)
    assert (found.finding, found.strength, found.places) == (Finding.SUSPECT, Strength.WEAK, (QUAD,))
    assert "photo of a screen" in found.member_sentence


def test_too_small_to_tell_a_screen_is_not_clear(make: SimpleNamespace) -> None:
    assert signal(make, "screen_photo", screen=None).finding is Finding.UNKNOWN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"made": MadeFindings(0.0, 0.95)}, "screenshot"),
        ({"made": MadeFindings(0.9, 0.0)}, "camera"),
        ({"metadata": MetadataFindings(screen_capture=True)}, "screenshot"),
    ],
)
def test_made_pictures_are_weak_and_told_kindly(make: SimpleNamespace, given: object, said: str) -> None:
    found = signal(make, "made_image", **given)
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert said in found.member_sentence


def test_exif_data_that_end_in_their_head_say_nothing() -> None:
    picture = jpeg(exif=b"Exif\0\0MM\0*\0\0")
    assert examine_metadata(picture).programs == ()
    assert isinstance(examine(picture, MediaType.JPEG), PictureFindings), "and hold nobody"


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("Imagen del recibo", []),
        ("Imagen de WhatsApp 2026-03-05", []),
        ("Edited with Google AI", ["editor"]),
        ("Made with Google AI", ["generator"]),
        ("Imagen 4", ["generator"]),
        ("P\N{LATIN SMALL LETTER DOTLESS I}xlr", []),
    ],
)
def test_a_caption_and_an_edited_photo_are_not_called_a_model_s(words: str, kinds: list[str]) -> None:
    assert [each.kind for each in programs_in(words, "EXIF ImageDescription")] == kinds


def test_a_file_that_says_it_was_generated_is_strong(make: SimpleNamespace) -> None:
    said = examine_metadata(jpeg(xmp=xmp(f'Iptc4xmpExt:DigitalSourceType="{SOURCE}trainedAlgorithmicMedia"')))
    assert said.sources == ((Source.GENERATED, "XMP DigitalSourceType"),)
    found = signal(make, "picture_metadata", metadata=said)
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.STRONG)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (lambda: jpeg(exif=exif(software="Adobe Photoshop 25.0 (Macintosh)")), "editor"),
        (lambda: jpeg(xmp=xmp('xmp:CreatorTool="GIMP 2.10"')), "editor"),
        (lambda: jpeg(exif=exif(software="Adobe Photoshop Lightroom Classic 9.0")), "correction"),
        (lambda: jpeg(exif=exif(software="CamScanner 6.1")), "scanner"),
        (lambda: jpeg(exif=exif(software="S21 firmware 17.1")), None),
        (lambda: png(("parameters", "a receipt Steps: 20, Sampler: Euler a, CFG scale: 7")), "generator"),
        (lambda: png(("Software", "Paint.NET 5.0")), "editor"),
    ],
)
def test_programs_are_known_by_their_names(make: SimpleNamespace, data: object, kind: str | None) -> None:
    said = examine_metadata(data())
    assert {each.kind for each in said.programs} == ({kind} if kind else set())
    found = signal(make, "picture_metadata", metadata=said)
    assert found.finding is (Finding.SUSPECT if kind in {"editor", "generator"} else Finding.CLEAR)


def png(*texts: tuple[str, str]) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, value in texts:
        info.add_text(name, value)
    out = io.BytesIO()
    Image.fromarray(noisy(80, 80)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def test_no_metadata_is_usual_and_clear(make: SimpleNamespace) -> None:
    said = examine_metadata(jpeg())
    assert said == MetadataFindings()
    assert signal(make, "picture_metadata", metadata=said).finding is Finding.CLEAR


def test_content_credentials_alone_say_nothing_against_anyone(make: SimpleNamespace) -> None:
    said = examine_metadata(with_c2pa(b"digitalSourceType" + SOURCE.encode() + b"computationalCapture"))
    assert said.credentials
    found = signal(make, "picture_metadata", metadata=said)
    assert found.finding is Finding.CLEAR
    assert "not verified" in " ".join(fact.value for fact in found.evidence)


def test_content_credentials_may_name_a_model() -> None:
    words = b"\x6fclaim_generator\x6dGoogle Gemini" + SOURCE.encode() + b"trainedAlgorithmicMedia"
    said = examine_metadata(with_c2pa(words))
    assert said.sources == ((Source.GENERATED, "content credentials"),)
    assert {each.kind for each in said.programs} == {"generator"}


def test_credentials_are_found_in_every_container() -> None:
    plain = png()
    chunk = struct.pack(">I", 40) + b"caBX" + jumbf(b"words")[:40] + bytes(4)
    assert credentials_in(plain[:33] + chunk + plain[33:])
    riff = b"C2PA" + struct.pack("<I", 40) + jumbf(b"words")[:40]
    assert credentials_in(b"RIFF" + struct.pack("<I", 4 + len(riff)) + b"WEBP" + riff)
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + jumbf(b"words")
    heic = struct.pack(">I", 12) + b"ftypheic" + struct.pack(">I", 8 + len(uuid)) + b"uuid" + uuid
    assert credentials_in(heic)
    assert credentials_in(jpeg()) == credentials_in(plain) == credentials_in(b"GIF89a") == b""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"taken": "2026:01:01 10:00:00"}, "before the purchase"),
        ({"taken": "2026:05:01 10:00:00"}, "after it was sent"),
        ({"taken": "2026:03:05 12:00:00", "changed": "2026:03:01 12:00:00"}, "taken later"),
    ],
)
def test_times_that_do_not_fit_are_weak(make: SimpleNamespace, given: dict[str, str], said: str) -> None:
    metadata = examine_metadata(jpeg(exif=exif(**given)))
    assert metadata.taken_at is not None
    found = signal(make, "picture_metadata", metadata=metadata)
    assert (found.finding, found.strength) == (Finding.SUSPECT, Strength.WEAK)
    assert said in found.reviewer_sentence


def test_a_screenshot_may_say_so() -> None:
    assert examine_metadata(jpeg(exif=exif(comment="Screenshot"))).screen_capture
    assert not examine_metadata(jpeg(exif=exif(comment="our lunch"))).screen_capture


def test_a_preview_of_another_picture_is_told() -> None:
    slope = np.linspace(20, 220, 120).astype(np.uint8)[None].repeat(90, axis=0)
    small = jpeg(np.ascontiguousarray(slope[:, ::-1]), quality=60)
    # A little-endian TIFF header, a first directory, and a second that points to the preview behind it.
    first = struct.pack("<HHHIII", 1, 0x112, 3, 1, 1, 26)
    second = struct.pack("<HHHIIHHIII", 2, 0x201, 4, 1, 56, 0x202, 4, 1, len(small), 0)
    raw = b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + first + second + small
    assert any("another picture" in said for said in examine_metadata(jpeg(exif=raw), slope).contradictions)
    assert examine_metadata(jpeg(exif=raw), np.ascontiguousarray(slope[:, ::-1])).contradictions == ()


def bomb() -> bytes:
    """A kilobyte that becomes sixteen million bytes of text."""
    plain = png()
    content = b"Comment\0\0" + zlib.compress(bytes(16 << 20), 9)
    chunk = struct.pack(">I", len(content)) + b"zTXt" + content
    return plain[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + content)) + plain[33:]


HOSTILE = {
    "cut exif": lambda: with_segment(jpeg(), 0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x01\x01"),
    "exif that points to itself": lambda: with_segment(
        jpeg(), 0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 8)
    ),
    "huge profile": lambda: with_segment(jpeg(), 0xE2, b"ICC_PROFILE\0\1\1" + b"\xff" * 65000),
    "box longer than the file": lambda: with_segment(
        jpeg(), 0xEB, b"JP\0\1\0\0\0\1" + b"\xff\xff\xff\xffjumb" + jumbf(b"")[8:]
    ),
    "boxes within boxes": lambda: with_c2pa(jumbf(jumbf(jumbf(b"claim_generator" * 1000)))),
    "segment of no length": lambda: jpeg()[:2] + b"\xff\xeb\0\0" + jpeg()[2:],
    "xmp without end": lambda: jpeg(xmp=b"<x CreatorTool=" + b'"<' * 20000),
    "half a file": lambda: jpeg()[:200],
    "only fill": lambda: b"\xff\xd8" + b"\xff" * 100_000,
    "endless boxes": lambda: b"\0\0\0\x0cftypheic" + struct.pack(">I4s", 8, b"free") * 20_000,
    "text bomb": bomb,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(5)
def test_hostile_files_say_nothing_and_break_nothing(name: str) -> None:
    data = HOSTILE[name]()
    assert isinstance(examine_metadata(data), MetadataFindings)
    for media_type in (MediaType.JPEG, MediaType.HEIC):
        assert isinstance(examine(data, media_type), PictureFindings | Unavailable)


def test_a_huge_frame_is_refused_from_its_header() -> None:
    plain = png()
    header = struct.pack(">II", 20_000, 20_000) + plain[24:29]
    data = plain[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + plain[33:]
    assert isinstance(examine(data, MediaType.PNG), Unavailable)


def test_a_grid_is_a_screen_s_and_noise_is_not() -> None:
    rows, columns = np.mgrid[0:600, 0:600]
    grid = 20 * np.sign(np.sin(rows * 2.1 + columns * 0.05)) * np.sign(np.sin(columns * 1.9))
    paper, screen = (
        find_screen(noisy(600, 600)),
        find_screen((noisy(600, 600) + grid).clip(0, 255).astype(np.uint8)),
    )
    assert paper is not None
    assert screen is not None
    assert paper.score < 0.2
    assert screen.score > 0.9
    assert screen.spots
    assert find_screen(noisy(100, 100)) is None


def test_a_faint_pattern_is_a_screens_where_it_is_all_over() -> None:
    rows, columns = np.mgrid[0:1100, 0:800]
    noise = 200 + 4 * np.random.default_rng(5).standard_normal(rows.shape)
    faint = 1.5 * np.sin(rows * 2.1 + columns * 0.05) * np.sin(columns * 1.9)
    whole, part = (
        find_screen((noise + pattern).clip(0, 255).astype(np.uint8))
        for pattern in (faint, faint * (rows > 350))
    )
    assert whole is not None
    assert part is not None
    assert whole.score > screen_photo.SUSPECT_FROM > part.score, "cloth lies under a part of the picture"


def test_a_copied_piece_is_weak_and_shown_where_it_is(make: SimpleNamespace) -> None:
    edited = EditedFindings(0.9, (("noise found twice, above chance", 3.8),), (Spot(QUAD, "twice", 3.8),))
    found = signal(make, "edited_picture", edited=edited)
    assert (found.finding, found.strength, found.places) == (Finding.SUSPECT, Strength.WEAK, (QUAD,))
    assert "there twice" in found.reviewer_sentence
    assert signal(make, "edited_picture", edited=None).finding is Finding.UNKNOWN


def test_a_tinted_drawing_has_no_noise_and_a_white_scan_tells_nothing() -> None:
    drawn = np.full((400, 300), 230, np.uint8)
    drawn[50:60, 20:200] = 40
    assert find_made(drawn).drawn == 1.0
    assert find_made(noisy()).drawn == 0.0
    assert find_made(np.where(drawn == 230, 255, 0).astype(np.uint8)).drawn == 0.0


def test_a_screenshot_has_a_screen_s_measures_and_rows_of_one_colour() -> None:
    shot = noisy(1334, 750)
    shot[:120] = 250
    shot[30:50, 40:100] = 20
    assert find_made(shot).capture > 0.9
    assert find_made(noisy(1334, 750)).capture == 0.0


def test_places_are_told_on_the_repaired_picture() -> None:
    rows, columns = np.mgrid[0:600, 0:600]
    grid = 20 * np.sign(np.sin(rows * 2.1)) * np.sign(np.sin(columns * 1.9))
    data = jpeg((noisy(600, 600) + grid).clip(0, 255).astype(np.uint8), quality=95)
    stored, moved = (
        examine(data, MediaType.JPEG),
        examine(data, MediaType.JPEG, placed=(2, 0, 5, 0, 2, 7, 0, 0, 1)),
    )
    assert isinstance(stored, PictureFindings)
    assert isinstance(moved, PictureFindings)
    assert stored.screen is not None
    assert moved.screen is not None
    here, there = stored.screen.spots[0].quad, moved.screen.spots[0].quad
    assert (there.left, there.top) == (here.left * 2 + 5, here.top * 2 + 7)
    assert isinstance(stored.metadata.taken_at, datetime | None)
