"""A program's thresholds for the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from awarding.fraud.member_policy import COUNT_MAX, DAYS_MAX, MemberPolicy
from awarding.fraud.world_policy import WorldPolicy

DEFAULT_WINDOW_DAYS = 30
DEFAULT_RECEIPTS_PER_DAY = 10
DEFAULT_PROVEN_FACTOR = 3
DEFAULT_LEAST_SURE = 0.5
"""Confidence is calibrated: below one half a reading is likelier wrong than right."""


@dataclass(frozen=True, slots=True)
class ScreenPolicy:
    """What a program lets pass. Chosen by the program, not measured: they are its rules.

    Every field but the version may be set by a program's policy document (`awarding.fraud.policy_file`),
    which takes names, types and ranges from here.

    Attributes:
        version: raised at each change; the screening names the version it used.
        window_days: how many days after the purchase a receipt may still be sent.
        max_receipts_per_day: receipts from one member on one program day that pass without a person.
        proven_factor: by how much that number is larger for a receipt in a mail that its own retailer signed.
            It is all that a proof relaxes: whoever links a mailbox and forwards a month of receipts need not
            wait, and nothing is weighed more lightly that is about the purchase itself.
        least_sure: how sure total, date and each matched line must be read, 0 to 1, to pass without a person.
            Confidence is calibrated (docs/reading.md): of what is said 0.8 sure, one in five is wrong.
        days_ahead: days that a store's calendar may be ahead of the program's (1: any two time zones).
        member: thresholds for what members, devices, addresses and cards do.
        world: thresholds for prices, quantities and how a retailer's receipts look.
    """

    version: int = 1
    window_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = DEFAULT_WINDOW_DAYS
    max_receipts_per_day: Annotated[int, Field(ge=1, le=COUNT_MAX)] = DEFAULT_RECEIPTS_PER_DAY
    days_ahead: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 1
    proven_factor: Annotated[int, Field(ge=1, le=COUNT_MAX)] = DEFAULT_PROVEN_FACTOR
    least_sure: Annotated[float, Field(ge=0, le=1)] = DEFAULT_LEAST_SURE
    member: MemberPolicy = field(default_factory=MemberPolicy)
    world: WorldPolicy = field(default_factory=WorldPolicy)

    def __post_init__(self) -> None:
        """Refuse thresholds that no receipt could pass."""
        if self.window_days < 0 or self.max_receipts_per_day < 1 or self.days_ahead < 0:
            raise ValueError(
                "a screen policy needs window_days and days_ahead of at least 0"
                " and max_receipts_per_day of at least 1"
            )
        if not 0 <= self.least_sure <= 1:
            raise ValueError("a screen policy needs least_sure between 0 and 1: it is a probability")
        if self.proven_factor < 1:
            raise ValueError(
                "a screen policy needs proven_factor of at least 1: a proof never makes it stricter"
            )

    def receipts_passed_per_day(self, *, proven: bool) -> int:
        """Receipts of one member's day that pass without a person, up to and including this one."""
        return self.max_receipts_per_day * (self.proven_factor if proven else 1)
