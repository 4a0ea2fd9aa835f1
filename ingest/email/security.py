"""How a connection to a mail server is kept safe; apart, since settings name it and need no client."""

from __future__ import annotations

from enum import Enum


class Security(Enum):
    """How a connection is kept from being read on the way."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
