"""Which receipt of a purchase was paid for a line that another photo of it shows too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from awarding.lines import Weight, line_weights
from pipeline.clock import utc_now
from pipeline.past import Past
from pipeline.said_elsewhere import SAME_WORDS, PhotoLine, pairs
from pipeline.steps.artefacts import MATCHING, READING, matching_from, receipt_from
from pipeline.steps.paid_lines import lines_claimed, positions_held
from receipts.database.repositories.books import Books
from receipts.database.repositories.returns import Returns
from receipts.database.repositories.work import Work
from receipts.identity import ReceiptId, Sku
from receipts.match import MatchVerdict
from receipts.money import Money
from receipts.receipt import LineItem

_Print = tuple[str, Money, Decimal]
"""What a line says, and what was paid for how many of it."""
_Paid = tuple[_Print, frozenset[Sku], Weight]
"""A paid line: its print, the products that it was claimed as, and what it came to."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line by the receipt that was paid for it.

    Attributes:
        position: there.
        sku: which product it is known to be there by now; a correction may have changed it.
    """

    receipt_id: ReceiptId
    position: int
    sku: Sku | None


def paid_elsewhere(session: Session, past: Past) -> dict[int, PaidLine]:
    """By position the lines of this receipt that another receipt of the same purchase was paid for.

    Lines that are printed alike are one, whatever product each photo takes them for: one may have been
    corrected. Of the others those of a product that are nearest to what was paid, as `awarding.lines` tells
    them; and last lines of one sum that are printed nearly alike.
    """
    books, work = Books(session, past.program_id, utc_now()), Work(session, utc_now())
    claims = [claim for key in past.purchase_keys for claim in books.claimants(key).items()]
    others = sorted({by for _, by in claims if by != past.receipt_id})
    if not others:
        return {}
    paid: dict[PaidLine, tuple[frozenset[Sku], Weight]] = {}
    printed: dict[PaidLine, _Print] = {}
    for each in others:
        held = {key for key, by in claims if by == each}
        prints, known = _prints(work, each), _products(work, each)
        for key, (position, weight) in lines_claimed(work, each).items():
            if key in held:
                line = PaidLine(each, position, known.get(position))
                before, _ = paid.get(line, (frozenset[Sku](), weight))
                paid[line] = before | {Sku(key.rpartition("#")[0])}, weight
                printed[line] = prints[position]
    own = {position for position, _ in lines_claimed(work, past.receipt_id).values()}
    found: dict[int, PaidLine] = {}
    # By print before product: two lines may have been corrected each to what the other was.
    for alike in (_alike, _nearest, _much_alike):
        left = {line: (printed[line], *each) for line, each in paid.items() if line not in found.values()}
        found |= alike(past, {*own, *found}, left)
    return found


def lines_paid_elsewhere(session: Session, past: Past) -> dict[int, tuple[ReceiptId, int]]:
    """By position the photo that was paid for the line, and where it stands there: told by their print alone.

    What a person says of a line is of what is printed there, and of no other line of its product.
    """
    held = positions_held(session, past.program_id, past.purchase_keys)
    own = held.pop(past.receipt_id, set())
    work = Work(session, utc_now())
    found: dict[int, tuple[ReceiptId, int]] = {}
    for photo in sorted(held):
        reading = work.artefact(photo, READING)
        items = () if reading is None else receipt_from(reading).items
        # All lines are laid beside all: what was paid must not be taken for its neighbour.
        for position, line in pairs(past.receipt.items, [PhotoLine(photo, item) for item in items]):
            if line.item.position in held[photo] and position not in own:
                found.setdefault(position, (photo, line.item.position))
    return found


def as_elsewhere(past: Past, elsewhere: Mapping[int, PaidLine]) -> Past:
    """The receipt with its lines named as they were paid: this photo may read another product in one."""
    matches = tuple(
        match
        if (line := elsewhere.get(match.position)) is None or line.sku is None
        else replace(match, verdict=MatchVerdict.ACCEPT, sku=line.sku)
        for match in past.matching.matches
    )
    return replace(past, matching=replace(past.matching, matches=matches))


def part_reference(reference: str, receipt_id: ReceiptId) -> str:
    """Under which the part of a return that another photo was paid for is kept there; 200 letters at most."""
    return f"{reference[:160]}/{receipt_id}"[:200]


def gone_of_purchase(
    session: Session, past: Past, elsewhere: Mapping[int, PaidLine], reference: str
) -> dict[int, Decimal]:
    """How much of each line was brought back, be it of the photo that was paid for it.

    Without the parts of the return under `reference` itself: told again, it is of the same pieces.
    """
    returns = Returns(session, past.program_id)
    gone = dict(past.gone)
    for receipt_id in sorted({line.receipt_id for line in elsewhere.values()}):
        back = returns.returned(receipt_id)
        own = returns.by_reference(part_reference(reference, receipt_id))
        for position, line in elsewhere.items():
            if line.receipt_id == receipt_id and line.position in back:
                told = Decimal(0) if own is None else own.lines.get(line.position, Decimal(0))
                there = back[line.position] - told
                if there > gone.get(position, Decimal(0)):
                    gone[position] = there
    return gone


def _prints(work: Work, receipt_id: ReceiptId) -> dict[int, _Print]:
    reading = work.artefact(receipt_id, READING)
    return {} if reading is None else {each.position: _print(each) for each in receipt_from(reading).items}


def _products(work: Work, receipt_id: ReceiptId) -> dict[int, Sku | None]:
    made = work.artefact(receipt_id, MATCHING)
    return {} if made is None else {each.position: each.sku for each in matching_from(made).matches}


def _print(item: LineItem) -> _Print:
    return item.description, item.net, item.quantity


def _alike(past: Past, known: set[int], paid: Mapping[PaidLine, _Paid]) -> dict[int, PaidLine]:
    """The nth line of a print here is the nth of that print there."""
    there: dict[_Print, list[PaidLine]] = {}
    for line in sorted(paid, key=lambda each: (each.receipt_id, each.position)):
        there.setdefault(paid[line][0], []).append(line)
    found: dict[int, PaidLine] = {}
    for item in past.receipt.items:
        if item.position not in known and (same := there.get(_print(item))):
            found[item.position] = same.pop(0)
    return found


def _much_alike(past: Past, known: set[int], paid: Mapping[PaidLine, _Paid]) -> dict[int, PaidLine]:
    """Where each photo has one line left of this amount and quantity, and their words are nearly the same."""
    found: dict[int, PaidLine] = {}
    left = [item for item in past.receipt.items if item.position not in known and item.net.minor > 0]
    for item in left:
        same = [line for line, (print_, _, _) in paid.items() if print_[1:] == _print(item)[1:]]
        twins = [each for each in left if _print(each)[1:] == _print(item)[1:]]
        if len(same) == len(twins) == 1:
            words = paid[same[0]][0][0].casefold(), item.description.casefold()
            if fuzz.ratio(*words) >= SAME_WORDS:
                found[item.position] = same[0]
    return found


def _nearest(past: Past, own: set[int], paid: Mapping[PaidLine, _Paid]) -> dict[int, PaidLine]:
    products = {
        match.position: match.sku
        for match in past.matching.matches
        if match.verdict is MatchVerdict.ACCEPT and match.position not in own
    }
    pairs = sorted(
        (abs(minor - there[0]), abs(units - there[1]), position, line.position, line.receipt_id)
        for position, (minor, units) in line_weights(past.receipt, past.matching.matches).items()
        for line, (_, skus, there) in paid.items()
        if products.get(position) in skus
    )
    found: dict[int, PaidLine] = {}
    lines = {(line.receipt_id, line.position): line for line in paid}
    for _, _, position, there_position, receipt_id in pairs:
        line = lines[receipt_id, there_position]
        if position not in found and line not in found.values():
            found[position] = line
    return found
