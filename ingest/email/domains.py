"""Whose domain it is: by the public suffix list that comes with the library, without a network."""

from __future__ import annotations

import re
from email.utils import getaddresses
from functools import cache

from publicsuffixlist import PublicSuffixList

DOMAIN_MAX_CHARS = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def plain_domain(domain: str) -> str:
    """Lower case, in the form that stands in the DNS (``xn--``); empty when it is no domain name."""
    text = domain.strip().rstrip(".").lower()
    if len(text) > DOMAIN_MAX_CHARS:
        return ""
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = text.split(".")
    if len(labels) < 2 or labels[-1].isdigit():  # noqa: PLR2004 - a name without a dot is nobody's on the net
        return ""
    return text if all(_LABEL.fullmatch(label) for label in labels) else ""


def domain_of(address: str) -> str:
    """The plain domain of an address; empty when there is none."""
    return plain_domain(address.rpartition("@")[2]) if "@" in address else ""


def organisation(domain: str) -> str:
    """The domain that its owner registered: ``news.shop.co.uk`` gives ``shop.co.uk``.

    Private suffixes count, so that two shops of one shop builder are two. Empty for a suffix itself, which
    is nobody's.
    """
    plain = plain_domain(domain)
    return (_suffixes().privatesuffix(plain) or "") if plain else ""


def aligned(first: str, second: str) -> bool:
    """Whether two domains are one owner's (DMARC's relaxed alignment)."""
    one = organisation(first)
    return bool(one) and one == organisation(second)


def authors_in(from_line: str) -> tuple[str, ...]:
    """Addresses that a From line names, lower case; empty when it cannot be read."""
    unfolded = " ".join(from_line.split())
    try:
        pairs = getaddresses([unfolded])
    except RecursionError:  # comments in comments, thousands deep
        return ()
    return tuple(address.lower() for _, address in pairs if address)
