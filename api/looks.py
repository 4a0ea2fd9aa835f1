"""What members sent, shown to somebody of the team: noted first, then shown."""

from __future__ import annotations

from fastapi import Request

from api.auth import Caller, wiring_of
from api.errors import not_found
from pipeline.privacy import looked_at
from receipts.files import MissingFileError
from receipts.identity import MemberId, Sha256

_PICTURE = "picture"


def original_of(
    request: Request,
    caller: Caller,
    sha256: Sha256,
    *,
    member_id: MemberId | None,
    what: str,
    target_id: str,
) -> bytes:
    """The stored bytes; a look of anybody but the member is noted before.

    Args:
        request: the request.
        caller: who looks.
        sha256: of the stored file.
        member_id: whose it is; None for a message that is nobody's yet.
        what: ``picture`` or ``mail``.
        target_id: the receipt, or the message that came in.

    Raises:
        ApiError: 404; a message whose time is over was removed.
    """
    if caller.only_member is None:
        looked_at(
            wiring_of(request),
            program_id=caller.program_id,
            account_id=caller.account.id,
            member_id=member_id,
            what=what,
            target_id=target_id,
        )
    try:
        return wiring_of(request).store.read_bytes(sha256)
    except MissingFileError as error:
        if what == _PICTURE:  # nothing names one that was removed: it was lost, by our fault
            raise
        raise not_found(f"{what} any more") from error
