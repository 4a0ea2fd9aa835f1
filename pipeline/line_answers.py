"""A member says which product an unsure line is: kept for the reviewer, and no more than evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching.gtin import read_code
from pipeline.clock import utc_now
from pipeline.steps.artefacts import MATCHING, Matching, matching_from
from pipeline.wiring import Wiring
from receipts.catalog import CatalogProduct
from receipts.database.repositories.line_answers import LineAnswer, LineAnswers
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow
from receipts.identity import Gtin, MemberId, ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchVerdict
from receipts.state import ReceiptState

MOST_ANSWERS = 10
"""Of one line: each is a row that stays. Whoever corrects a slip needs two or three."""


@dataclass(frozen=True, slots=True)
class Said:
    """It is kept, and a reviewer sees it.

    Attributes:
        product: None where the catalog has none of that barcode.
    """

    answer: LineAnswer
    product: CatalogProduct | None

    @property
    def sentence(self) -> str:
        """For the member."""
        if self.product is None:
            return (
                f"Thank you. {self.answer.barcode} is none of this program's products as far as the catalog"
                " says; the person who looks at the receipt will see it."
            )
        return f"Thank you. The person who looks at the receipt will see that it is {_words(self.product)}."


@dataclass(frozen=True, slots=True)
class NoSuchReceipt:
    """The member has no such receipt."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The line asks nobody (any more).

    Attributes:
        sentence: why.
    """

    sentence: str


@dataclass(frozen=True, slots=True)
class SaidEnough:
    """The line has as many answers as are kept.

    Attributes:
        sentence: what becomes of them.
    """

    sentence: str = (
        f"You have answered {MOST_ANSWERS} times for this line; the last answer counts, and the person who"
        " looks at the receipt will see it."
    )


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """What was said cannot be; the sentence says what to do."""

    sentence: str


Outcome = Said | NoSuchReceipt | NotAsked | SaidEnough | WrongAnswer


def say(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    receipt_id: ReceiptId,
    position: int,
    sku: Sku | None,
    barcode: str,
    along: Callable[[Session, Said], None] | None = None,
) -> Outcome:
    """Keep what the member says of one line of a receipt that waits for a person.

    Args:
        wiring: the process's parts.
        program_id: the member's program.
        member_id: who says it; the receipt must be theirs.
        receipt_id: the receipt.
        position: of the line, which must be an unsure one.
        sku: one of the line's candidates, or None where the barcode is given.
        barcode: the digits under the bars, with their check digit.
        along: runs in the transaction that keeps it.
    """
    gtin = None
    if (sku is None) == (not barcode.strip()):
        return WrongAnswer("Choose one of the products or type the number under the barcode: one of the two.")
    if sku is None:
        gtin = barcode_of(barcode)
        if gtin is None:
            return WrongAnswer(
                f"{barcode.strip()[:40]!r} is no barcode number, or a digit is wrong: the last does not fit"
                " the others. Type all digits under the bars; there are 8, 12, 13 or 14."
            )
    with wiring.database.write() as session:
        found = _asked(session, program_id, member_id, receipt_id, position)
        if isinstance(found, NoSuchReceipt | NotAsked | SaidEnough):
            return found
        matching, match = found
        product = _product(session, program_id, matching, sku, gtin)
        if sku is not None and (product is None or sku not in {each.sku for each in match.candidates}):
            return WrongAnswer(
                "That product is not among those that the line may be. Choose one of the list, or type the"
                " number under the barcode."
            )
        answer = LineAnswer(position, None if product is None else product.sku, gtin, utc_now())
        LineAnswers(session, program_id).add(receipt_id, member_id, answer)
        said = Said(answer, product)
        if along is not None:
            along(session, said)
    return said


def not_asked(
    wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, receipt_id: ReceiptId, position: int
) -> NoSuchReceipt | NotAsked | SaidEnough | None:
    """Why no answer would be kept; None where one would. Looked at before a picture is."""
    with wiring.database.read() as session:
        found = _asked(session, program_id, member_id, receipt_id, position)
    return found if isinstance(found, NoSuchReceipt | NotAsked | SaidEnough) else None


def barcode_of(text: str) -> Gtin | None:
    """The article number that the digits are, whole and with a right check digit; None for anything else."""
    certain = read_code(text).certain
    return certain[0] if certain else None


def _asked(
    session: Session, program_id: ProgramId, member_id: MemberId, receipt_id: ReceiptId, position: int
) -> tuple[Matching, Match] | NoSuchReceipt | NotAsked | SaidEnough:
    state = session.scalar(
        select(ReceiptRow.state).where(
            ReceiptRow.id == receipt_id,
            ReceiptRow.program_id == program_id,
            ReceiptRow.member_id == member_id,
        )
    )
    if state is None:
        return NoSuchReceipt()
    artefact = Work(session, utc_now()).artefact(receipt_id, MATCHING)
    if state != ReceiptState.HELD.value or artefact is None:
        return NotAsked("This receipt waits for nobody: nothing of it is asked any more.")
    matching = matching_from(artefact)
    match = next((each for each in matching.matches if each.position == position), None)
    if match is None or match.verdict is not MatchVerdict.ASK:
        return NotAsked(f"Line {position} is not one that we are unsure of.")
    if LineAnswers(session, program_id).count(receipt_id, position) >= MOST_ANSWERS:
        return SaidEnough()
    return matching, match


def _product(
    session: Session,
    program_id: ProgramId,
    matching: Matching,
    sku: Sku | None,
    gtin: Gtin | None,
) -> CatalogProduct | None:
    data = ProgramData(session, program_id)
    if sku is not None:
        return data.products(matching.catalog_number, frozenset({sku})).get(sku)
    return None if gtin is None else data.product_of_gtin(matching.catalog_number, gtin)


def _words(product: CatalogProduct) -> str:
    return " ".join(filter(None, (product.brand, product.name, product.size)))
