"""Whose address or number is whose: linked ones, secret ones, links on their way, and who said STOP."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from receipts.database.tables import LinkedAddressRow, LinkRow, OptOutRow, OutgoingRow, SecretAddressRow
from receipts.identity import MemberId, ProgramId
from receipts.inbound import Address, AddressKind, OutgoingState

_SECRET_CHARS = 16
_SECRET_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  (no secret: what secrets are made of)
"""Sixteen of these are 79 bits. Without 0, 1, i, l and o, so that it can be read aloud."""
_LINK_CHARS = 20
"""99 bits. A link travels in texts, where every character is paid for."""

_ON_THEIR_WAY = (OutgoingState.WAITING.value, OutgoingState.SENT.value)
_UNSURE = timedelta(minutes=1)
"""Between a word heard by one clock and one sent by another, which of them is newer: webhooks take up to
half a minute (15 s, and as much for the fallback), and clocks of hosts differ. STOP holds then."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link on its way to an address or number.

    Attributes:
        used: someone has used it; it does nothing more.
    """

    id: str
    address: Address
    expires_at: datetime
    used: bool


class Addresses:
    """One program's addresses and numbers."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def members_of(self, address: Address) -> tuple[MemberId, ...]:
        """Who has linked it."""
        rows = self._session.scalars(
            select(LinkedAddressRow.member_id)
            .where(
                LinkedAddressRow.program_id == self._program_id,
                LinkedAddressRow.kind == address.kind.value,
                LinkedAddressRow.address == address.value,
            )
            .order_by(LinkedAddressRow.linked_at)
        )
        return tuple(MemberId(row) for row in rows)

    def of_member(self, member_id: MemberId) -> tuple[Address, ...]:
        """What the member has linked, oldest first."""
        rows = self._session.scalars(
            select(LinkedAddressRow)
            .where(LinkedAddressRow.program_id == self._program_id, LinkedAddressRow.member_id == member_id)
            .order_by(LinkedAddressRow.linked_at, LinkedAddressRow.address)
        )
        return tuple(Address(AddressKind(row.kind), row.address) for row in rows)

    def asked_for(self, member_id: MemberId) -> tuple[Address, ...]:
        """What the member has named as theirs, and has not confirmed by the link, which still works."""
        rows = self._session.execute(
            select(LinkRow.kind, LinkRow.address)
            .join(OutgoingRow, OutgoingRow.detail == LinkRow.id)
            .where(
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.asked_by == member_id,
                LinkRow.program_id == self._program_id,
                LinkRow.used_at.is_(None),
                LinkRow.expires_at > self._now,
            )
            .order_by(LinkRow.created_at)
        )
        linked = self.of_member(member_id)
        asked = dict.fromkeys(Address(AddressKind(row.kind), row.address) for row in rows)
        return tuple(address for address in asked if address not in linked)

    def link(self, address: Address, member_id: MemberId, *, shared: bool) -> None:
        """Link it. Unless the program lets members share, it leaves whoever had it before."""
        others = delete(LinkedAddressRow).where(
            LinkedAddressRow.program_id == self._program_id,
            LinkedAddressRow.kind == address.kind.value,
            LinkedAddressRow.address == address.value,
            LinkedAddressRow.member_id != member_id,
        )
        if not shared:
            self._session.execute(others)
        if member_id not in self.members_of(address):
            self._session.add(
                LinkedAddressRow(
                    program_id=self._program_id,
                    kind=address.kind.value,
                    address=address.value,
                    member_id=member_id,
                    linked_at=self._now,
                )
            )
        self._session.flush()

    def unlink(self, address: Address, member_id: MemberId) -> None:
        """The member does not send from it any more."""
        self._session.execute(
            delete(LinkedAddressRow).where(
                LinkedAddressRow.program_id == self._program_id,
                LinkedAddressRow.kind == address.kind.value,
                LinkedAddressRow.address == address.value,
                LinkedAddressRow.member_id == member_id,
            )
        )

    def secret(self, member_id: MemberId) -> str | None:
        """The member's secret token; None until one was made."""
        return self._session.scalar(
            select(SecretAddressRow.token).where(
                SecretAddressRow.program_id == self._program_id, SecretAddressRow.member_id == member_id
            )
        )

    def renew_secret(self, member_id: MemberId) -> str:
        """A fresh token in place of the one before, which works no more."""
        self._session.execute(
            delete(SecretAddressRow).where(
                SecretAddressRow.program_id == self._program_id, SecretAddressRow.member_id == member_id
            )
        )
        token = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_SECRET_CHARS))
        self._session.add(
            SecretAddressRow(program_id=self._program_id, token=token, member_id=member_id, made_at=self._now)
        )
        self._session.flush()
        return token

    def member_of_secret(self, token: str) -> MemberId | None:
        """Whose secret it is."""
        found = self._session.scalar(
            select(SecretAddressRow.member_id).where(
                SecretAddressRow.program_id == self._program_id, SecretAddressRow.token == token
            )
        )
        return None if found is None else MemberId(found)

    def make_link(self, address: Address, *, life_s: float) -> Link:
        """A fresh link to be sent to the address."""
        row = LinkRow(
            id="".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_LINK_CHARS)),
            program_id=self._program_id,
            kind=address.kind.value,
            address=address.value,
            expires_at=self._now + timedelta(seconds=life_s),
            created_at=self._now,
        )
        self._session.add(row)
        self._session.flush()
        return _link(row)

    def has_link(self, address: Address, *, since: datetime) -> bool:
        """Whether a link that works, made since then, went to the address or is about to."""
        found = self._session.scalar(
            select(LinkRow.id)
            .join(OutgoingRow, OutgoingRow.detail == LinkRow.id)
            .where(
                LinkRow.program_id == self._program_id,
                LinkRow.kind == address.kind.value,
                LinkRow.address == address.value,
                LinkRow.used_at.is_(None),
                LinkRow.expires_at > self._now,
                LinkRow.created_at >= since,
                # Links are sent to the address itself, and answers are indexed by where they went.
                OutgoingRow.program_id == self._program_id,
                OutgoingRow.recipient == address.value,
                OutgoingRow.state.in_(_ON_THEIR_WAY),
            )
            .limit(1)
        )
        return found is not None

    def find_link(self, link_id: str) -> Link | None:
        """The link; None where the program has no such one."""
        row = self._session.scalar(
            select(LinkRow).where(LinkRow.id == link_id, LinkRow.program_id == self._program_id)
        )
        return None if row is None else _link(row)

    def use_link(self, link_id: str, member_id: MemberId) -> Address | None:
        """Use it up; the address to link, or None where it is used, out of time or unknown."""
        row = self._session.scalar(
            select(LinkRow)
            .where(LinkRow.id == link_id, LinkRow.program_id == self._program_id)
            .with_for_update()
        )
        if row is None or row.used_at is not None or row.expires_at <= self._now:
            return None
        row.used_at, row.used_by = self._now, member_id
        self._session.flush()
        return Address(AddressKind(row.kind), row.address)

    def end_other_links(self, address: Address) -> None:
        """Links to this address that are still on their way work no more: it has just been linked."""
        self._session.execute(
            update(LinkRow)
            .where(
                LinkRow.program_id == self._program_id,
                LinkRow.kind == address.kind.value,
                LinkRow.address == address.value,
                LinkRow.used_at.is_(None),
                LinkRow.expires_at > self._now,
            )
            .values(expires_at=self._now)
        )

    def stop(self, number: str, *, sent_at: datetime | None = None) -> bool:
        """Send nothing more to this number; False where it wants texts by a newer word than this one.

        `sent_at` is of a text that is found later; without it the word comes this moment, and holds.
        """
        return self._said(number, stopped=True, sent_at=sent_at)

    def start(self, number: str, *, sent_at: datetime | None = None) -> bool:
        """It wants to hear from us again; False where it said something newer, or may have.

        `sent_at` as of `stop`.
        """
        return self._said(number, stopped=False, sent_at=sent_at)

    def _said(self, number: str, *, stopped: bool, sent_at: datetime | None) -> bool:
        """Keep the number's last word. What comes this moment is the last one, whatever clocks say."""
        at = sent_at or self._now
        try:
            with self._session.begin_nested():
                self._session.add(
                    OptOutRow(program_id=self._program_id, number=number, stopped=stopped, at=at)
                )
        except IntegrityError:  # it had said something before
            # Compared by the database, which lets one of two that say so at this moment wait for the other.
            told = update(OptOutRow).where(
                OptOutRow.program_id == self._program_id, OptOutRow.number == number
            )
            if sent_at is not None:
                told = told.where(OptOutRow.at <= sent_at + (_UNSURE if stopped else -_UNSURE))
            later = case((OptOutRow.at < at, literal(at, OptOutRow.at.type)), else_=OptOutRow.at)
            held = self._session.execute(told.values(stopped=stopped, at=later).returning(OptOutRow.number))
            return held.first() is not None
        return True

    def stopped(self, number: str) -> bool:
        """Whether the last it said was STOP."""
        return bool(
            self._session.scalar(
                select(OptOutRow.stopped).where(
                    OptOutRow.program_id == self._program_id, OptOutRow.number == number
                )
            )
        )


def _link(row: LinkRow) -> Link:
    return Link(
        id=row.id,
        address=Address(AddressKind(row.kind), row.address),
        expires_at=row.expires_at,
        used=row.used_at is not None,
    )
