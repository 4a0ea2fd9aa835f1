"""A program's thresholds for what members, devices, addresses and cards do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

DAYS_MAX = 36_500
"""A hundred years; far more, and there is no date that many days ago, so that every receipt would be held."""
COUNT_MAX = 1_000_000
"""So large that a limit is none; JSON has larger numbers that no database keeps, such as 1e400."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The most receipts that pass without a finding in each sliding window."""

    hour: Annotated[int, Field(ge=1, le=COUNT_MAX)]
    day: Annotated[int, Field(ge=1, le=COUNT_MAX)]
    week: Annotated[int, Field(ge=1, le=COUNT_MAX)]
    month: Annotated[int, Field(ge=1, le=COUNT_MAX)]

    def __post_init__(self) -> None:
        """Refuse limits that no receipt passes, or of which the longer window takes fewer."""
        if not 1 <= self.hour <= self.day <= self.week <= self.month:
            raise ValueError(
                "rates need at least 1 an hour, and no fewer in a longer window than in a shorter"
            )

    def times(self, factor: int) -> Rates:
        """Each limit so many times as large."""
        return Rates(self.hour * factor, self.day * factor, self.week * factor, self.month * factor)


@dataclass(frozen=True, slots=True)
class MemberPolicy:
    """The defaults are measured: `python -m bench fraud --only member` (docs/fraud-member.md).

    Attributes:
        own: of one member, each so many times the program's daily number. Whoever joins with a drawer full of
            receipts sends that number in an evening.
        device: of one telephone or browser, which a household may share.
        address: of one public address, and of four members there; of more members in proportion.
        network: of one network of addresses, the same.
        device_members: different members on one device in 30 days.
        address_members: different members on one address. Offices have dozens; from a telephone company's
            customers only a crowd stands out.
        network_members: different members on one network.
        sender_members: different members whose mails or texts come from one address or number.
        card_members: different members who print one card and share a device, address, network or sender too.
        receipt_members: different members who sent one receipt.
        new_days: an account is new for so long.
        new_units: pieces of the program's products that are many for a new account's receipt.
        refused_looked_at: decided receipts looked at.
        refused_recent: of those, how many are recent.
        refused_least: declined by a reviewer among the recent ones before anything is said.
        refused_share: their share of the recent ones, 0 to 1.
        refused_rise: how many times the share before that it must be.
    """

    own: Rates = Rates(1, 2, 5, 12)
    device: Rates = Rates(20, 40, 100, 240)
    address: Rates = Rates(30, 80, 200, 400)
    network: Rates = Rates(60, 160, 300, 450)
    device_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 4
    address_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 100
    network_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 300
    sender_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 4
    card_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 4
    receipt_members: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 2
    new_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 7
    new_units: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 12
    refused_looked_at: Annotated[int, Field(ge=1, le=100)] = 40
    refused_recent: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 10
    refused_least: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 3
    refused_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    refused_rise: Annotated[float, Field(ge=1, le=COUNT_MAX)] = 2.0
