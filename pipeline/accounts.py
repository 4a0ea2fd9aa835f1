"""Who signs in: passwords by Argon2id."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import AccountId, ProgramId, Role, new_account_id, new_member_id
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
        found = Programs(session).account_by_email(email)
    hashed = _NOBODY if found is None else found[1]
    try:
        _HASHER.verify(hashed, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return None
    return None if found is None else found[0]


def find_account(wiring: Wiring, account_id: AccountId) -> Account | None:
    """The account, or None where it is gone."""
    with wiring.database.read() as session:
        return Programs(session).account(account_id)


def add_account(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    role: Role,
    email: str,
    name: str,
    password: str,
    link_email: bool = True,
) -> Account:
    """Make an account; a member's also makes the member.

    `link_email` lets the member send receipts from that address: only where someone vouches for it.

    Raises:
        sqlalchemy.exc.IntegrityError: the address is taken.
    """
    fresh = new_account(program_id=program_id, role=role, email=email, name=name, password=password)
    with wiring.database.write() as session:
        store_account(session, fresh)
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


def new_account(*, program_id: ProgramId, role: Role, email: str, name: str, password: str) -> NewAccount:
    """The account with its password hashed, which takes long: outside of any transaction."""
    member_id = new_member_id() if role is Role.MEMBER else None
    account = Account(new_account_id(), program_id, role, member_id, email.strip().lower(), name)
    return NewAccount(account, _HASHER.hash(password))


def store_account(session: Session, fresh: NewAccount) -> None:
    """Store it within a transaction; a member's also makes the member.

    Raises:
        sqlalchemy.exc.IntegrityError: the address is taken.
    """
    now, account = utc_now(), fresh.account
    if account.member_id is not None:
        ProgramData(session, account.program_id).add_member(account.member_id, account.name, now)
    Programs(session).add_account(account, fresh.password_hash, now)
