"""A webhook's form: first exactly as it was sent, for its signature, then as the text that it tells of.

Nothing here raises on what was sent: a form that is not understood is a `BadForm` with its reason. Everything
has a bound, and no number in the form is believed where the fields themselves can be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from ingest.plain import one_line
from ingest.sms.keywords import Keyword
from ingest.sms.numbers import BadNumber, Party, TextChannel, read_party

FORM_MAX_BYTES = 65_536
"""Of a webhook's body. Ten media of the longest addresses and a WhatsApp text of 4,096 characters, every
one of them percent-encoded at nine bytes, have 43 kB together."""
FORM_MAX_FIELDS = 200
"""The longest known form, a WhatsApp message with ten media, has about 50."""
MEDIA_MAX = 10
"""The provider's own bound for one message (Twilio, Media resource)."""
BODY_MAX_CHARS = 4_096
"""The longest text of any channel: WhatsApp's. An SMS of all its segments has 1,600."""
_NAME_MAX_CHARS = 128
_URL_MAX_CHARS = 2_048
_TYPE_MAX_CHARS = 100

_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_STATUS = re.compile(r"[a-z_]{1,32}")
_COUNT = re.compile(r"[0-9]{1,3}")
_ERROR_CODE = re.compile(r"[0-9]{1,6}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class BadForm:
    """A form that is not what the provider sends.

    Attributes:
        reason: one sentence for operators; tells no field's content.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Form:
    """The fields as sent: each pair, in order, blank values and repeated names included.

    The methods are those that the provider's validator asks of a form with repeated names.
    """

    pairs: tuple[tuple[str, str], ...]

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def getlist(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for each, value in self.pairs if each == name]

    def fields(self) -> dict[str, str] | BadForm:
        """Each field once. Nothing that we look at is ever sent twice by the provider."""
        fields = dict(self.pairs)
        if len(fields) != len(self.pairs):
            return BadForm("a field stands in the form twice")
        return fields


def read_form(body: bytes) -> Form | BadForm:
    """The raw body as ``application/x-www-form-urlencoded`` in UTF-8, nothing stripped or merged."""
    if len(body) > FORM_MAX_BYTES:
        return BadForm(f"the form has more than {FORM_MAX_BYTES} bytes")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FORM_MAX_FIELDS
        )
    except UnicodeDecodeError:
        return BadForm("the form is not percent-encoded UTF-8")
    except ValueError:
        return BadForm(f"the form has more than {FORM_MAX_FIELDS} fields")
    return Form(tuple(pairs))


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One attachment, still with the provider.

    Attributes:
        index: its place in the message; with the message's id it names the attachment for good.
        url: as the form gives it; only `ingest.sms.media` may ask it.
        content_type: as the provider declares it, lower case; what it is, its bytes will say.
    """

    index: int
    url: str
    content_type: str

    @property
    def may_be_receipt(self) -> bool:
        """Whether it is worth fetching: sound, film, contacts and a slide's text are not; all else may be."""
        return not self.content_type.startswith(_NO_RECEIPTS)


_NO_RECEIPTS = ("audio/", "video/", "text/", "application/smil")


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text as it came in.

    Attributes:
        account_sid: the provider's account that it came to; together with `recipient` it names the program.
        body: the words, without control characters; empty for a picture alone.
        media_left_out: attachments beyond `MEDIA_MAX`, or announced and not in the form.
        opt_out: set where the provider took the keyword and has answered it itself.
        profile_name: how a WhatsApp sender calls themselves; anyone can write anything there.
        has_location: a WhatsApp place in place of words.
    """

    message_sid: str
    account_sid: str
    sender: Party
    recipient: Party
    channel: TextChannel
    body: str
    media: tuple[MediaItem, ...]
    media_left_out: int
    opt_out: Keyword | None
    profile_name: str
    has_location: bool


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """How a text of ours fares.

    Attributes:
        status: the provider's word: ``sent``, ``delivered``, ``undelivered``, ``failed``, ``read`` ...
        error_code: the provider's code of why; empty where there is none.
    """

    message_sid: str
    account_sid: str
    status: str
    error_code: str


def is_status(fields: Mapping[str, str]) -> bool:
    """Whether it tells how one of our texts fares."""
    return "MessageStatus" in fields or fields.get("SmsStatus", "received") != "received"


def written_by(fields: Mapping[str, str]) -> str:
    """The sender as the form writes it, of however odd a form, for operators."""
    return one_line(fields.get("From", "")[:_NAME_MAX_CHARS])


def read_text(fields: Mapping[str, str]) -> InboundText | BadForm:
    """The text that the form tells of."""
    if is_status(fields):
        return BadForm("this tells how one of our texts fares; it is no message")
    sids = _sids(fields)
    if isinstance(sids, BadForm):
        return sids
    sender, recipient = read_party(fields.get("From", "")), read_party(fields.get("To", ""))
    if isinstance(sender, BadNumber):
        return BadForm(f"From: {sender.sentence}")
    if isinstance(recipient, BadNumber):
        return BadForm(f"To: {recipient.sentence}")
    if sender.channel is not recipient.channel:
        return BadForm("From and To are of two channels")
    media, left_out = _media(fields)
    return InboundText(
        message_sid=sids[0],
        account_sid=sids[1],
        sender=sender,
        recipient=recipient,
        channel=sender.channel,
        body=_clean(fields.get("Body", ""), BODY_MAX_CHARS),
        media=media,
        media_left_out=left_out,
        opt_out=_opt_out(fields.get("OptOutType", "")),
        profile_name=_clean(fields.get("ProfileName", ""), _NAME_MAX_CHARS),
        has_location="Latitude" in fields and "Longitude" in fields,
    )


def read_status(fields: Mapping[str, str]) -> StatusUpdate | BadForm:
    """The status callback that the form is."""
    sids = _sids(fields)
    if isinstance(sids, BadForm):
        return sids
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    if not _STATUS.fullmatch(status):
        return BadForm("MessageStatus is missing or no word")
    error_code = fields.get("ErrorCode", "")
    if error_code and not _ERROR_CODE.fullmatch(error_code):
        return BadForm("ErrorCode is no number")
    return StatusUpdate(sids[0], sids[1], status, error_code)


def _sids(fields: Mapping[str, str]) -> tuple[str, str] | BadForm:
    message_sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid", "")
    if not _MESSAGE_SID.fullmatch(message_sid):
        return BadForm("MessageSid is missing or not of its form")
    account_sid = fields.get("AccountSid", "")
    if not _ACCOUNT_SID.fullmatch(account_sid):
        return BadForm("AccountSid is missing or not of its form")
    return message_sid, account_sid


def _media(fields: Mapping[str, str]) -> tuple[tuple[MediaItem, ...], int]:
    """What the form holds, whatever it says to hold."""
    items = tuple(
        MediaItem(index, url, fields.get(f"MediaContentType{index}", "").strip().lower()[:_TYPE_MAX_CHARS])
        for index in range(MEDIA_MAX)
        if (url := fields.get(f"MediaUrl{index}", "")) and len(url) <= _URL_MAX_CHARS
    )
    in_form = sum(name.startswith("MediaUrl") for name in fields)
    announced = int(said) if _COUNT.fullmatch(said := fields.get("NumMedia", "")) else in_form
    return items, max(announced, in_form) - len(items)


def _opt_out(value: str) -> Keyword | None:
    try:
        return Keyword(value.strip().upper())
    except ValueError:
        return None


def _clean(text: str, most: int) -> str:
    return _CONTROLS.sub("", text)[:most].strip()
