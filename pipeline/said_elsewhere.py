"""What a person said of a purchase's line holds for every photo of that purchase.

Each photo is matched for itself, so one that comes after a correction would read the old product in the line
again, and be paid for what a person took for something else. So a line that is the same line of the paper
takes over what was said of it on another photo, whoever sent that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rapidfuzz import fuzz
from rapidfuzz.distance import Hamming
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.steps.artefacts import MATCHING, READING, Matching, matching_from, receipt_from
from receipts.database.repositories.work import Work
from receipts.database.tables import ArtefactRow, ReceiptRow
from receipts.identity import ProgramId, ReceiptId
from receipts.match import Match, MatchReason
from receipts.receipt import LineItem, Receipt

SAME_WORDS = 60
"""Of 100: two readings of one line share most letters, two lines that happen to cost the same do not."""
_VERY_WORDS = 90
"""Where the amounts are not the same either."""


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """A line of another photo.

    Attributes:
        match: what a person said it is; None where nobody did.
        at: when that was said.
    """

    receipt_id: ReceiptId
    item: LineItem
    match: Match | None = None
    at: datetime | None = None


def as_said(
    session: Session,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    purchase_keys: Sequence[str],
    receipt: Receipt,
    matching: Matching,
) -> Matching:
    """The matches with what persons said of these lines on other photos of the purchase; the last counts.

    To be asked again in the transaction that posts: a word that came meanwhile is one that the decision has
    to know.
    """
    words: dict[int, tuple[datetime, Match]] = {}
    for lines in words_of_others(session, program_id, receipt_id, purchase_keys):
        for position, line in pairs(receipt.items, lines):
            if line.match is not None and line.at is not None:
                before = words.get(position)
                if before is None or before[0] <= line.at:
                    words[position] = line.at, line.match
    if not words:
        return matching
    own = {match.position: match for match in matching.matches if match.reason is MatchReason.REVIEWER}
    own_at = _since(Work(session, utc_now()), receipt_id, own)
    return replace(
        matching,
        matches=tuple(
            match
            if (word := words.get(match.position)) is None
            # What is being said of this photo just now is kept nowhere yet.
            or (match.position in own and own_at.get(match.position, word[0]) >= word[0])
            else _taken_over(match, word[1])
            for match in matching.matches
        ),
    )


def _taken_over(match: Match, said: Match) -> Match:
    """As it is said there: what waits for a second person there waits here too."""
    return replace(
        match,
        verdict=said.verdict,
        sku=said.sku,
        gtin=said.gtin,
        probability=said.probability,
        reason=MatchReason.OTHER_PHOTO,
        candidates=match.candidates or said.candidates,
    )


def words_of_others(
    session: Session, program_id: ProgramId, receipt_id: ReceiptId, purchase_keys: Sequence[str]
) -> Iterator[list[PhotoLine]]:
    """The lines of each other photo of the purchase of which a person said anything."""
    named = [key for key in purchase_keys if key]
    if not named:
        return
    others = session.scalars(
        select(ReceiptRow.id)
        .where(
            ReceiptRow.program_id == program_id,
            ReceiptRow.purchase_key.in_(named),
            ReceiptRow.id != receipt_id,
            # A word makes a second revision; most photos have one, and need not be opened.
            exists().where(
                ArtefactRow.receipt_id == ReceiptRow.id,
                ArtefactRow.kind == MATCHING,
                ArtefactRow.revision > 1,
            ),
        )
        .order_by(ReceiptRow.number)
    ).all()
    now = utc_now()
    work = Work(session, now)
    for other in map(ReceiptId, others):
        made = work.artefact(other, MATCHING)
        matches = () if made is None else matching_from(made).matches
        said = {match.position: match for match in matches if match.reason is MatchReason.REVIEWER}
        reading = work.artefact(other, READING) if said else None
        if reading is not None:  # none: its member was erased
            since = _since(work, other, said)
            yield [
                PhotoLine(other, item, said.get(item.position), since.get(item.position, now))
                for item in receipt_from(reading).items
            ]


def _since(work: Work, receipt_id: ReceiptId, said: Mapping[int, Match]) -> dict[int, datetime]:
    """When each word was given: the oldest of the newest revisions that all have it."""
    found: dict[int, datetime] = {}
    lasting = set(said)
    for made, at in work.revisions(receipt_id, MATCHING):
        had = {match.position: match for match in matching_from(made).matches}
        lasting = {position for position in lasting if _same_word(had.get(position), said[position])}
        found |= dict.fromkeys(lasting, at)
        if not lasting:
            break
    return found


def _same_word(one: Match | None, other: Match) -> bool:
    return one is not None and (one.sku, one.reason) == (other.sku, other.reason)


def pairs(items: Iterable[LineItem], lines: Sequence[PhotoLine]) -> Iterator[tuple[int, PhotoLine]]:
    """Lines of one purchase that are the same line of the paper, by position here; each line once.

    Alike in print, the nth of a print being the nth of it there; or, of what is left, of nearly the same
    words and of one amount, or of an amount that is one digit apart, as a slip of reading makes it.
    """
    left, there = sorted(items, key=lambda item: item.position), list(lines)
    for same in (_alike, _of_one_amount, _one_slip_apart):
        for item in tuple(left):
            line = next((each for each in there if same(item, each.item)), None)
            if line is not None:
                left.remove(item)
                there.remove(line)
                yield item.position, line


def _alike(one: LineItem, other: LineItem) -> bool:
    return (one.description, one.net, one.quantity) == (other.description, other.net, other.quantity)


def _of_one_amount(one: LineItem, other: LineItem) -> bool:
    return one.net == other.net and _words_alike(one, other) >= SAME_WORDS


def _one_slip_apart(one: LineItem, other: LineItem) -> bool:
    here, there = str(one.net.minor), str(other.net.minor)
    slip = len(here) == len(there) and Hamming.distance(here, there, processor=None) == 1
    same = one.quantity == other.quantity and one.net.currency == other.net.currency
    return slip and same and _words_alike(one, other) >= _VERY_WORDS


def _words_alike(one: LineItem, other: LineItem) -> float:
    return fuzz.ratio(one.description.casefold(), other.description.casefold())
