"""Text records of the DNS: from the system's name servers, or from a fixed list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from receipts.errors import TransientError

DEFAULT_TIMEOUT_S = 2.0
"""One name server's time for one try."""
DEFAULT_LIFETIME_S = 5.0
"""All tries for one name together; a slow resolver abroad answers in well under 1 s."""
CACHED_NAMES = 2_000
"""Answers kept, each for its own time to live: a program sees a few hundred retailers."""


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


class FixedResolver:
    """Answers from a list alone and never asks the network: for old mails whose keys have lapsed."""

    def __init__(self, records: Mapping[str, str | bytes]) -> None:
        """Names in any case, with or without the final dot; each has one record."""
        self._records = {
            _plain(name): text.encode() if isinstance(text, str) else text for name, text in records.items()
        }

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """A JSON object of names to records: ``{"sel._domainkey.example.com": "v=DKIM1; p=..."}``.

        Raises:
            ValueError: the file holds no such object; the message says what to write.
        """
        form = '{"selector._domainkey.example.com": "v=DKIM1; p=..."}'
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON ({error}). Write {form}") from error
        if not isinstance(records, dict) or not all(isinstance(text, str) for text in records.values()):
            raise ValueError(f"{path.name} must map names to text records. Write {form}")
        return cls(records)

    def txt(self, name: str) -> tuple[bytes, ...]:
        """See `Resolver.txt`; a name that is not listed has no record."""
        record = self._records.get(_plain(name))
        return () if record is None else (record,)


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
