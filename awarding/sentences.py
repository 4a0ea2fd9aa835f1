"""What members read about a rule's answer. None needs the rule's id to be understood."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from receipts.campaign import Campaign, Clock, Rate, Rounding, RoundingOf
from receipts.conditions import WEEKDAYS, DaySpan, HourSpan, Limit, Period, PurchaseNumber, Streak, Weekday
from receipts.money import Money

_LOCALE = "en_GB"
_NAMES_MAX = 4
# Formatting by locale takes a tenth of a millisecond, and campaigns say the same few things all day.
_CACHED = 4096
_NAME_LETTERS_MAX = 50


@lru_cache(maxsize=_CACHED)
def day_words(day: date) -> str:
    """``5 March 2026``."""
    return format_date(day, format="long", locale=_LOCALE)


@lru_cache(maxsize=_CACHED)
def money_words(money: Money) -> str:
    """``15.90 USD``: the code and not the sign, since many currencies share a sign."""
    return f"{money} {money.currency}"


@lru_cache(maxsize=_CACHED)
def points_words(points: int) -> str:
    """``1 point``, ``1,240 points``."""
    return f"{format_decimal(points, locale=_LOCALE)} {'point' if points == 1 else 'points'}"


@lru_cache(maxsize=_CACHED)
def any_of(names: tuple[str, ...]) -> str:
    """``A, B or C``."""
    return format_list(_listed(names), style="or", locale=_LOCALE)


def _listed(names: tuple[str, ...]) -> list[str]:
    """The first few names, each at a readable length: a sentence must fit on a phone and in the ledger."""
    shown = [textwrap.shorten(name, _NAME_LETTERS_MAX, placeholder="…") for name in names[:_NAMES_MAX]]
    more = len(names) - len(shown)
    return [*shown, f"{more} more"] if more else shown


@lru_cache(maxsize=_CACHED)
def all_of(names: tuple[str, ...]) -> str:
    """``A, B and C``."""
    return format_list(_listed(names), locale=_LOCALE)


def outside_dates(campaign: Campaign, day: date | None, time: dt.time | None = None) -> str:
    """The purchase day does not count, or was not read."""
    first = _moment(campaign.starts_on, campaign.starts_time)
    last = _moment(campaign.ends_on, campaign.ends_time)
    span = f"counts purchases from {first} to {last}"
    if day is None:
        return f"“{campaign.name}” {span}, and we could not read the date of this one."
    told = None if campaign.starts_time is None and campaign.ends_time is None else time
    clock = " by our clock" if told is not None and campaign.clock is Clock.PROGRAM else ""
    return f"“{campaign.name}” {span}; this one was on {_moment(day, told)}{clock}."


def _moment(day: date, time: dt.time | None) -> str:
    return day_words(day) if time is None else f"{day_words(day)}, {time:%H:%M}"


def other_retailer(campaign: Campaign, printed: str) -> str:
    """The chain does not take part, or was not read."""
    where = f"“{campaign.name}” counts purchases at {any_of(campaign.retailers)}"
    return (
        f"{where}; we read the shop as “{printed}”." if printed else f"{where}; we could not read the shop."
    )


def refund(campaign: Campaign) -> str:
    """A refund earns nothing."""
    return f"“{campaign.name}” pays for purchases; this is a receipt of a refund."


def no_product(campaign: Campaign) -> str:
    """No line is a product that the rule pays for."""
    return f"“{campaign.name}”: none of the products on this receipt count here."


def already_paid(campaign: Campaign) -> str:
    """All lines have earned before."""
    return f"“{campaign.name}”: the products of this purchase have earned their points before."


def other_currency(campaign: Campaign, *, wanted: str, printed: str) -> str:
    """Sums of another currency are never converted."""
    return f"“{campaign.name}” counts amounts in {wanted}; this purchase was paid in {printed}."


def too_little(campaign: Campaign, *, spent: Money, per: Money) -> str:
    """The sum does not reach one full step."""
    return f"“{campaign.name}”: {money_words(spent)} is less than the {money_words(per)} that earn points."


def paid_per_currency(campaign: Campaign, *, spent: Money, per: Money, each: int, points: int) -> str:
    """The arithmetic of points per currency."""
    return (
        f"“{campaign.name}”: {money_words(spent)} on our products, {points_words(each)} for each full"
        f" {money_words(per)}, is {points_words(points)}."
    )


def paid_bonus(campaign: Campaign, *, units: int, names: tuple[str, ...], each: int, points: int) -> str:
    """The arithmetic of a bonus."""
    return (
        f"“{campaign.name}”: {units} × {all_of(names)}, {points_words(each)} each, is {points_words(points)}."
    )


def capped(campaign: Campaign, *, earned: int, paid: int, cap: int) -> str:
    """The cap left less than was earned, or nothing."""
    added = f"{points_words(paid)} could be added" if paid else "nothing could be added"
    return (
        f"“{campaign.name}”: this would be {points_words(earned)}, but one member can earn at most"
        f" {points_words(cap)} here, so {added}. The receipt stays good for other campaigns."
    )


def _either(names: Sequence[str]) -> str:
    return any_of(tuple(names))


def other_shop(campaign: Campaign, shops: tuple[str, ...], printed: str) -> str:
    """A rule asks for certain chains."""
    read = f"we read the shop as “{printed}”" if printed else "we could not read the shop"
    return f"“{campaign.name}” counts purchases at {any_of(shops)}; {read}."


def other_place(campaign: Campaign, places: tuple[str, ...]) -> str:
    """Not this store, or not in this region."""
    return f"“{campaign.name}” counts purchases in {any_of(places)}; we did not find that on this receipt."


def other_weekday(campaign: Campaign, weekdays: Sequence[Weekday], day: date) -> str:
    """Another day of the week."""
    return _other_weekday(campaign.name, tuple(weekdays), day)


@lru_cache(maxsize=_CACHED)
def _other_weekday(name: str, weekdays: tuple[Weekday, ...], day: date) -> str:
    wanted = _either([each.value.capitalize() for each in weekdays])
    own = WEEKDAYS[day.weekday()].value.capitalize()
    return f"“{name}” counts purchases on {wanted}; {day_words(day)} was a {own}."


def other_dates(campaign: Campaign, spans: Sequence[DaySpan], day: date) -> str:
    """Outside every span of days."""
    wanted = _either([_span(each) for each in spans])
    return f"“{campaign.name}” counts purchases {wanted}; this one was on {day_words(day)}."


def _span(span: DaySpan) -> str:
    if not span.yearly:
        return f"from {day_words(span.start)} to {day_words(span.end)}"
    first, last = (day_words(each).rsplit(" ", 1)[0] for each in (span.start, span.end))
    return f"on {first} of each year" if first == last else f"from {first} to {last} of each year"


def other_hours(campaign: Campaign, spans: Sequence[HourSpan], time: dt.time | None) -> str:
    """Outside the hours, or the time was not read."""
    wanted = _either([f"from {each.start:%H:%M} to {each.end:%H:%M}" for each in spans])
    read = "we could not read the time of this one" if time is None else f"this one was at {time:%H:%M}"
    return f"“{campaign.name}” counts purchases {wanted}; {read}."


def other_tier(campaign: Campaign, tiers: tuple[str, ...], own: str) -> str:
    """The member has another tier."""
    has = f"you were in {own}" if own else "you were in none"
    return f"“{campaign.name}” is for members in {any_of(tiers)}; on the day of this purchase {has}."


def other_segment(campaign: Campaign) -> str:
    """The member is not among those invited."""
    return f"“{campaign.name}” is for members who were invited to it."


def other_badge(campaign: Campaign, badges: tuple[str, ...]) -> str:
    """The member has not earned the badge."""
    return f"“{campaign.name}” is for members with the badge {any_of(badges)}."


def birthday_unknown(campaign: Campaign) -> str:
    """Nobody told the member's birthday."""
    return f"“{campaign.name}” counts around your birthday, and we do not know when that is."


def not_birthday(campaign: Campaign, day: date) -> str:
    """Not near the birthday."""
    return f"“{campaign.name}” counts around your birthday; {day_words(day)} is not near it."


def ordinal(number: int) -> str:
    """``1st``, ``12th``, ``22nd``."""
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def other_purchase(campaign: Campaign, asked: PurchaseNumber, number: int) -> str:
    """Another purchase by its number."""
    named = [f"your {ordinal(each)} purchase" for each in asked.numbers]
    if asked.every is not None:
        named.append(f"every {ordinal(asked.every)} purchase")
    return f"“{campaign.name}” counts {_either(named)}; this is your {ordinal(number)}."


def no_streak(campaign: Campaign, asked: Streak, run: int) -> str:
    """The run is not long enough yet."""
    unit = f"{asked.of.value}s"
    if run == 0:
        return (
            f"“{campaign.name}” counts purchases in {asked.length} {unit} on end, one for each"
            f" {asked.of.value}; this {asked.of.value} has been counted."
        )
    has = "is the first" if run == 1 else f"makes {run}"
    return f"“{campaign.name}” counts purchases in {asked.length} {unit} on end; this one {has}."


def no_milestone(campaign: Campaign, goal: Money, minor: int) -> str:
    """The sum over all time is below, or was above before."""
    so_far = Money(minor, goal.currency)
    return (
        f"“{campaign.name}” pays once when your purchases reach {money_words(goal)};"
        f" with this one they make {money_words(so_far)}."
    )


def below_minimum(campaign: Campaign, *, spent: Money, least: Money) -> str:
    """Not enough spent on this receipt."""
    return f"“{campaign.name}” counts from {money_words(least)} on; this purchase has {money_words(spent)}."


def limit_reached(campaign: Campaign, limit: Limit) -> str:
    """Paid as often as it may be."""
    often = "once" if limit.times == 1 else f"{limit.times} times"
    per = "" if limit.per is Period.EVER else f" a {limit.per.value}"
    return f"“{campaign.name}” pays {often}{per} for each member, and you have had that."


def too_few(campaign: Campaign, *, units: int, buy: int) -> str:
    """Not enough pieces for one set."""
    return f"“{campaign.name}” counts from {buy} pieces on; this purchase has {units}."


def basket_incomplete(campaign: Campaign, *, parts: int, found: int) -> str:
    """A part of the basket is missing."""
    return (
        f"“{campaign.name}” counts {parts} products bought together; this purchase has enough of"
        f" {'none' if found == 0 else f'only {found}'} of them."
    )


def at_rates(rates: Sequence[Rate]) -> str:
    """The rates by which amounts were counted, as a sentence more; empty where none was needed."""
    if not rates:
        return ""
    told = all_of(tuple(f"1 {each.given} as {each.rate:f} {each.wanted}" for each in rates))
    return f" We counted {told}."


def paid_buy_get(campaign: Campaign, *, units: int, buy: int, each: int, points: int) -> str:
    """The arithmetic of buy N get M."""
    sets = f"{points_words(each)} for every {buy}"
    return f"“{campaign.name}”: {units} pieces, {sets}, is {points_words(points)}."


def paid_basket(campaign: Campaign, *, sets: int, each: int, points: int) -> str:
    """The arithmetic of a basket."""
    return (
        f"“{campaign.name}”: {sets} × all products together, {points_words(each)} each,"
        f" is {points_words(points)}."
    )


def paid_once(campaign: Campaign, *, points: int) -> str:
    """Fixed points for a purchase."""
    return f"“{campaign.name}”: {points_words(points)} for this purchase."


def paid_band(campaign: Campaign, *, spent: Money, start: Money, points: int) -> str:
    """The arithmetic of bands."""
    reached = f"{money_words(spent)} reaches {money_words(start)}"
    return f"“{campaign.name}”: {reached}, which is {points_words(points)}."


def paid_per_step(
    campaign: Campaign, *, spent: Money, per: Money, rounding: Rounding, each: int, points: int
) -> str:
    """The arithmetic of points per currency that is not rounded as usual."""
    where = "line by line" if rounding.of is RoundingOf.LINE else "on the whole"
    way = {"down": "down", "half_up": "to the nearest", "up": "up"}[rounding.way.value]
    return (
        f"“{campaign.name}”: {money_words(spent)} on our products, {points_words(each)} for each"
        f" {money_words(per)}, rounded {way} {where}, is {points_words(points)}."
    )


def nothing_to_multiply(campaign: Campaign) -> str:
    """What it multiplies paid nothing."""
    return f"“{campaign.name}” multiplies other points, and this purchase has none of those."


def paid_multiplied(campaign: Campaign, *, times: Decimal, base: int, points: int) -> str:
    """The arithmetic of a multiplier."""
    return (
        f"“{campaign.name}”: {points_words(base)} count {times.normalize():f} times, which adds"
        f" {points_words(points)}."
    )


def other_event(campaign: Campaign, event: str) -> str:
    """Pays for an activity, and this is a purchase; or the other way round."""
    if event:
        return f"“{campaign.name}” pays for something else."
    return f"“{campaign.name}” pays for something you do, not for a purchase."


def paid_event(campaign: Campaign, *, points: int) -> str:
    """Points for an activity."""
    return f"“{campaign.name}”: {points_words(points)}."


def outdone(campaign: Campaign, by: str) -> str:
    """Of several only one pays."""
    return f"“{campaign.name}” does not add up with “{by}”, which counts for this purchase."


def outdone_here(campaign: Campaign) -> str:
    """Of a campaign's rules only one pays."""
    return f"“{campaign.name}” pays one of its bonuses for a purchase, and this purchase has had another."


def most_per_receipt(campaign: Campaign, *, earned: int, paid: int) -> str:
    """A rule's own cap for a receipt."""
    return (
        f"“{campaign.name}”: this would be {points_words(earned)}; one receipt earns at most"
        f" {points_words(paid)} here."
    )


def capped_receipt(campaign: Campaign, *, earned: int, paid: int, cap: int) -> str:
    """The campaign's cap for a receipt."""
    return _cut(campaign, earned, paid, f"one receipt can earn at most {points_words(cap)} here")


def capped_day(campaign: Campaign, *, earned: int, paid: int, cap: int) -> str:
    """The campaign's cap for a member's day."""
    return _cut(campaign, earned, paid, f"one day can earn at most {points_words(cap)} here")


def budget_spent(campaign: Campaign, *, earned: int, paid: int) -> str:
    """The campaign's budget is at its end."""
    return _cut(campaign, earned, paid, "its points for all members are used up")


def _cut(campaign: Campaign, earned: int, paid: int, why: str) -> str:
    added = f"{points_words(paid)} could be added" if paid else "nothing could be added"
    return (
        f"“{campaign.name}”: this would be {points_words(earned)}, but {why}, so {added}."
        " The receipt stays good for other campaigns."
    )
