"""Where a mail's links lead. Nothing is followed, and a page of any size costs a bounded time.

No parser: it would build a tree of a megabyte for a few hundred links. A link is ``<a ... href=...>`` and the
words up to ``</a``.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from publicsuffixlist import PublicSuffixList

from awarding.fraud.files.base import Link, MailLinks

MAX_PAGE_CHARS: Final = 1_500_000
MAX_LINKS: Final = 400
"""Looked at; order mails have 20 to 120."""
MAX_KEPT: Final = 40
_MAX_TAG: Final = 3000
"""Characters of a tag. Tracking links have up to 1,200."""
_MAX_WORDS: Final = 300
_MAX_UNWRAPPED: Final = 3
_HREF: Final = re.compile(r"""\bhref\s{0,4}=\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*(?:>|$)")
"""The last one may be cut off."""
_SHOWN: Final = re.compile(r"\b(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})\b", re.IGNORECASE)
_WRAPPED: Final = {
    "safelinks.protection.outlook.com": "url",
    "google.com": "q",
    "urldefense.com": "u",
    "urldefense.proofpoint.com": "u",
}
"""Mail programs that put every link into one of their own, and where the original stands in it."""


def mail_links(page: str, sender_address: str) -> MailLinks:
    """The registrable domains that the page's links lead to, each with the one that its words show."""
    found: dict[Link, None] = {}
    sender = registrable(sender_address.rpartition("@")[2])
    count, start = 0, 0
    page = page[:MAX_PAGE_CHARS]
    low = page.replace("İ", "I").lower()  # the one letter that becomes two: places must stay the same
    for _ in range(MAX_LINKS):
        start = low.find("<a", start)
        if start < 0:
            break
        end = low.find(">", start, start + _MAX_TAG)
        if end < 0:
            start += 2
            continue
        href = _HREF.search(page, start, end)
        if href is not None and low[start + 2 : start + 3].isspace():
            address = html.unescape(href[1] or href[2] or href[3] or "")
            link = _link(address, page[end + 1 : end + _MAX_WORDS], sender)
            if link is not None:
                count += 1
                found.setdefault(link)
        start = end
    return MailLinks(sender, tuple(found)[:MAX_KEPT], count)


def registrable(host: str) -> str:
    """``example.co.uk`` for ``mail.example.co.uk``; empty for what is no host of a domain."""
    host = host.strip().rstrip(".").lower()
    if not re.fullmatch(r"[a-z0-9.-]{3,253}", host) or host.replace(".", "").isdigit():
        return ""
    return _suffixes().privatesuffix(host) or ""


def _link(address: str, after: str, sender: str) -> Link | None:
    host = _host(address)
    domain = registrable(host)
    if not domain:
        return None
    words = _TAG.sub(" ", after.partition("</a")[0])
    shown = _SHOWN.search(words)
    return Link(domain, "" if shown is None else _shown_domain(shown[1], sender))


def _shown_domain(text: str, sender: str) -> str:
    """Only of what is a domain anywhere, or the sender's: ``Order.Total`` is none."""
    if registrable(text) == sender:
        return sender
    suffix = text.rpartition(".")[2].lower()
    return registrable(text) if _suffixes().publicsuffix(f"a.{suffix}", accept_unknown=False) else ""


def _host(address: str) -> str:
    """The host, within the wrappings that mail programs add."""
    for _ in range(_MAX_UNWRAPPED):
        if not address.strip()[:8].lower().startswith(("http://", "https://")):
            return ""
        try:
            parts = urlsplit(address.strip())
            host = (parts.hostname or "").lower()
        except ValueError:
            return ""
        field = next((name for known, name in _WRAPPED.items() if f".{host}".endswith(f".{known}")), "")
        inner = parse_qs(parts.query, max_num_fields=20).get(field, [""])[0] if field else ""
        if not inner:
            return host
        address = unquote(inner)
    return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
