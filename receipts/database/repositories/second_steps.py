"""The second step of signing in as it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, ProgramRow, RecoveryCodeRow, SecondStepRow
from receipts.identity import AccountId, ProgramId


@dataclass(frozen=True, slots=True)
class StoredSecondStep:
    """An account's second step.

    Attributes:
        on_since: since when codes are asked for; None where it was only begun.
        last_step: the last half minute whose code was taken.
    """

    sealed_secret: str
    begun_at: datetime
    on_since: datetime | None
    last_step: int
    codes_left: int


class SecondSteps:
    """The second steps of accounts, and which programs ask their staff for them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, account_id: AccountId) -> StoredSecondStep | None:
        """The account's, begun or on; None where there is none."""
        row = self._session.get(SecondStepRow, account_id)
        if row is None:
            return None
        left = self._session.scalar(
            select(func.count())
            .select_from(RecoveryCodeRow)
            .where(RecoveryCodeRow.account_id == account_id, RecoveryCodeRow.used_at.is_(None))
        )
        return StoredSecondStep(row.sealed_secret, row.begun_at, row.on_since, row.last_step, left or 0)

    def is_on(self, account_id: AccountId) -> bool:
        """Whether codes are asked for."""
        row = self._session.get(SecondStepRow, account_id)
        return row is not None and row.on_since is not None

    def on_in(self, program_id: ProgramId) -> frozenset[AccountId]:
        """The program's accounts that are asked for codes."""
        rows = self._session.scalars(
            select(SecondStepRow.account_id)
            .join(AccountRow, AccountRow.id == SecondStepRow.account_id)
            .where(AccountRow.program_id == program_id, SecondStepRow.on_since.is_not(None))
        )
        return frozenset(AccountId(each) for each in rows)

    def begin(self, account_id: AccountId, sealed_secret: str, now: datetime) -> bool:
        """Keep a secret in place of one that was never confirmed; False where one is on."""
        on = SecondStepRow.on_since.is_not(None)
        if self._session.scalar(select(SecondStepRow.account_id).where(on, self._own(account_id))):
            return False
        self._session.execute(delete(SecondStepRow).where(self._own(account_id)))
        self._session.add(
            SecondStepRow(account_id=account_id, sealed_secret=sealed_secret, begun_at=now, last_step=0)
        )
        self._session.flush()
        return True

    def turn_on(self, account_id: AccountId, sealed_secret: str, step: int, now: datetime) -> bool:
        """Ask for codes from now on; False where it is on already, or another secret was begun meanwhile."""
        found = self._session.execute(
            update(SecondStepRow)
            .where(
                self._own(account_id),
                SecondStepRow.sealed_secret == sealed_secret,
                SecondStepRow.on_since.is_(None),
            )
            .values(on_since=now, last_step=step)
            .returning(SecondStepRow.account_id)
        )
        return found.scalar() is not None

    def take_step(self, account_id: AccountId, step: int) -> bool:
        """Take the code of a half minute; False where it, or a later one, was taken before."""
        found = self._session.execute(
            update(SecondStepRow)
            .where(self._own(account_id), SecondStepRow.last_step < step)
            .values(last_step=step)
            .returning(SecondStepRow.account_id)
        )
        return found.scalar() is not None

    def take_recovery_code(self, account_id: AccountId, code_hash: str, now: datetime) -> bool:
        """Take one; False where there is none such, or it was taken before."""
        found = self._session.execute(
            update(RecoveryCodeRow)
            .where(
                RecoveryCodeRow.account_id == account_id,
                RecoveryCodeRow.code_hash == code_hash,
                RecoveryCodeRow.used_at.is_(None),
            )
            .values(used_at=now)
            .returning(RecoveryCodeRow.number)
        )
        return found.scalar() is not None

    def replace_recovery_codes(self, account_id: AccountId, hashes: Sequence[str]) -> None:
        """These from now on, and none of before."""
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
        self._session.add_all(RecoveryCodeRow(account_id=account_id, code_hash=each) for each in hashes)
        self._session.flush()

    def remove(self, account_id: AccountId) -> bool:
        """Ask for no code any more; False where none was asked for, nor was it begun."""
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
        gone = self._session.execute(
            delete(SecondStepRow).where(self._own(account_id)).returning(SecondStepRow.account_id)
        )
        return gone.scalar() is not None

    def is_asked_in(self, program_id: ProgramId) -> bool:
        """Whether the program's staff must have a second step."""
        return bool(self._session.scalar(select(ProgramRow.second_step).where(ProgramRow.id == program_id)))

    def ask_in(self, program_id: ProgramId, *, asked: bool) -> None:
        """Ask the program's staff for a second step, or leave it to each of them."""
        self._session.execute(update(ProgramRow).where(ProgramRow.id == program_id).values(second_step=asked))

    @staticmethod
    def _own(account_id: AccountId) -> ColumnElement[bool]:
        return SecondStepRow.account_id == account_id
