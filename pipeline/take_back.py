"""Taking back what a past receipt was paid for lines that are something else: by a rematch, or a reviewer.

The claims of those lines are given up, so that what a line really is can be paid. Nothing happens unasked:
`rematch` says first what it would take back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from pipeline.amend import Taken, Why, amended, post_amendment
from pipeline.choices import UnknownChoice, chosen_products
from pipeline.clock import utc_now
from pipeline.paid_elsewhere import lines_paid_elsewhere
from pipeline.past import Past, past_of, said_of
from pipeline.rematch import Outlook, Rematch, rematch_by, rematch_of
from pipeline.rematch_adopt import NOTHING_ELSE, Within, adopt
from pipeline.steps.artefacts import MATCHING, Matching, matching_artefact, matching_from
from pipeline.steps.paid_lines import positions_claimed
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.line_corrections import photos_of
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow
from receipts.identity import ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchVerdict

_TRIES = 5
_PHOTOS_MOST = 50
"""That are told what a person said. Beyond are copies upon copies; what they are paid asks anew anyhow."""
OTHERWISE = "a line is not the product that it was paid as."


@dataclass(frozen=True, slots=True)
class NotPaid:
    """The program has no such receipt, or it is neither paid nor declined."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What came of a correction.

    Attributes:
        taken: points taken back.
        short: points that were to be and stayed, by the program's policy.
        gained: points posted.
    """

    taken: int
    short: int
    gained: int


@dataclass(frozen=True, slots=True)
class TooMuch:
    """It would add more than it may; what falls was taken back, and nothing was added.

    Attributes:
        points: that it would add.
    """

    points: int


class AddsTooMuchError(Exception):
    """Others added meanwhile what this correction was to have.

    Attributes:
        points: that it would add.
    """

    def __init__(self, points: int) -> None:
        super().__init__(f"{points} points are more than may be added now")
        self.points = points


class Note(Protocol):
    """Counts, in the transaction that adds points, what corrections add."""

    def within(self, taken: int) -> Within:
        """For points added by a correction that took so many back; may raise `AddsTooMuchError`."""


def take_back(wiring: Wiring, found: Rematch) -> Taken:
    """Take back what the receipt was paid for lines that are matched otherwise today."""
    past = found.past
    answers = {match.position: match for match in found.answers}
    for attempt in _retrying():
        with attempt:
            fresh = past_of(wiring, past.program_id, past.receipt_id)
            if fresh is None:
                return Taken(0, 0)
            return _take(wiring, fresh, answers, "rematch")
    raise AssertionError("tenacity either returns or raises")


def correct(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    products: Mapping[int, Sku | None],
    *,
    most: int | None = None,
    note: Note | None = None,
) -> Corrected | NotPaid | UnknownChoice | TooMuch:
    """A reviewer says what lines of a settled receipt are: the difference is posted, whichever way it goes.

    A line that another photo of the purchase was paid for is corrected there. Said again it changes nothing.

    Args:
        wiring: the process's parts.
        program_id: whose receipt it is.
        receipt_id: the receipt.
        products: what each line is, by its position; None for not ours.
        most: points that it may add beyond what it takes back; None for any number.
        note: counts what is added, and may forbid it.
    """
    parts = where_paid(wiring, program_id, receipt_id, products)
    for photo, said in parts:
        past = past_of(wiring, program_id, photo)
        if past is None:
            return NotPaid()
        chosen = chosen_products(wiring, program_id, past.matching, said)
        if isinstance(chosen, UnknownChoice):
            return chosen
    done = Corrected(0, 0, 0)
    for photo, said in parts:
        room = None if most is None else most + done.taken + done.short - done.gained
        part = _correct_photo(wiring, program_id, photo, said, room, note)
        if not isinstance(part, Corrected):
            return part
        done = Corrected(done.taken + part.taken, done.short + part.short, done.gained + part.gained)
    _tell_photos(wiring, program_id, receipt_id)
    return done


def _tell_photos(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> None:
    """Keep with each settled photo of the purchase what was said, so that pages and counts tell the same.

    No points move by it: whatever decides anew asks what was said.
    """
    with wiring.database.read() as session:
        every = photos_of(session, program_id, receipt_id)
        newest = every.order_by(ReceiptRow.number.desc()).limit(_PHOTOS_MOST)
        photos = tuple(map(ReceiptId, session.scalars(newest)))
    for photo in photos:
        past = past_of(wiring, program_id, photo)
        if past is None:
            continue
        with wiring.database.write() as session:
            Books(session, program_id, utc_now()).lock(past.member_id)
            made = Work(session, utc_now()).artefact(photo, MATCHING)
            if made is None:
                continue  # its member was erased meanwhile
            kept = matching_from(made)
            said = said_of(session, program_id, photo, past.purchase_keys, past.receipt, kept)
            _keep_matching(session, photo, kept, said)


def _keep_matching(session: Session, receipt_id: ReceiptId, kept: Matching, said: Matching) -> None:
    if said == kept:
        return
    now = utc_now()
    Work(session, now).add_artefact(receipt_id, matching_artefact(said, versions={"by": "correction"}))
    # So that the dashboard counts it anew.
    session.execute(update(ReceiptRow).where(ReceiptRow.id == receipt_id).values(updated_at=now))


def where_paid(
    wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId, products: Mapping[int, Sku | None]
) -> tuple[tuple[ReceiptId, Mapping[int, Sku | None]], ...]:
    """By photo what is said of its lines: of those that another photo of the purchase was paid for, there."""
    past = past_of(wiring, program_id, receipt_id)
    if past is None:
        return ((receipt_id, products),)
    with wiring.database.read() as session:
        paid = lines_paid_elsewhere(session, past)
    parts: dict[ReceiptId, dict[int, Sku | None]] = {}
    for position, sku in products.items():
        photo, there = paid.get(position, (receipt_id, position))
        parts.setdefault(photo, {})[there] = sku
    return tuple(sorted(parts.items()))


def _correct_photo(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    products: Mapping[int, Sku | None],
    most: int | None,
    note: Note | None,
) -> Corrected | NotPaid | UnknownChoice | TooMuch:
    taken = Taken(0, 0)
    for attempt in _retrying():
        with attempt:
            past = past_of(wiring, program_id, receipt_id)
            if past is None:
                return NotPaid()
            chosen = chosen_products(wiring, program_id, past.matching, products)
            if isinstance(chosen, UnknownChoice):
                return chosen
            said = {match.position: match for match in chosen.matches if match.position in products}
            taken = _take(wiring, past, said, "correction")
            room = None if most is None else most + taken.points + taken.short
            within = NOTHING_ELSE if note is None else note.within(taken.points)
            try:
                gained = _gain(wiring, program_id, receipt_id, said, room, within)
            except AddsTooMuchError as error:
                return TooMuch(error.points)
            if isinstance(gained, TooMuch):
                return TooMuch(gained.points - taken.points - taken.short)
            return Corrected(taken.points, taken.short, gained)
    raise AssertionError("tenacity either returns or raises")


def _gain(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    said: Mapping[int, Match],
    most: int | None,
    within: Within,
) -> int | TooMuch:
    past = past_of(wiring, program_id, receipt_id)
    if past is None:
        return 0
    found = _by_correction(wiring, past, said)
    if found is None or found.decision is None:
        _keep_word(wiring, past, said, found)
        return 0
    if most is not None and found.gains > most:
        return TooMuch(found.gains)
    again = partial(_again, wiring, program_id, receipt_id, said, most)
    posted, seen = adopt(wiring, found, again=again, within=within)
    return seen.gains if posted.value == "posted" else 0


def _keep_word(wiring: Wiring, past: Past, said: Mapping[int, Match], found: Rematch | None) -> None:
    """Keep what changes no points, since another photo of the purchase may show the line too.

    What a person has still to look at is kept only where it is not ours.
    """
    sure = found is None or found.outlook is Outlook.NOTHING
    words = {at: match for at, match in said.items() if sure or match.verdict is MatchVerdict.NONE}
    with wiring.database.write() as session:
        books, work = Books(session, past.program_id, utc_now()), Work(session, utc_now())
        books.lock(past.member_id)
        made = work.artefact(past.receipt_id, MATCHING)
        if made is None:
            return  # its member was erased meanwhile
        kept = matching_from(made)
        matches = tuple(words.get(match.position, match) for match in kept.matches)
        _keep_matching(session, past.receipt_id, kept, replace(kept, matches=matches))
        # A line that was brought back whole is paid no more, and still claimed as what it was taken for.
        stale = {
            key
            for key, at in positions_claimed(work, past.receipt_id).items()
            if at in words and at not in past.paid_lines and key.rpartition("#")[0] != _accepted(words[at])
        }
        books.end_claims(
            past.purchase_keys[0], stale & {c.line_key for c in books.claims_of(past.receipt_id)}
        )


def _again(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    said: Mapping[int, Match],
    most: int | None,
) -> Rematch | None:
    past = past_of(wiring, program_id, receipt_id)
    found = None if past is None else _by_correction(wiring, past, said)
    return None if found is None or (most is not None and found.gains > most) else found


def _by_correction(wiring: Wiring, past: Past, said: Mapping[int, Match]) -> Rematch | None:
    answers = {match.position: said.get(match.position, match) for match in past.matching.matches}
    number = past.matching.catalog_number
    return rematch_by(wiring, past, answers, number, {"by": "correction"}, looked_at=True)


def _retrying() -> Retrying:
    return Retrying(
        retry=retry_if_exception_type((StaleBooksError, IntegrityError)),
        stop=stop_after_attempt(_TRIES),
        reraise=True,
    )


def falling(past: Past, answers: Mapping[int, Match]) -> frozenset[int]:
    """Positions of paid lines that are another product, or none, by these answers."""
    paid = past.paid_lines
    return frozenset(
        match.position
        for match in past.matching.matches
        if match.position in paid
        and match.position in answers
        and _accepted(answers[match.position]) != _accepted(match)
    )


def _take(wiring: Wiring, past: Past, answers: Mapping[int, Match], reason: str) -> Taken:
    given_up = falling(past, answers)
    if not given_up or not isinstance(past.decision, Award):
        return Taken(0, 0)
    found = amended(wiring, past, past.left, given_up=given_up)
    with wiring.database.write() as session:
        return post_amendment(
            session,
            found,
            Why(reason, OTHERWISE),
            given_up=given_up,
            matching=_matching(past, answers, given_up),
        )


def _matching(past: Past, answers: Mapping[int, Match], given_up: frozenset[int]) -> Matching:
    """As it will be kept: a line that is another product now stays unsure until its points are posted."""
    matches = []
    for match in past.matching.matches:
        if match.position not in given_up:
            matches.append(match)
            continue
        now = answers[match.position]
        waits = now.verdict is MatchVerdict.ACCEPT
        matches.append(replace(now, verdict=MatchVerdict.ASK) if waits else now)
    return replace(past.matching, matches=tuple(matches))


def _accepted(match: Match) -> Sku | None:
    return match.sku if match.verdict is MatchVerdict.ACCEPT else None


def adopt_all(wiring: Wiring, found: Rematch) -> tuple[Taken, Rematch | None]:
    """Take back what falls, and say what the receipt would earn after that."""
    taken = take_back(wiring, found)
    return taken, rematch_of(wiring, program_id=found.past.program_id, receipt_id=found.past.receipt_id)
