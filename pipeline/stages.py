"""The order of the work: one page that lists every stage, the state it is due in, and where it leads.

RECEIVED  read    document -> Transcript -> Receipt          -> READ (or REJECTED)
READ      match   Receipt x catalog -> Matches               -> MATCHED
MATCHED   screen  Receipt, Matches, history -> Screening     -> SCREENED
SCREENED  decide  all of it x campaigns -> Award|Hold|Decline -> AWARDED, HELD or DECLINED
"""

from __future__ import annotations

from pipeline.steps.base import Stage
from pipeline.steps.decide import decide_stage
from pipeline.steps.match import match_stage
from pipeline.steps.read import read_stage
from pipeline.steps.screen import screen_stage
from receipts.state import ReceiptState

STAGES: tuple[Stage, ...] = (
    Stage("read", ReceiptState.RECEIVED, read_stage),
    Stage("match", ReceiptState.READ, match_stage),
    Stage("screen", ReceiptState.MATCHED, screen_stage),
    Stage("decide", ReceiptState.SCREENED, decide_stage),
)


def stage_due(state: ReceiptState) -> Stage:
    """The stage that a receipt in this state waits for.

    Raises:
        LookupError: no stage waits: the receipt is at an end, held or failed.
    """
    for stage in STAGES:
        if stage.due is state:
            return stage
    raise LookupError(f"no stage is due in state {state.value}")
