"""Which chain of the directory a page belongs to, and what its shop is then called.

Everything on the page that speaks for a chain is weighed: its name as a title, in the head or in the words of
thanks, its web address, telephone, tax number, slogans. A name that only places the shop (``at Walmart
Plaza``), or that stands among priced rows, speaks for nothing. What is clearly printed stays as printed: a
chain takes a name's place where that is damaged, missing or weaker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from ocr.chain_slips import alike, slips
from ocr.directory import Chain, Directory, digits_of, fold_joined, fold_words, shape_of
from ocr.lines import Line
from ocr.patterns import MAX_SEARCHED
from ocr.retailer import FoundRetailer
from ocr.shop_words import ADDRESS_WORDS, SHOP_WORDS

# Weights of evidence, no unit; a chain needs `NAMED`. Chosen on receipts drawn by the generator and on half
# of the real ones: a title, an address of its own or a number of its own is enough, a mention is not.
TITLE: Final = 4.0
BEGINS: Final = 3.0
OWNED: Final = 2.5
"""A title that goes on with words that tell nothing: an owner or a place (``EDEKA Peters``)."""
MENTIONED: Final = 1.5
THANKED: Final = 3.0
DOMAIN: Final = 3.0
NUMBER: Final = 3.5
SLOGAN: Final = 3.0
CARD: Final = 1.5
"""The name of a loyalty card, of one or two words."""
USUAL_WORD_FACTOR: Final = 0.5
NAMED: Final = 3.0
CERTAIN: Final = 5.0
"""Two kinds of evidence, one of them a proof."""
SLOGAN_LETTERS: Final = 14
NEARLY: Final = 84.0
"""Likeness (0 to 100) from which a name is a chain's for which something else speaks."""
MIN_INSIDE_LETTERS: Final = 4
"""Shorter names count only as a whole box: they are part of other words by chance."""
MAX_NAME_WORDS: Final = 6
TELLING_LETTERS: Final = 8
HEAD_LINES: Final = 12
CUT_SHARE: Final = 0.55
"""Of a name's letters, how many must be left where a logo was read in part."""
SURE_NAME: Final = 0.95
FAIR_NAME: Final = 0.85


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_PLACED_BEFORE: Final = _words(
    "at near next opp opposite behind beside inside in of by neben gegenuber im am bei face dans junto"
    " frente naast vis licensee franchisee"
)
_PLACED_BEHIND: Final = _words(
    "plaza mall shopping village square parking building tower arcade gift giftcard card cards visa"
    " mastercard road street strasse jalan drive avenue lane passage carre galerie outlet center centre"
)
_MALLS: Final = frozenset({"plaza", "mall", "galleria"})
_WELCOME: Final = _words(
    "welcome to the your willkommen bei im bienvenue chez bienvenido benvenuti da velkommen"
)
_DESCRIBED: Final = _words(
    "supercenter supercentre market markets markt store stores express extra city centre center"
    " pharmacy local metro food foods supermarket supermarkets supermarche superstore station tankstelle"
    " coffee restaurant restaurants company co usa us uk inc llc ltd limited plc gmbh ag kg ohg ek sa"
    " sas srl spa bv nv ab as sdn bhd pte pty filiale warehouse wholesale drug drugstore drogerie"
    " apotheke service oil gas fuel hypermarket hyper super discount branch shop no nr markte und and"
    " the of"
)
_DESCRIBED_SHAPES: Final = frozenset(map(shape_of, _DESCRIBED))
"""With letters and digits that print alike made one: engines read STORE as ST0RE."""
_THANKS: Final = re.compile(
    r"thank|shopping|visit|feedback|survey|tell us|dank|einkauf|merci|visite|gracias|grazie|obrigad"
    r"|bedankt|tack|takk"
    r"|dzi[eę]kuj",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\s?\.\s?){1,4}[a-z]{2,10}\b", re.IGNORECASE)
_LOCAL_COMPANY: Final = re.compile(r"S\s?D\s?N|\bBHD\b|ENTERPRISE|TRADING|\bS/B\b|PERNIAGAAN", re.IGNORECASE)
"""Dealers under a chain's sign who print their own company as the seller, as the tax law there asks."""
_NUMBER: Final = re.compile(r"[+(]?\d[\d\s()./-]{6,20}\d")


class _Sign(Enum):
    """What kind of thing speaks for a chain: saying one thing twice proves no more."""

    NAME = "name"
    THANKS = "thanks"
    DOMAIN = "domain"
    NUMBER = "number"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class _Clue:
    """`title`: the line is headed by the name."""

    chain: Chain
    sign: _Sign
    weight: float
    line: Line
    title: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """The chain that a page speaks for, with the weight of all that does and its title if it has one."""

    chain: Chain
    weight: float
    title: Line | None


def with_chain(
    found: FoundRetailer, lines: Sequence[Line], directory: Directory, *, own_text: bool
) -> FoundRetailer:
    """The retailer with the directory's word on it: its name, and its store where the chain numbers them."""
    resolved = resolve(lines, directory, found, own_text=own_text)
    if resolved is None:
        return found
    name, sure = _name(found, resolved, own_text=own_text)
    if name is None:
        return found
    shop = replace(found.retailer, name=name, store=_store(resolved.chain, lines) or found.retailer.store)
    quad = resolved.title.quad if resolved.title is not None and name != found.retailer.name else found.quad
    return FoundRetailer(shop, max(found.confidence, sure) if name == found.retailer.name else sure, quad)


def resolve(
    lines: Sequence[Line], directory: Directory, found: FoundRetailer, *, own_text: bool
) -> Resolved | None:
    """The chain with the most evidence; None where none has enough or two have the same.

    A document's own text has no misread letters: there "Kiwi Foods" and "Daily Mart" are what they say.
    """
    head = _head(lines)
    clues = [*_titles(head, directory), *_elsewhere(lines, len(head), directory)]
    if not own_text and not any(clue.title for clue in clues):
        clues += _damaged(head, found, directory, {clue.chain.name for clue in clues})
    weights: dict[str, float] = defaultdict(float)
    for clue in _strongest_of_a_kind(clues):
        weights[clue.chain.name] += clue.weight
    ranked = sorted(weights.items(), key=lambda entry: -entry[1])
    if not ranked or ranked[0][1] < OWNED or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    name, weight = ranked[0]
    mine = [clue for clue in clues if clue.chain.name == name]
    title = max((clue for clue in mine if clue.title), key=lambda clue: clue.weight, default=None)
    return Resolved(mine[0].chain, weight, title.line if title else None)


def _name(found: FoundRetailer, resolved: Resolved, *, own_text: bool) -> tuple[str | None, float]:
    """What the shop is called, None to leave it; with how sure that is."""
    printed, chain = found.retailer.name, resolved.chain
    sure = SURE_NAME if resolved.weight >= CERTAIN else FAIR_NAME
    if _clearly(printed, chain):
        return printed, sure
    if resolved.weight < NAMED:
        return None, 0.0
    if not printed or (_is_address(printed, chain) if own_text else _nearly(printed, chain)):
        return chain.name, sure
    if own_text:
        return None, 0.0
    if _LOCAL_COMPANY.search(printed):
        return None, 0.0
    titled = resolved.title is not None and resolved.weight >= BEGINS
    weak = found.confidence < WEAK_NAME or bool(ADDRESS_WORDS.search(printed))
    if titled or resolved.weight >= CERTAIN or weak:
        return chain.name, sure
    return None, 0.0


WEAK_NAME: Final = 0.6
"""Of a name by the rules: below it the head's lines look much alike."""


def _clearly(printed: str, chain: Chain) -> bool:
    """Whether the printed name is the chain's, whole, and says little else."""
    words = fold_words(printed)
    for alias in map(fold_words, chain.names):
        if words[: len(alias)] == alias:
            rest = words[len(alias) :]
            return len(rest) <= MAX_NAME_WORDS and not any(char.isdigit() for word in rest for char in word)
    return "".join(words) in map(fold_joined, chain.names)


def _nearly(printed: str, chain: Chain) -> bool:
    """Whether the name is the chain's, damaged, cut, or as its web address says it."""
    joined = fold_joined(printed)
    shape = shape_of(joined)
    return _is_address(printed, chain) or any(
        OSA.distance(shape, shape_of(alias), processor=None) <= slips(alias)
        or fuzz.ratio(joined, alias, processor=None) >= NEARLY
        or (len(joined) >= CUT_SHARE * len(alias) and alias.endswith(joined))
        for alias in map(fold_joined, chain.names)
    )


def _is_address(printed: str, chain: Chain) -> bool:
    """Whether the name is the chain's as its web address says it."""
    labels = {fold_joined(part) for domain in chain.domains for part in domain.split(".")[:-1]}
    return fold_joined(printed) in labels


def _head(lines: Sequence[Line]) -> Sequence[Line]:
    """Rows above the first price; never fewer than three."""
    stop = next(
        (i for i, line in enumerate(lines) if any(price.decimals > 0 for price in line.prices)), len(lines)
    )
    return lines[: max(3, min(HEAD_LINES, stop))]


def _titles(head: Sequence[Line], directory: Directory) -> Iterator[_Clue]:
    for line in head:
        texts = dict.fromkeys([line.text, *(box.text for box in line.row.boxes)])
        for text in texts:
            yield from _named_in(text, line, directory)


def _named_in(text: str, line: Line, directory: Directory) -> Iterator[_Clue]:
    words = fold_words(text)
    for start in range(len(words)):
        for stop in range(min(len(words), start + MAX_NAME_WORDS), start, -1):
            name = "".join(words[start:stop])
            chains = directory.names.get(name, ())
            weight = _weight(words, start, stop) if chains else 0.0
            for chain in chains:
                factor = USUAL_WORD_FACTOR if chain.usual_word and stop - start == 1 else 1.0
                if weight > 0:
                    yield _Clue(chain, _Sign.NAME, weight * factor, line, title=weight >= OWNED)


def _weight(words: Sequence[str], start: int, stop: int) -> float:
    """What a chain's name at this place of the line says."""
    before, rest = words[:start], words[stop:]
    greeted = all(word in _WELCOME for word in before)
    if not greeted and (before[-1] in _PLACED_BEFORE or len("".join(words[start:stop])) < MIN_INSIDE_LETTERS):
        return 0.0
    if rest and ((rest[0] in _PLACED_BEHIND and rest[0] not in _DESCRIBED) or _MALLS.intersection(rest)):
        return 0.0
    if not greeted:
        return MENTIONED
    telling = [word for word in rest if shape_of(word) not in _DESCRIBED_SHAPES and not word.isdigit()]
    if not rest:
        return TITLE
    if len("".join(words[start:stop])) < MIN_INSIDE_LETTERS and telling:
        return MENTIONED
    if not telling:
        return BEGINS
    return MENTIONED if SHOP_WORDS.search(" ".join(telling)) or len(telling) > MAX_NAME_WORDS else OWNED


def _elsewhere(lines: Sequence[Line], head: int, directory: Directory) -> Iterator[_Clue]:
    """What names no shop in the head but speaks for one: `head` rows at the top are its titles' own."""
    for position, line in enumerate(lines):
        for host in _HOST.finditer(line.text):
            yield from _addressed(host.group(), line, directory)
        for number in _NUMBER.findall(line.text):
            yield from _numbered(digits_of(number), line, directory)
        joined = fold_joined(line.text)
        for phrase, chain in directory.phrases.items():
            if phrase in joined:
                slogan = len(phrase) >= SLOGAN_LETTERS
                yield _Clue(chain, _Sign.PHRASE, SLOGAN if slogan else CARD, line)
        if not line.prices and position >= head:
            yield from _mentioned(line, directory)


def _addressed(host: str, line: Line, directory: Directory) -> Iterator[_Clue]:
    parts = host.replace(" ", "").lower().split(".")
    for start in range(len(parts) - 1):
        joined = "".join(fold_words(" ".join(parts[start:])))
        chain = directory.domains.get(joined) or directory.domains.get(joined.removeprefix("www"))
        if chain is not None:
            yield _Clue(chain, _Sign.DOMAIN, DOMAIN, line)
            return


def _numbered(digits: str, line: Line, directory: Directory) -> Iterator[_Clue]:
    forms = {
        digits,
        f"1{digits}",
        digits.removeprefix("1"),
        digits.removeprefix("49"),
        f"0{digits.removeprefix('49')}",
    }
    chain = next((directory.numbers[form] for form in forms if form in directory.numbers), None)
    if chain is not None:
        yield _Clue(chain, _Sign.NUMBER, NUMBER, line)


def _mentioned(line: Line, directory: Directory) -> Iterator[_Clue]:
    """Chains in words of thanks; elsewhere only by names that are no other words by chance."""
    words = fold_words(line.text)
    thanked = bool(_THANKS.search(line.text))
    for start in range(len(words)):
        for stop in range(min(len(words), start + MAX_NAME_WORDS), start, -1):
            name = "".join(words[start:stop])
            telling = thanked or stop - start > 1 or len(name) >= TELLING_LETTERS
            placed = stop < len(words) and words[stop] in _PLACED_BEHIND
            if len(name) < MIN_INSIDE_LETTERS or not telling or placed:
                continue
            for chain in directory.names.get(name, ()):
                if not chain.usual_word:
                    yield _Clue(chain, _Sign.THANKS, THANKED if thanked else MENTIONED, line)


def _damaged(
    head: Sequence[Line], found: FoundRetailer, directory: Directory, spoken_for: Iterable[str]
) -> Iterator[_Clue]:
    """Titles that are nearly a chain's name; a part of one only where something else speaks for it."""
    known = set(spoken_for)
    for line in head:
        for text in dict.fromkeys([line.text, found.retailer.name, *(box.text for box in line.row.boxes)]):
            for chain in alike(text, directory):
                factor = USUAL_WORD_FACTOR if chain.usual_word else 1.0
                yield _Clue(chain, _Sign.NAME, BEGINS * factor, line)
            for chain in (chain for chain in directory.chains if chain.name in known):
                if _nearly(text, chain):
                    yield _Clue(chain, _Sign.NAME, MENTIONED, line)


def _strongest_of_a_kind(clues: Iterable[_Clue]) -> Iterator[_Clue]:
    best: dict[tuple[str, _Sign], _Clue] = {}
    for clue in clues:
        key = (clue.chain.name, clue.sign)
        if key not in best or best[key].weight < clue.weight:
            best[key] = clue
    yield from best.values()


def _store(chain: Chain, lines: Sequence[Line]) -> str:
    if chain.store is None:
        return ""
    return next((match[1] for line in lines if (match := chain.store.search(line.text, 0, MAX_SEARCHED))), "")
