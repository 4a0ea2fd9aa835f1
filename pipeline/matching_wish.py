"""How sure a program wants its matches to be, what that comes to for its catalog, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from matching.precision import Found, thresholds_for
from matching.thresholds import Thresholds
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from pipeline.wish_words import wish_sentences
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.database.tables import CatalogProductRow
from receipts.identity import ProgramId
from receipts.program import MatchWish


@dataclass(frozen=True, slots=True)
class WishView:
    """A program's wish with what comes of it.

    Attributes:
        products: of the catalog in force.
        sentences: what is accepted, asked and left, and what was measured, in plain words.
    """

    wish: MatchWish
    products: int
    found: Found
    sentences: tuple[str, ...]


def thresholds_of(wiring: Wiring, program_id: ProgramId, products: int) -> Thresholds:
    """What the program's receipts are matched by, with a catalog of so many products."""
    return thresholds_for(program_of(wiring, program_id).wish, products).thresholds


def wish_view(wiring: Wiring, program_id: ProgramId) -> WishView:
    """The program's wish, for its catalog in force."""
    wish = program_of(wiring, program_id).wish
    products = catalog_size(wiring, program_id)
    found = thresholds_for(wish, products)
    return WishView(wish, products, found, wish_sentences(wish, found))


def change_wish(wiring: Wiring, program_id: ProgramId, wish: MatchWish) -> WishView:
    """Want this from now on: of receipts that are matched after it, and of `rematch`."""
    with wiring.database.write() as session:
        Programs(session).change_wish(program_id, wish)
    return wish_view(wiring, program_id)


def catalog_size(wiring: Wiring, program_id: ProgramId) -> int:
    """Products of the catalog in force; 0 where there is none."""
    with wiring.database.read() as session:
        newest = ProgramData(session, program_id).newest_catalog()
        if newest is None:
            return 0
        return session.scalars(
            select(func.count())
            .select_from(CatalogProductRow)
            .where(CatalogProductRow.catalog_number == newest[0])
        ).one()
