"""The tenant, who takes part in it, and who signs in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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


class ReturnPolicy(Enum):
    """How far points are taken back when a purchase is, and the member has spent them."""

    PENDING_ONLY = "pending_only"
    """What is available stays."""
    TO_ZERO = "to_zero"
    """No balance falls below zero."""
    BELOW_ZERO = "below_zero"
    """To the point; what the member earns next fills the gap."""


class TermsError(ValueError):
    """Terms that cannot be kept; the message says what to write instead."""


LONGEST_DAYS = 3650
"""Ten years: more is a slip of the pen."""
MICROS = 1_000_000
MOST_GIFT = 1_000_000


@dataclass(frozen=True, slots=True)
class PointsTerms:
    """What a program promises of its points. They hold for points earned from now on.

    Attributes:
        pending_days: days before earned points can be spent; 0: at once.
        expiry_days: days after which available points expire; None: never.
        notice_days: so many days before, the member is told.
        point_value_micros: what a point costs, in millionths of the program's currency; None: not said.
        return_policy: how far a return takes points back.
        gift_limit: a gift above it needs a second person's agreement.
    """

    pending_days: int = 0
    expiry_days: int | None = None
    notice_days: int = 14
    point_value_micros: int | None = None
    return_policy: ReturnPolicy = ReturnPolicy.BELOW_ZERO
    gift_limit: int = 500

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        for what, value, lowest in (
            ("pending days", self.pending_days, 0),
            ("days until points expire", self.expiry_days, 1),
            ("days of notice", self.notice_days, 0),
        ):
            if value is not None and not lowest <= value <= LONGEST_DAYS:
                raise TermsError(
                    f"{value} cannot be the {what}: write a number from {lowest} to {LONGEST_DAYS}"
                )
        if self.point_value_micros is not None and not 0 < self.point_value_micros <= MICROS * MICROS:
            raise TermsError("a point must be worth more than nothing: write an amount such as 0.01")
        if not 0 <= self.gift_limit <= MOST_GIFT:
            raise TermsError(f"the limit of gifts must be from 0 to {MOST_GIFT} points")


USUAL_TERMS = PointsTerms()
"""Of a program that has said nothing: available at once, and for good."""


LONGEST_UNDO_S = 300
"""Five minutes: whoever has not noticed by then needs a second person."""
MOST_ALONE = 1_000_000


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """How a program's reviewers decide.

    Attributes:
        undo_s: seconds for which a decision made on the page can be undone; 0: it takes effect at once.
        second_above: an approval of more points needs a second reviewer; None: one is enough.
    """

    undo_s: int = 60
    second_above: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        if not 0 <= self.undo_s <= LONGEST_UNDO_S:
            raise TermsError(f"{self.undo_s} cannot be the seconds to undo: write 0 to {LONGEST_UNDO_S}")
        if self.second_above is not None and not 0 <= self.second_above <= MOST_ALONE:
            raise TermsError(f"the limit of one reviewer must be from 0 to {MOST_ALONE} points")


class PurchaseData(Enum):
    """How much of a purchase that earned is told in ``receipt.accepted``: what the members agreed to."""

    NONE = "none"
    """Nothing: the message is not sent."""
    OWN = "own"
    """The purchase, and of its items the program's own products."""
    ALL = "all"
    """The purchase and all of its items, those of other makers, too."""


@dataclass(frozen=True, slots=True)
class Program:
    """A manufacturer's loyalty program.

    Attributes:
        currency: what a receipt is in where it prints none.
        time_zone: IANA name; decides which day it is.
        window_days: a purchase older than this is held.
        daily_receipts: more than this from one member in one day are held.
        wish: how sure matches must be.
        terms: what it promises of its points.
        review: how its reviewers decide.
        purchase_data: what of purchases is told; nothing until somebody says that members agreed.
    """

    id: ProgramId
    name: str
    currency: Currency
    time_zone: str
    window_days: int
    daily_receipts: int
    wish: MatchWish = MatchWish()
    terms: PointsTerms = USUAL_TERMS
    purchase_data: PurchaseData = PurchaseData.NONE
    review: ReviewTerms = ReviewTerms()


@dataclass(frozen=True, slots=True)
class Account:
    """Someone, or some service, that signs in; `member_id` for members only."""

    id: AccountId
    program_id: ProgramId
    role: Role
    member_id: MemberId | None
    email: str
    name: str
