"""A query made ready, and the forms that its answer takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from operator import itemgetter

from matching.features import Paid
from matching.gtin import PrintedCode
from matching.index import CatalogIndex
from matching.scored import Scored
from matching.text import NormalText
from matching.thresholds import USUAL, Thresholds
from receipts.identity import Sku
from receipts.match import Match, MatchCandidate, MatchReason, MatchVerdict

# Probability below which not even a best guess is named.
NEAR_MIN = 0.03
MOST_CANDIDATES = 5
# Another size of the right words is right only if the size was misread.
SIZE_CONFLICT_FACTOR = 0.1
# Candidates that share what the first leaves; what follows them has next to nothing.
_SHARING = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A query made ready.

    Attributes:
        printed_code: as printed.
        code: what it may stand for.
        serials: serial numbers, which are no part of words or code.
    """

    position: int
    description: str
    text: NormalText
    printed_code: str | None
    code: PrintedCode
    paid: Paid
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A line with its candidates; without words or candidates there is nothing scored."""

    line: Line
    scored: Scored | None
    index: CatalogIndex
    thresholds: Thresholds = USUAL

    def accept(self, product: int, likely: float, reason: MatchReason) -> Match:
        """It pays by itself."""
        return self._answer(MatchVerdict.ACCEPT, product, likely, reason)

    def ask(self, product: int, likely: float, reason: MatchReason) -> Match:
        """A person is asked."""
        return self._answer(MatchVerdict.ASK, product, likely, reason)

    def none(self, reason: MatchReason, product: int | None = None, likely: float = 0.0) -> Match:
        """Another maker's, or no product; the product is named where it came near."""
        if product is not None and likely >= NEAR_MIN:
            return self._answer(MatchVerdict.NONE, product, likely, reason)
        return Match(self.line.position, MatchVerdict.NONE, None, None, round(likely, 4), reason, ())

    def _answer(self, verdict: MatchVerdict, product: int, likely: float, reason: MatchReason) -> Match:
        return Match(
            position=self.line.position,
            verdict=verdict,
            sku=self.index.sku_at(product),
            gtin=self.index.gtin_at(product),
            probability=round(likely, 4),
            reason=reason,
            candidates=self._candidates(product, likely, decided=verdict is MatchVerdict.ACCEPT),
        )

    def _candidates(self, product: int, likely: float, *, decided: bool) -> tuple[MatchCandidate, ...]:
        """The product, then the others, which share what is left; siblings the line cannot part are equal.

        Once decided, perhaps by a code that parts what the words do not, the product has no equal.
        """
        listed = [(product, likely)]
        scored = self.scored
        if scored is not None:
            family = int(self.index.family[product])
            own = scored.place_of(product)
            fit = None if own is None else scored.fits[own]
            others = [place for place in range(min(len(scored.products), _SHARING + 1)) if place != own]
            others = others[:_SHARING]
            scores, families = scored.scores, scored.families
            top = scores[others[0]] if others else 0.0
            odds = {place: exp(scores[place] - top) for place in others if families[place] != family}
            total = sum(odds.values())
            left = 1.0 - likely
            for place in others:
                if place in odds:
                    share = left * odds[place] / total
                elif not decided and scored.fits[place] is fit:
                    share = likely
                else:
                    share = left * SIZE_CONFLICT_FACTOR
                listed.append((scored.products[place], min(likely, share)))
        listed[1:] = sorted(listed[1:], key=itemgetter(1), reverse=True)
        skus = self.index.products.sku
        return tuple(
            [
                MatchCandidate(sku=Sku(skus.text(number)), probability=round(value, 4))
                for number, value in listed[:MOST_CANDIDATES]
            ]
        )
