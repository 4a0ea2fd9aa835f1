"""Adopting a rematch: what a past receipt earns more is posted, one receipt a transaction.

A line is paid once, by its claim; what falls is taken back by `pipeline.take_back`, when asked for. The
receipt's row is compared and set, the member's books too: of two who adopt at once one finds that it was
done, and one that is killed leaves a receipt either as it was or as it will be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from sqlalchemy.orm import Session

from pipeline.clock import utc_now
from pipeline.past import Past
from pipeline.past_anew import move
from pipeline.rematch import Rematch, rematch_of
from pipeline.stayed import count_what_stayed
from pipeline.steps.artefacts import decision_artefact, matching_artefact
from pipeline.steps.compared import hold_twins, unknown_twins
from pipeline.steps.settle import post_award
from pipeline.tries import posting_tries
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.work import Work
from receipts.money import Points

BY_COMMAND = "rematch"


class Adopted(Enum):
    """What came of adopting."""

    POSTED = "posted"
    NOTHING_TO_POST = "nothing_to_post"
    """It pays nothing, or not any more: another adopted it, or the books moved."""


@dataclass(frozen=True, slots=True)
class Within:
    """What else happens in the transaction that posts; whatever it raises undoes the posting.

    Attributes:
        begin: before anything is written.
        done: with the points that were added, what had stayed before taken off.
    """

    begin: Callable[[Session], None]
    done: Callable[[Session, int], None]


NOTHING_ELSE = Within(lambda _: None, lambda _, __: None)


def adopt(
    wiring: Wiring,
    found: Rematch,
    *,
    again: Callable[[], Rematch | None] | None = None,
    within: Within = NOTHING_ELSE,
) -> tuple[Adopted, Rematch]:
    """Post what the receipt earns more, worked out anew should the books move meanwhile.

    Args:
        wiring: the process's parts.
        found: what it earns more.
        again: works it out anew; as a rematch where left out.
        within: what else happens in the transaction that posts.
    """
    wanted: Rematch | None = found
    for attempt in posting_tries():
        with attempt:
            if attempt.retry_state.attempt_number > 1:
                past = found.past
                wanted = (
                    rematch_of(wiring, program_id=past.program_id, receipt_id=past.receipt_id)
                    if again is None
                    else again()
                )
            if wanted is None or wanted.decision is None:
                return Adopted.NOTHING_TO_POST, found
            stayed = _post(wiring, wanted, within)
            return Adopted.POSTED, replace(wanted, gains=Points(wanted.gains - stayed))
    raise AssertionError("tenacity either returns or raises")


def _post(wiring: Wiring, found: Rematch, within: Within) -> int:
    """Post it; how many of the points had stayed before and are taken of the new ones."""
    past, award = found.past, found.decision
    if award is None:
        raise LookupError(f"receipt {past.receipt_id} has nothing to post")
    now = utc_now()
    with wiring.database.write() as session:
        within.begin(session)
        hold_twins(session, past, past.receipt, past.compared)
        if unknown_twins(session, past, past.receipt, past.compared, past.purchase_keys):
            raise StaleBooksError(f"a likely twin of {past.receipt_id} came to light")
        move(session, now, past, past.points + award.points)
        books = Books(session, past.program_id, now)
        work = Work(session, now)
        made_by = {**found.versions, "adopted": BY_COMMAND}
        work.add_artefact(past.receipt_id, matching_artefact(found.matching, versions=made_by))
        work.add_artefact(
            past.receipt_id,
            decision_artefact(merged(past, award), versions={**found.at.versions, "adopted": BY_COMMAND}),
        )
        posting = books.next_posting(past.receipt_id)
        post_award(
            session,
            now,
            past.subject,
            past.receipt,
            award,
            found.at,
            approved=past.approved,
            posting=posting,
        )
        reason = "correction" if found.versions.get("by") == "correction" else "rematch"
        stayed = count_what_stayed(session, now, past, posting=posting, reason=reason)
        within.done(session, award.points - stayed)
        return stayed


def merged(past: Past, award: Award) -> Award:
    """The receipt's decision with what a rematch adds to it."""
    before = past.decision
    if not isinstance(before, Award):
        return award
    paid = tuple(outcome for outcome in award.outcomes if outcome.points)
    return replace(
        before,
        points=Points(before.points + award.points),
        outcomes=(*before.outcomes, *paid),
        lines=(*before.lines, *award.lines),
    )
