"""What reviewers taught, for pages, API and commands: the list, and taking one back."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.catalog import CatalogProduct
from receipts.database.repositories.alias_list import Alias, AliasList
from receipts.database.repositories.aliases import Aliases
from receipts.database.repositories.programs import ProgramData
from receipts.identity import AccountId, ProgramId, Sku

REASON_MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class LearnedView:
    """An alias as people see it.

    Attributes:
        product: of the catalog in force; None where it has left it, or the line is none of ours.
        rivals: what else reviewers said of the same print: product name or "not ours", and how often.
    """

    alias: Alias
    product: CatalogProduct | None
    rivals: tuple[tuple[str, int], ...]

    @property
    def answer(self) -> str:
        """The product in words."""
        return answer_words(self.alias.choice.sku, self.product)


def answer_words(sku: Sku | None, product: CatalogProduct | None) -> str:
    """What a print was confirmed as, in words."""
    if sku is None:
        return "Not ours"
    if product is None:
        return f"{sku} (no longer in the catalog)"
    return f"{product.name}, {product.size}" if product.size else product.name


def learned_page(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    search: str = "",
    disputed: bool = False,
    before: int | None = None,
    limit: int,
) -> tuple[LearnedView, ...]:
    """Aliases of the program, the latest confirmed first; `before` is the last one's `last_event`."""
    with wiring.database.read() as session:
        found = AliasList(session, program_id).page(
            search=search, disputed=disputed, before=before, limit=limit
        )
    return _views(wiring, program_id, found)


def learned_counts(wiring: Wiring, *, program_id: ProgramId) -> tuple[int, int]:
    """How many aliases stand, and how many of them are disputed."""
    with wiring.database.read() as session:
        return AliasList(session, program_id).counts()


def learned_view(wiring: Wiring, *, program_id: ProgramId, alias_id: str) -> LearnedView | None:
    """One alias; None where the program has none of that id, or all of it was withdrawn."""
    with wiring.database.read() as session:
        found = AliasList(session, program_id).find(alias_id)
    return None if found is None else _views(wiring, program_id, (found,))[0]


def withdraw_alias(
    wiring: Wiring, *, program_id: ProgramId, alias_id: str, author: AccountId | None, reason: str
) -> bool:
    """Take an alias back; False where there is none. Nothing that was paid by it changes."""
    with wiring.database.write() as session:
        return Aliases(session, program_id, utc_now()).withdraw(
            alias_id, author=author, reason=reason.strip()[:REASON_MOST_CHARACTERS]
        )


def _views(wiring: Wiring, program_id: ProgramId, found: tuple[Alias, ...]) -> tuple[LearnedView, ...]:
    said = {choice.sku for alias in found for choice in (alias.choice, *alias.others)}
    wanted = frozenset(sku for sku in said if sku is not None)
    with wiring.database.read() as session:
        data = ProgramData(session, program_id)
        newest = data.newest_catalog()
        products = {} if newest is None or not wanted else data.products(newest[0], wanted)
    return tuple(
        LearnedView(
            alias=alias,
            product=None if alias.choice.sku is None else products.get(alias.choice.sku),
            rivals=tuple(
                (answer_words(each.sku, None if each.sku is None else products.get(each.sku)), each.count)
                for each in alias.others
            ),
        )
        for alias in found
    )
