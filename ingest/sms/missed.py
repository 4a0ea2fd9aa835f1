"""Texts that the provider has and whose webhook never came to us, as the forms that they would have been."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ingest.sms.form import MEDIA_MAX
from ingest.sms.outgoing import TextAccount, provider_client, provider_errors

MOST_TEXTS: Final = 1_000
"""Listed of one number at a time, the newest; one page of the provider's."""
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


class MissedTexts:
    """Asks the provider what came to a number."""

    def __init__(self, account: TextAccount) -> None:
        self._account = account
        self._client = provider_client(account)

    def since(self, number: str, moment: datetime) -> tuple[ListedText, ...]:
        """What came to the number since then, the newest first; WhatsApp too where the number is a plain one.

        Raises:
            RefusedError: the credentials are refused.
            TransientError: the provider does not answer.
        """
        asked = [number] if number.startswith(_WHATSAPP) else [number, f"{_WHATSAPP}{number}"]
        found: list[ListedText] = []
        with provider_errors(f"our question about texts to {number}"):
            for to in asked:
                messages = self._client.messages.list(
                    # The provider compares whole seconds, and leaves out the moment itself.
                    to=to,
                    date_sent_after=moment - timedelta(seconds=1),
                    limit=MOST_TEXTS,
                    page_size=MOST_TEXTS,
                )
                found += [
                    _listed(each) for each in messages if each.direction == "inbound" and each.date_sent
                ]
        return tuple(found)

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
