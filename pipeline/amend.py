"""A paid receipt decided anew because less of it counts: what falls away is taken back.

The rules are those that paid it, in the versions that paid it. A line that did not earn then does not earn
now, and no rule pays more than it did: what a receipt may earn more is found by `pipeline.rematch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from awarding.lines import product_lines
from awarding.standing import NEW_MEMBER, UNUSED, RuleKey
from awarding.transfers import Mover, reversed_data
from pipeline import formats
from pipeline.clock import utc_now
from pipeline.past import Past, as_paid, member_then
from pipeline.past_anew import by_rule, decided_anew, move, standing_of, zones_then
from pipeline.status import look_at
from pipeline.steps.artefacts import (
    Matching,
    decision_artefact,
    matching_artefact,
)
from pipeline.steps.settle import Standing
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import Books
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.work import Work
from receipts.identity import CampaignId
from receipts.ledger import LedgerEntry
from receipts.lots import lots_of, takings
from receipts.message import MessageType
from receipts.money import Points
from receipts.program import PointsTerms, ReturnPolicy
from receipts.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Amendment:
    """A receipt's decision without what does not count any more.

    Attributes:
        award: the decision now; of 0 points where nothing is left.
        losses: points that each rule paid and would not.
        spent: on the program's products that are left, in minor units.
    """

    past: Past
    award: Award
    losses: Mapping[RuleKey, int]
    at: Standing
    spent: int

    @property
    def points(self) -> Points:
        """To be taken back."""
        return Points(sum(self.losses.values()))


@dataclass(frozen=True, slots=True)
class Why:
    """What an amendment is for, as entries and message say it.

    Attributes:
        reason: the code of `points.reversed`.
        sentence: for the member, after the number of points.
        return_id: where goods were returned.
    """

    reason: str
    sentence: str
    return_id: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Points taken back, and points that were to be and stayed."""

    points: int
    short: int


def amended(
    wiring: Wiring, past: Past, left: Receipt, *, given_up: frozenset[int] = frozenset()
) -> Amendment:
    """Decide anew.

    Args:
        wiring: the process's parts.
        past: the receipt as it was paid.
        left: what counts of it still.
        given_up: positions of paid lines that turned out to be something else.

    Raises:
        LookupError: the receipt was not paid.
    """
    if not isinstance(past.decision, Award):
        raise LookupError(f"receipt {past.receipt_id} was not paid")
    at = _as_it_stood(wiring, past, past.decision)
    paid = frozenset(past.paid_lines) - given_up
    lines = product_lines(left, past.matching.matches, at.products, frozenset())
    barred = frozenset(line.claim_key for line in lines if line.position not in paid)
    now = decided_anew(
        wiring,
        past,
        at,
        left,
        past.matching.matches,
        barred=barred,
        approved=True,  # it was paid: nobody has to look before something is taken back
    )
    before = by_rule(past.decision)
    after = by_rule(now)
    kept = {rule: min(points, after[rule]) for rule, points in before.items()}
    return Amendment(
        past=past,
        award=_award(past.decision, now if isinstance(now, Award) else None, kept),
        losses={rule: points - kept[rule] for rule, points in before.items() if points > kept[rule]},
        at=at,
        spent=sum(
            line.net.minor
            for line in lines
            if line.position not in given_up and line.net.currency == left.currency
        ),
    )


def _as_it_stood(wiring: Wiring, past: Past, paid: Award) -> Standing:
    """The books of now, without this receipt; campaigns and products as they were when it was paid."""
    at = standing_of(wiring, past, past.receipt, past.matching)
    versions: dict[CampaignId, int] = {}
    for outcome in paid.outcomes:
        if outcome.points:
            known = versions.get(outcome.campaign_id, 0)
            versions[outcome.campaign_id] = max(known, outcome.campaign_version)
    with wiring.database.read() as session:
        earning = Earning(session, past.program_id, utc_now())
        campaigns = tuple(
            wiring.parsed_campaigns.of(earning, past.program_id, each)
            for each in earning.versions()
            if versions.get(each.id) == each.version
        )
    # What was bought since must not undo what this purchase earned: its first, its streak, its tier.
    member = member_then(wiring, past) or NEW_MEMBER
    return replace(
        at,
        known=replace(at.known, member=member, usage=UNUSED, zones=zones_then(wiring, past, at.known.zones)),
        campaigns=campaigns,
        products={**at.products, **as_paid(wiring, past)},
        # Nor must what was earned since, under a version with another cap: no rule keeps more than it paid.
        earned_before={},
    )


def _award(before: Award, now: Award | None, kept: Mapping[RuleKey, int]) -> Award:
    """The decision as it is kept: each rule once, with what it still pays; lines by the keys they claimed."""
    keys = {line.position: line.claim_key for line in before.lines}
    words = {} if now is None else {(each.campaign_id, each.rule_id): each for each in now.outcomes}
    outcomes = {}
    for outcome in before.outcomes:
        rule = (outcome.campaign_id, outcome.rule_id)
        if rule not in kept:
            outcomes[rule] = outcome
        elif outcome.points:
            outcomes[rule] = replace(words.get(rule, outcome), points=Points(kept[rule]))
    return Award(
        points=Points(sum(kept.values())),
        outcomes=tuple(outcomes.values()),
        lines=()
        if now is None
        else tuple(replace(line, claim_key=keys[line.position]) for line in now.lines),
    )


def post_amendment(
    session: Session,
    found: Amendment,
    why: Why,
    *,
    given_up: frozenset[int] = frozenset(),
    matching: Matching | None = None,
) -> Taken:
    """Take back what falls away, as far as the program's policy lets it.

    Args:
        session: of a write transaction.
        found: the receipt decided anew.
        why: for the entries and the message.
        given_up: positions whose claims end, because the lines are not what they were paid as.
        matching: to be kept in place of the one that paid.

    Raises:
        StaleBooksError: the member's books or the receipt moved since it was decided anew.
    """
    past, now = found.past, utc_now()
    _keep(session, now, found, why, matching)
    books = Books(session, past.program_id, now)
    books.lock(past.member_id)
    if given_up and isinstance(past.decision, Award):
        keys = {line.claim_key for line in past.decision.lines if line.position in given_up}
        own = {claim.line_key for claim in books.claims_of(past.receipt_id)}
        books.end_claims(past.purchase_keys[0], keys & own)
    Earning(session, past.program_id, now).change_spent(past.receipt_id, found.spent)
    if not found.points:
        look_at(session, now, past.program_id, past.member_id)
        return Taken(0, 0)
    return post_losses(session, now, found, why)


def post_losses(session: Session, now: datetime, found: Amendment, why: Why) -> Taken:
    """Write the entries and the message of what falls away; the receipt is written by who asks.

    Raises:
        StaleBooksError: the member's books moved since it was decided anew.
    """
    past, books = found.past, Books(session, found.past.program_id, now)
    books.lock(past.member_id)
    entries, short = _reversals(books, found, Mover(past.program_id, past.member_id, now), why)
    books.post(entries)
    taken = sum(entry.points for entry in entries)
    data = reversed_data(
        entries,
        books.balances(past.member_id),
        f"{formats.points(taken)} taken back: {why.sentence}",
        receipt_id=past.receipt_id,
        return_id=why.return_id,
        reason=why.reason,
        not_taken=short,
    )
    books.send(past.member_id, MessageType.POINTS_REVERSED, data, worked_out_at=found.at.sequence)
    look_at(session, now, past.program_id, past.member_id)
    return Taken(taken, short)


def _reversals(books: Books, found: Amendment, mover: Mover, why: Why) -> tuple[list[LedgerEntry], int]:
    past, posting = found.past, books.next_posting(found.past.receipt_id)
    lots = lots_of(books.all_entries(past.member_id))
    room = _room(found.at.terms, books.balances(past.member_id).available)
    entries: list[LedgerEntry] = []
    short = 0
    for (campaign_id, rule_id), points in sorted(found.losses.items()):
        own = [
            lot
            for lot in lots
            if lot.entry.receipt_id == past.receipt_id
            and (lot.entry.campaign_id, lot.entry.rule_id) == (campaign_id, rule_id)
        ]
        taken, stayed = takings(own, points, room=room)
        short += stayed
        for taking in taken:
            sentence = f"{formats.points(taking.points)} taken back: {why.sentence}"
            entry = mover.taken_back(taking, sentence, posting=posting)
            entries.append(entry)
            room = None if room is None else room + entry.change
    return entries, short


def _room(terms: PointsTerms, available: int) -> int | None:
    match terms.return_policy:
        case ReturnPolicy.PENDING_ONLY:
            return 0
        case ReturnPolicy.TO_ZERO:
            return max(0, available)
        case ReturnPolicy.BELOW_ZERO:
            return None


def _keep(session: Session, now: datetime, found: Amendment, why: Why, matching: Matching | None) -> None:
    past = found.past
    move(session, now, past, found.award.points)
    work = Work(session, now)
    made_by = {**found.at.versions, "amended": why.reason}
    if matching is not None:
        work.add_artefact(past.receipt_id, matching_artefact(matching, versions=made_by))
    work.add_artefact(past.receipt_id, decision_artefact(found.award, versions=made_by))
