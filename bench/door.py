"""Measure the door: seconds and peak memory for good and hostile uploads, each in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

RUNS = 3
"""The quickest of so many: other work on the machine only ever adds."""

MEASURE = """
import json, sys, time
from pathlib import Path
from ingest.accept import accept
from ingest.child import costs
started = time.perf_counter()
answer = accept(Path(sys.argv[1]))
print(json.dumps({
    "seconds": time.perf_counter() - started,
    "mib": costs().peak_bytes / 1024**2,
    "answer": getattr(getattr(answer, "reason", None), "value", "accepted"),
}))
"""


def photo(width: int, height: int) -> Image.Image:
    """A picture with detail everywhere, which takes a decoder about as long as a real one."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    noise = np.random.default_rng(1).integers(0, 24, (height, width), dtype=np.uint8)
    grey = ((np.sin(x / 37) * np.cos(y / 53) * 90 + 120).astype(np.uint8)) + noise
    return Image.merge("RGB", [Image.fromarray(grey)] * 3)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of that kind."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def black_png(side: int) -> bytes:
    """A valid black PNG of one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    packer = zlib.compressobj(1)
    row = b"\x00" * (1 + (side + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def uploads() -> dict[str, bytes]:
    """What is measured, by name."""
    pillow_heif.register_heif_opener()
    small, large, huge = photo(4032, 3024), photo(8064, 6048), photo(12_000, 9000)
    jpeg = encoded(small, "JPEG", quality=85)
    return {
        "JPEG, 12 megapixels": jpeg,
        "JPEG, 48 megapixels": encoded(large, "JPEG", quality=80),
        "JPEG, 108 megapixels": encoded(huge, "JPEG", quality=50),
        "PNG, 12 megapixels": encoded(small, "PNG", compress_level=1),
        "WebP, 12 megapixels": encoded(small, "WEBP", quality=60, method=0),
        "HEIC, 12 megapixels": encoded(small, "HEIF", quality=30),
        "empty": b"",
        "text named .jpg": b"TOTAL 15.90\n",
        "PNG of 50,000 x 50,000": black_png(50_000),
        "half a JPEG": jpeg[: len(jpeg) // 2],
        "60 MB": jpeg + bytes(60_000_000 - len(jpeg)),
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "zip": b"PK\x03\x04" + bytes(100),
        "random bytes": os.urandom(1_000_000),
    }


def main() -> None:
    """Print the table."""
    print("| upload | bytes | answer | seconds | peak MiB |\n| - | - | - | - | - |")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        for name, content in uploads().items():
            path.write_bytes(content)
            command = [sys.executable, "-c", MEASURE, str(path)]
            runs = [
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603
                for _ in range(RUNS)
            ]
            best = min(runs, key=lambda run: run["seconds"])
            cost = f"{best['seconds']:.2f} | {best['mib']:.0f}"
            print(f"| {name} | {len(content):,} | {best['answer']} | {cost} |", flush=True)


if __name__ == "__main__":
    main()
