"""Reconciliation: sums, constraints, claims, messages and what is due, proven against each other.

Everything is read at one moment. What does not fit is named, and nothing is changed: books are put right by
an entry that somebody decides on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pipeline.books_facts import Facts, facts_of
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.tables import ClaimEndRow, ClaimRow, LedgerEntryRow, MemberRow, MessageRow, OutboxRow
from receipts.database.tables.books import ACCOUNTS_FIT_KIND, POINTS_FIT_ACCOUNTS
from receipts.identity import LedgerEntryId, MemberId, ProgramId
from receipts.ledger import AccountKind, EntryKind
from receipts.lots import Lot, lots_of

_TOLD = frozenset(EntryKind) - {
    *(EntryKind.HOLD, EntryKind.HOLD_END),
    *(EntryKind.OPENING, EntryKind.OPENING_CUT),
}
"""Kinds that the core loyalty service is told of; a hold is the till's alone, and openings it knew before."""
_MEMBERS_A_LOOK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Two parts of the books that do not fit.

    Attributes:
        code: which check found it.
        sentence: what does not fit, with its numbers.
    """

    program_id: ProgramId
    code: str
    sentence: str


def check_books(wiring: Wiring, program_ids: Sequence[ProgramId] = ()) -> tuple[Difference, ...]:
    """Every difference in the programs' books; all programs where none is named."""
    with wiring.database.read() as session:
        if not wiring.database.is_sqlite:  # there a transaction sees one moment anyhow
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        wanted = program_ids or tuple(program.id for program in Programs(session).all())
        return tuple(
            Difference(program_id, code, sentence)
            for program_id in wanted
            for code, sentence in _differences(session, program_id)
        )


def check_member(session: Session, program_id: ProgramId, member_id: MemberId) -> tuple[Difference, ...]:
    """What does not fit in the program's tables as a whole, and in one member's books."""
    sequence = ProgramData(session, program_id).member_sequence(member_id)
    found = [
        *_of_program(session, program_id),
        *(
            each
            for facts in facts_of(session, program_id, {member_id: sequence})
            for each in _of_member(facts)
        ),
    ]
    return tuple(Difference(program_id, code, sentence) for code, sentence in found)


def _of_program(session: Session, program_id: ProgramId) -> Iterator[tuple[str, str]]:
    yield from _constraints(session, program_id)
    yield from _claims(session, program_id)
    yield from _outbox(session, program_id)


def _differences(session: Session, program_id: ProgramId) -> Iterator[tuple[str, str]]:
    yield from _of_program(session, program_id)
    members = session.execute(
        select(MemberRow.id, MemberRow.message_sequence)
        .where(MemberRow.program_id == program_id)
        .order_by(MemberRow.id)
    ).all()
    for first in range(0, len(members), _MEMBERS_A_LOOK):
        some = {MemberId(each.id): each.message_sequence for each in members[first : first + _MEMBERS_A_LOOK]}
        for facts in facts_of(session, program_id, some):
            for code, sentence in _of_member(facts):
                yield code, f"{facts.member_id}: {sentence}"
        session.expunge_all()  # a program of millions would stay in memory


def _constraints(session: Session, program_id: ProgramId) -> Iterator[tuple[str, str]]:
    own = LedgerEntryRow.program_id == program_id
    rules = ("moved > 0", ACCOUNTS_FIT_KIND, POINTS_FIT_ACCOUNTS)
    for rule in rules:
        for entry_id in session.scalars(select(LedgerEntryRow.id).where(own, text(f"NOT ({rule})"))):
            yield "constraint", f"entry {entry_id} breaks a rule of the ledger: {rule}"
    key = (
        LedgerEntryRow.source,
        LedgerEntryRow.campaign_id,
        LedgerEntryRow.rule_id,
        LedgerEntryRow.kind,
        LedgerEntryRow.posting,
        LedgerEntryRow.debit,
    )
    doubled = session.execute(
        select(LedgerEntryRow.kind, LedgerEntryRow.source, func.count())
        .where(own)
        .group_by(*key)
        .having(func.count() > 1)
    )
    for kind, source, count in doubled:
        yield "posted_twice", f"{kind} of {source} was posted {count} times"


def _claims(session: Session, program_id: ProgramId) -> Iterator[tuple[str, str]]:
    ended = select(ClaimEndRow.turn).where(
        ClaimEndRow.program_id == ClaimRow.program_id,
        ClaimEndRow.purchase_key == ClaimRow.purchase_key,
        ClaimEndRow.line_key == ClaimRow.line_key,
        ClaimEndRow.turn == ClaimRow.turn,
    )
    doubled = session.execute(
        select(ClaimRow.purchase_key, ClaimRow.line_key, func.count())
        .where(ClaimRow.program_id == program_id, ~ended.exists())
        .group_by(ClaimRow.purchase_key, ClaimRow.line_key)
        .having(func.count() > 1)
    )
    for purchase_key, line_key, count in doubled:
        yield "claimed_twice", f"line {line_key} of {purchase_key} is claimed {count} times"
    unclaimed = session.scalars(
        select(LedgerEntryRow.receipt_id)
        .where(
            LedgerEntryRow.program_id == program_id,
            LedgerEntryRow.kind == EntryKind.AWARD.value,
            ~select(ClaimRow.turn).where(ClaimRow.receipt_id == LedgerEntryRow.receipt_id).exists(),
        )
        .distinct()
    )
    for receipt_id in unclaimed:
        yield "unclaimed", f"receipt {receipt_id} was paid without a claim to any line"


def _outbox(session: Session, program_id: ProgramId) -> Iterator[tuple[str, str]]:
    waiting = select(OutboxRow.number).where(
        OutboxRow.kind == "message", OutboxRow.target_id == MessageRow.id
    )
    lost = session.scalars(
        select(MessageRow.id).where(
            MessageRow.program_id == program_id, MessageRow.feed_position.is_(None), ~waiting.exists()
        )
    )
    for message_id in lost:
        yield "message_lost", f"message {message_id} is not published and does not wait to be"


def _of_member(facts: Facts) -> Iterator[tuple[str, str]]:
    lots = lots_of(facts.entries)
    yield from _balances(facts, lots)
    yield from _redemptions(facts)
    yield from _gifts(facts)
    yield from _brought(facts)
    yield from _receipts(facts)
    yield from _messages(facts)
    yield from _due(facts, lots)


def _balances(facts: Facts, lots: Sequence[Lot]) -> Iterator[tuple[str, str]]:
    sums = facts.sums
    if sums.pending != (pending := sum(lot.pending for lot in lots)):
        yield "sums", f"{sums.pending} points are pending by the entries, {pending} by the lots"
    if any(lot.pending < 0 or lot.takeable < 0 for lot in lots):
        yield "sums", "more was released, expired or taken back of a lot than it was"
    if sums.held < 0 or sums.pending < 0:
        yield "sums", f"pending {sums.pending} and held {sums.held} cannot be below 0"
    available = sum(lot.available for lot in lots)
    if sums.available > 0 and sums.available != available:
        yield "sums", f"{sums.available} points are available by the entries, {available} by the lots"
    if sums.available < 0 and not any(entry.kind is EntryKind.REVERSAL for entry in facts.entries):
        yield "sums", f"the balance is {sums.available}, and nothing was taken back"


def _redemptions(facts: Facts) -> Iterator[tuple[str, str]]:
    moved: Counter[tuple[str, EntryKind]] = Counter()
    for entry in facts.entries:
        if AccountKind.HELD in (entry.debit, entry.credit):
            moved[entry.rests_on, entry.kind] += entry.points
    for found in facts.redemptions:
        spent = found.captured
        back = 0 if found.status == "held" else found.points - spent
        wanted = {
            EntryKind.HOLD: found.points,
            EntryKind.REDEMPTION: spent,
            EntryKind.HOLD_END: back,
        }
        for kind, points in wanted.items():
            if (got := moved.pop((found.id, kind), 0)) != points:
                yield "redemption", f"{found.id} is {found.status}: {kind.value} of {got} instead of {points}"
    for (source, kind), points in moved.items():
        yield "redemption", f"{kind.value} of {points} points rests on {source}, which is not there"


def _gifts(facts: Facts) -> Iterator[tuple[str, str]]:
    posted = {entry.rests_on: entry.points for entry in facts.entries if entry.kind is EntryKind.GIFT}
    given = {gift.id: gift.points for gift in facts.gifts if gift.status == "given"}
    for gift_id in sorted({*posted, *given}):
        if posted.get(gift_id) != given.get(gift_id):
            yield "gift", f"{gift_id} gave {given.get(gift_id, 0)}, posted {posted.get(gift_id, 0)}"


def _brought(facts: Facts) -> Iterator[tuple[str, str]]:
    """What came from another system, by the ledger and by its own rows."""
    opened = {entry.id: entry.rests_on for entry in facts.entries if entry.kind is EntryKind.OPENING}
    posted: Counter[str] = Counter()
    for entry in facts.entries:
        if entry.kind is EntryKind.OPENING:
            posted[entry.rests_on] += entry.points
        elif entry.kind is EntryKind.OPENING_CUT:
            posted[opened.get(LedgerEntryId(entry.rests_on), entry.rests_on)] -= entry.points
    for balance_id in sorted({*posted, *facts.brought}):
        if posted[balance_id] != (said := facts.brought.get(balance_id, 0)):
            yield "brought", f"{balance_id} brought {said} over, posted {posted[balance_id]}"


def _receipts(facts: Facts) -> Iterator[tuple[str, str]]:
    net: Counter[str] = Counter()
    for entry in facts.entries:
        if entry.receipt_id is not None and entry.kind is EntryKind.AWARD:
            net[entry.receipt_id] += entry.points
        elif entry.receipt_id is not None and entry.kind is EntryKind.REVERSAL:
            net[entry.receipt_id] -= entry.points
    stayed: Counter[str] = Counter()
    for message in facts.messages:
        if message.type == "points.reversed":
            less = int(message.data.get("taken_after_all", 0))
            stayed[str(message.data["receipt_id"])] += int(message.data["not_taken"]) - less
    for receipt_id, points in facts.receipts:
        if net[receipt_id] != points + stayed[receipt_id]:
            yield (
                "receipt",
                f"{receipt_id} earns {points}, {stayed[receipt_id]} stayed, posted {net[receipt_id]}",
            )


def _messages(facts: Facts) -> Iterator[tuple[str, str]]:
    sequences = [message.sequence for message in facts.messages]
    if sequences != list(range(1, facts.sequence + 1)):
        yield "sequence", f"messages are numbered {sequences[:5]}..., up to {facts.sequence} by the member"
    points = {entry.id: entry.points for entry in facts.entries}
    told: Counter[str] = Counter()
    for message in facts.messages:
        ids = message.data.get("ledger_entry_ids", [])
        told.update(ids)
        if ids and sum(points.get(each, 0) for each in ids) != message.data["points"]:
            yield "message", f"message {message.id} says {message.data['points']} points, its entries not"
    for entry in facts.entries:
        if entry.kind in _TOLD and told[entry.id] != 1:
            yield "told", f"entry {entry.id} ({entry.kind.value}) is told of {told[entry.id]} times"
    for entry_id in sorted(set(told) - set(points)):
        yield "told", f"a message tells of entry {entry_id}, which is not there"


def _due(facts: Facts, lots: Sequence[Lot]) -> Iterator[tuple[str, str]]:
    for lot in lots:
        if lot.pending > 0 and (lot.entry.id, "release") not in facts.due:
            yield "due", f"{lot.pending} pending points of {lot.entry.id} would never be released"
        if lot.available > 0 and lot.until is not None and (lot.entry.id, "expiry") not in facts.due:
            yield "due", f"{lot.available} points of {lot.entry.id} would never expire"
    for found in facts.redemptions:
        if found.status == "held" and (found.id, "hold") not in facts.due:
            yield "due", f"the hold {found.id} would never run out"
