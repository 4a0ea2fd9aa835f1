"""How many pieces of the program's products a receipt has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from awarding.fraud.evidence import Evidence
from receipts.match import MatchVerdict
from receipts.receipt import LineItem

ONE = Decimal(1)


def program_lines(evidence: Evidence) -> Iterator[LineItem]:
    """Lines that a product was found or may be found for."""
    wanted = {match.position for match in evidence.matches if match.verdict is not MatchVerdict.NONE}
    return (item for item in evidence.receipt.items if item.position in wanted)


def pieces(item: LineItem) -> Decimal:
    """Pieces on the line; what is sold by weight is one, and what comes back none."""
    if item.net.minor < 0 or item.quantity <= 0:
        return Decimal(0)
    return item.quantity if item.quantity == item.quantity.to_integral_value() else ONE


def program_units(evidence: Evidence) -> Decimal:
    """Pieces of the program's products on the whole receipt."""
    return sum((pieces(item) for item in program_lines(evidence)), Decimal(0))
