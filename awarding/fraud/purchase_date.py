"""The purchase lies in the future, or further back than the program takes, by the store's own calendar.

A date such as 03/04 that the page leaves open keeps both readings. Neither is chosen here: what one reading
allows and the other does not is said.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.signals import clear, not_checked, unknown
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "purchase_date"
VERSION = 2


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:
    """Compare the printed day with the store's day at submission, never with the clock of the run."""
    printed, today = evidence.receipt.date, store_day(evidence)
    if printed is None:
        return unknown(
            check=NAME,
            version=VERSION,
            sentence="The purchase date was not read.",
            member_sentence="We could not read the date on your receipt, so one of us will have a look.",
        )
    other = evidence.receipt.date_alternative
    facts = _facts(printed, other, today, policy)
    also = ""
    if other is not None and _taken(other, today, policy):
        also = f" Read the other way it is {other}, which the program takes: look which of the two it is."
    ahead_days = (printed - today).days
    if ahead_days > policy.days_ahead:
        return _suspect(
            reviewer=(
                f"The printed date {printed} is {ahead_days} days after the submission on {today}.{also}"
            ),
            member=(
                f"We read the date on your receipt as {spoken(printed)}, which is still to come."
                " One of us will have a look."
            ),
            facts=facts,
        )
    if -ahead_days > policy.window_days:
        return _suspect(
            reviewer=(
                f"The printed date {printed} is {-ahead_days} days before the submission on {today};"
                f" the program takes {policy.window_days}.{also}"
            ),
            member=(
                f"We read the date on your receipt as {spoken(printed)}. Receipts count for"
                f" {policy.window_days} days after the purchase, so one of us will have a look."
            ),
            facts=facts,
        )
    if other is not None and (today - other).days > policy.window_days:
        return not_checked(
            check=NAME,
            version=VERSION,
            sentence=(
                f"The date is read as {printed}; the page does not say whether it is {other}, which is"
                f" {(today - other).days} days before the submission, where the program takes"
                f" {policy.window_days}."
            ),
            evidence=facts,
        )
    return clear(
        check=NAME,
        version=VERSION,
        sentence=f"The date {printed} is within the program's days.",
        evidence=facts,
    )


def store_day(evidence: Evidence) -> date:
    """The store's calendar day at submission; the program's where nothing tells the store's time zone."""
    zone = "" if isinstance(evidence.world, Unavailable) else evidence.world.store_zone
    return evidence.submitted_at.astimezone(ZoneInfo(zone)).date() if zone else evidence.store_today


def _taken(day: date, today: date, policy: ScreenPolicy) -> bool:
    return -policy.window_days <= (day - today).days <= policy.days_ahead


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


def _facts(printed: date, other: date | None, today: date, policy: ScreenPolicy) -> tuple[EvidenceFact, ...]:
    facts = [
        EvidenceFact("printed date", printed.isoformat()),
        EvidenceFact("day of submission", today.isoformat()),
        EvidenceFact("earliest day taken", (today - timedelta(days=policy.window_days)).isoformat()),
    ]
    if other is not None:
        facts.append(EvidenceFact("the other reading of the date", other.isoformat()))
    swapped = _day_and_month_swapped(printed)
    if swapped is not None and swapped <= today and swapped != other:
        facts.append(EvidenceFact("date with day and month swapped", swapped.isoformat()))
    return tuple(facts)


def _day_and_month_swapped(day: date) -> date | None:
    try:
        swapped = day.replace(month=day.day, day=day.month)
    except ValueError:
        return None
    return None if swapped == day else swapped


def spoken(day: date) -> str:
    """As members read it."""
    return format_date(day, format="long", locale="en_GB")
