"""Which purchase a refund's own receipt is of."""

from __future__ import annotations

from collections.abc import Callable

from awarding.purchase import purchase_facts
from awarding.retailer import same_chain
from awarding.returned import Wanted, lines_of
from pipeline.past import Past
from receipts.match import MatchVerdict
from receipts.receipt import Receipt


def _never_told(_past: Past) -> bool:
    return False


def original_of(
    refund: Receipt,
    candidates: list[Past],
    wanted: tuple[Wanted, ...],
    *,
    told: Callable[[Past], bool] = _never_told,
) -> Past | None:
    """By a number that both name, else by shop and products; None where none of the candidates is it.

    Args:
        refund: the slip as it was read.
        candidates: the member's paid receipts, newest first.
        wanted: what the slip gives back.
        told: whether a shop reported the same return of a receipt.
    """
    owed = sum(want.quantity for want in wanted)
    numbers = purchase_facts(refund).numbers
    skus = {want.sku for want in wanted}
    for past in candidates:
        # A till's short number recurs, and a long one may: the purchase has something of it, perhaps gone.
        shown = {match.sku for match in past.matching.matches if match.verdict is MatchVerdict.ACCEPT}
        if numbers & purchase_facts(past.receipt).numbers and shown & skus:
            return past
    likely = [past for past in candidates if _may_be_of(refund, past.receipt)]
    reported = next((past for past in likely if told(past)), None)
    if reported is not None:
        return reported
    for past in likely:
        found = lines_of(past.receipt, past.matching.matches, past.gone, wanted)
        if sum(found.values()) == owed:
            return past
    return None


def _may_be_of(refund: Receipt, bought: Receipt) -> bool:
    """The same shop, and not bought after it was brought back."""
    if refund.date is not None and bought.date is not None and bought.date > refund.date:
        return False
    if not refund.retailer.name or not bought.retailer.name:
        return False
    return same_chain(printed=refund.retailer.name, wanted=bought.retailer.name)
