"""Profiles, loads and reconciliations as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pipeline.migration.load import LoadReport
from pipeline.migration.reconcile import Reconciliation

WHY: Mapping[str, str] = {
    "no_id": "the row names no member, or cannot be read",
    "twice": "the member has several rows",
    "points": "the points are no number",
    "points_shape": "the row of points cannot be read",
    "points_no_id": "the row of points names no member",
    "day": "a day is none",
    "below_zero": "the member owes points there (points.below_zero)",
    "not_whole": "the points are no whole number here (points.rounding)",
    "sums_differ": "the stated balance is not the sum of the rows of points",
    "no_member": "rows of points or history name somebody who has no row and is not here",
    "history_shape": "the row of history cannot be read",
    "history_no_id": "the row of history names no member",
    "history_points": "the points of a row of history are no number",
    "history_day": "the day of a row of history is none",
    "history_twice": "the member has another row of history of that reference",
    "name": "no name",
    "email": "no mail address",
    "phone": "no number with its country code",
    "joined": "no day of joining, or one to come",
    "birthday": "no birthday",
    "language": "a language that we do not speak",
    "tier_since": "no first day of the tier",
    "tier_until": "no last day of the tier",
    "email_of_several": "the mail address is that of several members: linked to none",
    "phone_of_several": "the number is that of several members: linked to none",
    "email_of_a_member_here": "a member here has linked the mail address already",
    "phone_of_a_member_here": "a member here has linked the number already",
    "tier_not_of_the_program": "the tier is none of the program's status document (tiers.names)",
    "tier_not_promised": "rules move tiers, and nothing says until when this one is kept (tiers.until)",
}
"""What the codes of reports mean."""


def profile_lines(profiles: list[dict[str, Any]]) -> Iterator[str]:
    """Each file's columns."""
    for file in profiles:
        rows = max((column["rows"] for column in file["columns"]), default=0)
        yield f"{file['file']}: {_number(rows)} rows" + (
            f", and {file['torn_rows']} that cannot be read" if file["torn_rows"] else ""
        )
        width = max((len(column["column"]) for column in file["columns"]), default=0)
        for column in file["columns"]:
            share = f"{100 * column['filled'] / column['rows']:.0f} %" if column["rows"] else "-"
            said = f"  {column['column']:<{width}}  {share:>5} filled  {column['looks_like']}"
            if column["least"] is not None and "number" in column["looks_like"]:
                said += f", {column['least']} to {column['most']}"
            if column["values"]:
                said += ": " + ", ".join(f"{value} ({count})" for value, count in column["values"].items())
            yield said


def gap_lines(found: dict[str, Any]) -> Iterator[str]:
    """What would not come over."""
    members = found["members"]
    yield (
        f"Members: {_number(members['there'])} rows; to come over: {_number(members['to_bring'])}, left out"
        f" by the mapping: {_number(members['left_out'])}, refused: {_number(members['refused'])}."
    )
    if found["not_taken"]:
        yield "Columns that the mapping does not take:"
        yield from (f"  {each}" for each in found["not_taken"])
    if found["without"]:
        yield "Fields without a column:"
        yield from (f"  {name}: {words}" for name, words in found["without"].items())
    yield from _whys("Left empty:", found["left_empty"])
    yield from _whys("Refused:", found["refused"])


def load_lines(found: LoadReport, *, dry_run: bool) -> Iterator[str]:
    """What a load did."""
    counts = found.counts
    yield "A dry run: nothing was kept." if dry_run else "Loaded."
    yield (
        f"Members: {_number(counts['members_new'])} new, {_number(counts['members_known'])} known from before"
        + (
            f", {_number(counts['members_erased'])} erased here and left alone"
            if counts["members_erased"]
            else ""
        )
        + "."
    )
    yield (
        f"Points: {_number(counts['points_opened'])} brought over, {_number(counts['points_cut'])} taken"
        " back since the other system has fewer"
        + (
            f", {_number(counts['points_short'])} not taken back: spent here already"
            if counts["points_short"]
            else ""
        )
        + "."
    )
    yield (
        f"Tiers moved: {_number(counts['tiers'])}. Addresses and numbers linked:"
        f" {_number(counts['addresses'])}. Rows of history: {_number(counts['events'])} new."
    )
    yield from _whys("Left empty:", found.emptied)
    yield from _whys("Refused:", found.refused)


def reconciliation_lines(found: Reconciliation) -> Iterator[str]:
    """The totals, and how one comes to the other."""
    members, points = found.members, found.points
    yield f"Members there: {_number(members['there'])}"
    for name, words in (
        ("left_out", "left out by the mapping"),
        ("refused", "refused"),
        ("erased", "erased here"),
        ("missing", "MISSING"),
        ("here", "here"),
    ):
        if members[name] or name == "here":
            yield f"  {words}: {_number(members[name])}"
    yield f"Points there: {_points(points['there'])}"
    for name, words in (
        ("left_out", "of members left out"),
        ("refused", "of members refused"),
        ("expired", "whose day has passed"),
        ("owed", "owed"),
        ("to_bring", "to bring"),
    ):
        if points[name] or name == "to_bring":
            yield f"  {words}: {_points(points[name])}"
    yield f"Those are here, by the mapping's factor: {_points(points['expected'])}"
    for name, words in (
        ("of_the_erased", "of members erased here, or missing"),
        ("of_nobody", "of members who have no row and are not here"),
        ("spent_here_already", "more here, which the other system has taken off since and which are spent"),
        ("here", "here, by the ledger"),
    ):
        if points[name] or name == "here":
            yield f"  {words}: {_points(points[name])}"
    for tier, (there, here) in sorted(found.tiers.items()):
        yield f"Tier {tier}: {_number(there)} there, {_number(here)} here"
    if found.events:
        events = found.events
        yield f"History: {_number(events['there'])} rows there, {_number(events['here'])} here"
    yield "No difference." if found.fits else f"{_number(len(found.differs))} DIFFERENCES."


def _whys(head: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield head
        for code, count in sorted(counts.items()):
            yield f"  {_number(count)}: {WHY.get(code, code)}"


def _number(count: int) -> str:
    return f"{count:,}"


def _points(points: Decimal) -> str:
    whole = points == points.to_integral_value()
    return f"{points:,.0f}" if whole else f"{points.normalize():,f}"
