"""The member's rotating code: signed, good for a minute, and naming nobody to who cannot ask us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from pipeline.wiring import Wiring
from receipts.identity import MemberId, ProgramId

CODE_LIFE_S = 60
"""Long enough to be held to a scanner, too short to be sent to somebody else."""
_ALGORITHM = "HS256"
_AUDIENCE = "till"
"""No other token of ours has it, so none of them passes for a code, nor a code for one of them."""


@dataclass(frozen=True, slots=True)
class MemberCode:
    """What is shown as a QR code, and until when it is good."""

    code: str
    expires_at: datetime


def make_code(wiring: Wiring, program_id: ProgramId, member_id: MemberId, now: datetime) -> MemberCode:
    """A code for the next minute."""
    expires_at = now + timedelta(seconds=CODE_LIFE_S)
    claims = {"aud": _AUDIENCE, "sub": member_id, "prg": program_id, "exp": expires_at, "iat": now}
    return MemberCode(jwt.encode(claims, wiring.secret_key, algorithm=_ALGORITHM), expires_at)


def member_of_code(wiring: Wiring, program_id: ProgramId, code: str) -> MemberId | None:
    """Whose code it is; None where it is too old, of another program, or not ours."""
    try:
        claims = jwt.decode(
            code,
            wiring.secret_key,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["aud", "sub", "prg", "exp"]},
        )
    except jwt.InvalidTokenError:
        return None
    return MemberId(str(claims["sub"])) if claims["prg"] == program_id else None
