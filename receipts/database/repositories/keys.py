"""Keys to the API as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, ApiKeyRow
from receipts.identity import AccountId, ProgramId, Role


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret.

    Attributes:
        account_name: whom it acts for.
        role: what it may do: the account's.
        over: whether it opens nothing any more: taken back, ended, or its account is shut since.
    """

    id: str
    name: str
    account_id: AccountId
    account_name: str
    role: Role
    created_at: datetime
    ends_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    over: bool


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """What is asked of a key that somebody sends."""

    account_id: AccountId
    secret_hash: str
    created_at: datetime
    last_used_at: datetime | None


class Keys:
    """All keys by their id, and one program's."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(self, key_id: str, now: datetime) -> KeyCheck | None:
        """What to compare; None where there is no such key, or it was taken back or has ended."""
        row = self._session.get(ApiKeyRow, key_id)
        if row is None or row.revoked_at is not None or (row.ends_at is not None and row.ends_at <= now):
            return None
        return KeyCheck(AccountId(row.account_id), row.secret_hash, row.created_at, row.last_used_at)

    def used(self, key_id: str, now: datetime) -> None:
        """Note that it was used."""
        self._session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=now))

    def add(self, row: ApiKeyRow) -> None:
        """Keep a new one."""
        self._session.add(row)
        self._session.flush()

    def count(self, program_id: ProgramId, now: datetime) -> int:
        """How many of the program may be used."""
        return (
            self._session.scalar(
                select(func.count())
                .select_from(ApiKeyRow)
                .where(
                    ApiKeyRow.program_id == program_id,
                    ApiKeyRow.revoked_at.is_(None),
                    ApiKeyRow.ends_at.is_(None) | (ApiKeyRow.ends_at > now),
                )
            )
            or 0
        )

    def all(self, program_id: ProgramId, now: datetime, *, limit: int) -> tuple[ApiKey, ...]:
        """The program's, those in use first, then the newest."""
        rows = self._session.execute(
            select(ApiKeyRow, AccountRow)
            .join(AccountRow, AccountRow.id == ApiKeyRow.account_id)
            .where(ApiKeyRow.program_id == program_id)
            .order_by(ApiKeyRow.revoked_at.is_not(None), ApiKeyRow.created_at.desc())
            .limit(limit)
        )
        return tuple(_key(key, account, now) for key, account in rows)

    def revoke(self, program_id: ProgramId, key_id: str, now: datetime) -> bool:
        """Take it back; False where the program has no such key, or it was taken back before."""
        mine = (ApiKeyRow.id == key_id, ApiKeyRow.program_id == program_id, ApiKeyRow.revoked_at.is_(None))
        done = self._session.execute(
            update(ApiKeyRow).where(*mine).values(revoked_at=now).returning(ApiKeyRow.id)
        )
        return done.scalar() is not None


def _key(row: ApiKeyRow, account: AccountRow, now: datetime) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        account_id=AccountId(account.id),
        account_name=account.name,
        role=Role(account.role),
        created_at=row.created_at,
        ends_at=row.ends_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        over=row.revoked_at is not None
        or (row.ends_at is not None and row.ends_at <= now)
        or account.disabled_at is not None
        or account.closed_at is not None
        or (account.signed_out_at is not None and row.created_at <= account.signed_out_at),
    )
