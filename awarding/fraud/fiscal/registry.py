"""The countries, and what becomes of a document's codes when it is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from awarding.fraud.fiscal.at_rksv import AustrianPack
from awarding.fraud.fiscal.base import FiscalPack, KeptCode
from awarding.fraud.fiscal.pt_atcud import PortuguesePack
from receipts.printed_code import PrintedCode

PACKS: Final[tuple[FiscalPack, ...]] = (AustrianPack(), PortuguesePack())
MOST_CODES: Final = 12
"""Kept of one document; receipts print one to three."""
MOST_CHARS: Final = 2000
"""Of a fiscal code. Portugal's longest example has 452; a QR code holds up to 7,089 digits."""
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")
_DIGEST_CHARS: Final = 32
_HOST: Final = re.compile(r"[a-z0-9.-]{1,100}")


def pack_named(name: str) -> FiscalPack | None:
    """The pack; None where it is no longer there."""
    return next((pack for pack in PACKS if pack.name == name), None)


def kept_codes(codes: Iterable[PrintedCode]) -> tuple[KeptCode, ...]:
    """What is kept of a document's codes: fiscal ones first, whole but for the buyer; of others a digest."""
    kept: dict[str, KeptCode] = {}
    for code in codes:
        digest = hashlib.sha256(code.text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]
        if digest not in kept:
            kept[digest] = _kept(code, digest)
    return tuple(sorted(kept.values(), key=lambda code: not code.scheme)[:MOST_CODES])


def _kept(code: PrintedCode, digest: str) -> KeptCode:
    # Fiscal codes are plain ASCII by their specifications: nothing else is ever taken for one.
    if len(code.text) <= MOST_CHARS and _PRINTABLE.fullmatch(code.text.strip()):
        for pack in PACKS:
            if pack.recognises(code.text):
                return KeptCode(code.kind, pack.name, pack.kept(code.text), digest, "", code.quad)
    return KeptCode(code.kind, "", "", digest, _host(code.text), code.quad)


def _host(text: str) -> str:
    if not text[:8].lower().startswith(("http://", "https://")):
        return ""
    try:
        host = urlsplit(text[:MOST_CHARS]).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""
