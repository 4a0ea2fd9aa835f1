"""Text records of the DNS: from the system's name servers, or from a fixed list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Protocol, Self

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.zonefile
from dns.rdtypes.ANY.TXT import TXT

from receipts.errors import TransientError

DEFAULT_TIMEOUT_S = 2.0
"""One name server's time for one try."""
DEFAULT_LIFETIME_S = 5.0
"""All tries for one name together; a slow resolver abroad answers in well under 1 s."""
CACHED_NAMES = 2_000
"""Answers kept, each for its own time to live: a program sees a few hundred retailers."""

MAIL_LOOKUPS_S = 20.0
"""All lookups for one mail: a worker has 80 s for all that it does with it. Names answer in tens of ms."""
MAIL_SILENT_NAMES = 4
"""Of one mail; then the DNS is down. Two may be an old shop's, whose name servers are gone."""


class Resolver(Protocol):
    """Where published keys are looked up."""

    def txt(self, name: str) -> tuple[bytes, ...]:
        """The text records of a name, each with its strings joined; empty where there is none.

        Raises:
            TransientError: the DNS did not answer in time, so nothing is known about the name.
        """
        ...


class SystemResolver:
    """The name servers that the system is configured with, or those given; safe for threads."""

    def __init__(
        self,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        lifetime_s: float = DEFAULT_LIFETIME_S,
        cached_names: int = CACHED_NAMES,
        nameservers: tuple[str, ...] = (),
        port: int = 53,
    ) -> None:
        """Reads the system's configuration when first asked, so that building one never fails.

        Args:
            timeout_s: for one try at one server.
            lifetime_s: for all tries for one name.
            cached_names: at most so many answers are kept.
            nameservers: addresses to ask instead of the system's.
            port: of the servers given.
        """
        self._timeout_s = timeout_s
        self._lifetime_s = lifetime_s
        self._cache = dns.resolver.LRUCache(cached_names)
        self._nameservers = nameservers
        self._port = port
        self._asked: dns.resolver.Resolver | None = None

    def txt(self, name: str) -> tuple[bytes, ...]:
        """See `Resolver.txt`."""
        try:
            # Absolute: the system's search domains must not answer for a retailer.
            wanted = dns.name.from_text(name).derelativize(dns.name.root)
        except (dns.exception.DNSException, UnicodeError):
            return ()
        try:
            answer = self._servers().resolve(wanted, dns.rdatatype.TXT, lifetime=self._lifetime_s)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return ()
        except (dns.exception.DNSException, OSError, EOFError) as error:
            # Time-outs, servers that refuse or fail, and answers that make no sense.
            raise TransientError(f"the DNS gave no answer for {name} ({type(error).__name__})") from error
        return tuple(b"".join(record.strings) for record in answer if isinstance(record, TXT))

    def _servers(self) -> dns.resolver.Resolver:
        if self._asked is None:
            asked = dns.resolver.Resolver(configure=not self._nameservers)
            if self._nameservers:
                asked.nameservers = list(self._nameservers)
                asked.port = self._port
            asked.timeout = self._timeout_s
            asked.lifetime = self._lifetime_s
            asked.cache = self._cache
            self._asked = asked
        return self._asked


class OneMailResolver:
    """What all checks of one mail ask together: each name once, and no more where the DNS is silent.

    Each check has limits of its own, but a mail may hold dozens of others, each with its signatures.
    """

    def __init__(self, resolver: Resolver, *, most_s: float = MAIL_LOOKUPS_S) -> None:
        """`most_s` is for all lookups together; the one that runs over it is finished."""
        self._resolver = resolver
        self._left_s = most_s
        self._known: dict[str, tuple[bytes, ...]] = {}
        self._silent: set[str] = set()

    def txt(self, name: str) -> tuple[bytes, ...]:
        """See `Resolver.txt`."""
        wanted = _plain(name)
        if wanted in self._known:
            return self._known[wanted]
        if wanted in self._silent or len(self._silent) >= MAIL_SILENT_NAMES or self._left_s <= 0:
            raise TransientError(
                f"the DNS was not asked for {name}: it has been silent, or slow, for this mail"
            )
        began = monotonic()
        try:
            self._known[wanted] = self._resolver.txt(name)
        except TransientError:
            self._silent.add(wanted)
            raise
        finally:
            self._left_s -= monotonic() - began
        return self._known[wanted]


class FixedResolver:
    """Answers from a list alone and never asks the network: for old mails whose keys have lapsed."""

    def __init__(self, records: Mapping[str, str | bytes | Sequence[str]]) -> None:
        """Names in any case, with or without the final dot.

        A record is a text as it is; the strings that it was cut into, as a list or in quotes as DNS tools
        print them; or several records, as a list.
        """
        self._records = {_plain(name): _texts(value) for name, value in records.items()}

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """A JSON object of names to records, or a zone file, as `dig` prints it.

        Raises:
            ValueError: the file holds neither; the message says what to write.
        """
        form = '{"selector._domainkey.example.com": "v=DKIM1; p=..."}'
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{path.name} is no text ({error}). Write {form}") from error
        if not text.lstrip().startswith(("{", "[")):
            try:
                return cls(_zone(text))
            except (dns.exception.DNSException, ValueError) as error:
                told = f"{path.name} is neither JSON nor a zone file ({error}). Write {form}"
                raise ValueError(told) from error
        try:
            records = json.loads(text)
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON ({error}). Write {form}") from error
        if not isinstance(records, dict) or not all(map(_is_record, records.values())):
            raise ValueError(f"{path.name} must map names to text records. Write {form}")
        return cls(records)

    def txt(self, name: str) -> tuple[bytes, ...]:
        """See `Resolver.txt`; a name that is not listed has no record."""
        return self._records.get(_plain(name), ())


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_STARTS = re.compile(r"\s*v\s*=")
"""How a record begins, as against the rest of one that was cut."""


def _is_record(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)
    )


def _texts(value: str | bytes | Sequence[str]) -> tuple[bytes, ...]:
    """The records of one name. What a list has behind the first is its rest, unless it begins as one does."""
    if isinstance(value, bytes):
        return (value,)
    if isinstance(value, str):
        return (_joined(value).encode(),)
    records: list[str] = []
    for part in map(_joined, value):
        if records and not _STARTS.match(part):
            records[-1] += part
        else:
            records.append(part)
    return tuple(record.encode() for record in records)


def _joined(text: str) -> str:
    """A record in quotes, in one string or more, as DNS tools print it; any other as it is."""
    if not text.lstrip().startswith('"'):
        return text
    return "".join(_ESCAPED.sub(r"\1", part) for part in _QUOTED.findall(text))


def _zone(text: str) -> dict[str, list[str]]:
    """The text records of a zone file.

    Raises:
        ValueError: there is none.
        dns.exception.DNSException: it is no zone file.
    """
    sets = dns.zonefile.read_rrsets(text, rdclass=None, default_ttl=0, origin=".", relativize=False)
    found = {
        each.name.to_text(): [b"".join(record.strings).decode("utf-8", "replace") for record in each]
        for each in sets
        if each.rdtype == dns.rdatatype.TXT
    }
    if not found:
        raise ValueError("no text record is in it")
    return found


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
