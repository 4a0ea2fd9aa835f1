"""Documents read as the pipeline reads them, each once: what was read is kept in the bench's folder."""

from __future__ import annotations

import hashlib
import pickle
from functools import cache
from pathlib import Path
from typing import Final

from bench.kept_engine import KeptEngine
from ingest.accept import AcceptLimits
from ocr.document import READER_VERSION, ReadDefaults, Reading
from ocr.engines.base import OcrEngine
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency

_ASSUMED: Final = ReadDefaults(currency=Currency("USD"))


@cache
def _engine(kept: Path) -> OcrEngine:
    from ocr.engines.rapid import RapidEngine

    return KeptEngine(RapidEngine(threads=1), kept)


def is_read(data: bytes, media_type: MediaType, readings: Path) -> bool:
    """Whether the document was read before, so that reading it costs nothing."""
    return _path(data, media_type, readings).exists()


def _path(data: bytes, media_type: MediaType, readings: Path) -> Path:
    name = hashlib.sha256(data + f"{READER_VERSION} {media_type.value}".encode()).hexdigest()
    return readings / f"{name}.reading"


def read_once(
    data: bytes, media_type: MediaType, *, kept: Path, readings: Path
) -> tuple[Reading, ...] | Rejection:
    """The document's receipts, from the folder of readings where it was read before."""
    path = _path(data, media_type, readings)
    if path.exists():
        known: tuple[Reading, ...] | Rejection = pickle.loads(path.read_bytes())  # noqa: S301 - our own
        return known
    answer = read_any(
        data, media_type, engine=lambda: _engine(kept), defaults=_ASSUMED, limits=AcceptLimits()
    )
    readings.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(pickle.dumps(answer))
    part.replace(path)
    return answer
