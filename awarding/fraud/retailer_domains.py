"""Which domains are a retailer's, which retailer a domain is, and which domains only look like one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from publicsuffixlist import PublicSuffixList
from rapidfuzz.distance import OSA

from awarding.fraud.retailer_domain_list import ENTRIES
from awarding.retailer import fold_retailer

LABEL_MIN_LETTERS = 4
"""Shorter names (``dm``, ``hm``) stand by chance in too many domains to be called imitated."""
ONE_SLIP_MIN_LETTERS = 6
"""Between names this long one letter off is an imitation; below, it is another word (``cosco``)."""
_COUNTRY_LETTERS = 2

_PAIRS = (("rn", "m"), ("vv", "w"))
# Digits, and letters of other scripts, that print like Latin ones; i, l and 1 are all one stroke.
_CONFUSABLE = str.maketrans("0135|ilаеорсухвкмнтіјѕԁαορνιτ", "oleslllaeopcyxbkmhtljsdaopvlt")

NO_DOMAINS: Mapping[str, Iterable[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class KnownRetailer:
    """A chain, or a group of chains that shares its mail domains.

    Attributes:
        names: folded (`fold_retailer`).
        domains: each stands for its subdomains too.
        carrier: its mails are about other shops' goods as well: a marketplace, delivery or payment service.
    """

    names: tuple[str, ...]
    domains: frozenset[str]
    carrier: bool


@cache
def known_retailers() -> tuple[KnownRetailer, ...]:
    """The list that comes with the product."""
    entries: list[str] = []
    for line in ENTRIES.strip().splitlines():
        if line.startswith(" "):
            entries[-1] += line
        else:
            entries.append(line)
    return tuple(_entry(line) for line in entries)


def _entry(line: str) -> KnownRetailer:
    names, _, domains = line.partition(":")
    return KnownRetailer(
        names=tuple(dict.fromkeys(fold_retailer(name) for name in names.rstrip("*").split(","))),
        domains=frozenset(domains.split()),
        carrier=names.endswith("*"),
    )


def retailers_named(name: str) -> tuple[KnownRetailer, ...]:
    """The known retailers of a printed name, which may go on after the chain's (``REWE Markt Muster oHG``).

    Those with the longest fitting name (``Coop Italia`` before ``Coop``); several where chains of different
    countries share it. A shop that goes by its domain (``Amazon.de``) is known by that.
    """
    shops = (retailer_of(word.strip("()<>,;").rstrip(".")) for word in name.lower().split() if "." in word)
    if by_domain := tuple(shop for shop in shops if shop is not None):
        return by_domain
    words = fold_retailer(name).split()
    beginnings = {"".join(words[:count]) for count in range(1, len(words) + 1)}
    fitting = [
        (len(known), retailer)
        for retailer in known_retailers()
        for known in (folded.replace(" ", "") for folded in retailer.names)
        if known in beginnings
    ]
    longest = max((length for length, _ in fitting), default=0)
    return tuple(retailer for length, retailer in fitting if length == longest)


def known_domains(retailer: str, *, own: Mapping[str, Iterable[str]] = NO_DOMAINS) -> frozenset[str]:
    """The domains that the retailer's mails come from; empty where none is known.

    Args:
        retailer: as printed on the receipt.
        own: a program's additions, retailer name to domains; they count beside the known ones.
    """
    listed = {domain for each in retailers_named(retailer) for domain in each.domains}
    wanted = fold_retailer(retailer).replace(" ", "")
    added = {
        domain.strip().rstrip(".").lower()
        for name, domains in own.items()
        if wanted and fold_retailer(name).replace(" ", "") == wanted
        for domain in domains
    }
    return frozenset(added | listed)


def within(domain: str, domains: Iterable[str]) -> bool:
    """Whether the domain is one of these or below one of them."""
    return any(domain == each or domain.endswith(f".{each}") for each in domains)


def retailer_of(domain: str) -> KnownRetailer | None:
    """The known retailer whose domain it is."""
    wanted = domain.rstrip(".").lower()
    return next((each for each in known_retailers() if within(wanted, each.domains)), None)


def imitated(domain: str) -> tuple[KnownRetailer, ...]:
    """The known retailers that a domain, which is none of theirs, looks like.

    ``arnazon.com``, ``tesco-receipts.com``, ``tesco.shop``, ``xn--mazon-3ve.com``, ``amazon.com.a.example``
    do; ``tesco.hu`` may be the chain's own shop in a country that is not listed, and so does not.
    """
    wanted = domain.rstrip(".").lower()
    registered = _suffixes().privatesuffix(wanted) if wanted else None
    if not registered or retailer_of(wanted) is not None:
        return ()
    label, _, suffix = registered.partition(".")
    return tuple(
        retailer
        for retailer in known_retailers()
        if any(
            f".{known}." in f".{wanted}." or _label_imitates(label, suffix, known.partition(".")[0])
            for known in retailer.domains
        )
    )


def _label_imitates(label: str, suffix: str, known: str) -> bool:
    if len(known) < LABEL_MIN_LETTERS:
        return False
    if label == known:
        return len(suffix.rpartition(".")[2]) != _COUNTRY_LETTERS
    skeleton, known_skeleton = _skeleton(label), _skeleton(known)
    if skeleton == known_skeleton or known_skeleton in skeleton.split("-"):
        return True
    return min(len(known), len(label)) >= ONE_SLIP_MIN_LETTERS and OSA.distance(label, known) == 1


@cache
def _skeleton(label: str) -> str:
    """What a label looks like: accents gone, look-alikes as one letter."""
    try:
        shown = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
    except UnicodeError:
        shown = label
    decomposed = unicodedata.normalize("NFKD", shown.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain.translate(_CONFUSABLE)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
