"""What a picture's file says of itself: EXIF, XMP, IPTC, PNG text and content credentials.

No metadata is the usual case (messengers and browsers strip it) and says nothing. Whose picture it is and
where it was taken is not looked at.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, IptcImagePlugin, UnidentifiedImageError

from awarding.fraud.picture.containers import chunks_of_png, credentials_in
from awarding.fraud.picture.findings import MetadataFindings, Named, Source
from awarding.fraud.picture.programs import LONGEST_FIELD, programs_in

FILE_ERRORS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    OverflowError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ZeroDivisionError,
    struct.error,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)
"""What Pillow raises on broken metadata, by fuzzing: more kinds than on broken pixels."""
FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF")
MOST_EXIF: Final = 1 << 20
"""Bytes; a JPEG's segment holds 64 kB, a PNG's chunk may claim anything."""
MOST_XMP: Final = 1 << 18
CLOCK_SLACK: Final = timedelta(days=1)
"""Between two times of one file that have no zone."""
PREVIEW_SIDE_PX: Final = 1024
"""Previews in EXIF have 160 to 512."""
MOST_PREVIEW: Final = 1 << 16
PREVIEW_LIKE: Final = 0.5
"""Correlation of preview and picture at 32 x 32 pixels. Chosen, not measured: none of the real photographs at
hand has kept its preview. Reduced by any means a picture is like itself by 0.98 and more."""
PREVIEW_SHAPE: Final = 0.04
"""By how much their proportions may differ; else the picture was cropped, as members do."""

_EXIF_IFD: Final = 0x8769
_TAGS: Final = {11: "EXIF ProcessingSoftware", 270: "EXIF ImageDescription", 305: "EXIF Software"}
_COMMENT: Final = 0x9286
_CHANGED, _TAKEN = 306, 0x9003
_TEXT_KEYS: Final = ("Software", "Comment", "Description", "Source", "Title", "parameters", "Creation Tool")
_MODEL_KEYS: Final = (
    "parameters",
    "prompt",
    "workflow",
    "invokeai_metadata",
    "sd-metadata",
    "generation_data",
)
"""PNG texts that tools for trained models write what they were asked for into."""
_MODEL_WORDS: Final = re.compile(r"\bSteps: \d+, Sampler: |\"class_type\"|\bnegative prompt\b", re.IGNORECASE)

_XMP_FIELDS: Final = {
    "CreatorTool": "XMP CreatorTool",
    "softwareAgent": "XMP softwareAgent",
    "Credit": "XMP Credit",
    "UserComment": "XMP UserComment",
}
_SOURCES: Final = {
    "digitalcapture": Source.CAPTURE,
    "computationalcapture": Source.CAPTURE,
    "negativefilm": Source.CAPTURE,
    "positivefilm": Source.CAPTURE,
    "print": Source.CAPTURE,
    "minorhumanedits": Source.CAPTURE,
    "algorithmicallyenhanced": Source.CAPTURE,
    "humanedits": Source.COMPOSED,
    "compositecapture": Source.COMPOSED,
    "composite": Source.COMPOSED,
    "screencapture": Source.SCREEN,
    "softwareimage": Source.DRAWN,
    "digitalart": Source.DRAWN,
    "digitalcreation": Source.DRAWN,
    "datadrivenmedia": Source.DRAWN,
    "algorithmicmedia": Source.DRAWN,
    "virtualrecording": Source.DRAWN,
    "compositesynthetic": Source.PARTLY_GENERATED,
    "compositewithtrainedalgorithmicmedia": Source.PARTLY_GENERATED,
    "trainedalgorithmicmedia": Source.GENERATED,
}
"""https://cv.iptc.org/newscodes/digitalsourcetype/, by the last part of each address."""
_SOURCE: Final = re.compile(rb"digitalsourcetype/([A-Za-z]{3,60})")
_GENERATOR: Final = re.compile(rb"(?:claim_generator(?:_info)?|softwareAgent)(.{0,160})", re.DOTALL)


def examine_metadata(data: bytes, small: NDArray[np.uint8] | None = None) -> MetadataFindings:
    """What the file says; broken metadata says nothing.

    Args:
        data: the file's bytes.
        small: the picture as stored, grey and reduced, to hold the file's own preview against.
    """
    credentials = credentials_in(data)
    texts: list[tuple[str, str]] = []
    exif: dict[int, Any] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata makes Pillow warn
            texts, exif = _fields(data)
    except FILE_ERRORS:
        texts = texts or []
    xmp = next((text for field, text in texts if field == "XMP"), "").encode("utf-8", "replace")
    sources = tuple(
        [(source, "XMP DigitalSourceType") for source in _sources(xmp)]
        + [(source, "content credentials") for source in _sources(credentials)]
    )
    programs = dict.fromkeys(_programs(texts, xmp, credentials))
    camera = " ".join(filter(None, (_text(exif.get(271)), _text(exif.get(272)))))[:80]
    capture = any("screenshot" in text.casefold()[:60] for field, text in texts if "omment" in field)
    taken = _time(exif.get(_TAKEN))
    return MetadataFindings(
        camera=camera,
        programs=tuple(programs),
        sources=sources,
        credentials=bool(credentials),
        taken_at=taken,
        contradictions=tuple(_contradictions(exif, taken, camera, sources, small)),
        screen_capture=capture or any(source is Source.SCREEN for source, _ in sources),
    )


def _fields(data: bytes) -> tuple[list[tuple[str, str]], dict[int, Any]]:
    """Named texts, and EXIF values by tag; the preview's bytes stand at tag 0."""
    texts: list[tuple[str, str]] = []
    if data[4:8] == b"ftyp":
        import pillow_heif  # only for HEIC

        info: dict[Any, Any] = dict(pillow_heif.open_heif(io.BytesIO(data)).info)
    else:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        info = dict(image.info)
    # Asking a PNG or WebP for its EXIF data decodes all its pixels.
    raw = info.get("exif") or (_late_exif(data) if data.startswith(b"\x89PNG") else b"")
    exif = Image.Exif()
    if 0 < len(raw) <= MOST_EXIF:
        exif.load(raw)
    elif data[:2] in {b"II", b"MM"}:
        exif = image.getexif()
    if data.startswith(b"\xff\xd8"):
        program = (IptcImagePlugin.getiptcinfo(image) or {}).get((2, 65))
        texts.append(("IPTC OriginatingProgram", _text(program)))
    values = {tag: exif.get(tag) for tag in (*_TAGS, 271, 272, _CHANGED)}
    inner = exif.get_ifd(_EXIF_IFD)
    values |= {tag: inner.get(tag) for tag in (_COMMENT, _TAKEN)}
    values[0] = _preview(exif, raw)
    texts += [(field, text) for tag, field in _TAGS.items() if (text := _text(values[tag]))]
    texts.append(("EXIF UserComment", _text(values[_COMMENT])))
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    xmp = xmp if isinstance(xmp, bytes) else str(xmp).encode("utf-8", "replace")
    texts.append(("XMP", xmp[:MOST_XMP].decode("utf-8", "replace")))
    keys = dict.fromkeys((*_TEXT_KEYS, *_MODEL_KEYS))
    texts += [(f"PNG {key}", _text(info[key])) for key in keys if isinstance(info.get(key), (str, bytes))]
    return texts, values


def _late_exif(data: bytes) -> bytes:
    """A PNG's EXIF data may stand behind its pixels."""
    return next((part[:MOST_EXIF] for name, part in chunks_of_png(data) if name == b"eXIf"), b"")


def _preview(exif: Image.Exif, raw: bytes) -> bytes:
    """The small JPEG that cameras put into their EXIF data; empty where there is none."""
    first = exif.get_ifd(ExifTags.IFD.IFD1)
    at, length = first.get(0x201), first.get(0x202)
    if not (isinstance(at, int) and isinstance(length, int) and at > 0 and 0 < length <= MOST_PREVIEW):
        return b""
    tiff = raw.removeprefix(b"Exif\0\0")
    return tiff[at : at + length]


def _preview_likeness(preview: bytes, small: NDArray[np.uint8] | None) -> float | None:
    """Correlation with the picture; None where there is no preview or it has another shape."""
    if small is None or not preview.startswith(b"\xff\xd8"):
        return None
    try:
        image = Image.open(io.BytesIO(preview), formats=("JPEG",))
        if (
            max(image.size) > PREVIEW_SIDE_PX
            or abs(_shape(image.size) / _shape(small.shape[::-1]) - 1) > PREVIEW_SHAPE
        ):
            return None
        own = image.convert("L").resize((_LIKE_SIDE_PX, _LIKE_SIDE_PX), Image.Resampling.BOX)
    except FILE_ERRORS:
        return None
    whole = Image.fromarray(small).resize((_LIKE_SIDE_PX, _LIKE_SIDE_PX), Image.Resampling.BOX)
    first, second = (np.asarray(each, np.float64).ravel() for each in (own, whole))
    if min(first.std(), second.std()) < 1.0:
        return None
    return float(np.corrcoef(first, second)[0, 1])


_LIKE_SIDE_PX: Final = 32


def _shape(size: tuple[int, ...]) -> float:
    return size[0] / max(1, size[1])


def _text(value: object) -> str:
    if isinstance(value, bytes):
        # EXIF comments begin with eight bytes that name their alphabet.
        if value[:8] in {b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0"}:
            wide = value[:7] == b"UNICODE"
            value = value[8 : 8 + 2000].decode("utf-16-be" if wide else "latin-1", "replace")
        else:
            value = value[:2000].decode("utf-8", "replace")
    return value[:2000].replace("\0", "").strip() if isinstance(value, str) else ""


def _sources(text: bytes) -> Iterator[Source]:
    for name in dict.fromkeys(found.group(1).lower().decode() for found in _SOURCE.finditer(text)):
        if name in _SOURCES:
            yield _SOURCES[name]


def _programs(texts: list[tuple[str, str]], xmp: bytes, credentials: bytes) -> Iterator[Named]:
    for field, text in texts:
        if field != "XMP":
            yield from programs_in(text, field)
        key = field.removeprefix("PNG ")
        if (field != key and key in _MODEL_KEYS) or _MODEL_WORDS.search(text):
            yield Named("generator", "settings of a trained model", field)
    words = xmp.decode("utf-8", "replace")
    for name, field in _XMP_FIELDS.items():
        for found in re.finditer(
            rf"{name}\s*(?:=\s*[\"']([^\"'<]{{1,200}})|[^<>]{{0,80}}>\s*([^<]{{1,200}}))", words
        ):
            yield from programs_in(found.group(1) or found.group(2), field)
    for claim in _GENERATOR.finditer(credentials):
        for words in _cbor_texts(claim.group(1)):
            yield from programs_in(words, "content credentials")


def _cbor_texts(part: bytes) -> Iterator[str]:
    """What may be a text in CBOR (RFC 8949): a byte, or two, that say how long it is, and so much print."""
    for at, byte in enumerate(part):
        begin, length = at + 1, byte - _SHORT_TEXT
        if byte == _LONG_TEXT:
            begin, length = at + 2, part[at + 1] if at + 1 < len(part) else 0
        words = part[begin : begin + length] if 0 < length <= LONGEST_FIELD else b""
        if len(words) == length and words.isascii() and (text := words.decode()).isprintable():
            yield text


_SHORT_TEXT, _LONG_TEXT = 0x60, 0x78


def _time(value: object) -> datetime | None:
    try:
        return datetime.strptime(_text(value)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - cameras' have no zone
    except ValueError:
        return None


def _contradictions(
    exif: dict[int, Any],
    taken: datetime | None,
    camera: str,
    sources: tuple[tuple[Source, str], ...],
    small: NDArray[np.uint8] | None,
) -> Iterator[str]:
    changed = _time(exif.get(_CHANGED))
    if taken is not None and changed is not None and taken - changed > CLOCK_SLACK:
        yield f"It says it was last changed on {changed:%Y-%m-%d} and taken later, on {taken:%Y-%m-%d}."
    made = {Source.GENERATED, Source.DRAWN}
    if camera and any(source in made for source, _ in sources):
        yield f"It names a camera ({camera}) and says that no camera made it."
    likeness = _preview_likeness(exif.get(0) or b"", small)
    if likeness is not None and likeness < PREVIEW_LIKE:
        yield f"Its own preview shows another picture (likeness {likeness:.2f} of 1)."
