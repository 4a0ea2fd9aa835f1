"""Files that clients send past our servers, straight to where files are kept, and submit afterwards.

They lie in quarantine, under the id of their upload, until they are submitted: then they are looked at as any
other file is, stored under their content, and removed from there. What nobody submitted is removed, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final

import structlog

from pipeline.wiring import Wiring
from receipts.database.repositories.uploads import Uploading, known_uploads
from receipts.errors import TransientError
from receipts.files.quarantine import Invitation

log = structlog.get_logger(__name__)

INVITED_FOR_S: Final = 3600
"""A phone on a poor connection has sent its photo by then; it may submit it for a day."""
_AT_A_TIME = 200


def invitation_to(wiring: Wiring, upload: Uploading) -> Invitation:
    """Where and how to send it.

    Raises:
        TransientError: the place of the files does not answer.
    """
    return wiring.quarantine.invite(upload.id, size_bytes=upload.size_bytes, life_s=INVITED_FOR_S)


def fetched(wiring: Wiring, upload: Uploading, path: Path, *, until: ExitStack) -> bool:
    """Write what came to `path`; False where nothing came yet.

    When `until` ends and the upload was submitted meanwhile, it is removed from quarantine.

    Raises:
        TransientError: the place of the files does not answer.
    """
    if not wiring.quarantine.fetch(upload.id, path):
        return False
    until.callback(_tidy_soon, wiring, upload.id)
    return True


def _tidy_soon(wiring: Wiring, upload_id: str) -> None:
    try:
        _remove_unknown(wiring, (upload_id,))
    except TransientError as error:  # the sweep removes it
        log.warning("left in quarantine for now", upload_id=upload_id, reason=str(error))


def tidy_quarantine(wiring: Wiring) -> int:
    """Remove what belongs to no upload any more: submitted, given up, late, its member erased; how many."""
    removed, there = 0, wiring.quarantine.ids()
    while some := tuple(islice(there, _AT_A_TIME)):
        removed += _remove_unknown(wiring, some)
    return removed


def _remove_unknown(wiring: Wiring, upload_ids: Sequence[str]) -> int:
    """An upload is written down before anybody can send its file, so that no file waits for its row."""
    with wiring.database.read() as session:
        known = known_uploads(session, upload_ids)
    gone = [each for each in upload_ids if each not in known]
    for upload_id in gone:
        wiring.quarantine.remove(upload_id)
    return len(gone)
