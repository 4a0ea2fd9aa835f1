"""Campaigns as a person works on them: listed with what they paid, written, tried, put in force, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from awarding.campaign_file import CampaignError, campaign_document, parse_campaign, unknown_names
from pipeline.clock import day_in, utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.campaign import Campaign, products_of
from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import ProgramData
from receipts.identity import CampaignId, ProgramId


class Phase(Enum):
    """How a campaign stands to purchases of today."""

    RUNS = "runs"
    SPENT = "spent"
    """It would run, but its budget is used up."""
    COMES = "comes"
    PAUSED = "paused"
    """Its last version only ended it sooner, and the days that it had before are not over."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CampaignState:
    """A campaign in force.

    Attributes:
        paid: points that its rules have paid so far, what was taken back taken off.
        budget: most points of all members together; None for no such cap.
        used: what of the budget is used; 0 where there is none.
        until: the last day that counts, or counts again after a pause.
    """

    id: CampaignId
    version: int
    document: Mapping[str, Any]
    paid: int
    budget: int | None
    used: int
    phase: Phase
    until: str

    @property
    def runs(self) -> bool:
        """Whether a purchase of today may earn."""
        return self.phase is Phase.RUNS


def campaign_states(wiring: Wiring, program_id: ProgramId) -> tuple[CampaignState, ...]:
    """Every campaign in force, by id."""
    program = program_of(wiring, program_id)
    today = day_in(program.time_zone, utc_now()).isoformat()
    with wiring.database.read() as session:
        earning = Earning(session, program_id, utc_now())
        paid = Dashboard(session, program_id, program.currency, DashboardFilter()).paid_by_campaign()
        used = earning.budgets_used()
        found = ProgramData(session, program_id).campaigns()
        before = {each.id: _before_pause(earning, each.id, each.document, today) for each in found}
    return tuple(
        _state(each.id, each.version, each.document, paid.get(each.id, 0), used, before[each.id], today)
        for each in found
    )


def _state(
    name: CampaignId,
    version: int,
    document: Mapping[str, Any],
    paid: int,
    used: Mapping[CampaignId, int],
    before: Mapping[str, Any] | None,
    today: str,
) -> CampaignState:
    budget = (document.get("caps") or {}).get("all_members")
    taken = 0 if budget is None else int(used.get(name, 0))
    if before is not None:
        phase = Phase.PAUSED
    elif document["ends_on"] < today:
        phase = Phase.ENDED
    elif document["starts_on"] > today:
        phase = Phase.COMES
    else:
        phase = Phase.RUNS if budget is None or taken < budget else Phase.SPENT
    until = (document if before is None else before)["ends_on"]
    return CampaignState(name, version, document, paid, budget, taken, phase, until)


_DAYS = ("starts_on", "ends_on")
_MOVED = ("version", "effective_on", *_DAYS)
"""What a pause changes; the rest of the document is that of the version before."""


def _before_pause(
    earning: Earning, campaign_id: CampaignId, document: Mapping[str, Any], today: str
) -> dict[str, Any] | None:
    """The version that a pause ended, while its days are not over; None where the campaign is not paused."""
    if document["ends_on"] >= today:
        return None
    versions = [each.version for each in earning.versions_of(campaign_id)]
    if len(versions) == 1:
        return None
    before = earning.document(campaign_id, versions[-2])
    same = all(before.get(name) == document.get(name) for name in {*before, *document} if name not in _MOVED)
    return before if same and before["ends_on"] >= today else None


def written(text: str) -> Campaign:
    """The campaign that a person wrote as JSON.

    Raises:
        CampaignError: it is none; each problem names its line, or its place in the document, and the fix.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise CampaignError(
            [f"Line {error.lineno}, character {error.colno}: this is not JSON ({error.msg}). Mend it there."]
        ) from error
    except (RecursionError, ValueError) as error:  # braces in braces without end, or a number of 5,000 digits
        raise CampaignError(
            ["This is too deep, or has too long a number, for a campaign. Write it plainly."]
        ) from error
    if not isinstance(document, dict):
        raise CampaignError(["A campaign is one JSON object, in braces."])
    return parse_campaign(document)


def put_in_force(wiring: Wiring, program_id: ProgramId, campaign: Campaign) -> bool:
    """Put it in force; False where this very version is.

    Raises:
        CampaignVersionError: it has changed without a higher version.
    """
    with wiring.database.write() as session:
        data = ProgramData(session, program_id)
        return data.import_campaign(campaign.id, campaign.version, campaign_document(campaign), utc_now())


def unknown_of(wiring: Wiring, program_id: ProgramId, campaign: Campaign) -> tuple[str, ...]:
    """A sentence for each product, brand and category that a rule names and the catalog in force lacks."""
    named = {sku for rule in campaign.rules for selector in products_of(rule) for sku in selector.skus}
    known: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        newest = data.newest_catalog()
        if newest is not None:
            known = frozenset(data.products(newest[0], frozenset(named))) if named else known
            brands, categories = data.kinds_of_products(newest[0])
    return unknown_names(campaign, skus=known, brands=brands, categories=categories)


def next_document(wiring: Wiring, program_id: ProgramId, campaign_id: str) -> dict[str, Any] | None:
    """The document in force with its version one higher, to be changed; None where there is none."""
    with wiring.database.read() as session:
        found = {each.id: each for each in ProgramData(session, program_id).campaigns()}
        state = found.get(CampaignId(campaign_id))
        if state is None:
            return None
        newest = Earning(session, program_id, utc_now()).versions_of(state.id)[-1]
    return {**state.document, "version": newest.version + 1}


def pause(wiring: Wiring, program_id: ProgramId, campaign_id: str) -> bool:
    """Let yesterday's purchases be the last to earn; False where there is no such campaign.

    Purchases of days before are judged as they were, by the version before.

    Raises:
        CampaignVersionError: somebody changed it at this moment.
    """
    document = next_document(wiring, program_id, campaign_id)
    if document is None:
        return False
    today = _today(wiring, program_id)
    last = (today - timedelta(days=1)).isoformat()
    # Paused on its first day it would end before it starts: this version then holds for no day that earns.
    first = min(document["starts_on"], last)
    days = {"starts_on": first, "ends_on": last, "effective_on": today.isoformat()}
    put_in_force(wiring, program_id, parse_campaign({**document, **days}))
    return True


def resume(wiring: Wiring, program_id: ProgramId, campaign_id: str) -> bool:
    """Let purchases from today on earn again, to the last day of before the pause; False where there is none.

    Those of the pause earn nothing, whenever they are sent.

    Raises:
        CampaignVersionError: somebody changed it at this moment.
    """
    document = next_document(wiring, program_id, campaign_id)
    if document is None:
        return False
    today = _today(wiring, program_id).isoformat()
    with wiring.database.read() as session:
        earning = Earning(session, program_id, utc_now())
        before = _before_pause(earning, CampaignId(campaign_id), document, today)
    if before is None:
        return False
    days = {name: before[name] for name in _DAYS}
    put_in_force(wiring, program_id, parse_campaign({**document, **days, "effective_on": today}))
    return True


def _today(wiring: Wiring, program_id: ProgramId) -> date:
    return day_in(program_of(wiring, program_id).time_zone, utc_now())
