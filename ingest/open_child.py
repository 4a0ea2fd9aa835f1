"""Opens one file in a process of its own and says what it found, for `ingest.accept`.

Decoders of pictures and documents are where hostile files do harm, so they run here, under the limits and
with the few system calls that `child_maker` leaves them, and with nothing to write to but the answer:
``{"width_px", "height_px", "pages"}`` or ``{"refused": reason code, "detail"}``.

Sizes are taken from headers and compared with the limits before anything is decoded. Then everything is
decoded once, for that alone shows that the file is whole.

It imports nothing of Tillpoints.
"""

from __future__ import annotations

import json
import math
import signal
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypedDict

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile
    from pypdfium2 import PdfPage

JPEG_SCALE = 8
"""JPEG is decoded at an eighth of its size: every byte is read, and 48 megapixels take 0.13 s and 16 MB."""

JPEG_MOST_EXIF_SEGMENTS = 16
"""Cameras write one. Pillow joins them pair by pair: 300 of 63 kB take it 2.4 s."""
_JPEG_APP1 = 0xE1
_EXIF = b"Exif\0\0"
JPEG_MOST_SEGMENTS = 4000
"""Before the picture. 20 MB of data of phones, in full segments of 65 kB each, are some 300."""

JPEG_MOST_STRAY_BYTES = 65_536
"""Between segments, the marks' own fill bytes included. Pillow passes over so many in 0.01 s."""

JPEG_MOST_SCANS = 500
"""Of the whole file, previews and second pictures included. Progressive ones of encoders have some ten."""
JPEG_MOST_SCANNED_PIXELS = 2_500_000_000
"""Scans by pixels: for each scan libjpeg goes through the whole picture, in 0.2 s for 100 megapixels."""

PDF_FREE_S = 1.2
PDF_S_A_MB = 0.5
"""Processor time of a PDF. Letters take 0.02 s; a scanned page takes 0.1 s and 250 kB and more."""
_MB = 1_000_000

_JPEG_START = b"\xff\xd8"
_JPEG_END, _JPEG_SCAN = 0xD9, 0xDA
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
"""Markers without a length: stuffing, TEM, restarts, and a second start."""
_JPEG_LENGTH_BYTES = 2

PDF_PROOF_SIDE_PX = 64
"""Pages are drawn with this longest side: enough to make the parser go through all of the page."""
PDF_TEXT_CHARS = 40
"""Less is a stamp or a page number on a scan, which is read as a picture (`ocr.documents.pdf`)."""

PDF_READING_DPI = 200
"""A PDF page counts as many pixels as it has at this resolution, at which scanned pages are read."""

PDF_END = b"%%EOF"
PDF_TAIL_BYTES = 1024
"""Where the end mark must stand (ISO 32000-1, H.3). Else half a document would open as a shorter one."""

POINTS_PER_INCH = 72
_DNG_VERSION_TAG = 50706
_BROKEN_FILE_ERRORS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What the picture readers raise on files with bytes cut off, flipped or swapped; each was met."""
_PDF_PASSWORD_ERROR = 4


class Limits(TypedDict):
    """What `ingest.accept.AcceptLimits` says, as it travels on the command line."""

    max_pixels_scaled: int
    max_pixels_full: int
    max_pages: int
    min_side_px: int
    open_memory_bytes: int


class _RefusedError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def warm() -> None:
    """Import every decoder; a child may open no file, and so import nothing."""
    import pillow_heif
    import pypdfium2
    from PIL import Image

    Image.init()
    pillow_heif.register_heif_opener()
    pypdfium2.PdfDocument.new().close()


def work(file: BinaryIO, media_type: str, told: str) -> dict[str, Any]:
    """Open `file` as `media_type`.

    Args:
        file: from its start on.
        media_type: what its first bytes say.
        told: `Limits`, as JSON.
    """
    limits: Limits = json.loads(told)
    openers = {"application/pdf": _open_pdf, "image/heic": _open_heic}
    try:
        width, height, pages, *has_text = openers.get(media_type, _open_picture)(file, media_type, limits)
    except _RefusedError as refused:
        return {"refused": refused.code, "detail": str(refused)}
    except MemoryError:
        return {
            "refused": "too_many_pixels",
            "detail": f"opening needs over {limits['open_memory_bytes']} bytes",
        }
    return {"width_px": width, "height_px": height, "pages": pages, "has_text": any(has_text)}


def _check_size(width: int, height: int, *, max_pixels: int, limits: Limits) -> None:
    size = f"{width} x {height} pixels"
    if width * height > max_pixels:
        raise _RefusedError("too_many_pixels", f"{size}, at most {max_pixels} in all")
    if min(width, height) < limits["min_side_px"]:
        raise _RefusedError("too_small", f"{size}, at least {limits['min_side_px']} each way")


def _damaged(error: Exception) -> NoReturn:
    raise _RefusedError("damaged", f"{type(error).__name__} while it was opened") from error


def _open_picture(file: BinaryIO, media_type: str, limits: Limits) -> tuple[int, int, int]:
    from PIL import Image, TiffImagePlugin

    kind = media_type.removeprefix("image/").upper()
    if kind == "JPEG":
        _walk_jpeg(file)
    max_pixels = limits["max_pixels_scaled" if kind == "JPEG" else "max_pixels_full"]
    # Pillow refuses at twice this value, in the WebP reader even before it makes room for the canvas.
    Image.MAX_IMAGE_PIXELS = max_pixels // 2
    try:
        with Image.open(file, formats=[kind]) as picture:
            width, height = picture.size
            _check_size(width, height, max_pixels=max_pixels, limits=limits)
            if kind == "JPEG":
                _check_scans(file, width * height)
                picture.draft("L", (math.ceil(width / JPEG_SCALE), math.ceil(height / JPEG_SCALE)))
            if isinstance(picture, TiffImagePlugin.TiffImageFile):
                return width, height, _load_tiff(picture, max_pixels=max_pixels, limits=limits)
            picture.load()
            return width, height, 1
    except Image.DecompressionBombError as error:
        raise _RefusedError("too_many_pixels", str(error)) from error
    except _BROKEN_FILE_ERRORS as error:
        _damaged(error)


def _walk_jpeg(file: BinaryIO) -> None:
    """Refuse a JPEG whose markers do not lead to a picture (ITU-T T.81, B.1); else leave `file` at its start.

    Pillow looks for markers a byte at a time: 20 MB without one take it 3 s. libjpeg passes over stray bytes
    between segments and so do we, within bounds.
    """
    file.seek(len(_JPEG_START))
    stray, frame_seen, exif_seen = 0, False, 0
    for _ in range(JPEG_MOST_SEGMENTS):
        marker = file.read(1)
        while marker and marker != b"\xff":
            stray, marker = _one_more_stray(stray), file.read(1)
        while marker == b"\xff":
            stray, marker = _one_more_stray(stray), file.read(1)
        if not marker or marker[0] == _JPEG_END:
            raise _RefusedError("damaged", "a JPEG that ends before its picture")
        if marker[0] in _JPEG_ALONE:
            continue
        length = int.from_bytes(file.read(_JPEG_LENGTH_BYTES), "big")
        if length < _JPEG_LENGTH_BYTES:
            raise _RefusedError("damaged", f"a JPEG segment of {length} bytes")
        if marker[0] == _JPEG_SCAN:
            if not frame_seen:
                raise _RefusedError("damaged", "a JPEG without a frame")
            file.seek(0)
            return
        frame_seen = frame_seen or marker[0] in _JPEG_FRAMES
        after = file.tell() + length - _JPEG_LENGTH_BYTES
        exif_seen += marker[0] == _JPEG_APP1 and file.read(len(_EXIF)) == _EXIF
        if exif_seen > JPEG_MOST_EXIF_SEGMENTS:
            raise _RefusedError("damaged", f"a JPEG with over {JPEG_MOST_EXIF_SEGMENTS} Exif segments")
        file.seek(after)
    raise _RefusedError("damaged", f"a JPEG with over {JPEG_MOST_SEGMENTS} segments before its picture")


def _check_scans(file: BinaryIO, pixels: int) -> None:
    """Refuse more scans than the picture is worth. Within a scan the marker's two bytes never stand."""
    at = file.tell()
    file.seek(0)
    scans = file.read().count(bytes((0xFF, _JPEG_SCAN)))
    file.seek(at)
    if scans > JPEG_MOST_SCANS or scans * pixels > JPEG_MOST_SCANNED_PIXELS:
        raise _RefusedError("damaged", f"a JPEG of {scans} scans")


def _one_more_stray(stray: int) -> int:
    if stray == JPEG_MOST_STRAY_BYTES:
        raise _RefusedError("damaged", f"a JPEG with over {stray} bytes between segments")
    return stray + 1


def _load_tiff(picture: TiffImageFile, *, max_pixels: int, limits: Limits) -> int:
    """Load every page; answer how many there are."""
    if _DNG_VERSION_TAG in picture.tag_v2:
        raise _RefusedError("unsupported_type", "a camera's raw file")
    pages = 0
    while True:
        picture.load()
        pages += 1
        try:
            picture.seek(pages)
        except EOFError:
            return pages
        if pages == limits["max_pages"]:
            raise _RefusedError("too_many_pages", f"more than {pages} pages")
        _check_size(*picture.size, max_pixels=max_pixels, limits=limits)


def _open_heic(file: BinaryIO, _: str, limits: Limits) -> tuple[int, int, int]:
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    try:
        picture = pillow_heif.open_heif(file)
        width, height = picture.size
        _check_size(width, height, max_pixels=limits["max_pixels_full"], limits=limits)
        if not picture.data:
            raise _RefusedError("damaged", "holds no picture")
    except _BROKEN_FILE_ERRORS as error:
        _damaged(error)
    return width, height, 1


def _open_pdf(file: BinaryIO, _: str, limits: Limits) -> tuple[None, None, int, bool]:
    import pypdfium2

    data = file.read()
    signal.setitimer(signal.ITIMER_PROF, PDF_FREE_S + PDF_S_A_MB * len(data) / _MB)
    if PDF_END not in data.rstrip(b"\x00\r\n\t ")[-PDF_TAIL_BYTES:]:
        raise _RefusedError("damaged", "the end is missing")
    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
        if pages > limits["max_pages"]:
            raise _RefusedError("too_many_pages", f"{pages} pages, at most {limits['max_pages']}")
        texts = True
        for index in range(pages):
            texts = _draw_page(document[index], limits, texts=texts)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PDF_PASSWORD_ERROR:
            raise _RefusedError("encrypted", "opens with a password only") from error
        _damaged(error)
    return None, None, pages, texts and pages > 0


def _draw_page(page: PdfPage, limits: Limits, *, texts: bool) -> bool:
    """Prove that it can be drawn; whether it has text, as those before it, and so needs no engine."""
    width_pt, height_pt = page.get_size()
    scale = PDF_READING_DPI / POINTS_PER_INCH
    width, height = math.ceil(width_pt * scale), math.ceil(height_pt * scale)
    _check_size(width, height, max_pixels=limits["max_pixels_full"], limits=limits)
    page.render(scale=PDF_PROOF_SIDE_PX / max(width_pt, height_pt)).close()
    if texts:
        text = page.get_textpage()
        texts = text.count_chars() >= PDF_TEXT_CHARS
        text.close()
    page.close()
    return texts
