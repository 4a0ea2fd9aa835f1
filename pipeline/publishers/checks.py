"""What `doctor` asks of the publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pipeline.publishers.desk import Condition, PublisherView, publisher_views
from pipeline.settings import SettingsError
from pipeline.wiring import Wiring
from receipts.errors import TransientError
from receipts.identity import ProgramId


def publisher_checks(wiring: Wiring) -> Iterator[tuple[str, Callable[[], str]]]:
    """For each publisher: whether the other side is there, and whether messages get through."""
    for program_id, publishers in wiring.publishers.items():
        for name in publishers:
            yield f"publisher {program_id}.{name}", partial(_reached, wiring, program_id, name)
            yield f"delivery {program_id}.{name}", partial(_gets_through, wiring, program_id, name)


def _reached(wiring: Wiring, program_id: ProgramId, name: str) -> str:
    try:
        publisher = wiring.publisher_of(program_id, name)
    except SettingsError as error:
        raise TransientError(str(error)) from error
    try:
        return publisher.check()
    finally:
        publisher.close()


def _gets_through(wiring: Wiring, program_id: ProgramId, name: str) -> str:
    (view,) = (each for each in publisher_views(wiring, program_id=program_id) if each.name == name)
    if view.condition is Condition.STOPPED and view.state is not None:
        raise TransientError(
            f"stopped ({view.state.stopped}); mend the cause, then `tillpoints deliveries start {name}`"
        )
    if view.counts.dead:
        raise TransientError(
            f"{view.counts.dead} dead letters keep their members' later messages back;"
            " see `tillpoints deliveries list --state dead`"
        )
    return _said(view)


def _said(view: PublisherView) -> str:
    told = f"{view.counts.behind} to come, {view.counts.waiting} waiting"
    if view.condition is Condition.RESTS and view.state is not None:
        return f"the other side is away ({view.state.last_error}); {told}"
    return told
