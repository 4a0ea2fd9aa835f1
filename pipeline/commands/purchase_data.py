"""`program purchase-data`: how much of members' purchases is told in `receipt.accepted`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pipeline.commands.programs import ProgramOption, chosen_program, ready_wiring
from pipeline.purchase_data import change_purchase_data
from receipts.program import PurchaseData

_SENTENCES = {
    PurchaseData.NONE: "Nothing beside what earns points: receipt.accepted is not sent.",
    PurchaseData.OWN: "receipt.accepted tells the purchase, and its items of the program's own products.",
    PurchaseData.ALL: "receipt.accepted tells the purchase with all of its items, other makers' too.",
}


def program_purchase_data(
    told: Annotated[
        PurchaseData | None, typer.Argument(help="What the members agreed to; without it, it only shows.")
    ] = None,
    program: ProgramOption = "",
) -> None:
    """Say how much of purchases that earn from now on is told to the core loyalty service.

    Example: tillpoints program purchase-data own
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    if told is not None and told is not target.purchase_data:
        change_purchase_data(wiring, target.id, told)
    sentence = _SENTENCES[told or target.purchase_data]
    Console().print(sentence, markup=False, highlight=False, soft_wrap=True)
