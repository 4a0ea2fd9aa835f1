"""What the core loyalty service says of a member, as far as earning rules ask: kept, and shown again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.clock import day_in, utc_now
from pipeline.status import MovedByRules, moved_by_rules
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.earning import Earning, MemberFacts
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, ProgramId

_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Told:
    """What is known now.

    Attributes:
        birthday: ``MM-DD``; None where nobody said.
    """

    birthday: str | None
    segments: tuple[str, ...]
    tier: str
    badges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownMember:
    """The program has no such member."""


@dataclass(frozen=True, slots=True)
class WrongBirthday:
    """The text is no day of a year."""

    text: str


def standing_of(wiring: Wiring, program_id: ProgramId, member_id: MemberId) -> Told | UnknownMember:
    """What is known of the member today."""
    with wiring.database.read() as session:
        if ProgramData(session, program_id).member_name(member_id) is None:
            return UnknownMember()
        earning = Earning(session, program_id, utc_now())
        facts = earning.facts(member_id)
        return Told(
            birthday=None if facts.birthday is None else "{:02d}-{:02d}".format(*facts.birthday),
            segments=facts.segments,
            tier=earning.tier(member_id, None),
            badges=tuple(sorted(earning.badges(member_id, None))),
        )


def keep_standing(
    wiring: Wiring,
    program_id: ProgramId,
    member_id: MemberId,
    *,
    birthday: str | None,
    segments: tuple[str, ...],
    tier: str,
    badges: tuple[str, ...],
    since: date | None,
) -> Told | UnknownMember | WrongBirthday | MovedByRules:
    """Replace birthday, segments and tier, and add badges.

    A tier is kept with the day from which it holds: a receipt counts by the tier of its purchase day. Where
    the program's own rules move tiers, the one that stands stays.
    """
    try:
        parsed = None if birthday is None else date.fromisoformat(f"{_LEAP_YEAR}-{birthday}")
    except ValueError:
        return WrongBirthday(str(birthday))
    day = since or day_in(program_of(wiring, program_id).time_zone, utc_now())
    with wiring.database.write() as session:
        if not ProgramData(session, program_id).takes_part(member_id, hold=True):
            return UnknownMember()
        wanted = [badge.strip() for badge in badges]
        by_rules, refused = moved_by_rules(session, program_id, member_id, tier.strip(), wanted)
        if refused is not None:
            return refused
        earning = Earning(session, program_id, utc_now())
        named = tuple(dict.fromkeys(each.strip() for each in segments if each.strip()))
        earning.keep_facts(
            member_id, MemberFacts(None if parsed is None else (parsed.month, parsed.day), named)
        )
        if not by_rules:
            earning.move_tier(member_id, tier.strip(), day)
        for badge in wanted:
            earning.give_badge(member_id, badge, day)
    return standing_of(wiring, program_id, member_id)
