"""How a program's reviewers decide."""

from __future__ import annotations

from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId
from receipts.program import ReviewTerms


def review_terms_of(wiring: Wiring, program_id: ProgramId) -> ReviewTerms:
    """The terms as they are now."""
    return program_of(wiring, program_id).review


def change_review_terms(wiring: Wiring, program_id: ProgramId, terms: ReviewTerms) -> None:
    """Let reviewers decide so from now on; what is planned already stays as it was planned."""
    with wiring.database.write() as session:
        Programs(session).change_review(program_id, terms)
