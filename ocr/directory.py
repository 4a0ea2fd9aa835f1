"""The directory of chains: how each is named on paper, and what else on a receipt speaks for it.

`ocr/retailers/*.toml` holds it, a file a country or region, one `[[chain]]` each:

    name        as people call it; the same name in several files is one chain
    aliases     further names as printed, with legal or local endings where they are common
    usual_word  true where the name is also an everyday word: the name alone then proves nothing
    domains     web addresses, those of its surveys among them
    phones      lines of its own customer service, in digits as printed
    tax_ids     tax numbers of the company, as printed
    phrases     slogans and names of loyalty cards; one of three words or more speaks for itself
    store       a regular expression whose first group is the store's number on the chain's receipts

Facts known to whoever shops there, written down in 2026. A program adds chains in the same form.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from ocr.patterns import why_costly

MIN_PHONE_DIGITS: Final = 8
"""Shorter numbers stand on receipts by chance."""
MIN_TAX_DIGITS: Final = 8
_FIELDS: Final = frozenset(
    {"name", "aliases", "usual_word", "domains", "phones", "tax_ids", "phrases", "store"}
)
_APOSTROPHES: Final = re.compile(r"(?<=\w)['’`´](?=\w)")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_ALIKE: Final = str.maketrans("01568i", "olsgbl")
MIN_SHAPE_LETTERS: Final = 4
_LETTERS: Final = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})


class DirectoryError(ValueError):
    """A file of chains says something that cannot be used; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of shops; see the module's words for what each field means."""

    name: str
    aliases: tuple[str, ...] = ()
    usual_word: bool = False
    domains: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tax_ids: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    store: re.Pattern[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Directory:
    """Chains by everything that speaks for them; all keys are folded and without blanks.

    Attributes:
        names: chains that go by a name; several where countries share one.
        shapes: the same by `shape_of` the name, for names of some length.
        domains: by address without dots.
        numbers: by telephone and tax number, digits alone.
        phrases: by slogan or loyalty card.
    """

    chains: tuple[Chain, ...]
    names: Mapping[str, tuple[Chain, ...]]
    shapes: Mapping[str, tuple[Chain, ...]]
    domains: Mapping[str, Chain]
    numbers: Mapping[str, Chain]
    phrases: Mapping[str, Chain]


def fold_words(text: str) -> tuple[str, ...]:
    """Lower-case words without accents; what an apostrophe joins is one word."""
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text.casefold().translate(_LETTERS)))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(_NOT_WORD.sub(" ", plain).split())


def fold_joined(text: str) -> str:
    """The folded words without blanks, since engines lose and invent them."""
    return "".join(fold_words(text))


def shape_of(joined: str) -> str:
    """A folded name with letters and digits that print alike made one."""
    return joined.translate(_ALIKE).replace("vv", "w").replace("rn", "m")


def digits_of(text: str) -> str:
    """Digits alone."""
    return "".join(char for char in text if char.isdigit())


@cache
def shipped() -> Directory:
    """The directory that comes with the product."""
    folder = files("ocr") / "retailers"
    pages = sorted(
        (page for page in folder.iterdir() if page.name.endswith(".toml")), key=lambda page: page.name
    )
    return build(
        chain for page in pages for chain in chains_in(page.read_text(encoding="utf-8"), place=page.name)
    )


@cache
def with_chains_of(path: Path) -> Directory:
    """The shipped directory and a program's own file."""
    return build((*shipped().chains, *chains_of_file(path)))


@lru_cache(maxsize=32)
def directory_with(path: Path | None, own: tuple[Chain, ...]) -> Directory:
    """The shipped directory, a file of chains beside it, and what a program says of retailers itself.

    A name that the shipped directory knows for an everyday word stays one.
    """
    base = shipped() if path is None else with_chains_of(path)
    if not own:
        return base
    usual = {fold_joined(chain.name) for chain in base.chains if chain.usual_word}
    said = (replace(chain, usual_word=chain.usual_word or fold_joined(chain.name) in usual) for chain in own)
    return build((*base.chains, *said))


def chains_of_file(path: Path) -> tuple[Chain, ...]:
    """The chains of a program's own file.

    Raises:
        DirectoryError: it cannot be read or used.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DirectoryError(
            f"{path} cannot be read ({error.strerror or error}); name a file of chains"
        ) from error
    except UnicodeDecodeError as error:
        raise DirectoryError(f"{path} is no text in UTF-8 ({error.reason}); save it as UTF-8") from error
    return chains_in(text, place=str(path))


def chains_in(text: str, *, place: str) -> tuple[Chain, ...]:
    """The chains of one file.

    Raises:
        DirectoryError: it is no TOML, or a chain has no name, an unknown field or a bad pattern.
    """
    try:
        listed = tomllib.loads(text).get("chain", [])
    except tomllib.TOMLDecodeError as error:
        raise DirectoryError(f"{place} is not TOML: {error}; write each chain below [[chain]]") from error
    if not isinstance(listed, list):
        raise DirectoryError(f"{place}: chain is {listed!r}; write each chain below [[chain]]")
    return tuple(chain_of(entry, f"{place}, chain {number}") for number, entry in enumerate(listed, 1))


def chain_of(entry: object, place: str) -> Chain:
    """The chain of one entry with a file's fields.

    Raises:
        DirectoryError: it has no name, an unknown field or a bad pattern.
    """
    if not isinstance(entry, dict):
        raise DirectoryError(f"{place} is {entry!r}; write each chain below [[chain]], with its keys")
    name = entry.get("name")
    if not isinstance(name, str) or not fold_joined(name):
        raise DirectoryError(f'{place} has no name; add: name = "..."')
    if unknown := sorted(set(entry) - _FIELDS):
        raise DirectoryError(
            f"{place} ({name}): unknown {', '.join(unknown)}; known are {', '.join(sorted(_FIELDS))}"
        )
    usual = entry.get("usual_word", False)
    if not isinstance(usual, bool):
        raise DirectoryError(f"{place} ({name}): usual_word is {usual!r}; write true or false")
    return Chain(
        name=name,
        aliases=_texts(entry, "aliases", place),
        usual_word=usual,
        domains=_texts(entry, "domains", place),
        phones=_texts(entry, "phones", place),
        tax_ids=_texts(entry, "tax_ids", place),
        phrases=_texts(entry, "phrases", place),
        store=_store_pattern(entry.get("store", ""), f"{place} ({name})"),
    )


def _store_pattern(store: object, place: str) -> re.Pattern[str] | None:
    if not isinstance(store, str):
        raise DirectoryError(f"{place}: store is {store!r}; write a regular expression: 'STORE (\\d+)'")
    if not store:
        return None
    if costly := why_costly(store):
        raise DirectoryError(f"{place}: store {costly}, which can take hours; write it simpler")
    try:
        pattern = re.compile(store, re.IGNORECASE)
    except re.error as error:
        raise DirectoryError(f"{place}: store is no regular expression: {error}") from error
    if pattern.groups != 1:
        raise DirectoryError(f"{place}: store needs one group, around the number: STORE (\\d+)")
    return pattern


def _texts(entry: Mapping[str, object], field: str, place: str) -> tuple[str, ...]:
    listed = entry.get(field, [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise DirectoryError(f'{place}: {field} is a list of texts: {field} = ["...", "..."]')
    return tuple(listed)


def build(chains: Iterable[Chain]) -> Directory:
    """The directory of these chains; those of one name are one."""
    merged: dict[str, Chain] = {}
    for chain in chains:
        key = fold_joined(chain.name)
        merged[key] = _together(merged[key], chain) if key in merged else chain
    names: dict[str, tuple[Chain, ...]] = {}
    for chain in merged.values():
        for alias in dict.fromkeys(map(fold_joined, chain.names)):
            names[alias] = (*names.get(alias, ()), chain)
    shapes: dict[str, tuple[Chain, ...]] = {}
    for name, chains_named in names.items():
        if len(name) >= MIN_SHAPE_LETTERS:
            shapes[shape_of(name)] = (*shapes.get(shape_of(name), ()), *chains_named)
    every = tuple(merged.values())
    return Directory(
        chains=every,
        names=names,
        shapes=shapes,
        domains={fold_joined(domain): chain for chain in every for domain in chain.domains},
        numbers={
            digits: chain
            for chain in every
            for number in (*chain.phones, *chain.tax_ids)
            if len(digits := digits_of(number)) >= MIN_PHONE_DIGITS
        },
        phrases={fold_joined(phrase): chain for chain in every for phrase in chain.phrases},
    )


def _together(first: Chain, second: Chain) -> Chain:
    def both(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*left, *right)))

    return Chain(
        name=first.name,
        aliases=both(first.aliases, second.names[1:]),
        usual_word=first.usual_word and second.usual_word,
        domains=both(first.domains, second.domains),
        phones=both(first.phones, second.phones),
        tax_ids=both(first.tax_ids, second.tax_ids),
        phrases=both(first.phrases, second.phrases),
        store=first.store or second.store,
    )
