"""How publishers and deliveries look to people."""

from __future__ import annotations

from api.channel_words import Label
from api.words import Tone
from pipeline.publishers.desk import Condition
from receipts.delivery import DeliveryState

DELIVERY_WORDS: dict[DeliveryState, Label] = {
    DeliveryState.WAITING: Label("Waiting", Tone.BUSY),
    DeliveryState.DEAD: Label("Dead letter", Tone.BAD),
    DeliveryState.TAKEN: Label("Taken", Tone.GOOD),
    DeliveryState.GIVEN_UP: Label("Given up", Tone.PLAIN),
}

CONDITION_WORDS: dict[Condition, Label] = {
    Condition.RUNS: Label("Runs", Tone.GOOD),
    Condition.RESTS: Label("Looks again", Tone.WAIT),
    Condition.STOPPED: Label("Stopped", Tone.BAD),
    Condition.UNUSED: Label("Not set up any more", Tone.PLAIN),
    Condition.NEW: Label("Not begun", Tone.PLAIN),
}
