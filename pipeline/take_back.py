"""Taking back what a past receipt was paid for lines that are something else: by a rematch, or a reviewer.

The claims of those lines are given up, so that what a line really is can be paid. Nothing happens unasked:
`rematch` says first what it would take back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from pipeline.amend import Taken, Why, amended, post_amendment
from pipeline.choices import UnknownChoice, chosen_products
from pipeline.past import Past, past_of
from pipeline.rematch import Rematch, rematch_by, rematch_of
from pipeline.rematch_adopt import adopt
from pipeline.steps.artefacts import Matching
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import StaleBooksError
from receipts.identity import ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchVerdict

_TRIES = 5
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
) -> Corrected | NotPaid | UnknownChoice | TooMuch:
    """A reviewer says what lines of a settled receipt are: the difference is posted, whichever way it goes.

    Said again it changes nothing.

    Args:
        wiring: the process's parts.
        program_id: whose receipt it is.
        receipt_id: the receipt.
        products: what each line is, by its position; None for not ours.
        most: points that it may add beyond what it takes back; None for any number.
    """
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
            gained = _gain(wiring, program_id, receipt_id, said, room)
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
) -> int | TooMuch:
    past = past_of(wiring, program_id, receipt_id)
    if past is None:
        return 0
    found = _by_correction(wiring, past, said)
    if found is None or found.decision is None:
        return 0
    if most is not None and found.gains > most:
        return TooMuch(found.gains)
    posted, seen = adopt(wiring, found, again=lambda: _again(wiring, program_id, receipt_id, said, most))
    return seen.gains if posted.value == "posted" else 0


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
