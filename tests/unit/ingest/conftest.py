"""Files that arrive at the door: good ones of every kind, and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

PICTURE_SIZE = (640, 480)
MB = 1_000_000


def png(width: int, height: int, *, bits: int = 8, colour_type: int = 2) -> bytes:
    """A whole and valid black PNG of any size: a few hundred bytes for each megapixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    channels = {0: 1, 2: 3, 6: 4}[colour_type]
    row = b"\x00" * (1 + (width * bits * channels + 7) // 8)
    packer = zlib.compressobj(1)
    rows = [packer.compress(row * 100) for _ in range(height // 100)]
    rows += [packer.compress(row * (height % 100)), packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"".join(rows)) + chunk(b"IEND", b"")
    )


def tiff_of_one_strip(*, pages: int, side_px: int) -> bytes:
    """Many large pages that all point to the same few bytes."""
    strip = zlib.compress(b"\x00" * (side_px * side_px * 3), 1)
    pages_at = 8 + len(strip)
    entries = 11
    page_bytes = 2 + entries * 12 + 4
    out = bytearray(b"II*\x00" + struct.pack("<I", pages_at) + strip)
    bits_at = pages_at + pages * page_bytes
    for page in range(pages):
        tags = [
            (256, 4, 1, side_px),
            (257, 4, 1, side_px),
            (258, 3, 3, bits_at),
            (259, 3, 1, 8),
            (262, 3, 1, 2),
            (273, 4, 1, 8),
            (277, 3, 1, 3),
            (278, 4, 1, side_px),
            (279, 4, 1, len(strip)),
            (284, 3, 1, 1),
            (317, 3, 1, 1),
        ]
        after = pages_at + (page + 1) * page_bytes if page + 1 < pages else 0
        out += struct.pack("<H", entries)
        out += b"".join(struct.pack("<HHII", *tag) for tag in tags)
        out += struct.pack("<I", after)
    return bytes(out + struct.pack("<HHH", 8, 8, 8))


def pdf(*, pages: int = 1, side_pt: int = 300, encrypted: bool = False, trailer: bytes = b"%%EOF\n") -> bytes:
    """A document of pages with one line of text each."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(pages):
        text = f"BT /F1 12 Tf 20 20 Td (Page {page + 1}) Tj ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {side_pt} {side_pt}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * page} 0 R >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    lock = ""
    if encrypted:
        # The owner's and user's keys answer to no password that anybody knows.
        objects.append(f"<< /Filter /Standard /V 1 /R 2 /O <{'ab' * 32}> /U <{'cd' * 32}> /P -4 >>")
        lock = f"/Encrypt {len(objects)} 0 R /ID [<00> <00>]"
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table_at = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010d} 00000 n \n" for place in places).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {lock} >>\n".encode()
    return bytes(out + f"startxref\n{table_at}\n".encode() + trailer)


def _picture() -> Image.Image:
    """A soft pattern: compresses like a photo, neither to nothing nor not at all."""
    x, y = np.meshgrid(np.arange(PICTURE_SIZE[0]), np.arange(PICTURE_SIZE[1]))
    planes = [np.sin(x / a) * np.cos(y / b) * 120 + 128 for a, b in ((17, 23), (31, 11), (7, 41))]
    return Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8))


@pytest.fixture(scope="session")
def good_files() -> dict[str, bytes]:
    """One whole file of each kind, by a name that says which."""
    picture = _picture()
    pillow_heif.register_heif_opener()
    kinds: dict[str, tuple[str, dict[str, object]]] = {
        "jpeg": ("JPEG", {}),
        "progressive jpeg": ("JPEG", {"progressive": True}),
        "grey jpeg": ("JPEG", {}),
        "cmyk jpeg": ("JPEG", {}),
        "two-picture jpeg": ("MPO", {"save_all": True, "append_images": [picture.copy()]}),
        "png": ("PNG", {}),
        "webp": ("WEBP", {}),
        "lossless webp": ("WEBP", {"lossless": True}),
        "heic": ("HEIF", {}),
        "tiff": ("TIFF", {"compression": "tiff_lzw"}),
        "tiff of two pages": ("TIFF", {"save_all": True, "append_images": [picture.copy()]}),
    }
    modes = {"grey jpeg": "L", "cmyk jpeg": "CMYK"}
    files = {"pdf": pdf(), "pdf of three pages": pdf(pages=3)}
    for name, (kind, options) in kinds.items():
        out = io.BytesIO()
        picture.convert(modes.get(name, "RGB")).save(out, kind, **options)
        files[name] = out.getvalue()
    return files


@pytest.fixture(scope="session")
def hostile_files(good_files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What must be refused at the door, by a name that says what it is."""
    folder = tmp_path_factory.mktemp("hostile")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("receipt.jpg", good_files["jpeg"])
    contents = {
        "empty": b"",
        "text named jpg": b"TOTAL 15.90\nthank you\n" * 10,
        "png of 50000 x 50000": png(50_000, 50_000, bits=1, colour_type=0),
        "truncated jpeg": good_files["jpeg"][: len(good_files["jpeg"]) // 2],
        "svg": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        "zip": zipped.getvalue(),
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.jpg"
        paths[name].write_bytes(content)
    paths["60 MB"] = folder / "large.jpg"
    with paths["60 MB"].open("wb") as file:
        file.write(good_files["jpeg"])
        file.truncate(60 * MB)
    return paths


@pytest.fixture(scope="session")
def make_png() -> Callable[..., bytes]:
    return png


@pytest.fixture(scope="session")
def make_pdf() -> Callable[..., bytes]:
    return pdf


@pytest.fixture(scope="session")
def make_tiff() -> Callable[..., bytes]:
    return tiff_of_one_strip


@pytest.fixture(scope="session")
def picture_size() -> tuple[int, int]:
    return PICTURE_SIZE
