"""How long a member waits for the check of a picture, while the paper is still in hand.

Run by `python -m bench check`. A drawn photo of 12 megapixels, as the reduced copy that a page sends and as
the HEIC itself, which goes where the browser cannot draw it; the server's part alone, in this process and
the child's.
"""

from __future__ import annotations

import io
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

import pillow_heif
from PIL import Image

from fixtures.generator.sample import Kind, draw_sample
from pipeline.picture_check import check_picture
from pipeline.settings import Settings
from pipeline.wiring import build

PIXELS = (3024, 4032)
COPY_PX = 1600
QUALITY = 60
ROUNDS = 9


def main() -> None:
    """Print the median and the longest."""
    pillow_heif.register_heif_opener()
    drawn = Image.open(
        io.BytesIO(draw_sample("check", kind=Kind.PHOTO, purchased_on=date(2026, 11, 1)).data)
    ).convert("RGB")
    photo = drawn.resize(PIXELS, Image.Resampling.BICUBIC)
    photo = Image.blend(photo, Image.effect_noise(PIXELS, 24).convert("RGB"), 0.08)
    copy = photo.copy()
    copy.thumbnail((COPY_PX, COPY_PX))
    with tempfile.TemporaryDirectory() as folder:
        wiring = build(Settings(data_dir=Path(folder) / "data"))
        for name, picture, kind, shrunk in (
            ("copy", copy, "JPEG", PIXELS[1] / COPY_PX),
            ("HEIC", photo, "HEIF", 1.0),
        ):
            path = Path(folder) / name
            picture.save(path, kind, quality=QUALITY)
            took = []
            for _ in range(ROUNDS + 1):
                began = time.perf_counter()
                found = check_picture(wiring, path, shrunk=shrunk, part=False)
                took.append(time.perf_counter() - began)
            size, took = path.stat().st_size / 1e6, took[1:]
            print(f"{name}, {size:.1f} MB: median {median(took):.2f} s, at most {max(took):.2f} s, {found}")


if __name__ == "__main__":
    main()
