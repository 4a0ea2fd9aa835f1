"""The retailers of receipts: what is bought there, what reviewers taught, what the directory knows."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.facts import catch_up
from pipeline.retailer_facts import own_chains
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.alias_list import AliasList
from receipts.database.repositories.chosen import DashboardFilter
from receipts.database.repositories.dashboard import Dashboard
from receipts.identity import ProgramId
from receipts.money import Money

MOST_LISTED = 500
_COUNT_FOR_S = 2.0
"""What came since the last count is counted first, for so long at most."""


@dataclass(frozen=True, slots=True)
class KnownChain:
    """How the directory tells a chain; each as it stands there.

    Attributes:
        store: the regular expression whose first group is the store's number; empty where there is none.
    """

    name: str
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    phones: tuple[str, ...]
    tax_ids: tuple[str, ...]
    phrases: tuple[str, ...]
    store: str


@dataclass(frozen=True, slots=True)
class SeenRetailer:
    """A retailer of receipts that were accepted.

    Attributes:
        name: as printed on one of them.
        spent_own: on the program's own products, in its currency.
        learned: names of products that reviewers taught for it.
        chains: by this name in the directory; several where countries share one, none where it is unknown.
    """

    name: str
    purchases: int
    buyers: int
    spent_own: Money
    learned: int
    chains: tuple[KnownChain, ...]


def retailers_of(
    wiring: Wiring, program_id: ProgramId, *, search: str = "", unknown: bool = False
) -> tuple[SeenRetailer, ...]:
    """Those where most was spent on the program's products first.

    Args:
        wiring: the program's.
        program_id: whose.
        search: part of a name; all when empty.
        unknown: only those that the directory lacks.
    """
    from ocr.directory import directory_with, fold_joined

    catch_up(wiring, program_id, most_s=_COUNT_FOR_S)
    program = program_of(wiring, program_id)
    with wiring.database.read() as session:
        rows = Dashboard(session, program_id, program.currency, DashboardFilter()).retailers(MOST_LISTED)
        learned = AliasList(session, program_id).by_retailer()
        said = own_chains(session, program_id)
    directory = directory_with(wiring.settings.chains_file, said)
    found = []
    for key, name, purchases, buyers, spent, _ in rows:
        chains = directory.names.get(fold_joined(name), ())
        if not key or fold_joined(search) not in fold_joined(name) or (unknown and chains):
            continue
        known = tuple(
            KnownChain(
                each.name,
                each.aliases,
                each.domains,
                each.phones,
                each.tax_ids,
                each.phrases,
                "" if each.store is None else each.store.pattern,
            )
            for each in chains
        )
        money = Money(int(spent), program.currency)
        found.append(SeenRetailer(name, purchases, buyers, money, learned.get(key, 0), known))
    return tuple(found)
