"""Past receipts as they would be matched today: what would change, line by line, and what it would pay.

Nothing is written here. Only what is paid out already or declined is looked at: a receipt that waits for a
reviewer is theirs to answer, and what they answer is learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

from sqlalchemy import select

from awarding.again import barred_keys, with_free_keys, without_returned
from awarding.decide import UNITS_WITHOUT_A_PERSON
from awarding.lines import ProductLine, product_lines
from awarding.standing import MemberStanding
from matching.match import match_receipt
from pipeline.brought_back import without_brought_back
from pipeline.clock import utc_now
from pipeline.learning import shop_key
from pipeline.matching_wish import thresholds_of
from pipeline.paid_elsewhere import lines_paid_elsewhere
from pipeline.past import SETTLED, Past, as_paid, member_then
from pipeline.past_anew import decided_anew, standing_of, unless_erased
from pipeline.steps.artefacts import (
    Matching,
)
from pipeline.steps.compared import unknown_twins
from pipeline.steps.match import bought_on, matching_versions
from pipeline.steps.paid_lines import claims_of_others
from pipeline.steps.programs import program_of
from pipeline.steps.settle import Standing
from pipeline.wiring import Wiring
from receipts.award import Award, Decline, DeclineReason, Hold
from receipts.database.repositories.books import Books
from receipts.database.tables import ReceiptRow
from receipts.identity import ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Points
from receipts.state import ReceiptState

_PAGE_ROWS = 200


SAID_BY_SOMEONE = frozenset({DeclineReason.REVIEWER, DeclineReason.WITHDRAWN})


class Outlook(Enum):
    """What adopting would do with a receipt."""

    PAYS = "pays"
    NOTHING = "nothing"
    """Its lines are matched otherwise, but nothing more is earned by it."""
    FALLS = "falls"
    """It was paid for a line that is no longer taken for that product. That is taken back when asked for."""
    ASKS = "asks"
    """A person would have to look before it pays."""
    REFUSED = "refused"
    """A reviewer declined the receipt, or its member withdrew it, and that stands."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that would be matched otherwise.

    Attributes:
        was: the product accepted then; None where none was.
        paid: points that the line earned.
    """

    position: int
    printed: str
    was: Sku | None
    was_verdict: MatchVerdict
    now: Sku | None
    now_verdict: MatchVerdict
    now_reason: MatchReason
    paid: Points


@dataclass(frozen=True, slots=True)
class Rematch:
    """A past receipt that would be matched otherwise today.

    Attributes:
        gains: points that adopting would post.
        falls: points that were paid for lines which are not taken for the same product any more.
        decision: the award of the difference, where there is one.
        matching: as it would be kept: paid lines as they were paid, the others as of today.
        answers: today's matches of the changed lines.
    """

    past: Past
    retailer: str
    lines: tuple[LineChange, ...]
    outlook: Outlook
    gains: Points
    falls: Points
    decision: Award | None
    matching: Matching
    answers: tuple[Match, ...]
    versions: dict[str, Any]
    at: Standing


def rematches(
    wiring: Wiring, *, program_id: ProgramId, since: datetime | None = None, shop: str = ""
) -> Iterator[Rematch | None]:
    """Every settled receipt, oldest first, in memory one at a time: None for each that stays as it is."""
    for receipt_id in _settled(wiring, program_id, since):
        yield rematch_of(wiring, program_id=program_id, receipt_id=receipt_id, shop=shop)


def _settled(wiring: Wiring, program_id: ProgramId, since: datetime | None) -> Iterator[ReceiptId]:
    after = 0
    while True:
        rows = settled_page(wiring, program_id, after=after, limit=_PAGE_ROWS, since=since)
        yield from (receipt_id for _, receipt_id in rows)
        if len(rows) < _PAGE_ROWS:
            return
        after = rows[-1][0]


def settled_page(
    wiring: Wiring,
    program_id: ProgramId,
    *,
    after: int,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[tuple[int, ReceiptId], ...]:
    """Numbers and ids of so many settled receipts, oldest first; `after` is the last one's number."""
    query = select(ReceiptRow.number, ReceiptRow.id).where(
        ReceiptRow.program_id == program_id,
        ReceiptRow.state.in_(SETTLED),
        ReceiptRow.number > after,
    )
    if since is not None:
        query = query.where(ReceiptRow.received_at >= since)
    if until is not None:
        query = query.where(ReceiptRow.received_at < until)
    with wiring.database.read() as session:
        rows = session.execute(query.order_by(ReceiptRow.number).limit(limit)).all()
    return tuple((number, ReceiptId(receipt_id)) for number, receipt_id in rows)


def rematch_of(
    wiring: Wiring, *, program_id: ProgramId, receipt_id: ReceiptId, shop: str = ""
) -> Rematch | None:
    """What would change on one receipt today; None where nothing would, or it is not settled."""
    return unless_erased(wiring, program_id, receipt_id, partial(_rematched, wiring, shop))


def _rematched(wiring: Wiring, shop: str, past: Past) -> Rematch | None:
    program_id = past.program_id
    if shop.casefold() not in past.receipt.retailer.name.casefold():
        return None
    found = wiring.catalog_index(
        program_id, bought_on(past.receipt, past.received_at, program_of(wiring, program_id).time_zone)
    )
    if found is None:
        return None
    number, index = found
    book = wiring.learned_books.of(program_id, shop_key(past.receipt))
    thresholds = thresholds_of(wiring, program_id, len(index))
    answers = {match.position: match for match in match_receipt(past.receipt, index, book, thresholds)}
    settled = {m.position for m in past.matching.matches if m.reason is MatchReason.REVIEWER}
    answers = {position: match for position, match in answers.items() if position not in settled}
    made_by = matching_versions(index.version, number, book.version, thresholds)
    return rematch_by(wiring, past, answers, number, made_by)


def rematch_by(
    wiring: Wiring,
    past: Past,
    answers: Mapping[int, Match],
    number: int,
    made_by: dict[str, Any],
    *,
    looked_at: bool = False,
) -> Rematch | None:
    """What would change, were these the matches; None where nothing would.

    Args:
        wiring: the process's parts.
        past: the receipt as it was settled.
        answers: matches by position; lines without one stay as they were.
        number: the catalog version that they name.
        made_by: what made them.
        looked_at: a reviewer says so, of a receipt that was paid: nobody has to look at its pieces again.
    """
    lines = _changes(past, answers)
    if not lines:
        return None
    # What was paid keeps the match that it was paid by.
    changed = {line.position for line in lines if line.position not in past.paid_lines}
    kept = tuple(
        answers[match.position] if match.position in changed else match for match in past.matching.matches
    )
    matching = Matching(kept, number)
    at = standing_of(wiring, past, past.left, matching)
    at = replace(at, products={**as_paid(wiring, past), **at.products})
    then = _member_of(wiring, past, at)
    # A sum is reached once, also where others were bought since.
    as_then = _with_member(at, replace(then, spent=at.known.member.spent))
    sure = looked_at and past.state is ReceiptState.AWARDED
    outlook, award = _outlook(wiring, past, matching, changed, as_then, sure=sure)
    falls = Points(sum(line.paid for line in lines if line.now != line.was))
    if award is None and falls and outlook is Outlook.NOTHING:
        outlook = Outlook.FALLS
    return Rematch(
        past=past,
        retailer=past.receipt.retailer.name,
        lines=lines,
        outlook=outlook,
        gains=Points(0) if award is None else award.points,
        falls=falls,
        decision=award,
        matching=matching,
        answers=tuple(answers[line.position] for line in lines),
        versions=made_by,
        at=_with_member(at, then),
    )


def _member_of(wiring: Wiring, past: Past, at: Standing) -> MemberStanding:
    """Of a paid receipt as it was paid by: what was bought since makes no other purchase of it."""
    then = member_then(wiring, past) if past.state is ReceiptState.AWARDED else None
    return at.known.member if then is None else then


def _with_member(at: Standing, member: MemberStanding) -> Standing:
    return replace(at, known=replace(at.known, member=member))


def _changes(past: Past, answers: Mapping[int, Match]) -> tuple[LineChange, ...]:
    """Lines whose accepted product is another."""
    printed = {item.position: item.description for item in past.receipt.items}
    changes = []
    for match in past.matching.matches:
        now = answers.get(match.position)
        if now is None:
            continue
        before, after = _accepted(match), _accepted(now)
        if before != after:
            changes.append(
                LineChange(
                    position=match.position,
                    printed=printed.get(match.position, ""),
                    was=before,
                    was_verdict=match.verdict,
                    now=after,
                    now_verdict=now.verdict,
                    now_reason=now.reason,
                    paid=past.paid_lines.get(match.position, Points(0)),
                )
            )
    return tuple(changes)


def _accepted(match: Match) -> Sku | None:
    return match.sku if match.verdict is MatchVerdict.ACCEPT else None


def _outlook(
    wiring: Wiring, past: Past, matching: Matching, changed: set[int], at: Standing, *, sure: bool
) -> tuple[Outlook, Award | None]:
    """The decision on the changed lines alone: lines that stayed as they were have had theirs."""
    if isinstance(past.decision, Decline) and past.decision.reason in SAID_BY_SOMEONE:
        return Outlook.REFUSED, None
    with wiring.database.read() as session:
        others = claims_of_others(session, past.program_id, past.purchase_keys, past.receipt_id, changed)
        elsewhere = lines_paid_elsewhere(session, past).keys() - changed
    claimed = without_returned(at.claimed - others, _returned_claims(wiring, past))
    left = without_brought_back(wiring, past.program_id, past.receipt_id, past.left, past.purchase_keys)
    lines = product_lines(left, matching.matches, at.products, claimed)
    barred = barred_keys(lines, changed=changed, paid={*past.paid_lines, *elsewhere}, claimed=claimed)
    decision = decided_anew(
        wiring,
        past,
        at,
        left,
        matching.matches,
        barred=barred,
        approved=past.approved or sure,
        paid=frozenset(past.paid_lines) - changed,
    )
    if isinstance(decision, Hold):
        return (Outlook.ASKS if decision.would_pay else Outlook.NOTHING), None
    whole = product_lines(past.receipt, matching.matches, at.products, at.claimed)
    award = with_free_keys(decision, whole, at.claimed, others) if isinstance(decision, Award) else None
    if award is None:
        return Outlook.NOTHING, None
    if past.approved and not sure and _has_unusual_quantity(award, lines):
        # The reviewer approved what it would have paid then, and may not have looked at this line.
        return Outlook.ASKS, None
    with wiring.database.read() as session:
        if unknown_twins(session, past, past.receipt, past.compared, past.purchase_keys):
            return Outlook.ASKS, None
    return Outlook.PAYS, award


def _returned_claims(wiring: Wiring, past: Past) -> frozenset[str]:
    """Claims of the receipt whose lines were brought back: they stay, and stand for no line any more."""
    if not past.gone or not isinstance(past.decision, Award):
        return frozenset()
    with wiring.database.read() as session:
        own = Books(session, past.program_id, utc_now()).claims_of(past.receipt_id)
    return frozenset(claim.line_key for claim in own) - {line.claim_key for line in past.decision.lines}


def _has_unusual_quantity(award: Award, lines: Sequence[ProductLine]) -> bool:
    earning = {line.position for line in award.lines}
    return any(line.units > UNITS_WITHOUT_A_PERSON for line in lines if line.position in earning)
