"""The accounts of a program as its admin keeps them: invited, given another role, disabled, signed out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipeline.accounts import add_account
from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.staff_log import StaffChange, StaffEvent, StaffLog
from receipts.identity import AccountId, ProgramId, Role
from receipts.program import Account

STAFF = (Role.REVIEWER, Role.ADMIN, Role.SERVICE)
"""Whom an admin invites: members join by themselves, each with a member of their own."""
_SECRET_BYTES = 18


class PeopleError(ValueError):
    """Nothing was changed: the message says why, and what to do next."""


class NoSuchPersonError(LookupError):
    """The program has no such member of staff."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account with whether it may sign in."""

    account: Account
    disabled: bool


def staff_of(wiring: Wiring, program_id: ProgramId) -> tuple[Person, ...]:
    """Everyone but members, by address."""
    with wiring.database.read() as session:
        programs = Programs(session)
        off = programs.disabled(program_id)
        accounts = programs.accounts_of(program_id)
    return tuple(Person(each, each.id in off) for each in accounts if each.role is not Role.MEMBER)


def invite(
    wiring: Wiring, program_id: ProgramId, by: AccountId, *, role: Role, email: str, name: str
) -> tuple[Account, str]:
    """Make an account with a password that nobody chose; it is returned once and kept as a hash only.

    Raises:
        PeopleError: the role is a member's, a field is empty, or the address is taken.
    """
    if role not in STAFF:
        raise PeopleError("Members join by themselves: invite a reviewer, an admin or a service.")
    if "@" not in email.strip("@ ") or not name.strip():
        raise PeopleError("Give a name and an email address, such as ruth@example.com.")
    password = secrets.token_urlsafe(_SECRET_BYTES)
    try:
        account = add_account(
            wiring,
            program_id=program_id,
            role=role,
            email=email,
            name=name.strip(),
            password=password,
            by=by,
        )
    except IntegrityError as error:
        raise PeopleError(
            f"There is an account {email.strip().lower()} already. Choose another address."
        ) from error
    return account, password


def change_role(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str, role: Role) -> None:
    """Give a member of staff another role, and end what they are signed in to.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    if role not in STAFF:
        raise PeopleError("A member of staff cannot become a member: they join by themselves.")
    with change_person(wiring, program_id, by, account_id) as session:
        before = Programs(session).account(AccountId(account_id))
        now, detail = utc_now(), {"to": role.value}
        if before is not None:
            detail["from"] = before.role.value
        Programs(session).change_account(
            program_id, AccountId(account_id), role=role.value, signed_out_at=now
        )
        note_change(session, program_id, StaffChange.ROLE, by, AccountId(account_id), detail)


def disable(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str) -> None:
    """Let nobody sign in by the account, and end what is signed in to, keys too.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    now = utc_now()
    _change(wiring, program_id, by, account_id, StaffChange.DISABLED, disabled_at=now, signed_out_at=now)


def enable(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str) -> None:
    """Let the account be signed in to again.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    _change(wiring, program_id, by, account_id, StaffChange.ENABLED, disabled_at=None)


def sign_out_everywhere(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str) -> None:
    """End every session, token and key of a member of staff, one's own too.

    Raises:
        NoSuchPersonError: it is a member's, or not of this program.
    """
    with wiring.database.write() as session:
        programs = Programs(session)
        _find(programs, program_id, account_id)
        programs.change_account(program_id, AccountId(account_id), signed_out_at=utc_now())
        note_change(session, program_id, StaffChange.SIGNED_OUT, by, AccountId(account_id))


def _find(programs: Programs, program_id: ProgramId, account_id: str) -> Account:
    for each in programs.accounts_of(program_id):
        if each.id == account_id and each.role is not Role.MEMBER:
            return each
    raise NoSuchPersonError(account_id)


def _change(
    wiring: Wiring,
    program_id: ProgramId,
    by: AccountId,
    account_id: str,
    kind: StaffChange,
    **columns: object,
) -> None:
    with change_person(wiring, program_id, by, account_id) as session:
        Programs(session).change_account(program_id, AccountId(account_id), **columns)
        note_change(session, program_id, kind, by, AccountId(account_id))


def note_change(
    session: Session,
    program_id: ProgramId,
    kind: StaffChange,
    by: AccountId | None,
    whom: AccountId | None,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Keep in the log what was changed, in the change's own transaction.

    Args:
        session: the transaction.
        program_id: whose staff.
        kind: what was changed.
        by: who changed it; None for whoever runs the program.
        whom: whose account or key; None for all of the staff.
        detail: what else to say, no secrets.
    """
    StaffLog(session, program_id).note(kind, by=by, whom=whom, at=utc_now(), detail=detail)


def changes_of(wiring: Wiring, program_id: ProgramId, *, before: int, limit: int) -> tuple[StaffEvent, ...]:
    """The newest changes to people and keys; `before` is the number of the last one shown, or 0."""
    with wiring.database.read() as session:
        return StaffLog(session, program_id).newest(before=before, limit=limit)


@contextmanager
def change_person(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str) -> Iterator[Session]:
    """A transaction that changes another's account, and asks in itself whether one still may.

    Changes of a program's staff wait for each other: of two admins who disable each other at one moment the
    second finds that they are none any more, so that one is always left.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    if account_id == by:
        raise PeopleError("This is your own account: ask another admin.")
    with wiring.database.write() as session:
        programs = Programs(session)
        programs.hold(program_id)
        _find(programs, program_id, account_id)
        mine = programs.account(by)
        if mine is None or mine.role is not Role.ADMIN or mine.program_id != program_id:
            raise PeopleError(
                "You are no admin of this program any more: another admin changed your account."
            )
        yield session
