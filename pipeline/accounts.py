"""Who signs in: passwords by Argon2id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.acting import across_programs
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.repositories.staff_log import StaffChange, StaffLog
from receipts.identity import AccountId, MemberId, ProgramId, Role, new_account_id, new_member_id
from receipts.inbound import Address, AddressKind
from receipts.program import Account

_HASHER = PasswordHasher()

_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$X5EskyHietz2WdvpnL1xLA$/6B1IGu6mgyWs8Al8BVu/HCqcwkDM/bvTfGY7EIMvGA"
"""Checked when there is no such account, so that the time taken does not tell which addresses exist.

The hash of random characters that nobody kept. Written down, since to hash takes as long as to sign in, and
every process of the program would do it at its start.
"""


def authenticate(wiring: Wiring, email: str, password: str) -> Account | None:
    """The account, or None where the address or the password is wrong; both take the same time."""
    with wiring.database.read() as session:
        programs = Programs(session)
        found = programs.account_by_email(email)
        if found is not None and programs.account(found[0].id) is None:  # disabled: as if there were none
            found = None
    hashed = _NOBODY if found is None else found[1]
    try:
        _HASHER.verify(hashed, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return None
    return None if found is None else found[0]


class RenameError(ValueError):
    """The account keeps its sign-in name: the message says why, and what to do next."""


def rename_account(wiring: Wiring, old: str, new: str) -> Account:
    """Let an account sign in with another address; the account as it is then.

    Nothing else changes: not its password, its points, or what its member has linked.

    Raises:
        RenameError: nobody signs in with the old one, or someone does with the new one.
    """
    name = new.strip().lower()
    try:
        with wiring.database.write() as session:
            programs = Programs(session)
            found = programs.account_by_email(old)
            if found is None:
                raise RenameError(f"There is no account {old}. `tillpoints account list` shows them.")
            programs.rename_account(found[0].id, name)
            _note(session, found[0], StaffChange.RENAMED, None, {"from": found[0].email, "to": name})
    except IntegrityError as error:
        raise RenameError(
            f"There is an account {name} already. Give that one another name first, or choose another here."
        ) from error
    return replace(found[0], email=name)


def change_password(wiring: Wiring, email: str, password: str) -> Account | None:
    """Give an account another password; None where nobody signs in with the address."""
    hashed = _HASHER.hash(password)
    with wiring.database.write() as session:
        programs = Programs(session)
        found = programs.account_by_email(email)
        if found is None:
            return None
        programs.change_password(found[0].id, hashed)
        _note(session, found[0], StaffChange.PASSWORD, None)
    return found[0]


def _note(
    session: Session,
    account: Account,
    kind: StaffChange,
    by: AccountId | None,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Members are nobody's staff: their names stay out of a log that cannot forget."""
    if account.role is not Role.MEMBER:
        log = StaffLog(session, account.program_id)
        log.note(kind, by=by, whom=account.id, at=utc_now(), detail=detail)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account of a program.

    Attributes:
        proved: its member has linked the address that they sign in with; true of all but members.
    """

    account: Account
    proved: bool


def list_accounts(wiring: Wiring, program_id: ProgramId) -> tuple[ListedAccount, ...]:
    """The accounts of a program, by the address that they sign in with."""
    with wiring.database.read() as session:
        accounts = Programs(session).accounts_of(program_id)
        addresses = Addresses(session, program_id, utc_now())
        return tuple(ListedAccount(each, _is_proved(addresses, each)) for each in accounts)


def _is_proved(addresses: Addresses, account: Account) -> bool:
    address = Address(AddressKind.EMAIL, account.email)
    return account.member_id is None or account.member_id in addresses.members_of(address)


def find_account(wiring: Wiring, account_id: AccountId, *, since: datetime | None = None) -> Account | None:
    """The account that signed in at that moment; None where it is gone, disabled or signed out since."""
    with across_programs(), wiring.database.read() as session:
        programs = Programs(session)
        holds = since is None or programs.signed_in_since(account_id, since)
        return programs.account(account_id) if holds else None


def add_account(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    role: Role,
    email: str,
    name: str,
    password: str,
    link_email: bool = True,
    by: AccountId | None = None,
) -> Account:
    """Make an account; a member's also makes the member, and any other stands in the log of changes.

    `by` is the admin who invites; None is whoever runs the program.
    `link_email` lets the member send receipts from that address: only where someone vouches for it.

    Raises:
        sqlalchemy.exc.IntegrityError: the address is taken.
    """
    fresh = new_account(program_id=program_id, role=role, email=email, name=name, password=password)
    with wiring.database.write() as session:
        store_account(session, fresh)
        _note(session, fresh.account, StaffChange.INVITED, by, {"role": role.value})
        if fresh.account.member_id is not None and link_email:
            address = Address(AddressKind.EMAIL, fresh.account.email)
            addresses = Addresses(session, program_id, utc_now())
            addresses.link(address, fresh.account.member_id, shared=True)
    return fresh.account


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that is not stored yet."""

    account: Account
    password_hash: str

    def of(self, member_id: MemberId) -> NewAccount:
        """The same for a member who is there already."""
        return replace(self, account=replace(self.account, member_id=member_id))


def new_account(*, program_id: ProgramId, role: Role, email: str, name: str, password: str) -> NewAccount:
    """The account with its password hashed, which takes long: outside of any transaction."""
    member_id = new_member_id() if role is Role.MEMBER else None
    account = Account(new_account_id(), program_id, role, member_id, email.strip().lower(), name)
    return NewAccount(account, _HASHER.hash(password))


def store_account(session: Session, fresh: NewAccount, *, is_new: bool = True) -> None:
    """Store it within a transaction; a member's also makes the member, or names the one there is.

    Raises:
        sqlalchemy.exc.IntegrityError: the address is taken.
    """
    now, account = utc_now(), fresh.account
    if account.member_id is not None:
        members = ProgramData(session, account.program_id)
        if is_new:
            members.add_member(account.member_id, account.name, now)
        else:
            members.rename_member(account.member_id, account.name)
    Programs(session).add_account(account, fresh.password_hash, now)
