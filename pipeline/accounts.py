"""Who signs in: passwords by Argon2id."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import AccountId, MemberId, ProgramId, Role, new_account_id, new_member_id
from receipts.inbound import Address, AddressKind
from receipts.program import Account

_HASHER = PasswordHasher()

_NOBODY = _HASHER.hash("a password that no account has")
"""Checked when there is no such account, so that the time taken does not tell which addresses exist."""


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
    now = utc_now()
    member_id: MemberId | None = new_member_id() if role is Role.MEMBER else None
    account = Account(new_account_id(), program_id, role, member_id, email.strip().lower(), name)
    hashed = _HASHER.hash(password)
    with wiring.database.write() as session:
        if member_id is not None:
            ProgramData(session, program_id).add_member(member_id, name, now)
            if link_email:
                address = Address(AddressKind.EMAIL, account.email)
                Addresses(session, program_id, now).link(address, member_id, shared=True)
        Programs(session).add_account(account, hashed, now)
    return account
