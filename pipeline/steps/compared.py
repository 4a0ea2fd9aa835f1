"""What a screening held against a receipt, so that what came to light since is told from it.

Two photos of one purchase that are read at one instant may each be screened before the other is there to be
found. So both layers that need a look at what else is stored, the printed facts and the picture, are asked
again when a receipt is paid, in the transaction that pays it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.purchase import lookup_keys, purchase_facts
from pipeline.alike import ALIKE_LOOKED_AT, asked_bands
from pipeline.steps.sent import Sent
from receipts.database.repositories.pictures import Pictures
from receipts.database.repositories.reviews import Earlier, History, Sharing
from receipts.database.repositories.work import Artefact
from receipts.database.tables import ReceiptRow
from receipts.identity import ReceiptId
from receipts.receipt import Receipt
from receipts.state import ReceiptState

EARLIER_LOOKED_AT = 50
"""Earlier receipts compared in full: the coarse keys of an honest purchase lead to one or two."""

PAID = " paid"
"""Marks a twin that had been paid when it was compared: its being paid later is news."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a screening looked at.

    Attributes:
        twins: likely twins by their printed facts or their pictures, marked where they had been paid.
        hashes: of the receipt's own pictures by kind, turned; empty where there are none, and in screenings
            from before they were kept.
    """

    twins: frozenset[str]
    hashes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """As it is kept with the screening."""
        hashes = {str(kind): [f"{value:x}" for value in turns] for kind, turns in self.hashes.items()}
        return {"compared": sorted(self.twins), "hashes": hashes}


NOTHING_COMPARED = Compared(frozenset())


def compared_from(artefact: Artefact) -> Compared:
    """What a screening looked at, from its artefact."""
    hashes = {
        int(kind): tuple(int(value, 16) for value in turns)
        for kind, turns in artefact.body.get("hashes", {}).items()
    }
    return Compared(frozenset(artefact.body["compared"]), hashes)


def marked(twins: Iterable[Earlier]) -> frozenset[str]:
    """The receipts' ids, marked where they were paid."""
    return frozenset(
        f"{twin.receipt_id}{PAID}" if twin.state is ReceiptState.AWARDED else twin.receipt_id
        for twin in twins
    )


def likely_twins(session: Session, sent: Sent, receipt: Receipt) -> Sharing:
    """Receipts that share a coarse key with this one and have the older right: sent earlier, or paid."""
    keys = lookup_keys(purchase_facts(receipt))
    return History(session, sent.program_id).same_keys(keys, before=sent.number, limit=EARLIER_LOOKED_AT)


def hold_twins(session: Session, sent: Sent, receipt: Receipt, compared: Compared) -> None:
    """Make other payments of perhaps the same purchase wait until this transaction ends.

    Two photos of one purchase, read differently, must not be paid at the same instant. Keys before bands, so
    that no two wait for each other.
    """
    History(session, sent.program_id).hold_keys(lookup_keys(purchase_facts(receipt)))
    Pictures(session, sent.program_id).hold_alike(asked_bands(compared.hashes))


def twins_since(session: Session, sent: Sent, receipt: Receipt, compared: Compared) -> frozenset[ReceiptId]:
    """Likely twins that a screening did not compare as they are now: they were read or paid since."""
    found = marked(likely_twins(session, sent, receipt).earlier)
    if bands := asked_bands(compared.hashes):
        pictures = Pictures(session, sent.program_id)
        alike = pictures.alike(bands, before=sent.number, limit=ALIKE_LOOKED_AT)
        found |= marked(each.receipt for each in alike)
    return frozenset(ReceiptId(mark.removesuffix(PAID)) for mark in found - compared.twins)


def unknown_twins(
    session: Session, sent: Sent, receipt: Receipt, compared: Compared, purchase_keys: Collection[str]
) -> frozenset[ReceiptId]:
    """Twins that came to light since, without other photos of this very purchase.

    Those claim under its key, so that no line is paid twice.
    """
    found = twins_since(session, sent, receipt, compared)
    if not found:
        return found
    same = session.scalars(
        select(ReceiptRow.id).where(
            ReceiptRow.program_id == sent.program_id,
            ReceiptRow.id.in_(found),
            ReceiptRow.purchase_key.in_(purchase_keys),
        )
    )
    return found - {ReceiptId(each) for each in same}
