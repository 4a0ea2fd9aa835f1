"""Who a text is from and to: numbers in E.164, short codes, and senders that have a name only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

import phonenumbers


class TextChannel(Enum):
    """How the provider carries the text; the value is what stands before its addresses."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


class PartyKind(Enum):
    """What an address is."""

    NUMBER = "number"
    """A telephone number, which can be answered."""
    SHORT_CODE = "short_code"
    """Three to eight digits that mean something in one country only."""
    NAME = "name"
    """A word in place of a number: a business that cannot be answered."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a text.

    Attributes:
        address: E.164 with its plus, or the short code's digits, or the name as sent.
    """

    channel: TextChannel
    kind: PartyKind
    address: str

    @property
    def can_be_answered(self) -> bool:
        """Whether a text to it would arrive anywhere; short codes and names belong to businesses."""
        return self.kind is PartyKind.NUMBER

    @property
    def provider_address(self) -> str:
        """As the provider writes it: ``whatsapp:+12025550111``."""
        return f"whatsapp:{self.address}" if self.channel is TextChannel.WHATSAPP else self.address


@dataclass(frozen=True, slots=True)
class BadNumber:
    """Not a number that could be texted.

    Attributes:
        sentence: what is wrong and what would be right, for whoever typed it.
    """

    sentence: str


LONGEST_ADDRESS_CHARS = 64
"""E.164 has 16 characters, ``whatsapp:`` nine: more is no address."""
_WHATSAPP_PREFIX = "whatsapp:"
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_NAME = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 &_+.-]{2,11}")
"""Alphanumeric sender ids have up to 11 characters, one of them a letter (GSM 03.38, 3GPP TS 23.040)."""
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]")

_HOW = "Write it with its country code, such as +1 202 555 0111."


def read_party(text: str) -> Party | BadNumber:
    """The address in a webhook's ``From`` or ``To``."""
    if len(text) > LONGEST_ADDRESS_CHARS:
        return BadNumber("The address is too long.")
    channel = TextChannel.SMS
    if text.startswith(_WHATSAPP_PREFIX):
        channel, text = TextChannel.WHATSAPP, text.removeprefix(_WHATSAPP_PREFIX)
    if text.startswith("+"):
        number = e164(text)
        return number if isinstance(number, BadNumber) else Party(channel, PartyKind.NUMBER, number)
    if channel is TextChannel.SMS and _SHORT_CODE.fullmatch(text):
        return Party(channel, PartyKind.SHORT_CODE, text)
    if channel is TextChannel.SMS and _NAME.fullmatch(text):
        return Party(channel, PartyKind.NAME, text)
    return BadNumber("This is neither a number with its country code, nor a short code, nor a name.")


def e164(text: str, *, region: str | None = None) -> str | BadNumber:
    """A number as people or providers write it, in E.164: a plus and at most 15 digits.

    Args:
        text: the number, with blanks, brackets and dashes as people write them.
        region: ISO 3166 code of the country that a number without a country code is taken to be in.
            None: only numbers with a plus are taken.
    """
    if len(text) > LONGEST_ADDRESS_CHARS:
        return BadNumber(f"The number is too long. {_HOW}")
    bare = _SEPARATORS.sub("", text)
    # The library would take letters for keypad digits and read extensions; a text goes to plain numbers.
    if not re.fullmatch(r"\+?[0-9]+", bare):
        return BadNumber(f"The number has characters that no number has. {_HOW}")
    if region is None and not bare.startswith("+"):
        return BadNumber(f"The number has no country code. {_HOW}")
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return BadNumber(f"The number has no country code that exists. {_HOW}")
    # Possible, not valid: numbering plans change faster than any library's tables, and a number that a
    # text came from exists whatever they say.
    if not phonenumbers.is_possible_number(number):
        return BadNumber(f"The number is too short or too long for its country. {_HOW}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
