"""What a part's picture itself says of how it was made; found once, and kept with the reading."""

from __future__ import annotations

import structlog

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.findings import MetadataFindings, PictureFindings
from pipeline.mail_reading import PartRead
from receipts.errors import Rejection
from receipts.image import IMAGE_TYPES

Examined = PictureFindings | Unavailable | None
"""None where there is no picture, as in a mail's own text."""

NO_FILE_OF_ITS_OWN = PictureFindings(0, 0, MetadataFindings(), None, None)
"""A scan within a PDF, or a picture put together of several: nothing to go by."""

_log = structlog.get_logger(__name__)


def examined_picture(part: PartRead) -> Examined:
    """The findings; never an exception, since examining must not cost anybody a receipt that was read."""
    if isinstance(part.outcome, Rejection) or part.outcome.picture_jpeg is None:
        return None
    if part.file is None or part.file.media_type not in IMAGE_TYPES:
        return NO_FILE_OF_ITS_OWN
    from awarding.fraud.picture.examine import examine  # OpenCV, which mails never need

    try:
        return examine(part.file.data, part.file.media_type, placed=part.outcome.placed)
    except Exception as error:  # noqa: BLE001 - a fault in examining holds the receipt for a person, and no more
        _log.exception("picture_not_examined")
        return Unavailable(f"its examination failed ({type(error).__name__})")
