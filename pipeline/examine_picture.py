"""What a part's picture itself says of how it was made; found once, and kept with the reading."""

from __future__ import annotations

import structlog

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.findings import MetadataFindings, PictureFindings
from pipeline.part_read import PartRead
from receipts.errors import Rejection
from receipts.image import IMAGE_TYPES

NO_FILE_OF_ITS_OWN = PictureFindings(0, 0, MetadataFindings(), None, None)
"""A scan within a PDF, or a picture put together of several: nothing to go by."""

_log = structlog.get_logger(__name__)


def examined_picture(part: PartRead) -> PictureFindings | Unavailable | None:
    """The findings; none for a mail's own text. Never an exception: examining costs nobody a receipt."""
    if isinstance(part.outcome, Rejection) or part.outcome.picture_jpeg is None:
        return None
    file = part.source.file
    if file is None or file.media_type not in IMAGE_TYPES:
        return NO_FILE_OF_ITS_OWN
    from awarding.fraud.picture.examine import examine  # OpenCV, which mails never need

    try:
        return examine(file.data, file.media_type, placed=part.outcome.placed)
    except Exception as error:  # noqa: BLE001 - a fault in examining holds the receipt for a person, and no more
        _log.exception("picture_not_examined")
        return Unavailable(f"its examination failed ({type(error).__name__})")
