"""The purchase lies in the future, or further back than the program takes."""

from __future__ import annotations

from datetime import date, timedelta

from babel.dates import format_date

from awarding.fraud.evidence import Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "purchase_date"
VERSION = 1


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Compare the printed day with the program's day at submission, never with the clock of the run."""
    printed, today = evidence.receipt.date, evidence.store_today
    if printed is None:
        return unknown(
            check=NAME,
            version=VERSION,
            sentence="The purchase date was not read.",
            member_sentence="We could not read the date on your receipt, so one of us will have a look.",
        )
    facts = _facts(printed, today, policy)
    ahead_days = (printed - today).days
    if ahead_days > policy.days_ahead:
        return _suspect(
            reviewer=f"The printed date {printed} is {ahead_days} days after the submission on {today}.",
            member=(
                f"We read the date on your receipt as {_spoken(printed)}, which is still to come."
                " One of us will have a look."
            ),
            facts=facts,
        )
    if -ahead_days > policy.window_days:
        return _suspect(
            reviewer=(
                f"The printed date {printed} is {-ahead_days} days before the submission on {today};"
                f" the program takes {policy.window_days}."
            ),
            member=(
                f"We read the date on your receipt as {_spoken(printed)}. Receipts count for"
                f" {policy.window_days} days after the purchase, so one of us will have a look."
            ),
            facts=facts,
        )
    return clear(
        check=NAME,
        version=VERSION,
        sentence=f"The date {printed} is within the program's days.",
        evidence=facts,
    )


def _suspect(*, reviewer: str, member: str, facts: tuple[EvidenceFact, ...]) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.STRONG,
        reviewer_sentence=reviewer,
        member_sentence=member,
        evidence=facts,
    )


def _facts(printed: date, today: date, policy: ScreenPolicy) -> tuple[EvidenceFact, ...]:
    facts = [
        EvidenceFact("printed date", printed.isoformat()),
        EvidenceFact("day of submission", today.isoformat()),
        EvidenceFact("earliest day taken", (today - timedelta(days=policy.window_days)).isoformat()),
    ]
    other = _day_and_month_swapped(printed)
    if other is not None and other <= today:
        facts.append(EvidenceFact("date with day and month swapped", other.isoformat()))
    return tuple(facts)


def _day_and_month_swapped(day: date) -> date | None:
    try:
        swapped = day.replace(month=day.day, day=day.month)
    except ValueError:
        return None
    return None if swapped == day else swapped


def _spoken(day: date) -> str:
    return format_date(day, format="long", locale="en_GB")
