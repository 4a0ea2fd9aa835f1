"""Texts that the provider has and whose webhook never came to us, as the forms that they would have been."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ingest.sms.form import MEDIA_MAX
from ingest.sms.outgoing import TextAccount, provider_client, provider_errors
from receipts.errors import RefusedError, TransientError

MOST_TEXTS: Final = 10_000
"""Looked through of one list, the newest first: a second each thousand, of the 80 s that a worker has."""
PAGE_TEXTS: Final = 1_000
"""The longest page that the provider gives."""
_WHATSAPP: Final = "whatsapp:"


@dataclass(frozen=True, slots=True)
class ListedText:
    """A text as the provider's list has it, without its media.

    Attributes:
        sent_at: when the provider took it, with time zone.
    """

    message_sid: str
    sent_at: datetime
    fields: dict[str, str]
    media_count: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What came to an address.

    Attributes:
        texts: the newest first.
        cut: there may be more, which are older: the list was looked through no further.
    """

    texts: tuple[ListedText, ...]
    cut: bool


def lists_of(numbers: Collection[str]) -> tuple[str, ...]:
    """What the provider is asked about, each for itself: a plain number takes WhatsApp too."""
    plain = [number for number in numbers if not number.startswith(_WHATSAPP)]
    return tuple(dict.fromkeys((*numbers, *(f"{_WHATSAPP}{number}" for number in plain))))


class MissedTexts:
    """Asks the provider what came to a number."""

    def __init__(self, account: TextAccount, *, most: int = MOST_TEXTS, page: int = PAGE_TEXTS) -> None:
        self._account = account
        self._client = provider_client(account)
        self._most = most
        self._page = page

    def since(self, to: str, moment: datetime) -> Listed:
        """What came to one of `lists_of` since then, page by page.

        Raises:
            RefusedError: the credentials are refused.
            TransientError: the provider does not answer.
        """
        messages: list[Any] = []
        cut = False
        try:
            with provider_errors(f"our question about texts to {to}"):
                messages += self._client.messages.stream(
                    to=to,
                    # The provider compares whole seconds, and leaves out the moment itself.
                    date_sent_after=moment - timedelta(seconds=1),
                    limit=self._most + 1,
                    page_size=self._page,
                )
        except (RefusedError, TransientError):
            if not messages:
                raise
            cut = True  # a later page was not given; what stands before it is taken
        within = messages[: self._most]
        came = [_listed(each) for each in within if each.direction == "inbound" and each.date_sent]
        return Listed(tuple(came), cut=cut or len(messages) > self._most)

    def form(self, text: ListedText) -> dict[str, str]:
        """The form that the webhook would have brought, with as many media as the provider lists by now.

        Raises:
            RefusedError: it will not tell this text's media.
            TransientError: the provider does not answer.
        """
        fields = dict(text.fields)
        if not text.media_count:
            return fields
        with provider_errors("our question about a text's media"):
            media = self._client.messages(text.message_sid).media.list(limit=MEDIA_MAX)
        for index, each in enumerate(media):
            path = _storable(str(each.uri)).removesuffix(".json")
            fields[f"MediaUrl{index}"] = f"{self._account.api_url.rstrip('/')}{path}"
            fields[f"MediaContentType{index}"] = _storable(str(each.content_type or ""))
        return fields


def unknown(texts: Collection[ListedText], known: Collection[str], *, before: datetime) -> list[ListedText]:
    """Those that we do not have, the oldest first; what came after `before` may still be on its way to us."""
    missed = {
        text.message_sid: text for text in texts if text.message_sid not in known and text.sent_at < before
    }
    # Times are whole seconds, and the provider lists the newest first.
    oldest_first = list(missed.values())[::-1]
    oldest_first.sort(key=lambda text: text.sent_at)
    return oldest_first


def _listed(message: Any) -> ListedText:  # noqa: ANN401  (the library has no types)
    count = str(message.num_media or "0")
    told = {
        "MessageSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": count,
    }
    fields = {name: _storable(str(value or "")) for name, value in told.items()}
    count_told = int(count) if count.isdecimal() else 0
    return ListedText(fields["MessageSid"], message.date_sent, fields, count_told)


def _storable(text: str) -> str:
    """The text as UTF-8 can hold it: JSON may tell half a character, which a webhook's form cannot."""
    return text.encode("utf-8", errors="replace").decode()
