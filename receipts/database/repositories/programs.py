"""Programs, accounts, members, catalogs and campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.catalogs import Catalogs
from receipts.database.repositories.earning import Earning
from receipts.database.tables import AccountRow, CampaignRow, MemberRow, ProgramRow
from receipts.identity import AccountId, CampaignId, MemberId, ProgramId, Role
from receipts.money import Currency
from receipts.program import (
    USUAL_OWN_SHARE,
    Account,
    MatchWish,
    PointsTerms,
    Program,
    PurchaseData,
    ReturnPolicy,
    ReviewTerms,
)


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """One version of a campaign as it was imported."""

    id: CampaignId
    version: int
    document: dict[str, Any]
    in_force: bool


class CampaignVersionError(ValueError):
    """A changed campaign came without a higher version."""


def _program(row: ProgramRow) -> Program:
    return Program(
        ProgramId(row.id),
        row.name,
        Currency(row.currency),
        row.time_zone,
        row.window_days,
        row.daily_receipts,
        MatchWish(row.accept_precision, row.none_precision, row.own_share or USUAL_OWN_SHARE),
        PointsTerms(
            row.pending_days,
            row.expiry_days,
            row.notice_days,
            row.point_value_micros,
            ReturnPolicy(row.return_policy),
            row.gift_limit,
        ),
        PurchaseData(row.purchase_data),
        ReviewTerms(row.undo_s, row.second_above),
    )


def _terms(terms: PointsTerms) -> dict[str, Any]:
    return {
        "pending_days": terms.pending_days,
        "expiry_days": terms.expiry_days,
        "notice_days": terms.notice_days,
        "point_value_micros": terms.point_value_micros,
        "return_policy": terms.return_policy.value,
        "gift_limit": terms.gift_limit,
    }


def _account(row: AccountRow) -> Account:
    return Account(
        id=AccountId(row.id),
        program_id=ProgramId(row.program_id),
        role=Role(row.role),
        member_id=None if row.member_id is None else MemberId(row.member_id),
        email=row.email,
        name=row.name,
    )


class Programs:
    """All programs; the only repository that is not bound to one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, program_id: ProgramId) -> Program | None:
        """The program, or None."""
        row = self._session.get(ProgramRow, program_id)
        return None if row is None else _program(row)

    def hold(self, program_id: ProgramId) -> None:
        """Let whoever holds this program, too, wait until this transaction ends."""
        self._session.execute(
            select(ProgramRow.id).where(ProgramRow.id == program_id).with_for_update(key_share=True)
        )

    def all(self) -> tuple[Program, ...]:
        """Every program, by id."""
        rows = self._session.scalars(select(ProgramRow).order_by(ProgramRow.id))
        return tuple(_program(row) for row in rows)

    def add(self, program: Program, now: datetime) -> None:
        """Store a new program."""
        self._session.add(
            ProgramRow(
                id=program.id,
                name=program.name,
                currency=program.currency,
                time_zone=program.time_zone,
                window_days=program.window_days,
                daily_receipts=program.daily_receipts,
                accept_precision=program.wish.accept_precision,
                none_precision=program.wish.none_precision,
                own_share=program.wish.own_share,
                purchase_data=program.purchase_data.value,
                undo_s=program.review.undo_s,
                second_above=program.review.second_above,
                feed_position=0,
                created_at=now,
                **_terms(program.terms),
            )
        )
        self._session.flush()

    def change_wish(self, program_id: ProgramId, wish: MatchWish) -> None:
        """Want this of matches from now on."""
        self._session.execute(
            update(ProgramRow)
            .where(ProgramRow.id == program_id)
            .values(
                accept_precision=wish.accept_precision,
                none_precision=wish.none_precision,
                own_share=wish.own_share,
            )
        )

    def change_terms(self, program_id: ProgramId, terms: PointsTerms) -> None:
        """Promise this of points that are earned from now on."""
        self._session.execute(update(ProgramRow).where(ProgramRow.id == program_id).values(**_terms(terms)))

    def change_review(self, program_id: ProgramId, review: ReviewTerms) -> None:
        """Let reviewers decide so from now on."""
        self._session.execute(
            update(ProgramRow)
            .where(ProgramRow.id == program_id)
            .values(undo_s=review.undo_s, second_above=review.second_above)
        )

    def change_purchase_data(self, program_id: ProgramId, told: PurchaseData) -> None:
        """Tell this of purchases that earn from now on."""
        self._session.execute(
            update(ProgramRow).where(ProgramRow.id == program_id).values(purchase_data=told.value)
        )

    def account_by_email(self, email: str) -> tuple[Account, str] | None:
        """The account and its password hash; e-mail addresses are compared in lower case."""
        row = self._session.scalar(
            select(AccountRow).where(
                AccountRow.email == email.strip().lower(), AccountRow.closed_at.is_(None)
            )
        )
        return None if row is None else (_account(row), row.password_hash)

    def account(self, account_id: AccountId) -> Account | None:
        """The account, or None where there is none, or where it was closed or disabled."""
        row = self._session.get(AccountRow, account_id)
        if row is None or row.closed_at is not None or row.disabled_at is not None:
            return None
        return _account(row)

    def signed_in_since(self, account_id: AccountId, since: datetime) -> bool:
        """Whether what was signed in to at that moment still holds."""
        row = self._session.get(AccountRow, account_id)
        return row is not None and (row.signed_out_at is None or since > row.signed_out_at)

    def disabled(self, program_id: ProgramId) -> frozenset[AccountId]:
        """The program's accounts that nobody signs in by."""
        rows = self._session.scalars(
            select(AccountRow.id).where(
                AccountRow.program_id == program_id, AccountRow.disabled_at.is_not(None)
            )
        )
        return frozenset(AccountId(each) for each in rows)

    def change_account(self, program_id: ProgramId, account_id: AccountId, **columns: Any) -> bool:  # noqa: ANN401  (column values)
        """Change an account of this program; False where it has no such one."""
        row = self._session.get(AccountRow, account_id)
        if row is None or row.program_id != program_id:
            return False
        for name, value in columns.items():
            setattr(row, name, value)
        self._session.flush()
        return True

    def accounts_of(self, program_id: ProgramId) -> tuple[Account, ...]:
        """The program's accounts, by the address that they sign in with."""
        rows = self._session.scalars(
            select(AccountRow)
            .where(AccountRow.program_id == program_id, AccountRow.closed_at.is_(None))
            .order_by(AccountRow.email)
        )
        return tuple(_account(row) for row in rows)

    def rename_account(self, account_id: AccountId, email: str) -> None:
        """Let an account be signed in to under another address, given in lower case.

        Raises:
            sqlalchemy.exc.IntegrityError: the address is taken.
        """
        self._session.execute(update(AccountRow).where(AccountRow.id == account_id).values(email=email))

    def change_password(self, account_id: AccountId, password_hash: str) -> None:
        """Let an account be signed in to by another password."""
        self._session.execute(
            update(AccountRow).where(AccountRow.id == account_id).values(password_hash=password_hash)
        )

    def add_account(self, account: Account, password_hash: str, now: datetime) -> None:
        """Store a new account."""
        self._session.add(
            AccountRow(
                id=account.id,
                program_id=account.program_id,
                member_id=account.member_id,
                role=account.role.value,
                email=account.email.strip().lower(),
                name=account.name,
                password_hash=password_hash,
                created_at=now,
            )
        )
        self._session.flush()


class ProgramData(Catalogs):
    """What belongs to one program: its members, catalogs and campaigns."""

    def add_member(self, member_id: MemberId, name: str, now: datetime) -> None:
        """Store a new member."""
        self._session.add(
            MemberRow(id=member_id, program_id=self._program_id, name=name, message_sequence=0, joined_at=now)
        )
        self._session.flush()

    def rename_member(self, member_id: MemberId, name: str) -> None:
        """Call the member so from now on."""
        self._session.execute(
            update(MemberRow)
            .where(MemberRow.id == member_id, MemberRow.program_id == self._program_id)
            .values(name=name)
        )

    def member_name(self, member_id: MemberId) -> str | None:
        """The member's name; None where the program has no such member."""
        return self._session.scalar(
            select(MemberRow.name).where(MemberRow.id == member_id, MemberRow.program_id == self._program_id)
        )

    def takes_part(self, member_id: MemberId, *, hold: bool = False) -> bool:
        """Whether the program has the member, and nobody erased them.

        With `hold`, an erasure that runs is waited for, and none begins until this transaction ends.
        """
        query = select(MemberRow.id).where(
            MemberRow.id == member_id,
            MemberRow.program_id == self._program_id,
            MemberRow.erased_at.is_(None),
        )
        if hold:  # as a row that refers to the member would: payments to them go on beside it
            query = query.with_for_update(read=True, key_share=True)
        return self._session.scalar(query) is not None

    def member_joined_at(self, member_id: MemberId) -> datetime | None:
        """When the member joined; None where the program has no such member."""
        return self._session.scalar(
            select(MemberRow.joined_at).where(
                MemberRow.id == member_id, MemberRow.program_id == self._program_id
            )
        )

    def member_sequence(self, member_id: MemberId) -> int:
        """The sequence of the member's last message: what a posting was worked out against."""
        return self._session.scalars(
            select(MemberRow.message_sequence).where(
                MemberRow.id == member_id, MemberRow.program_id == self._program_id
            )
        ).one()

    def import_campaign(
        self, campaign_id: CampaignId, version: int, document: dict[str, Any], now: datetime
    ) -> bool:
        """Put a campaign's document in force; False where this very version is in force already.

        Raises:
            CampaignVersionError: the version is not above the newest, so it could not be told from it.
        """
        newest = self._session.scalar(
            select(CampaignRow)
            .where(CampaignRow.program_id == self._program_id, CampaignRow.id == campaign_id)
            .order_by(CampaignRow.version.desc())
            .limit(1)
        )
        if newest is not None and newest.version >= version:
            if newest.version == version and newest.document == document:
                return False
            raise CampaignVersionError(
                f"campaign {campaign_id} has version {newest.version} already;"
                f" give the changed document version {newest.version + 1}"
            )
        self._session.execute(
            update(CampaignRow)
            .where(CampaignRow.program_id == self._program_id, CampaignRow.id == campaign_id)
            .values(in_force=False)
        )
        self._session.add(
            CampaignRow(
                program_id=self._program_id,
                id=campaign_id,
                version=version,
                document=document,
                in_force=True,
                created_at=now,
            )
        )
        self._session.flush()
        if (document.get("caps") or {}).get("all_members") is not None:
            Earning(self._session, self._program_id, now).open_budget(campaign_id)
        return True

    def campaigns(self) -> tuple[StoredCampaign, ...]:
        """The campaigns in force, by id."""
        rows = self._session.scalars(
            select(CampaignRow)
            .where(CampaignRow.program_id == self._program_id, CampaignRow.in_force.is_(True))
            .order_by(CampaignRow.id)
        )
        return tuple(StoredCampaign(CampaignId(r.id), r.version, r.document, r.in_force) for r in rows)
