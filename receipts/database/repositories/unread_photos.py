"""Pictures in which no barcode was read, by account: counted in a window that every process sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from receipts.database.tables import UnreadPhotoRow
from receipts.identity import AccountId


@dataclass(frozen=True, slots=True)
class UnreadPhotos:
    """How many of an account there are in the window, and when the last one was."""

    count: int
    last: datetime | None


def unread_photos(session: Session, account_id: AccountId, *, since: datetime) -> UnreadPhotos:
    """The account's, after that moment."""
    count, last = session.execute(
        select(func.count(), func.max(UnreadPhotoRow.at)).where(
            UnreadPhotoRow.account_id == account_id, UnreadPhotoRow.at > since
        )
    ).one()
    return UnreadPhotos(count=count, last=last)


def add_unread_photo(session: Session, account_id: AccountId, *, at: datetime, keep_from: datetime) -> None:
    """One more; what is older than that moment is forgotten, of all accounts."""
    session.execute(delete(UnreadPhotoRow).where(UnreadPhotoRow.at < keep_from))
    session.add(UnreadPhotoRow(account_id=account_id, at=at))
    session.flush()


def forget_unread_photos(session: Session, account_id: AccountId) -> None:
    """None of the account's count any more."""
    session.execute(delete(UnreadPhotoRow).where(UnreadPhotoRow.account_id == account_id))
