"""Whether a webhook was sent by the provider: its signature over our public address and the form as sent.

The address is the one that is configured, never the request's: behind a proxy, ``Host`` and scheme are the
proxy's business, and whoever asks us directly could write anything there.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator, add_port, remove_port

from ingest.sms.form import Form

SIGNATURE_HEADER = "X-Twilio-Signature"


def is_signed(form: Form, signature: str, *, url: str, auth_token: str) -> bool:
    """Whether `signature` is the provider's for this form at this address.

    The signature is computed by the provider's own validator, for the address with and without its port,
    since the provider signs now one, now the other. Both are always compared, in constant time.

    Args:
        form: as sent, repeated names and blank values included.
        signature: of the header; empty where it is missing.
        url: the address as the provider was told to call it, its query string included.
        auth_token: the account's secret.
    """
    parts = urlsplit(url)
    validator = RequestValidator(auth_token)
    given = signature.encode("utf-8", "surrogateescape")
    same = [
        hmac.compare_digest(validator.compute_signature(address, form).encode(), given)
        for address in (remove_port(parts), add_port(parts))
    ]
    return bool(auth_token) and any(same)
