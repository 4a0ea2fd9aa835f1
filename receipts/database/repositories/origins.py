"""One program's members of another loyalty system, many at a time: who they became, what came with them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from receipts.database.bulk import insert_rows
from receipts.database.tables import (
    AccountRow,
    BroughtBalanceRow,
    BroughtEventRow,
    BroughtTierRow,
    LedgerEntryRow,
    LinkedAddressRow,
    MemberOriginRow,
    MemberRow,
    MigrationRunRow,
)
from receipts.identity import MemberId, ProgramId
from receipts.inbound import Address, AddressKind
from receipts.ledger import EntryKind


@dataclass(frozen=True, slots=True)
class Origin:
    """A member of another system, here.

    Attributes:
        erased: nothing is brought over to them any more.
    """

    member_id: MemberId
    erased: bool


@dataclass(frozen=True, slots=True)
class BroughtBalance:
    """Points brought over in one bucket.

    Attributes:
        id: what the openings rest on.
        points: opened, cuts taken off.
        postings: how often something was posted.
    """

    id: str
    points: int
    postings: int


_LINKED = and_(
    LinkedAddressRow.program_id == MemberOriginRow.program_id,
    LinkedAddressRow.member_id == MemberOriginRow.member_id,
)
_HAS_ACCOUNT = (
    select(AccountRow.id)
    .where(
        AccountRow.program_id == MemberOriginRow.program_id, AccountRow.member_id == MemberOriginRow.member_id
    )
    .exists()
)


def source_key(program_id: ProgramId, system: str, source_id: str) -> str:
    """What a member of the other system is found by: SHA-256, as hex."""
    return hashlib.sha256(f"{program_id}\x00{system}\x00{source_id}".encode()).hexdigest()


class Origins:
    """One program's members of one other system.

    Attributes:
        filled: tables that a load fills.
    """

    filled = tuple(
        str(table.__tablename__)
        for table in (
            *(MemberRow, MemberOriginRow, LinkedAddressRow, BroughtBalanceRow, BroughtTierRow),
            *(BroughtEventRow, LedgerEntryRow),
        )
    )

    def __init__(self, session: Session, program_id: ProgramId, system: str, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self.system = system
        """The other one's name."""
        self._now = now

    def known(self, source_ids: Collection[str], *, hold: bool = False) -> dict[str, Origin]:
        """Those of these ids that are here, by their id there. With `hold` their books are held."""
        keys = {source_key(self._program_id, self.system, each): each for each in source_ids}
        rows = self._session.execute(
            select(MemberOriginRow.source_key, MemberOriginRow.member_id).where(
                MemberOriginRow.program_id == self._program_id,
                MemberOriginRow.system == self.system,
                MemberOriginRow.source_key.in_(keys),
            )
        ).all()
        members = select(MemberRow.id, MemberRow.erased_at).where(
            MemberRow.program_id == self._program_id, MemberRow.id.in_([each.member_id for each in rows])
        )
        if hold:  # in one order everywhere, so that two that hold several never wait for each other
            members = members.order_by(MemberRow.id).with_for_update()
        erased = {each.id: each.erased_at is not None for each in self._session.execute(members)}
        return {keys[key]: Origin(MemberId(member_id), erased[member_id]) for key, member_id in rows}

    def add(self, table: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]], **same: Any) -> None:  # noqa: ANN401  (column values)
        """Insert rows of the program, all with the same columns; `same` are columns that are equal in all."""
        if rows:
            common = {"program_id": self._program_id, **same}
            insert_rows(self._session, table, [{**common, **row} for row in rows])

    def add_origins(self, members: Mapping[str, MemberId]) -> None:
        """Note whose members of the other system these are, by their id there."""
        self.add(
            MemberOriginRow,
            [
                {
                    "source_key": source_key(self._program_id, self.system, source_id),
                    "source_id": source_id,
                    "member_id": member_id,
                }
                for source_id, member_id in members.items()
            ],
            system=self.system,
            brought_at=self._now,
        )

    def balances(self, members: Collection[MemberId]) -> dict[tuple[MemberId, str], BroughtBalance]:
        """What was brought over, by member and bucket."""
        rows = self._session.execute(
            select(
                BroughtBalanceRow.member_id,
                BroughtBalanceRow.bucket,
                BroughtBalanceRow.id,
                BroughtBalanceRow.points,
                BroughtBalanceRow.postings,
            ).where(
                BroughtBalanceRow.program_id == self._program_id,
                BroughtBalanceRow.system == self.system,
                BroughtBalanceRow.member_id.in_(members),
            )
        )
        return {
            (MemberId(row.member_id), row.bucket): BroughtBalance(row.id, row.points, row.postings)
            for row in rows
        }

    def move_balance(self, balance_id: str, points: int) -> None:
        """Say what a bucket has now, after one posting more."""
        self._session.execute(
            update(BroughtBalanceRow)
            .where(BroughtBalanceRow.id == balance_id, BroughtBalanceRow.program_id == self._program_id)
            .values(points=points, postings=BroughtBalanceRow.postings + 1)
        )

    def posted(self, members: Collection[MemberId]) -> dict[MemberId, int]:
        """Points brought over by the ledger, cuts taken off; those who have none are left out."""
        signed = case(
            (LedgerEntryRow.kind == EntryKind.OPENING.value, LedgerEntryRow.moved),
            else_=-LedgerEntryRow.moved,
        )
        rows = self._session.execute(
            select(LedgerEntryRow.member_id, func.sum(signed))
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id.in_(members),
                LedgerEntryRow.kind.in_((EntryKind.OPENING.value, EntryKind.OPENING_CUT.value)),
            )
            .group_by(LedgerEntryRow.member_id)
        )
        return {MemberId(member_id): int(points) for member_id, points in rows}

    def tiers(self, members: Collection[MemberId]) -> dict[MemberId, tuple[str, date | None]]:
        """Each member's tier there as it was brought over last, and until when it is kept."""
        rows = self._session.execute(
            select(BroughtTierRow.member_id, BroughtTierRow.tier, BroughtTierRow.kept_until).where(
                BroughtTierRow.program_id == self._program_id, BroughtTierRow.member_id.in_(members)
            )
        )
        return {MemberId(row.member_id): (row.tier, row.kept_until) for row in rows}

    def move_tier(self, member_id: MemberId, tier: str, kept_until: date | None) -> None:
        """Say what a member's tier there is now."""
        self._session.merge(
            BroughtTierRow(
                program_id=self._program_id,
                member_id=member_id,
                system=self.system,
                tier=tier,
                kept_until=kept_until,
            )
        )
        self._session.flush()

    def add_events(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Keep what happened there; how many rows are new."""
        common = {"program_id": self._program_id, "system": self.system}
        return insert_rows(
            self._session,
            BroughtEventRow,
            [{**common, **row} for row in rows],
            unless_there=("program_id", "member_id", "system", "reference"),
        )

    def events(self, members: Collection[MemberId]) -> dict[MemberId, int]:
        """How much history of each member is here."""
        rows = self._session.execute(
            select(BroughtEventRow.member_id, func.count())
            .where(
                BroughtEventRow.program_id == self._program_id,
                BroughtEventRow.system == self.system,
                BroughtEventRow.member_id.in_(members),
            )
            .group_by(BroughtEventRow.member_id)
        )
        return {MemberId(member_id): int(count) for member_id, count in rows}

    def linked(self, kind: str, addresses: Iterable[str]) -> frozenset[str]:
        """Which of these addresses somebody of the program has linked."""
        rows = self._session.scalars(
            select(LinkedAddressRow.address).where(
                LinkedAddressRow.program_id == self._program_id,
                LinkedAddressRow.kind == kind,
                LinkedAddressRow.address.in_(tuple(addresses)),
            )
        )
        return frozenset(rows)

    def without_account(self, address: Address, *, hold: bool = False) -> MemberId | None:
        """The one member with this address who came over from any system, and as whom nobody can sign in.

        With `hold` the member's books are held, so that two who come at once make one account.
        """
        query = (
            select(MemberOriginRow.member_id)
            .join(LinkedAddressRow, _LINKED)
            .where(
                MemberOriginRow.program_id == self._program_id,
                MemberOriginRow.source_id.is_not(None),
                LinkedAddressRow.kind == address.kind.value,
                LinkedAddressRow.address == address.value,
                ~_HAS_ACCOUNT,
            )
            .distinct()
        )
        found = self._session.scalars(query).all()
        if hold and found:
            held = (
                select(MemberRow.id).where(MemberRow.id.in_(found)).order_by(MemberRow.id).with_for_update()
            )
            self._session.execute(held)
            found = self._session.scalars(query).all()
        return MemberId(found[0]) if len(found) == 1 else None

    def to_invite(self, kind: AddressKind, *, after: str, limit: int) -> tuple[tuple[MemberId, Address], ...]:
        """Members of this system as whom nobody can sign in, with an address each, by the member's id."""
        rows = self._session.execute(
            select(MemberOriginRow.member_id, func.min(LinkedAddressRow.address))
            .join(LinkedAddressRow, _LINKED)
            .where(
                MemberOriginRow.program_id == self._program_id,
                MemberOriginRow.system == self.system,
                MemberOriginRow.source_id.is_not(None),
                MemberOriginRow.member_id > after,
                LinkedAddressRow.kind == kind.value,
                ~_HAS_ACCOUNT,
            )
            .group_by(MemberOriginRow.member_id)
            .order_by(MemberOriginRow.member_id)
            .limit(limit)
        )
        return tuple((MemberId(member_id), Address(kind, address)) for member_id, address in rows)

    def note_run(self, kind: str, report: Mapping[str, Any], *, signed_by: str = "") -> None:
        """Keep what a load did, or what somebody signed."""
        self.add(
            MigrationRunRow,
            [{"kind": kind, "report": dict(report), "signed_by": signed_by}],
            system=self.system,
            at=self._now,
        )

    def runs(self) -> list[dict[str, Any]]:
        """Loads and sign-offs of all systems, newest first."""
        rows = self._session.scalars(
            select(MigrationRunRow)
            .where(MigrationRunRow.program_id == self._program_id)
            .order_by(MigrationRunRow.number.desc())
        )
        return [
            {
                "at": row.at,
                "system": row.system,
                "kind": row.kind,
                "signed_by": row.signed_by,
                "report": row.report,
            }
            for row in rows
        ]


def origins_of(session: Session, program_id: ProgramId, system: str) -> Iterator[tuple[str, str]]:
    """Id there and member here of everybody who was not erased, by the id there."""
    rows = session.execute(
        select(MemberOriginRow.source_id, MemberOriginRow.member_id)
        .where(
            MemberOriginRow.program_id == program_id,
            MemberOriginRow.system == system,
            MemberOriginRow.source_id.is_not(None),
        )
        .order_by(MemberOriginRow.source_id)
        .execution_options(yield_per=5_000)
    )
    for row in rows:
        yield str(row.source_id), row.member_id
