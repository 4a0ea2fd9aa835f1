"""Who a provider's people are here, and which of its answers were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, ProviderLinkRow, SpentStateRow
from receipts.identity import AccountId, ProgramId


class ProviderLinks:
    """The links between accounts and the subjects of one issuer."""

    def __init__(self, session: Session, issuer: str) -> None:
        self._session = session
        self._issuer = issuer

    def account_of(self, subject: str) -> AccountId | None:
        """Who the subject is here; None where nobody is."""
        row = self._session.get(ProviderLinkRow, (self._issuer, subject))
        return None if row is None else AccountId(row.account_id)

    def is_linked(self, account_id: AccountId) -> bool:
        """Whether the account is somebody there."""
        return self._session.scalar(select(ProviderLinkRow.subject).where(*self._own(account_id))) is not None

    def linked_in(self, program_id: ProgramId) -> frozenset[AccountId]:
        """The program's accounts that are somebody there."""
        rows = self._session.scalars(
            select(ProviderLinkRow.account_id)
            .join(AccountRow, AccountRow.id == ProviderLinkRow.account_id)
            .where(AccountRow.program_id == program_id, ProviderLinkRow.issuer == self._issuer)
        )
        return frozenset(AccountId(each) for each in rows)

    def link(self, subject: str, account_id: AccountId, now: datetime) -> None:
        """From now on the subject is this account.

        Raises:
            sqlalchemy.exc.IntegrityError: the subject is another, or the account is another subject.
        """
        self._session.add(
            ProviderLinkRow(issuer=self._issuer, subject=subject, account_id=account_id, linked_at=now)
        )
        self._session.flush()

    def unlink(self, account_id: AccountId) -> bool:
        """Let the account be somebody else there; False where it was nobody."""
        gone = self._session.execute(
            delete(ProviderLinkRow).where(*self._own(account_id)).returning(ProviderLinkRow.subject)
        )
        return gone.scalar() is not None

    def _own(self, account_id: AccountId) -> tuple[ColumnElement[bool], ...]:
        return (ProviderLinkRow.account_id == account_id, ProviderLinkRow.issuer == self._issuer)


def spend_state(session: Session, state_hash: str, *, at: datetime, keep_from: datetime) -> None:
    """Note that a sign-in came back, and forget those that could not be begun any more.

    Raises:
        sqlalchemy.exc.IntegrityError: it came back before.
    """
    session.execute(delete(SpentStateRow).where(SpentStateRow.spent_at < keep_from))
    session.add(SpentStateRow(state_hash=state_hash, spent_at=at))
    session.flush()
