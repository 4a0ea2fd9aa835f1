"""What reviewers taught: events that only grow, and what is counted from those that stand."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from receipts.database.codec import storable_text
from receipts.database.tables import AliasEventRow, AliasRow, AliasShopRow
from receipts.identity import AccountId, ProgramId, ReceiptId, Sku
from receipts.learned import NOT_OURS, Choice, Print, PrintKind
from receipts.money import Currency, Money

RETAILER_MOST_CHARACTERS = 200
PRINTED_MOST_CHARACTERS = 300
USED_AGAIN_AFTER = timedelta(days=1)
"""Noted once a day: a line that every receipt of a shop prints must not have all workers wait for one row."""

_NAMESPACE = uuid.UUID("1f0d4c0e-8a0e-4a52-9a55-0a7b0d8f6c11")


@dataclass(frozen=True, slots=True)
class Taught:
    """One thing that a reviewer said of a line.

    Attributes:
        print: by what the line is known again.
        sku: None for "none of our products".
        unit: what one unit cost there, where that was read.
        product: brand and name, as the catalog has them at that moment.
    """

    print: Print
    printed: str
    sku: Sku | None
    unit: Money | None
    position: int
    product: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop in one program: its folded name, and the name as it was read."""

    key: str
    name: str


class Aliases:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def version(self, retailer_key: str) -> int:
        """The number of the shop's last event; 0 where nothing was ever taught."""
        found = self._session.scalar(
            select(AliasShopRow.version).where(
                AliasShopRow.program_id == self._program_id, AliasShopRow.retailer_key == retailer_key
            )
        )
        return found or 0

    def shops(self) -> tuple[str, ...]:
        """The folded names of all shops that something was ever taught for."""
        return tuple(
            self._session.scalars(
                select(AliasShopRow.retailer_key)
                .where(AliasShopRow.program_id == self._program_id)
                .order_by(AliasShopRow.retailer_key)
            )
        )

    def book(self, retailer_key: str) -> tuple[tuple[Print, Choice], ...]:
        """All that stands for a shop."""
        rows = self._session.scalars(
            select(AliasRow).where(
                AliasRow.program_id == self._program_id, AliasRow.retailer_key == retailer_key
            )
        )
        return tuple((Print(PrintKind(row.kind), row.key), choice_of_row(row)) for row in rows)

    def book_at(self, retailer_key: str, version: int) -> tuple[tuple[Print, Choice], ...]:
        """The shop's book as it stood right after that event, counted from the events."""
        of_shop = and_(
            AliasEventRow.program_id == self._program_id,
            AliasEventRow.retailer_key == retailer_key,
            AliasEventRow.number <= version,
        )
        return tuple(
            (row_print, choice) for row_print, choice, _ in self._counted(of_shop, until=version).values()
        )

    def confirm(
        self, shop: Shop, taught: Sequence[Taught], *, receipt_id: ReceiptId, author: AccountId
    ) -> None:
        """Note what a reviewer said of a receipt's lines; a print counts once for each receipt and answer.

        Each line has its event, so that whoever takes a print back finds the numbers of all its lines.
        """
        if not taught:
            return
        self._hold(shop.key)
        once = {(each.print, each.sku, each.position): each for each in reversed(taught)}
        rows = [self._event(shop, each, receipt_id, author) for each in once.values()]
        self._session.add_all(rows)
        self._session.flush()
        self._recount(shop.key, {each.print for each in taught})

    def withdraw(self, alias_id: str, *, author: AccountId | None, reason: str) -> bool:
        """Take back every confirmation of an alias that stands; False where there is none.

        What the same reviewers said in the same breath goes too: a line's words and its number were confirmed
        together, and one alone would go on paying.
        """
        row = self._find(alias_id)
        if row is None:
            return False
        self._hold(row.retailer_key)
        own = self._session.scalars(
            self._standing(
                and_(
                    AliasEventRow.retailer_key == row.retailer_key,
                    AliasEventRow.kind == row.kind,
                    AliasEventRow.key == row.key,
                    AliasEventRow.sku == row.sku,
                )
            )
        ).all()
        if not own:
            return False
        lines = {(event.receipt_id, event.position) for event in own}
        beside = self._session.scalars(
            self._standing(
                and_(
                    AliasEventRow.receipt_id.in_({receipt for receipt, _ in lines}),
                    AliasEventRow.sku == row.sku,
                )
            )
        ).all()
        events = {event.number: event for event in (*own, *beside)}
        taken = [event for event in events.values() if (event.receipt_id, event.position) in lines]
        self._session.add_all(self._withdrawal(event, author, reason) for event in taken)
        self._session.flush()
        self._recount(row.retailer_key, {Print(PrintKind(event.kind), event.key) for event in taken})
        return True

    def used(self, retailer_key: str, answers: Collection[tuple[Print, Sku | None]]) -> None:
        """Note that lines were answered by these, once a day and in one order for all who note."""
        for known, sku in sorted(answers, key=lambda each: (each[0].kind.value, each[0].key, each[1] or "")):
            self._session.execute(
                update(AliasRow)
                .where(
                    AliasRow.id == self._id_of(retailer_key, known, sku or NOT_OURS),
                    or_(AliasRow.used_at.is_(None), AliasRow.used_at < self._now - USED_AGAIN_AFTER),
                )
                .values(used_at=self._now)
            )

    def recount(self) -> None:
        """Count every alias anew from the events: what stands afterwards is what stood before."""
        shops = self._session.scalars(
            select(AliasShopRow.retailer_key)
            .where(AliasShopRow.program_id == self._program_id)
            .order_by(AliasShopRow.retailer_key)
        ).all()
        for key in shops:
            self._hold(key)
            prints = self._session.execute(
                select(AliasEventRow.kind, AliasEventRow.key)
                .where(AliasEventRow.program_id == self._program_id, AliasEventRow.retailer_key == key)
                .distinct()
            ).all()
            self._recount(key, {Print(PrintKind(kind), name) for kind, name in prints})

    def _find(self, alias_id: str) -> AliasRow | None:
        return self._session.scalar(
            select(AliasRow).where(AliasRow.id == alias_id, AliasRow.program_id == self._program_id)
        )

    def _hold(self, retailer_key: str) -> None:
        """Let no other write events of this shop until this transaction ends."""
        where = (AliasShopRow.program_id == self._program_id, AliasShopRow.retailer_key == retailer_key)
        held = select(AliasShopRow.version).where(*where).with_for_update()
        if self._session.scalar(held) is not None:
            return
        try:
            with self._session.begin_nested():
                self._session.add(
                    AliasShopRow(program_id=self._program_id, retailer_key=retailer_key, version=0)
                )
        except IntegrityError:  # another made it between our look and our write
            self._session.scalar(held)

    def _event(self, shop: Shop, each: Taught, receipt_id: ReceiptId, author: AccountId) -> AliasEventRow:
        return AliasEventRow(
            program_id=self._program_id,
            act="confirmed",
            retailer_key=shop.key,
            kind=each.print.kind.value,
            key=each.print.key,
            sku=each.sku or NOT_OURS,
            retailer=storable_text(shop.name)[:RETAILER_MOST_CHARACTERS],
            printed=storable_text(each.printed)[:PRINTED_MOST_CHARACTERS],
            product=storable_text(each.product)[:PRINTED_MOST_CHARACTERS],
            unit_minor=None if each.unit is None else each.unit.minor,
            currency=None if each.unit is None else each.unit.currency,
            receipt_id=receipt_id,
            position=each.position,
            withdraws=None,
            author=author,
            reason="",
            at=self._now,
        )

    def _withdrawal(self, event: AliasEventRow, author: AccountId | None, reason: str) -> AliasEventRow:
        return AliasEventRow(
            program_id=self._program_id,
            act="withdrawn",
            retailer_key=event.retailer_key,
            kind=event.kind,
            key=event.key,
            sku=event.sku,
            retailer=event.retailer,
            printed=event.printed,
            product=event.product,
            unit_minor=None,
            currency=None,
            receipt_id=event.receipt_id,
            position=event.position,
            withdraws=event.number,
            author=author,
            reason=storable_text(reason),
            at=self._now,
        )

    def _standing(self, where: ColumnElement[bool], *, until: int | None = None) -> Select[AliasEventRow]:
        taken = aliased(AliasEventRow)
        gone = taken.withdraws == AliasEventRow.number
        if until is not None:
            gone = and_(gone, taken.number <= until)
        return (
            select(AliasEventRow)
            .where(
                AliasEventRow.program_id == self._program_id,
                AliasEventRow.act == "confirmed",
                where,
                ~exists().where(gone),
            )
            .order_by(AliasEventRow.number)
        )

    def _counted(
        self, where: ColumnElement[bool], *, until: int | None = None
    ) -> dict[tuple[Print, str], tuple[Print, Choice, AliasEventRow]]:
        """Choice and last event of each print and answer, from the confirmations that stand."""
        found: dict[tuple[Print, str], list[AliasEventRow]] = {}
        for event in self._session.scalars(self._standing(where, until=until)):
            key = Print(PrintKind(event.kind), event.key)
            found.setdefault((key, event.sku), []).append(event)
        return {key: (key[0], _choice_of(events), events[-1]) for key, events in found.items()}

    def _recount(self, retailer_key: str, prints: Iterable[Print]) -> None:
        # In the order in which `used` takes the same rows, so that neither waits for the other for ever.
        for known in sorted(prints, key=lambda each: (each.kind.value, each.key)):
            of_print = and_(
                AliasRow.program_id == self._program_id,
                AliasRow.retailer_key == retailer_key,
                AliasRow.kind == known.kind.value,
                AliasRow.key == known.key,
            )
            before = {row.sku: row.used_at for row in self._session.scalars(select(AliasRow).where(of_print))}
            self._session.execute(delete(AliasRow).where(of_print))
            counted = self._counted(
                and_(
                    AliasEventRow.retailer_key == retailer_key,
                    AliasEventRow.kind == known.kind.value,
                    AliasEventRow.key == known.key,
                )
            )
            for (_, sku), (_, choice, last) in counted.items():
                self._session.add(self._row(last, choice, sku, before.get(sku)))
            self._session.flush()
        last_event = select(func.max(AliasEventRow.number)).where(
            AliasEventRow.program_id == self._program_id, AliasEventRow.retailer_key == retailer_key
        )
        self._session.execute(
            update(AliasShopRow)
            .where(AliasShopRow.program_id == self._program_id, AliasShopRow.retailer_key == retailer_key)
            .values(version=func.coalesce(last_event.scalar_subquery(), 0))
        )

    def _row(self, last: AliasEventRow, choice: Choice, sku: str, used_at: datetime | None) -> AliasRow:
        known = Print(PrintKind(last.kind), last.key)
        return AliasRow(
            id=self._id_of(last.retailer_key, known, sku),
            program_id=self._program_id,
            retailer_key=last.retailer_key,
            kind=last.kind,
            key=last.key,
            sku=sku,
            retailer=last.retailer,
            printed=last.printed,
            product=last.product,
            confirmations=choice.count,
            last_event=last.number,
            confirmed_at=last.at,
            author=last.author,
            receipt_id=last.receipt_id,
            lowest_minor=None if choice.lowest is None else choice.lowest.minor,
            highest_minor=None if choice.highest is None else choice.highest.minor,
            currency=None if choice.lowest is None else choice.lowest.currency,
            used_at=used_at,
        )

    def _id_of(self, retailer_key: str, known: Print, sku: str) -> str:
        """Made from what it names, so that an alias counted anew keeps the address of its page."""
        name = "\n".join((self._program_id, retailer_key, known.kind.value, known.key, sku))
        return f"als_{uuid.uuid5(_NAMESPACE, name).hex}"


def _choice_of(events: Sequence[AliasEventRow]) -> Choice:
    """What confirmations of one answer come to; prices only of the currency that was read last."""
    last = events[-1]
    priced = [event for event in events if event.unit_minor is not None and event.currency is not None]
    code = priced[-1].currency if priced else None
    units = [event.unit_minor for event in priced if event.currency == code and event.unit_minor is not None]
    return Choice(
        sku=Sku(last.sku) if last.sku != NOT_OURS else None,
        printed=last.printed,
        count=len({event.receipt_id for event in events}),
        confirmed_at=last.at,
        lowest=Money(min(units), Currency(code)) if code is not None else None,
        highest=Money(max(units), Currency(code)) if code is not None else None,
        product=last.product,
    )


def choice_of_row(row: AliasRow) -> Choice:
    """The answer that a counted row holds."""
    code = None if row.currency is None else Currency(row.currency)
    return Choice(
        sku=Sku(row.sku) if row.sku != NOT_OURS else None,
        printed=row.printed,
        count=row.confirmations,
        confirmed_at=row.confirmed_at,
        lowest=Money(row.lowest_minor, code) if code is not None and row.lowest_minor is not None else None,
        highest=Money(row.highest_minor, code)
        if code is not None and row.highest_minor is not None
        else None,
        product=row.product,
    )
