"""Files on their way in, sealed before they are anybody's by the installation's keys (`cryptography`).

As kept: a mark, the length of a sealed key in two bytes, that key, and what it seals
(`receipts.files.sealing`).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from receipts.errors import TransientError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_MARK: Final = b"tillpoints on its way 1\n"
_LENGTH_BYTES: Final = 2


class InTransit:
    """Seals and opens. Without keys it leaves all as it is."""

    def __init__(self, masters: MultiFernet | None) -> None:
        self._masters = masters

    def sealed(self, data: bytes, bound_to: str) -> bytes:
        """As it is to be kept: under a key of its own, and good only where it is opened by the same words."""
        if self._masters is None:
            return data
        from receipts.files.sealing import new_key, wrap

        key = new_key()
        token = self._masters.encrypt(base64.b64encode(key))
        length = len(token).to_bytes(_LENGTH_BYTES, "big")
        return b"".join((_MARK, length, token, wrap(data, key, bound_to=bound_to)))

    def opened(self, kept: bytes, bound_to: str) -> bytes:
        """What was sealed; what was not, as it is.

        Raises:
            TransientError: the installation's keys are not there, or none of them opens it.
            AlteredFileError: it was changed, or is another's.
        """
        if not kept.startswith(_MARK):
            return kept
        wrong = "a file on its way in is sealed: set TILLPOINTS_MASTER_KEYS_FILE to the keys of that time"
        if self._masters is None:
            raise TransientError(wrong)
        from cryptography.fernet import InvalidToken

        from receipts.files.sealing import unwrap

        begin = len(_MARK) + _LENGTH_BYTES
        end = begin + int.from_bytes(kept[len(_MARK) : begin], "big")
        try:
            key = base64.b64decode(self._masters.decrypt(kept[begin:end]))
        except InvalidToken as error:
            raise TransientError(wrong) from error
        return unwrap(kept[end:], key, bound_to=bound_to)
