"""The campaigns that count a purchase, as they stood for its day; each version is parsed once a process."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from threading import Lock

from awarding.campaign_file import parse_campaign
from receipts.campaign import Campaign
from receipts.database.repositories.earning import CampaignVersion, Earning
from receipts.identity import CampaignId, ProgramId

_KEPT = 512
"""Parsed versions that a process keeps: one with 10,000 products takes about 2 MB."""

_Key = tuple[ProgramId, CampaignId, int]


class ParsedCampaigns:
    """Versions of campaigns by program, id and number; one never changes, so it is never parsed again."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[_Key, Campaign] = OrderedDict()
        self._lock = Lock()

    def of(self, earning: Earning, program_id: ProgramId, version: CampaignVersion) -> Campaign:
        """The campaign in that version."""
        key = (program_id, version.id, version.version)
        with self._lock:
            if found := self._parsed.get(key):
                self._parsed.move_to_end(key)
                return found
        parsed = parse_campaign(earning.document(version.id, version.version))
        with self._lock:
            self._parsed[key] = parsed
            while len(self._parsed) > _KEPT:
                self._parsed.popitem(last=False)
        return parsed


def campaigns_on(
    parsed: ParsedCampaigns, earning: Earning, program_id: ProgramId, day: date | None
) -> tuple[Campaign, ...]:
    """Of each campaign the version that holds for purchases of that day, by id.

    As with catalogs, the version that came last holds, where one with a day to come counts as coming on that
    day: a version without a day mends what is in force, for old receipts too; one with a day leaves the days
    before it as they were.
    """
    by_id: dict[CampaignId, list[tuple[tuple[date, int], Campaign]]] = {}
    for version in earning.versions():
        campaign = parsed.of(earning, program_id, version)
        start = campaign.effective_on
        if start is not None and day is not None and start > day:
            continue
        came = max(version.imported_at.date(), start) if start is not None else version.imported_at.date()
        by_id.setdefault(campaign.id, []).append(((came, version.version), campaign))
    return tuple(max(each, key=lambda known: known[0])[1] for each in by_id.values())
