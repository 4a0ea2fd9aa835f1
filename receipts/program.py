"""The tenant, who takes part in it, and who signs in."""

from __future__ import annotations

from dataclasses import dataclass

from receipts.identity import AccountId, MemberId, ProgramId, Role
from receipts.money import Currency

USUAL_OWN_SHARE = 0.5
LOWEST_PRECISION, HIGHEST_PRECISION = 0.5, 0.999
LOWEST_SHARE, HIGHEST_SHARE = 0.01, 0.99


class WishError(ValueError):
    """A wish that nothing could be measured for; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class MatchWish:
    """How sure a program wants its matches to be. What comes of it, `matching.precision` says.

    Attributes:
        accept_precision: of the lines that pay by their words alone, the share that must be right; None for
            the usual thresholds.
        none_precision: of the lines called another maker's, the share that must be; None likewise.
        own_share: of all lines that are matched, the share that is of the program's catalog: the rarer these
            are, the surer a match must be.
    """

    accept_precision: float | None = None
    none_precision: float | None = None
    own_share: float = USUAL_OWN_SHARE

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        for what, value in (("accepting", self.accept_precision), ("none", self.none_precision)):
            if value is not None and not LOWEST_PRECISION <= value <= HIGHEST_PRECISION:
                raise WishError(
                    f"{value:g} cannot be wanted as the precision of {what}: write a share from"
                    f" {LOWEST_PRECISION:g} to {HIGHEST_PRECISION:g}, such as 0.995. More was not measured."
                )
        if not LOWEST_SHARE <= self.own_share <= HIGHEST_SHARE:
            raise WishError(
                f"{self.own_share:g} cannot be the share of lines that are of the catalog: write one from"
                f" {LOWEST_SHARE:g} to {HIGHEST_SHARE:g}, such as 0.3"
            )


@dataclass(frozen=True, slots=True)
class Program:
    """A manufacturer's loyalty program.

    Attributes:
        currency: what a receipt is in where it prints none.
        time_zone: IANA name; decides which day it is.
        window_days: a purchase older than this is held.
        daily_receipts: more than this from one member in one day are held.
        wish: how sure matches must be.
    """

    id: ProgramId
    name: str
    currency: Currency
    time_zone: str
    window_days: int
    daily_receipts: int
    wish: MatchWish = MatchWish()


@dataclass(frozen=True, slots=True)
class Account:
    """Someone, or some service, that signs in; `member_id` for members only."""

    id: AccountId
    program_id: ProgramId
    role: Role
    member_id: MemberId | None
    email: str
    name: str
