"""The signers' keys that an operator supplies, as a JSON file."""

from __future__ import annotations

import json
from typing import Any, Final

from awarding.fraud.fiscal.at_rksv import key_ids
from awarding.fraud.fiscal.base import KeyRing, TrustedKey

_SHAPE: Final = '{"keys": [{"scheme": "at-rksv", "pem": "-----BEGIN CERTIFICATE-----..."}]}'


class KeyFileError(ValueError):
    """The file of keys cannot be used; the message says which entry and what to change."""


def parse_keys(text: str) -> KeyRing:
    """The keys in the file.

    A certificate names its signer by its own serial number; a bare public key needs ``id``, the signer's name
    as the codes spell it.

    Raises:
        KeyFileError: the file is not of that shape, or a key in it does not open.
    """
    try:
        entries = json.loads(text)["keys"]
    except (ValueError, TypeError, LookupError) as error:
        raise KeyFileError(f"the file of fiscal keys must look like {_SHAPE}") from error
    if not isinstance(entries, list):
        raise KeyFileError(f"the file of fiscal keys must look like {_SHAPE}")
    return tuple(key for number, entry in enumerate(entries, start=1) for key in _keys(entry, number))


def _keys(entry: Any, number: int) -> tuple[TrustedKey, ...]:  # noqa: ANN401 - whatever the JSON holds
    try:
        scheme, pem, name = str(entry["scheme"]), str(entry["pem"]), str(entry.get("id", ""))
    except (TypeError, LookupError, AttributeError) as error:
        raise KeyFileError(f"key {number} needs scheme and pem, as in {_SHAPE}") from error
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        if "BEGIN CERTIFICATE" in pem:
            serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
            names = (name,) if name else key_ids(serial)
        else:
            load_pem_public_key(pem.encode())
            names = (name,)
    except ValueError as error:
        raise KeyFileError(f"key {number} is neither a certificate nor a public key in PEM form") from error
    if not all(names):
        raise KeyFileError(f"key {number} is a bare public key: give its id as the codes name the signer")
    return tuple(TrustedKey(scheme, each, pem) for each in names)
