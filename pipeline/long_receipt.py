"""A receipt too long for one photo: shots that a member sent together, read as the one paper they show."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.document import ReadDefaults, Reading, read_shots
from ocr.engines.base import EngineSource
from ocr.opening import Opening
from pipeline.mail_parts import Part
from pipeline.part_read import PartRead, Source
from receipts.errors import Rejection
from receipts.image import MediaType


def read_together(
    files: Sequence[tuple[bytes, MediaType]],
    *,
    engine: EngineSource,
    defaults: ReadDefaults,
    opening: Opening,
) -> tuple[PartRead, ...]:
    """The one receipt, with its photos as what it was read from; or why there is none."""
    answer = read_shots(files, engine=engine, defaults=defaults, opening=opening)
    if isinstance(answer, Rejection):
        return (PartRead(answer),)
    source = Source(shots=tuple(Part(data, media_type) for data, media_type in files))
    return tuple(PartRead(reading, source=source) for reading in answer if isinstance(reading, Reading))
