"""A program's thresholds for the checks."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_WINDOW_DAYS = 30
DEFAULT_RECEIPTS_PER_DAY = 10
DEFAULT_PROVEN_FACTOR = 3


@dataclass(frozen=True, slots=True)
class ScreenPolicy:
    """What a program lets pass. Chosen by the program, not measured: they are its rules.

    Attributes:
        version: raised at each change; the screening names the version it used.
        window_days: how many days after the purchase a receipt may still be sent.
        max_receipts_per_day: receipts from one member on one program day that pass without a person.
        proven_factor: by how much that number is larger for a receipt in a mail that its own retailer signed.
            It is all that a proof relaxes: whoever links a mailbox and forwards a month of receipts need not
            wait, and nothing is weighed more lightly that is about the purchase itself.
        days_ahead: days that a store's calendar may be ahead of the program's (1: any two time zones).
    """

    version: int = 1
    window_days: int = DEFAULT_WINDOW_DAYS
    max_receipts_per_day: int = DEFAULT_RECEIPTS_PER_DAY
    days_ahead: int = 1
    proven_factor: int = DEFAULT_PROVEN_FACTOR

    def __post_init__(self) -> None:
        """Refuse thresholds that no receipt could pass."""
        if self.window_days < 0 or self.max_receipts_per_day < 1 or self.days_ahead < 0:
            raise ValueError(
                "a screen policy needs window_days and days_ahead of at least 0"
                " and max_receipts_per_day of at least 1"
            )
        if self.proven_factor < 1:
            raise ValueError(
                "a screen policy needs proven_factor of at least 1: a proof never makes it stricter"
            )

    def receipts_passed_per_day(self, *, proven: bool) -> int:
        """Receipts of one member's day that pass without a person, up to and including this one."""
        return self.max_receipts_per_day * (self.proven_factor if proven else 1)
