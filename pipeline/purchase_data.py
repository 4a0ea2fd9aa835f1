"""What a program tells of its members' purchases."""

from __future__ import annotations

from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.identity import ProgramId
from receipts.program import PurchaseData


def purchase_data_of(wiring: Wiring, program_id: ProgramId) -> PurchaseData:
    """What is told now."""
    return program_of(wiring, program_id).purchase_data


def change_purchase_data(wiring: Wiring, program_id: ProgramId, told: PurchaseData) -> PurchaseData:
    """Tell this of receipts that earn from now on; what was told stays told."""
    with wiring.database.write() as session:
        Programs(session).change_purchase_data(program_id, told)
    return told
