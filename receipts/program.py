"""The tenant, who takes part in it, and who signs in."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.identity import AccountId, MemberId, ProgramId, Role
from receipts.money import Currency


@dataclass(frozen=True, slots=True)
class Program:
    """A manufacturer's loyalty program.

    Attributes:
        currency: what a receipt is in where it prints none.
        time_zone: IANA name; decides which day it is.
        window_days: a purchase older than this is held.
        daily_receipts: more than this from one member in one day are held.
    """

    id: ProgramId
    name: str
    currency: Currency
    time_zone: str
    window_days: int
    daily_receipts: int


@dataclass(frozen=True, slots=True)
class Account:
    """Someone, or some service, that signs in; `member_id` for members only."""

    id: AccountId
    program_id: ProgramId
    role: Role
    member_id: MemberId | None
    email: str
    name: str
