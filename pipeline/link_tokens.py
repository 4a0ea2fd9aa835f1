"""What stands in a link's address: short enough for a text, and signed, so that nobody can make one up."""

from __future__ import annotations

import base64
import hashlib
import hmac

from receipts.identity import ProgramId

_MARK_BYTES = 10
"""80 bits of HMAC-SHA256: 16 characters without padding. The link's own id is secret besides."""


def link_token(secret_key: str, program_id: ProgramId, link_id: str) -> str:
    """Letters, digits and dots alone, so that no telephone ends the address early."""
    return f"{program_id}.{link_id}.{_mark(secret_key, program_id, link_id)}"


def read_link_token(secret_key: str, token: str) -> tuple[ProgramId, str] | None:
    """Program and link of a token; None where we have not made it."""
    named, _, mark = token.rpartition(".")
    program, dot, link_id = named.rpartition(".")
    expected = _mark(secret_key, ProgramId(program), link_id)
    if not dot or not hmac.compare_digest(mark.encode(errors="replace"), expected.encode()):
        return None
    return ProgramId(program), link_id


def _mark(secret_key: str, program_id: ProgramId, link_id: str) -> str:
    signed = f"tillpoints link {program_id}.{link_id}".encode(errors="replace")
    digest = hmac.new(secret_key.encode(), signed, hashlib.sha256).digest()
    return base64.b32encode(digest[:_MARK_BYTES]).decode().lower()
