"""What a program says of retailers: names, and what else on a receipt speaks for each, beside the directory.

Each change is kept with its author and date, and undone by saying again what was said before. Receipts that
are read from then on are told by it; those of before stay as they were read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.retailer_facts import RetailerFacts, SaidOfRetailer
from receipts.identity import AccountId, ProgramId

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ocr.directory import Chain

LISTS = ("aliases", "domains", "phones", "tax_ids", "phrases")
MOST_RETAILERS = 500
MOST_TEXTS = 50
TEXT_MOST_CHARS = 200
HISTORY_ROWS = 100


class RetailerError(ValueError):
    """Nothing was kept: the message says why, and what to do next."""


@dataclass(frozen=True, slots=True)
class OwnRetailer:
    """What the program says of one retailer, now or once.

    Attributes:
        facts: None where it took back what it had said.
        in_force: whether it is what holds.
    """

    number: int
    key: str
    facts: Mapping[str, Any] | None
    author: str
    at: datetime
    in_force: bool


def say_retailer(
    wiring: Wiring,
    program_id: ProgramId,
    by: AccountId,
    *,
    name: str,
    lists: Mapping[str, Sequence[str]],
    store: str,
    usual_word: bool,
) -> None:
    """Say how a retailer is told from now on, in place of what the program said of it before.

    Args:
        wiring: the program's.
        program_id: whose.
        by: who says it.
        name: as people call it; the directory's chain of this name gets what is said here as well.
        lists: `LISTS`, each as `ocr.directory` has it.
        store: a regular expression with one group around the store's number, or nothing.
        usual_word: whether the name is an everyday word, too.

    Raises:
        RetailerError: it cannot be used, or says nothing new.
    """
    from ocr.directory import DirectoryError, chain_of, fold_joined

    facts: dict[str, Any] = {"name": " ".join(name.split())}
    for each in LISTS:
        texts = tuple(dict.fromkeys(" ".join(text.split()) for text in lists.get(each, ()) if text.strip()))
        if len(texts) > MOST_TEXTS or any(len(text) > TEXT_MOST_CHARS for text in texts):
            raise RetailerError(
                f"At most {MOST_TEXTS} lines of {TEXT_MOST_CHARS} characters a field: leave out the rarest."
            )
        if texts:
            facts[each] = list(texts)
    if store.strip():
        facts["store"] = store.strip()
    if usual_word:
        facts["usual_word"] = True
    try:
        chain_of(facts, "This retailer")
    except DirectoryError as error:
        raise RetailerError(f"{error}.") from error
    key = fold_joined(name)[:TEXT_MOST_CHARS]
    with wiring.database.write() as session:
        kept = RetailerFacts(session, program_id)
        now = {each.key: each.facts for each in kept.in_force()}
        if now.get(key) == facts:
            raise RetailerError("That is what holds already: nothing was changed.")
        if key not in now and len(now) >= MOST_RETAILERS:
            raise RetailerError(f"There are {MOST_RETAILERS} already: undo those that nobody shops at.")
        kept.say(key, facts, by=by, at=utc_now())


def undo_saying(wiring: Wiring, program_id: ProgramId, by: AccountId, number: int) -> str:
    """Say again what was said of the retailer before that change; its name.

    Raises:
        RetailerError: it is not the newest change of its retailer.
        LookupError: the program has none of that number.
    """
    with wiring.database.write() as session:
        kept = RetailerFacts(session, program_id)
        if not kept.has(number):
            raise LookupError(number)
        key = next((each.key for each in kept.in_force() if each.number == number), None)
        if key is None:
            raise RetailerError("It was changed since, or undone: reload the page and look at what holds.")
        newest, *before = kept.last_two(key)
        kept.say(key, before[0].facts if before else None, by=by, at=utc_now())
    return str((newest.facts or {}).get("name", key))


def said_of_retailers(wiring: Wiring, program_id: ProgramId) -> tuple[OwnRetailer, ...]:
    """Every change, the newest first, 100 at most after those that hold."""
    with wiring.database.read() as session:
        kept = RetailerFacts(session, program_id)
        holds, all_of_it = kept.in_force(), kept.history(limit=HISTORY_ROWS)
    numbers = {each.number for each in holds}
    return tuple(
        OwnRetailer(each.number, each.key, each.facts, each.author, each.at, each.number in numbers)
        for each in (*holds, *(each for each in all_of_it if each.number not in numbers))
    )


def own_chains(session: Session, program_id: ProgramId) -> tuple[Chain, ...]:
    """What the program says, as the directory has it; what cannot be used any more is left out."""
    found = RetailerFacts(session, program_id).in_force()
    return tuple(chain for each in found if (chain := _chain(each)) is not None)


def _chain(said: SaidOfRetailer) -> Chain | None:
    from ocr.directory import DirectoryError, chain_of

    try:
        return chain_of(said.facts, "")
    except DirectoryError:  # kept by a version that took what this one refuses
        return None
