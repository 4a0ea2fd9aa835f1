"""What a program promises of its points."""

from __future__ import annotations

from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId
from receipts.program import PointsTerms


def terms_of(wiring: Wiring, program_id: ProgramId) -> PointsTerms:
    """The terms as they are now."""
    return program_of(wiring, program_id).terms


def change_terms(wiring: Wiring, program_id: ProgramId, terms: PointsTerms) -> PointsTerms:
    """Promise this of points that are earned from now on."""
    with wiring.database.write() as session:
        Programs(session).change_terms(program_id, terms)
    return terms
