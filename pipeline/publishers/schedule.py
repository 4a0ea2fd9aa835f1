"""When a message is tried again, and when a publisher whose other side is away looks again."""

from __future__ import annotations

import random

RETRY_WAITS_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""The example schedule of Standard Webhooks 1.0: after the first try nine more, over 75 h 35 min."""
JITTER = 0.1
"""Each wait is up to a tenth longer, so that what failed together does not come back together."""
LOOK_WAITS_S = (5.0, 15.0, 60.0, 300.0)
"""Between looks at a side that is away: it is found again within five minutes."""
AWAY_AFTER = 5
"""So many failures in a row, with nothing taken between them, mean that the other side is away."""
RETRY_AFTER_MOST_S = 3_600.0
"""More than this nobody may ask us to wait by `Retry-After`: a wrong date would stop the messages."""

_dice = random.SystemRandom()


def retry_wait_s(failed: int) -> float | None:
    """How long to wait after the `failed`th failed try (from 1); None after the last."""
    if failed > len(RETRY_WAITS_S):
        return None
    return RETRY_WAITS_S[failed - 1] * (1.0 + JITTER * _dice.random())


def look_wait_s(failures: int, retry_after_s: float) -> float:
    """How long to leave the other side alone after so many failures in a row; 0 while it is not away."""
    if failures < AWAY_AFTER:
        return 0.0
    step = min(failures - AWAY_AFTER, len(LOOK_WAITS_S) - 1)
    return max(LOOK_WAITS_S[step], min(retry_after_s, RETRY_AFTER_MOST_S))
