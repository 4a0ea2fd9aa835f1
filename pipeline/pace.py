"""How long the stages take, how much is matched, and how sure reading is: for metrics, over all programs.

All of it is worked out from what is kept, so that every process tells the same; and of the last rows only, so
that a question takes as long with a million receipts as with a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.pace import Recent

WINDOW = timedelta(minutes=5)
STAGE_OF = {"reading": "read", "matching": "match", "screening": "screen", "decision": "decide"}
"""By what is kept of it."""
_STAGES_MOST = 5_000
_RECEIPTS = 1_000
"""Read last: some minutes of a campaign, some days of a small program."""
_RETAILERS = 10
"""As labels: the most frequent ones of those receipts; so many pairs of a retailer and a channel, too."""
_Name = TypeVar("_Name", str, tuple[str, str])
_RECEIPTS_LEAST = 20
"""Of a retailer or channel: a mean of fewer says nothing."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the last five minutes: how many there were, their median and the 95th percentile."""

    count: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What is told.

    Attributes:
        stages: by name of the stage; only those that worked.
        engine: the OCR engine within reading, of receipts that needed it; None where none did.
        lines_own: of the last 1,000 receipts' lines, a program's product; `lines_asked`, unsure; and all.
        sure_by_channel: how sure reading was, 0 to 1: the mean over total, date and retailer.
        sure_by_retailer: the same for the ten most frequent retailers of the last 1,000 receipts.
        sure_by_both: the same for the ten most frequent pairs of retailer and channel among them.
    """

    stages: dict[str, Took]
    engine: Took | None
    lines_own: int
    lines_asked: int
    lines: int
    sure_by_channel: dict[str, float]
    sure_by_retailer: dict[str, float]
    sure_by_both: dict[tuple[str, str], float]


def pace(wiring: Wiring) -> Pace:
    """As it is now.

    Raises:
        TransientError: the database did not answer.
    """
    with wiring.database.read() as session:
        recent = Recent(session)
        made = recent.stages(since=utc_now() - WINDOW, limit=_STAGES_MOST)
        own, asked, every = recent.lines(limit=_RECEIPTS)
        sure = recent.sureness(limit=_RECEIPTS)
    seconds: dict[str, list[float]] = defaultdict(list)
    for kind, spent, _ in made:
        seconds[STAGE_OF[kind]].append(spent)
    engine = [spent for *_, spent in made if spent]
    channels: dict[str, list[int]] = defaultdict(list)
    retailers: dict[str, list[int]] = defaultdict(list)
    both: dict[tuple[str, str], list[int]] = defaultdict(list)
    for channel, retailer, permille in sure:
        channels[channel].append(permille)
        if retailer:
            retailers[retailer].append(permille)
            both[retailer, channel].append(permille)
    return Pace(
        stages={stage: _took(spent) for stage, spent in seconds.items()},
        engine=_took(engine) if engine else None,
        lines_own=own,
        lines_asked=asked,
        lines=every,
        sure_by_channel=_means(channels),
        sure_by_retailer=_means(_most_frequent(retailers)),
        sure_by_both=_means(_most_frequent(both)),
    )


def _took(seconds: Sequence[float]) -> Took:
    ordered = sorted(seconds)
    last = len(ordered) - 1
    return Took(len(ordered), ordered[round(0.5 * last)], ordered[round(0.95 * last)])


def _most_frequent(permille: dict[_Name, list[int]]) -> dict[_Name, list[int]]:
    names = sorted(permille, key=lambda name: -len(permille[name]))[:_RETAILERS]
    return {name: permille[name] for name in names}


def _means(permille: dict[_Name, list[int]]) -> dict[_Name, float]:
    return {
        name: sum(each) / len(each) / 1000 for name, each in permille.items() if len(each) >= _RECEIPTS_LEAST
    }
