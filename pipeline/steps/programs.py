"""The program that a receipt belongs to."""

from __future__ import annotations

from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId
from receipts.program import Program


def program_of(wiring: Wiring, program_id: ProgramId) -> Program:
    """The program.

    Raises:
        LookupError: there is none of that id: a bug, since rows refer to it.
    """
    with wiring.database.read() as session:
        program = Programs(session).find(program_id)
    if program is None:
        raise LookupError(f"there is no program {program_id}")
    return program
