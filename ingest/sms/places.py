"""Which addresses media may be fetched from. What is not exactly one of them is refused unread.

Two kinds of places. The provider's API is asked first, with the account's credentials, and only for a
message's media. It answers with a redirect to a file host, which is asked without any credentials.

Twilio documents ``mms.twiliocdn.com`` for accounts that protect their media, ``s3-external-1.amazonaws.com``
for media from before that; redirects seen in the field also pass ``media.twiliocdn.com``. The S3 host serves
everyone's buckets, so there only Twilio's bucket is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

MEDIA_PLACES = (
    "api.twilio.com",
    "mms.twiliocdn.com",
    "media.twiliocdn.com",
    "s3-external-1.amazonaws.com/media.twiliocdn.com/",
)
"""Where Twilio keeps media, unless the settings say otherwise. A place is a host, or a host and a folder."""

_API_HOST = re.compile(r"api(\.[a-z0-9-]+){0,2}\.twilio\.com")
"""``api.twilio.com`` and its regions, such as ``api.dublin.ie1.twilio.com``: what may see the credentials."""
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
_PLACE = re.compile(rf"({_HOST})(/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*)?")
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.:\[\]-]+?)(?::([0-9]{1,5}))?/?")
_URL = re.compile(
    r"(https?)://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)"
    r"(\?[A-Za-z0-9._~%!$&'()*+,;=:@/?-]*)?"
)
"""ASCII only, no user before the host, no fragment, no backslash, no blank, no bracket."""
_URL_MAX_CHARS = 8_192
_MEDIA_PATH = re.compile(
    r"/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages/(?:SM|MM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32,40}"
)
"""Media ids of 33 digits have been seen."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """An address that is never asked.

    Attributes:
        reason: one sentence for operators.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """An address that may be asked, taken apart: no other parser ever looks at the text again.

    Attributes:
        target: path and query as they go onto the wire.
    """

    scheme: str
    host: str
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class MediaPlaces:
    """What is allowed.

    Attributes:
        api_hosts: asked with credentials.
        file_places: host and folder of what the API may redirect to.
        test_origin: scheme, host and port of a test's own server, which may be asked for both; None in
            earnest. The one place that need be neither https nor public.
    """

    api_hosts: frozenset[str]
    file_places: tuple[tuple[str, str], ...]
    test_origin: tuple[str, str, int] | None = None

    @classmethod
    def of(cls, places: Iterable[str] = MEDIA_PLACES, *, test_url: str = "") -> MediaPlaces:
        """From the settings' list, in which API hosts and file hosts stand together.

        Raises:
            ValueError: an entry is no host's name; the message says which and what would be right.
        """
        api_hosts: set[str] = set()
        file_places: list[tuple[str, str]] = []
        for place in places:
            found = _PLACE.fullmatch(place)
            if found is None:
                raise ValueError(
                    f"media host {place!r}: write a name such as 'mms.twiliocdn.com', in lower case,"
                    " without https:// and without a port; a folder after it ends with '/'"
                )
            if _API_HOST.fullmatch(place):
                api_hosts.add(place)
            else:
                file_places.append((found[1], found[2] or "/"))
        origin = _origin(test_url) if test_url else None
        if origin is not None and _API_HOST.fullmatch(origin[1]):
            # Another region of the provider's is no test's server: it is to be public, and asked by https.
            api_hosts.add(origin[1])
            origin = None
        return cls(frozenset(api_hosts), tuple(file_places), origin)

    def api_place(self, url: str) -> Place | NotAllowed:
        """The address of a message's media at the provider's API."""
        place = _taken_apart(url)
        if isinstance(place, NotAllowed):
            return place
        if not self._is_test(place):
            trouble = _https_trouble(place)
            if trouble or place.host not in self.api_hosts:
                return NotAllowed(trouble or "the host is not one of the configured API hosts")
        if not _MEDIA_PATH.fullmatch(place.target):
            return NotAllowed("the path is not that of a message's media")
        return place

    def file_place(self, url: str) -> Place | NotAllowed:
        """The address of a file, as a redirect gives it."""
        place = _taken_apart(url)
        if isinstance(place, NotAllowed) or self._is_test(place):
            return place
        trouble = _https_trouble(place)
        if trouble:
            return NotAllowed(trouble)
        if not any(
            place.host == host and place.target.startswith(folder) for host, folder in self.file_places
        ):
            return NotAllowed("the host is not one of the configured media hosts")
        return place

    def _is_test(self, place: Place) -> bool:
        return (place.scheme, place.host, place.port) == self.test_origin


def _taken_apart(url: str) -> Place | NotAllowed:
    found = _URL.fullmatch(url) if len(url) <= _URL_MAX_CHARS else None
    if found is None:
        return NotAllowed("the address is not of the plain form https://host/path")
    scheme, host, port, path, query = found.groups()
    # Decoded until nothing changes, since servers differ in how often they decode.
    plain = path
    while (decoded := unquote(plain)) != plain:
        plain = decoded
    if {".", ".."} & set(re.split(r"[/\\]", plain)):
        return NotAllowed("the path climbs")
    return Place(scheme, host, int(port) if port else _PORTS[scheme], path + (query or ""))


def _https_trouble(place: Place) -> str:
    if place.scheme != "https":
        return "the address is not https"
    if place.port != _PORTS["https"]:
        return "the port is not 443"
    return ""


def _origin(url: str) -> tuple[str, str, int]:
    found = _ORIGIN.fullmatch(url)
    if found is None:
        raise ValueError(f"API address {url!r}: write scheme, host and port, such as http://127.0.0.1:8899")
    scheme, host, port = found.groups()
    return scheme, host, int(port) if port else _PORTS[scheme]
