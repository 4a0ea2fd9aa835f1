"""A program's fraud policies: the versions it imported, which one is in force, and which one its shadow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, FraudPolicyRow, PolicyEventRow
from receipts.identity import AccountId, ProgramId


class PolicyRole(Enum):
    """What a version does: judge, or be compared with what judges."""

    IN_FORCE = "in_force"
    SHADOW = "shadow"


class PolicyVersionError(ValueError):
    """A changed policy came without a higher version."""


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """One version as it was imported.

    Attributes:
        author: the name of who imported it; empty for the command line.
    """

    version: int
    document: dict[str, Any]
    author: str
    created_at: datetime


class Policies:
    """One program's policies."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def add(self, version: int, document: dict[str, Any], *, author: AccountId | None) -> bool:
        """Keep a new version; False where this very one is kept already.

        Raises:
            PolicyVersionError: the version is not above the newest, so it could not be told from it.
            sqlalchemy.exc.IntegrityError: another added this version at the same instant.
        """
        same = self.find(version)
        if same is not None and same.document == document:
            return False
        newest = self._session.scalar(
            select(FraudPolicyRow.version)
            .where(FraudPolicyRow.program_id == self._program_id)
            .order_by(FraudPolicyRow.version.desc())
            .limit(1)
        )
        if newest is not None and version <= newest:
            raise PolicyVersionError(
                f"the newest policy is version {newest} already;"
                f" give the changed document version {newest + 1}"
            )
        self._session.add(
            FraudPolicyRow(
                program_id=self._program_id,
                version=version,
                document=document,
                author=author,
                created_at=self._now,
            )
        )
        self._session.flush()
        return True

    def find(self, version: int) -> StoredPolicy | None:
        """The version; None where the program has none of its own of that number."""
        found = self._session.execute(self._query().where(FraudPolicyRow.version == version)).one_or_none()
        return None if found is None else _stored(*found)

    def all(self) -> tuple[StoredPolicy, ...]:
        """Every version of the program's own, the newest first."""
        rows = self._session.execute(self._query().order_by(FraudPolicyRow.version.desc()))
        return tuple(_stored(row, name) for row, name in rows)

    def put(self, role: PolicyRole, version: int | None, *, author: AccountId | None) -> None:
        """Give a version a role from now on; no version: the shadow is taken away."""
        self._session.add(
            PolicyEventRow(
                program_id=self._program_id,
                role=role.value,
                version=version,
                author=author,
                at=self._now,
            )
        )
        self._session.flush()

    def standing(self, role: PolicyRole) -> int | None:
        """The version that has the role; None where none of the program's own was given it."""
        return self._session.scalar(
            select(PolicyEventRow.version)
            .where(PolicyEventRow.program_id == self._program_id, PolicyEventRow.role == role.value)
            .order_by(PolicyEventRow.number.desc())
            .limit(1)
        )

    def _query(self) -> Any:  # noqa: ANN401  (a select of two columns, which SQLAlchemy types in full)
        return (
            select(FraudPolicyRow, AccountRow.name)
            .outerjoin(AccountRow, AccountRow.id == FraudPolicyRow.author)
            .where(FraudPolicyRow.program_id == self._program_id)
        )


def _stored(row: FraudPolicyRow, author: str | None) -> StoredPolicy:
    return StoredPolicy(row.version, row.document, author or "", row.created_at)
