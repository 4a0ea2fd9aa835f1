"""A stored file sealed by AES-256-GCM under a key of its own (`cryptography`).

As stored: a mark, the SHA-256 of what follows, a nonce of 12 bytes, the sealed bytes. The digest lets a
backup prove a file whole without any key; the name is authenticated, so that no file stands in for another.
"""

from __future__ import annotations

import hashlib
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from receipts.files import AlteredFileError
from receipts.identity import Sha256

KEY_BYTES: Final = 32
_MARK: Final = b"tillpoints sealed 1\n"
_DIGEST_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_MARK) + _DIGEST_BYTES


def new_key() -> bytes:
    """Of a file or a member."""
    return os.urandom(KEY_BYTES)


def wrap(secret: bytes, key: bytes, *, bound_to: str) -> bytes:
    """Sealed under a key; it opens only together with the same words that it is bound to."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound_to.encode())


def unwrap(wrapped: bytes, key: bytes, *, bound_to: str) -> bytes:
    """What was sealed.

    Raises:
        AlteredFileError: it is not as it was sealed, or under another key.
    """
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise AlteredFileError(f"what was sealed for {bound_to} does not open; it was changed") from error


def seal(data: bytes, key: bytes, name: Sha256) -> bytes:
    """The file as it is stored; `name` is the SHA-256 of `data`."""
    body = wrap(data, key, bound_to=name)
    return _MARK + hashlib.sha256(body).digest() + body


def unseal(stored: bytes, key: bytes, name: Sha256) -> bytes:
    """The file.

    Raises:
        AlteredFileError: it is not as it was sealed, or under another key.
    """
    return unwrap(stored[_HEAD_BYTES:], key, bound_to=name)


def is_sealed(stored: bytes) -> bool:
    """Whether this is a sealed file, whole as it was written."""
    if not stored.startswith(_MARK):
        return False
    return hashlib.sha256(stored[_HEAD_BYTES:]).digest() == stored[len(_MARK) : _HEAD_BYTES]
