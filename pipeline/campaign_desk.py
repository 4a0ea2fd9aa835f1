"""Campaigns as a person works on them: listed with what they paid, written, tried, put in force, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from awarding.campaign_file import CampaignError, campaign_document, parse_campaign
from pipeline.clock import day_in, utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.campaign import Campaign
from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard
from receipts.database.repositories.earning import Earning
from receipts.database.repositories.programs import ProgramData
from receipts.identity import CampaignId, ProgramId


@dataclass(frozen=True, slots=True)
class CampaignState:
    """A campaign in force.

    Attributes:
        paid: points that its rules have paid so far, what was taken back taken off.
        budget: most points of all members together; None for no such cap.
        runs: whether a purchase of today may earn.
    """

    id: CampaignId
    version: int
    document: Mapping[str, Any]
    paid: int
    budget: int | None
    runs: bool


def campaign_states(wiring: Wiring, program_id: ProgramId) -> tuple[CampaignState, ...]:
    """Every campaign in force, by id."""
    program = program_of(wiring, program_id)
    today = day_in(program.time_zone, utc_now())
    with wiring.database.read() as session:
        found = ProgramData(session, program_id).campaigns()
        paid = Dashboard(session, program_id, program.currency, DashboardFilter()).paid_by_campaign()
    return tuple(
        CampaignState(
            id=each.id,
            version=each.version,
            document=each.document,
            paid=paid.get(each.id, 0),
            budget=(each.document.get("caps") or {}).get("all_members"),
            runs=each.document["starts_on"] <= today.isoformat() <= each.document["ends_on"],
        )
        for each in found
    )


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


def next_document(wiring: Wiring, program_id: ProgramId, campaign_id: str) -> dict[str, Any] | None:
    """The document in force with its version one higher, to be changed; None where there is none."""
    with wiring.database.read() as session:
        found = {each.id: each for each in ProgramData(session, program_id).campaigns()}
        state = found.get(CampaignId(campaign_id))
        newest = [
            each.version
            for each in Earning(session, program_id, utc_now()).versions()
            if each.id == campaign_id
        ]
    return None if state is None else {**state.document, "version": max(newest) + 1}


def run_until(wiring: Wiring, program_id: ProgramId, campaign_id: str, last: date | None) -> bool:
    """Let that day's purchases be the last to earn, or yesterday's: a pause; False where there is none such.

    Raises:
        CampaignError: the campaign would end before it starts.
    """
    document = next_document(wiring, program_id, campaign_id)
    if document is None:
        return False
    if last is None:
        zone = program_of(wiring, program_id).time_zone
        last = day_in(zone, utc_now()) - timedelta(days=1)
    put_in_force(wiring, program_id, parse_campaign({**document, "ends_on": last.isoformat()}))
    return True
