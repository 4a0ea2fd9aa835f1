"""Past receipts by today's rules for their day: what each rule would pay more or less, and posting that.

A campaign's newer version that mends what was in force holds for old purchases too; receipts that were
settled before keep what they got until somebody asks for this. What was read, matched and screened stays as
it was, and so does the member: purchase number, tier and segments are those of then. What a receipt was paid
before is room for it under every cap, limit and budget; what others were paid since is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from awarding.again import with_free_keys
from awarding.earn import in_shares
from awarding.lines import product_lines
from awarding.standing import RuleKey, Usage
from pipeline.amend import Amendment, Taken, Why, post_losses
from pipeline.brought_back import without_brought_back
from pipeline.clock import utc_now
from pipeline.past import Past, as_paid, member_then
from pipeline.past_anew import by_rule, decided_anew, move, standing_of, unless_erased
from pipeline.rematch import SAID_BY_SOMEONE, Outlook, settled_page
from pipeline.stayed import count_what_stayed
from pipeline.steps.artefacts import decision_artefact
from pipeline.steps.compared import hold_twins, unknown_twins
from pipeline.steps.settle import Standing, post_award
from pipeline.tries import posting_tries
from pipeline.wiring import Wiring
from receipts.award import Award, Decision, Decline, Hold
from receipts.database.repositories.books import Books, StaleBooksError
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.work import Work
from receipts.identity import CampaignId, ProgramId, ReceiptId
from receipts.money import Points
from receipts.state import ReceiptState

_PAGE_ROWS = 200
_BY_COMMAND = "redecide"
MENDED = "a campaign was mended."


@dataclass(frozen=True, slots=True)
class Redecided:
    """A past receipt that the rules would pay otherwise today.

    Attributes:
        outlook: `FALLS` where anything would be taken back.
        gains: points that each rule would pay beyond what it paid.
        losses: points that each rule paid and would not.
        award: the whole decision now, of 0 points where nothing is left; None where a person has to look.
    """

    past: Past
    outlook: Outlook
    gains: Mapping[RuleKey, int]
    losses: Mapping[RuleKey, int]
    award: Award | None
    at: Standing

    @property
    def gained(self) -> int:
        """Points to be posted."""
        return sum(self.gains.values())

    @property
    def lost(self) -> int:
        """Points to be taken back."""
        return sum(self.losses.values())


def redecisions(
    wiring: Wiring, program_id: ProgramId, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Redecided | None]:
    """Every settled receipt sent in [since, until), in order of submission: None for each that stays."""
    after = 0
    while rows := settled_page(wiring, program_id, after=after, limit=_PAGE_ROWS, since=since, until=until):
        yield from (redecided(wiring, program_id, receipt_id) for _, receipt_id in rows)
        after = rows[-1][0]


def redecided(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> Redecided | None:
    """What the rules that hold today for its day would change; None where nothing, or it is not settled."""
    return unless_erased(wiring, program_id, receipt_id, partial(_redecided, wiring))


def _redecided(wiring: Wiring, past: Past) -> Redecided | None:
    if isinstance(past.decision, Decline) and past.decision.reason in SAID_BY_SOMEONE:
        return None
    at = _standing(wiring, past)
    decision = _decided(wiring, past, at)
    before, now = by_rule(past.decision), by_rule(decision)
    gains = {rule: more for rule in sorted(now) if (more := now[rule] - before[rule]) > 0}
    losses = {rule: less for rule in sorted(before) if (less := before[rule] - now[rule]) > 0}
    if isinstance(decision, Hold):
        asks = decision.would_pay != past.points
        return Redecided(past, Outlook.ASKS, {}, {}, None, at) if asks else None
    if not gains and not losses:
        return None
    award = _as_claimed(past, at, decision) if isinstance(decision, Award) else _nothing(past, decision)
    with wiring.database.read() as session:
        asks = award is None or _has_new_twins(session, past, award)
    if asks:
        return Redecided(past, Outlook.ASKS, {}, {}, None, at)
    outlook = Outlook.FALLS if losses else Outlook.PAYS
    return Redecided(past, outlook, gains, losses, award, at)


def paid_by(wiring: Wiring, past: Past) -> int:
    """Points that the receipt would be paid in whole, by its matches and the rules of today for its day."""
    decision = _decided(wiring, past, _standing(wiring, past))
    if isinstance(decision, Award):
        return decision.points
    return decision.would_pay if isinstance(decision, Hold) else 0


def _has_new_twins(session: Session, past: Past, award: Award) -> bool:
    """Whether lines would be paid that a receipt which came to light since may show too."""
    if {line.position for line in award.lines} <= past.paid_lines.keys():
        return False
    return bool(unknown_twins(session, past, past.receipt, past.compared, past.purchase_keys))


def _standing(wiring: Wiring, past: Past) -> Standing:
    """As the books would stand had this receipt been paid nothing; the member as of the purchase."""
    at = standing_of(wiring, past, past.left, past.matching)
    own = by_rule(past.decision)
    campaigns: Counter[CampaignId] = Counter()
    for (campaign_id, _), points in own.items():
        campaigns[campaign_id] += points
    then = member_then(wiring, past) if past.state is ReceiptState.AWARDED else None
    member = at.known.member if then is None else replace(then, spent=at.known.member.spent)
    return replace(
        at,
        products={**as_paid(wiring, past), **at.products},
        earned_before={name: Points(max(0, had - campaigns[name])) for name, had in at.earned_before.items()},
        known=replace(at.known, member=member, usage=_usage_without(at.known.usage, own, campaigns)),
    )


def _usage_without(usage: Usage, own: Counter[RuleKey], campaigns: Counter[CampaignId]) -> Usage:
    """The days on which a rule paid never count this purchase."""
    return replace(
        usage,
        on_day={name: Points(max(0, had - campaigns[name])) for name, had in usage.on_day.items()},
        on_purchase={rule: Points(max(0, had - own[rule])) for rule, had in usage.on_purchase.items()},
        budget_left={name: Points(left + campaigns[name]) for name, left in usage.budget_left.items()},
    )


def _decided(wiring: Wiring, past: Past, at: Standing) -> Decision:
    """On the lines that it was paid for, and those that nobody was paid for."""
    left = without_brought_back(wiring, past.program_id, past.receipt_id, past.left, past.purchase_keys)
    matches = past.matching.matches
    free = {
        line.position
        for line in product_lines(left, matches, at.products, at.claimed, at.paid_as)
        if not line.claimed or line.position in past.paid_lines
    }
    lines = product_lines(left, matches, at.products, frozenset())
    return decided_anew(
        wiring,
        past,
        at,
        left,
        matches,
        barred=frozenset(line.claim_key for line in lines if line.position not in free),
        approved=past.approved,
    )


def _nothing(past: Past, decision: Decision) -> Award:
    """A paid receipt that earns nothing any more stays paid, with 0 points, as after a return."""
    lines = past.decision.lines if isinstance(past.decision, Award) else ()
    return Award(Points(0), decision.outcomes, tuple(replace(line, points=Points(0)) for line in lines))


def _as_claimed(past: Past, at: Standing, award: Award) -> Award | None:
    """The paid lines by the keys that they claimed, the others by free ones; None where none is free."""
    before = past.decision.lines if isinstance(past.decision, Award) else ()
    keys = {line.position: line.claim_key for line in before}
    fresh = replace(award, lines=tuple(line for line in award.lines if line.position not in keys))
    whole = product_lines(past.receipt, past.matching.matches, at.products, at.claimed)
    keyed = with_free_keys(fresh, whole, at.claimed) if fresh.lines else fresh
    if keyed is None:
        return None
    keys |= {line.position: line.claim_key for line in keyed.lines}
    paid = tuple(replace(line, claim_key=keys[line.position]) for line in award.lines)
    # A line that earns nothing any more stays claimed, so it stays on the receipt.
    shown = {line.position for line in paid}
    dropped = tuple(replace(line, points=Points(0)) for line in before if line.position not in shown)
    return replace(award, lines=tuple(sorted((*paid, *dropped), key=lambda line: line.position)))


def adopt_redecided(wiring: Wiring, found: Redecided, *, take_back: bool) -> tuple[Redecided, Taken | None]:
    """Post the difference in one transaction, worked out anew should the books move meanwhile.

    Args:
        wiring: the process's parts.
        found: the difference.
        take_back: post it also where points fall; such a receipt stays as it is otherwise.

    Returns:
        What was found last, and what was taken back by it; None where nothing was posted.
    """
    past = found.past
    for attempt in posting_tries():
        with attempt:
            again = attempt.retry_state.attempt_number > 1
            wanted = redecided(wiring, past.program_id, past.receipt_id) if again else found
            if wanted is None or wanted.award is None or (wanted.losses and not take_back):
                return found if wanted is None else wanted, None
            with wiring.database.write() as session:
                return wanted, _post(session, wanted, wanted.award)
    raise AssertionError("tenacity either returns or raises")


def _post(session: Session, found: Redecided, award: Award) -> Taken:
    past, at, now = found.past, found.at, utc_now()
    if found.gains:
        hold_twins(session, past, past.receipt, past.compared)
        if _has_new_twins(session, past, award):
            raise StaleBooksError(f"a likely twin of {past.receipt_id} came to light")
    move(session, now, past, award.points)
    made_by = {**at.versions, "adopted": _BY_COMMAND}
    Work(session, now).add_artefact(past.receipt_id, decision_artefact(award, versions=made_by))
    taken = Taken(0, 0)
    if found.losses:
        lost = Amendment(past, award, found.losses, at, spent=0)
        taken = post_losses(session, now, lost, Why("campaign", MENDED))
        # The message just written is ours: that the books had not moved before it was seen when it was.
        sequence = ProgramData(session, past.program_id).member_sequence(past.member_id)
        at = replace(at, sequence=sequence)
    if found.gains:
        books = Books(session, past.program_id, now)
        posting = books.next_posting(past.receipt_id)
        post_award(
            session,
            now,
            past.subject,
            past.receipt,
            _difference(past, award, found.gains),
            at,
            approved=past.approved,
            posting=posting,
            claimed=frozenset(claim.line_key for claim in books.claims_of(past.receipt_id)),
        )
        stayed = count_what_stayed(session, now, past, posting=posting, reason="campaign")
        taken = Taken(taken.points + stayed, max(0, taken.short - stayed))
    return taken


def _difference(past: Past, award: Award, gains: Mapping[RuleKey, int]) -> Award:
    """What is posted and told: each rule with what it pays more, split over the lines as the whole is."""
    outcomes = []
    before = by_rule(past.decision)
    for outcome in award.outcomes:
        rule = (outcome.campaign_id, outcome.rule_id)
        if rule in gains:
            had = f" {before[rule]} of them were paid before." if before[rule] else ""
            outcomes.append(replace(outcome, points=Points(gains[rule]), sentence=f"{outcome.sentence}{had}"))
    points = sum(gains.values())
    shares = in_shares(points, {line.position: line.points for line in award.lines})
    lines = tuple(replace(line, points=Points(shares[line.position])) for line in award.lines)
    return Award(Points(points), tuple(outcomes), lines)
