"""Sends texts through the provider's own client."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from ingest.sms.numbers import BadNumber, TextChannel, read_party
from receipts.errors import RefusedError, TransientError

API_URL = "https://api.twilio.com"
_TIMEOUT_S = 10.0
"""The API answers within a second; a text is queued there, not delivered."""

_LISTED = 50
"""Texts to one number that are looked through for one that went out before."""
_OPTED_OUT = 21610
_REFUSALS = {
    _OPTED_OUT: "this number has asked us to stop; only its own START can undo that",
    21211: "this number does not exist",
    21214: "this number cannot be reached",
    21217: "this number does not exist",
    21408: "texts to this country are not permitted: permit it in the provider's console, Messaging, Geo",
    21606: "our number cannot send texts: check the numbers in the program's text settings",
    21612: "no carrier takes this text from our number to theirs",
    21614: "this number cannot receive texts; it is a landline perhaps",
    21617: "the text is too long",
    21703: "the messaging service has no number: add one in the provider's console",
    63016: "more than 24 hours after the last WhatsApp message only templates may be sent; nothing was",
}
"""What the provider's refusals mean (Twilio's error dictionary); each would be the same next time."""


class TextRefusedError(RefusedError):
    """The provider refuses this text for good.

    Attributes:
        code: the provider's, or the HTTP status where it gave none.
    """

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def opted_out(self) -> bool:
        """Whether the number has asked for silence at the provider."""
        return self.code == _OPTED_OUT


@dataclass(frozen=True, slots=True)
class TextAccount:
    """Who sends.

    Attributes:
        messaging_service_sid: sends SMS where it is set; it picks the number that the receiver knows.
        status_callback: where the provider reports how the text fares; empty for nowhere.
        api_url: the provider's; of another of its regions, or of a test's own server.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    messaging_service_sid: str = ""
    status_callback: str = ""
    api_url: str = API_URL


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that the provider has taken.

    Attributes:
        status: its first word on it, mostly ``queued`` or ``accepted``.
    """

    message_sid: str
    status: str


class TextSender:
    """Sends texts of one account."""

    def __init__(self, account: TextAccount, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._account = account
        self._client = provider_client(account, timeout_s=timeout_s)

    def send(self, *, to: str, sender: str, body: str) -> SentText:
        """One text, as it stands; `ingest.sms.segments.fit` keeps it short.

        The provider has no key against doubles: where it took the text and its answer was lost, `gone_out`
        tells before a second try.

        Args:
            to: E.164, or ``whatsapp:`` before it.
            sender: our number; for WhatsApp always used, for SMS where there is no messaging service.
            body: the words.

        Raises:
            TextRefusedError: this text will never be sent.
            RefusedError: none will, with these settings.
            TransientError: worth another try.
        """
        party = read_party(to)
        if isinstance(party, BadNumber):
            raise TextRefusedError(party.sentence, code=int(HTTPStatus.BAD_REQUEST))
        arguments: dict[str, Any] = {"to": party.provider_address, "body": body}
        if party.channel is TextChannel.SMS and self._account.messaging_service_sid:
            arguments["messaging_service_sid"] = self._account.messaging_service_sid
        else:
            prefix = "whatsapp:" if party.channel is TextChannel.WHATSAPP else ""
            arguments["from_"] = prefix + sender.removeprefix("whatsapp:")
        if self._account.status_callback:
            arguments["status_callback"] = self._account.status_callback
        with provider_errors("the text"):
            message = self._client.messages.create(**arguments)
        return SentText(str(message.sid), str(message.status))

    def gone_out(self, *, to: str, body: str, since: datetime) -> tuple[SentText, ...]:
        """Texts of these words that the provider has for this number since then, by whatever try.

        Raises:
            RefusedError: the credentials are refused.
            TransientError: worth another try.
        """
        with provider_errors("our question about texts that went out"):
            messages = self._client.messages.list(to=to, date_sent_after=since, limit=_LISTED)
        return tuple(
            SentText(str(each.sid), str(each.status))
            for each in messages
            # A trial account puts words of the provider's before ours.
            if str(each.direction).startswith("outbound") and str(each.body or "").endswith(body)
        )


def provider_client(account: TextAccount, *, timeout_s: float = _TIMEOUT_S) -> Client:
    """The provider's client of this account."""
    return Client(
        account.account_sid,
        account.auth_token,
        http_client=_Http(account.api_url, timeout_s),
        # The client would look for an edge and a region in the process's environment.
        environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
    )


@contextmanager
def provider_errors(what: str) -> Iterator[None]:
    """The provider's errors as ours; `what` was asked of it.

    Raises:
        TextRefusedError: this request will never be granted.
        RefusedError: the account's credentials are refused.
        TransientError: worth another try.
    """
    try:
        yield
    except TwilioRestException as error:
        raise _understood(what, int(error.status), error.code, str(error.msg)) from error
    except TwilioServiceException as error:
        raise _understood(what, int(error.status), error.code, str(error.detail or error.title)) from error
    except (RequestException, JSONDecodeError, TwilioException) as error:
        refused = _refused_list(error)
        if refused is not None:
            raise _understood(what, *refused) from error
        raise TransientError(f"the text provider does not answer: {type(error).__name__}") from error


class _Http(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    """The provider's HTTP client, with a bound of time, silent, and able to call a test's server."""

    def __init__(self, api_url: str, timeout_s: float) -> None:
        silent = logging.getLogger(f"{__name__}.http")  # it would log each request's headers
        silent.disabled = True
        super().__init__(timeout=timeout_s, logger=silent, max_retries=0)
        self._api_url = api_url.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's
        return super().request(method, url.replace(API_URL, self._api_url, 1), *args, **kwargs)


def _refused_list(error: Exception) -> tuple[int, int | None, str] | None:
    """Status, code and words where a list was not given: the library raises those without any meaning."""
    response = next((each for each in error.args if isinstance(each, Response)), None)
    if response is None or int(response.status_code) < HTTPStatus.BAD_REQUEST:
        return None
    try:
        body = json.loads(response.text)
    except ValueError:
        body = None
    told = body if isinstance(body, dict) else {}
    code = told.get("code")
    return int(response.status_code), code if isinstance(code, int) else None, str(told.get("message", ""))


def _understood(what: str, status: int, code: int | None, words: str) -> RefusedError | TransientError:
    code = int(code or status)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and code not in _REFUSALS:
        return RefusedError(
            f"the provider answered {status} ({code}): check account_sid and auth_token in the program's"
            " text settings; the token may have been changed in the provider's console"
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TransientError(f"the provider answered {status} ({code}) to {what}")
    meaning = _REFUSALS.get(code, words)
    return TextRefusedError(f"the provider refused {what} ({code}): {meaning}", code=code)
