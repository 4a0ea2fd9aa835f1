"""Keys to the API: made by an admin, shown once, kept as a hash, taken back at once.

A key acts for an account, with its role and in its program, and only for a service or for the admin who makes
it: for another person it would let one be two, where two people have to agree.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from pipeline.accounts import find_account
from pipeline.clock import utc_now
from pipeline.people import NoSuchPersonError, PeopleError, note_change, staff_of
from pipeline.wiring import Wiring
from receipts.database.acting import across_programs
from receipts.database.repositories.keys import ApiKey, Keys
from receipts.database.repositories.staff_log import StaffChange
from receipts.database.tables import ApiKeyRow
from receipts.errors import TransientError
from receipts.identity import AccountId, ProgramId, Role
from receipts.program import Account

PREFIX = "tpk_"
MOST_KEYS = 100
"""In use at a time: more are keys that nobody knows any more."""
MOST_SHOWN = 200
LIVES_DAYS = (30, 90, 365, 0)
"""How long a key may live; 0 for until it is taken back."""
NAME_MAX = 100
_ID_BYTES = 8
_SECRET_BYTES = 32
_SECRET_MAX = 200
_NOTE_AFTER = timedelta(minutes=1)
"""A row is written at most once a minute for a key that is used all the time."""


def keys_of(wiring: Wiring, program_id: ProgramId) -> tuple[ApiKey, ...]:
    """The program's keys, those in use first."""
    with wiring.database.read() as session:
        return Keys(session).all(program_id, utc_now(), limit=MOST_SHOWN)


def may_have_keys(wiring: Wiring, program_id: ProgramId, by: AccountId) -> tuple[Account, ...]:
    """Whom this admin may make keys for: the program's services, and themselves."""
    people = [each.account for each in staff_of(wiring, program_id) if not each.disabled]
    services = [each for each in people if each.role is Role.SERVICE]
    return (*services, *(each for each in people if each.id == by))


def make_key(
    wiring: Wiring, program_id: ProgramId, by: AccountId, *, account_id: str, name: str, days: int
) -> str:
    """A new key, which is returned once and kept as a hash only; of 0 days it lives until it is taken back.

    Raises:
        PeopleError: a field is wrong, or the program has too many.
        NoSuchPersonError: no service of this program, nor the admin themselves.
    """
    if account_id not in {each.id for each in may_have_keys(wiring, program_id, by)}:
        raise NoSuchPersonError(account_id)
    name = name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise PeopleError("Give the key a name in one line, such as what it is used in.")
    if days not in LIVES_DAYS:
        raise PeopleError("Choose how long the key lives.")
    now, key_id, secret = utc_now(), secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    row = ApiKeyRow(
        id=key_id,
        program_id=program_id,
        account_id=account_id,
        name=name,
        secret_hash=_hash(secret),
        created_by=by,
        created_at=now,
        ends_at=now + timedelta(days=days) if days else None,
    )
    with wiring.database.write() as session:
        keys = Keys(session)
        if keys.count(program_id, now) >= MOST_KEYS:
            raise PeopleError(f"There are {MOST_KEYS} keys already. Take back those that nobody uses.")
        keys.add(row)
        note_change(session, program_id, StaffChange.KEY_MADE, by, AccountId(account_id), {"key": name})
    return f"{PREFIX}{key_id}_{secret}"


def revoke_key(wiring: Wiring, program_id: ProgramId, by: AccountId, key_id: str) -> bool:
    """Take a key back: its next request is refused. False where there is none such."""
    with wiring.database.write() as session:
        if not Keys(session).revoke(program_id, key_id, utc_now()):
            return False
        key = session.get_one(ApiKeyRow, key_id)
        whom, detail = AccountId(key.account_id), {"key": key.name}
        note_change(session, program_id, StaffChange.KEY_REVOKED, by, whom, detail)
        return True


def account_of_key(wiring: Wiring, key: str) -> Account | None:
    """The account that the key acts for; None where it opens nothing (any more)."""
    key_id, _, secret = key.removeprefix(PREFIX).partition("_")
    if len(key) > _SECRET_MAX or not secret.isascii():
        return None
    now = utc_now()
    with across_programs(), wiring.database.read() as session:
        found = Keys(session).check(key_id, now)
    if found is None or not hmac.compare_digest(found.secret_hash, _hash(secret)):
        return None
    account = find_account(wiring, found.account_id, since=found.created_at)
    if account is not None:
        _note(wiring, key_id, found.last_used_at, now)
    return account


def _note(wiring: Wiring, key_id: str, last: datetime | None, now: datetime) -> None:
    if last is not None and now - last < _NOTE_AFTER:
        return
    try:
        with across_programs(), wiring.database.write() as session:
            Keys(session).used(key_id, now)
    except TransientError:
        return  # the request itself will say what is wrong, if anything still is


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
