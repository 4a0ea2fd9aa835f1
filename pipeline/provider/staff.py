"""Who an identity is here. Nobody comes to be by signing in: an admin has invited them before."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.people import change_person, note_change
from pipeline.provider.base import (
    Begun,
    Identity,
    NoStaffError,
    NotBelievedError,
    ProviderSettings,
)
from pipeline.provider.tokens import SUBJECT_MAX
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.provider_links import ProviderLinks, spend_state
from receipts.database.repositories.staff_log import StaffChange
from receipts.identity import AccountId, ProgramId
from receipts.program import Account

UNVERIFIED = (
    "Your organisation does not vouch for your email address. Have it verified there, or ask an admin here."
)
PASSED_ON = (
    "Your email address belonged to another person of your organisation before. An admin of your program can"
    " forget that person, on the page of people."
)
NOBODY = (
    "There is no account here for who you are there. Ask an admin of your program to invite your email"
    " address, or sign in there as somebody else."
)
"""One sentence for whoever is unknown, disabled, a member or another program's: who has an account here is
nobody else's business."""
LIFE_S = 600
"""How long one may take at the provider, to find the phone, say."""


def spend(wiring: Wiring, begun: Begun) -> None:
    """Do nothing the first time that this sign-in comes back.

    Raises:
        NotBelievedError: it came back before.
    """
    now = utc_now()
    try:
        with wiring.database.write() as session:
            spend_state(
                session,
                hashlib.sha256(begun.state.encode()).hexdigest(),
                at=now,
                keep_from=now - timedelta(seconds=2 * LIFE_S),
            )
    except IntegrityError as error:
        raise NotBelievedError("this sign-in came back before") from error


def account_of(wiring: Wiring, settings: ProviderSettings, identity: Identity) -> Account:
    """The account that the person has here, which is linked to them from the first time on.

    Raises:
        NoStaffError: they have none, it is disabled, or is not of the provider's programs.
    """
    try:
        with wiring.database.write() as session:
            return _found(session, settings, identity)
    except IntegrityError:  # the same person by two doors at one moment: the other was faster
        with wiring.database.write() as session:
            return _found(session, settings, identity)


def _found(session: Session, settings: ProviderSettings, identity: Identity) -> Account:
    links, programs = ProviderLinks(session, identity.issuer), Programs(session)
    account_id = links.account_of(identity.subject)
    if account_id is not None:
        return _let_in(programs.account(account_id), settings)
    if not identity.email:
        raise NoStaffError(UNVERIFIED)
    stored = programs.account_by_email(identity.email)
    # Asked again by its id, which finds no account that is disabled.
    account = _let_in(None if stored is None else programs.account(stored[0].id), settings)
    if links.is_linked(account.id):
        raise NoStaffError(PASSED_ON)
    links.link(identity.subject, account.id, utc_now())
    note_change(session, account.program_id, StaffChange.LINKED, account.id, account.id)
    return account


def _let_in(account: Account | None, settings: ProviderSettings) -> Account:
    if account is None or not settings.is_for(account):
        raise NoStaffError(NOBODY)
    return account


def linked_in(wiring: Wiring, settings: ProviderSettings, program_id: ProgramId) -> frozenset[AccountId]:
    """The program's accounts that are somebody at the provider."""
    with wiring.database.read() as session:
        return ProviderLinks(session, settings.issuer).linked_in(program_id)


def forget_link(
    wiring: Wiring, settings: ProviderSettings, program_id: ProgramId, by: AccountId, account_id: str
) -> None:
    """Let whoever has the account's address at the provider next be it, and end what it is signed in to.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    with change_person(wiring, program_id, by, account_id) as session:
        ProviderLinks(session, settings.issuer).unlink(AccountId(account_id))
        Programs(session).change_account(program_id, AccountId(account_id), signed_out_at=utc_now())
        note_change(session, program_id, StaffChange.LINK_FORGOTTEN, by, AccountId(account_id))


def link_by_email(wiring: Wiring, settings: ProviderSettings, email: str, subject: str) -> Account:
    """Link an account by hand, for a provider that vouches for no address.

    Raises:
        NoStaffError: nobody of the provider's programs signs in with the address, or one of both is linked.
    """
    subject = subject.strip()
    if not subject or len(subject) > SUBJECT_MAX or not subject.isprintable():
        raise NoStaffError("Write the person's `sub` at the provider, as its pages show it.")
    try:
        with wiring.database.write() as session:
            stored = Programs(session).account_by_email(email)
            account = None if stored is None else Programs(session).account(stored[0].id)
            if account is None or not settings.is_for(account):
                raise NoStaffError(f"No reviewer or admin of {settings.name}'s programs signs in as {email}.")
            ProviderLinks(session, settings.issuer).link(subject, account.id, utc_now())
            note_change(session, account.program_id, StaffChange.LINKED, None, account.id)
    except IntegrityError as error:
        raise NoStaffError(
            f"{email} or {subject} is linked already; an admin can forget the link."
        ) from error
    return account
