"""The products that a reviewer chose for unsure lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.steps.artefacts import Matching
from pipeline.wiring import Wiring
from receipts.catalog import CatalogProduct
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId, Sku
from receipts.match import Match, MatchCandidate, MatchReason, MatchVerdict


@dataclass(frozen=True, slots=True)
class UnknownChoice:
    """A line or a product was named that is not there.

    Attributes:
        sentence: which, and what to do.
    """

    sentence: str


def chosen_products(
    wiring: Wiring, program_id: ProgramId, matching: Matching, products: Mapping[int, Sku | None]
) -> Matching | UnknownChoice:
    """The matches with the reviewer's answers in place of the matcher's."""
    positions = {match.position for match in matching.matches}
    for position in products:
        if position not in positions:
            return UnknownChoice(f"The receipt has no line {position}. Reload the case and choose again.")
    wanted = frozenset(sku for sku in products.values() if sku is not None)
    with wiring.database.read() as session:
        known = ProgramData(session, program_id).products(matching.catalog_number, wanted) if wanted else {}
    for sku in sorted(wanted):
        if sku not in known:
            return UnknownChoice(f"The catalog has no product {sku}. Choose one of the list, or not ours.")
    settled = tuple(
        _settled(match, known, products[match.position]) if match.position in products else match
        for match in matching.matches
    )
    return replace(matching, matches=settled)


def _settled(match: Match, known: Mapping[Sku, CatalogProduct], sku: Sku | None) -> Match:
    if sku is None:
        return replace(
            match,
            verdict=MatchVerdict.NONE,
            sku=None,
            gtin=None,
            probability=1.0,
            reason=MatchReason.REVIEWER,
        )
    return replace(
        match,
        verdict=MatchVerdict.ACCEPT,
        sku=sku,
        gtin=known[sku].gtin,
        probability=1.0,
        reason=MatchReason.REVIEWER,
        candidates=match.candidates or (MatchCandidate(sku, 1.0),),
    )
