"""What a part's picture itself says of how it was made; found once, and kept with the reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.findings import MetadataFindings, PictureFindings
from pipeline.confined import examined_confined
from pipeline.part_read import PartRead
from receipts.errors import Rejection, TransientError
from receipts.image import IMAGE_TYPES, MediaType, Placed

NO_FILE_OF_ITS_OWN = PictureFindings(0, 0, MetadataFindings(), None, None)
"""A scan within a PDF, or a picture put together of several: nothing to go by."""

_log = structlog.get_logger(__name__)


def examined_picture(part: PartRead) -> PictureFindings | Unavailable | None:
    """The findings; none for a mail's own text. Never an exception: examining costs nobody a receipt."""
    if isinstance(part.outcome, Rejection) or part.outcome.picture_jpeg is None:
        return None
    if part.source.shots:
        return _worst([_examined(shot.data, shot.media_type, None) for shot in part.source.shots])
    file = part.source.file
    if file is None or file.media_type not in IMAGE_TYPES:
        return NO_FILE_OF_ITS_OWN
    return _examined(file.data, file.media_type, part.outcome.placed)


def _examined(data: bytes, media_type: MediaType, placed: Placed | None) -> PictureFindings | Unavailable:
    try:
        return examined_confined(data, media_type, placed)
    except TransientError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault in examining holds the receipt for a person, and no more
        _log.exception("picture_not_examined")
        return Unavailable(f"its examination failed ({type(error).__name__})")


def _worst(found: Sequence[PictureFindings | Unavailable]) -> PictureFindings | Unavailable:
    """Of several photos of one paper, of each family the one that stands out most.

    Otherwise a second photo, of anything, would hide what the first one shows. Places are left out: they lie
    on the photo and not on the joined picture.
    """
    whole = [each for each in found if isinstance(each, PictureFindings)]
    if len(whole) < len(found):
        return next(each for each in found if isinstance(each, Unavailable))
    screens = [each.screen for each in whole if each.screen is not None]
    made = [each.made for each in whole if each.made is not None]
    most_screen = max(screens, key=lambda each: each.score, default=None)
    edited = [each.edited for each in whole if each.edited is not None]
    most_edited = max(edited, key=lambda each: each.score, default=None)
    most_made = max(made, key=lambda each: max(each.drawn, each.capture), default=None)
    return replace(
        max(whole, key=lambda each: _told(each.metadata)),
        screen=None if most_screen is None else replace(most_screen, spots=()),
        made=None if most_made is None else replace(most_made, spots=()),
        edited=None if most_edited is None else replace(most_edited, spots=()),
    )


def _told(metadata: MetadataFindings) -> int:
    """How much a file says against itself."""
    marks = (*metadata.programs, *metadata.sources, *metadata.contradictions)
    return len(marks) + metadata.screen_capture + metadata.credentials
