"""How mails and texts look to people: short labels, tones, and numbers as people write them."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from api.words import Tone
from receipts.inbound import Address, AddressKind, InboundState, OutgoingKind, OutgoingState, Via
from receipts.proof import CheckOutcome, Proof, SenderTrust


@dataclass(frozen=True, slots=True)
class Label:
    """One to three words and how they look."""

    words: str
    tone: Tone


INBOUND_WORDS: dict[InboundState, Label] = {
    InboundState.WAITING: Label("Waiting", Tone.BUSY),
    InboundState.TAKEN: Label("Taken in", Tone.GOOD),
    InboundState.UNLINKED: Label("Sender unknown", Tone.WAIT),
    InboundState.EXPIRED: Label("Never linked", Tone.PLAIN),
    InboundState.ANSWERED: Label("Answered", Tone.PLAIN),
    InboundState.IGNORED: Label("Ignored", Tone.PLAIN),
    InboundState.REJECTED: Label("Refused", Tone.BAD),
    InboundState.FAILED: Label("Failed", Tone.BAD),
}

ALL_REFUSED = Label("All refused", Tone.BAD)
"""Of a message that was taken in, and of which every receipt was rejected."""

OUTGOING_WORDS: dict[OutgoingState, Label] = {
    OutgoingState.WAITING: Label("Not sent yet", Tone.BUSY),
    OutgoingState.SENT: Label("Sent", Tone.GOOD),
    OutgoingState.DROPPED: Label("Not to be sent", Tone.PLAIN),
    OutgoingState.FAILED: Label("Not sent", Tone.BAD),
}

NOT_DELIVERED = Label("Not delivered", Tone.BAD)
"""Of an answer that was sent, and of which the other side says that it never arrived."""

ANSWER_WORDS: dict[OutgoingKind, str] = {
    OutgoingKind.RESULT: "Result",
    OutgoingKind.LINK: "Link to join",
    OutgoingKind.GUIDE: "What to send",
    OutgoingKind.TOO_LARGE: "Too large",
    OutgoingKind.CONFIRM: "Link to confirm",
    OutgoingKind.INVITE: "Link to a first password",
    OutgoingKind.AT_ONCE: "At once",
}

VIA_WORDS: dict[Via, str] = {Via.EMAIL: "Mail", Via.SMS: "Text", Via.WHATSAPP: "WhatsApp"}

PROOF_WORDS: dict[Proof, Label] = {
    Proof.PROVEN: Label("Proven", Tone.GOOD),
    Proof.SUPPORTED: Label("Supported", Tone.GOOD),
    Proof.UNPROVEN: Label("Unproven", Tone.PLAIN),
    Proof.CONTRADICTED: Label("Contradicted", Tone.BAD),
}

PROOF_SENTENCES: dict[Proof, str] = {
    Proof.PROVEN: "The author’s own domain signed this very mail.",
    Proof.SUPPORTED: "A server that we trust saw the author’s signature, or vouches for the domain.",
    Proof.UNPROVEN: "Nothing speaks for the mail or against it, as with every forward within a new mail.",
    Proof.CONTRADICTED: "A signature is there, and the mail is not what was signed.",
}

CHECK_WORDS: dict[CheckOutcome, Label] = {
    CheckOutcome.PASS: Label("Passed", Tone.GOOD),
    CheckOutcome.FAIL: Label("Failed", Tone.BAD),
    CheckOutcome.ABSENT: Label("Not there", Tone.PLAIN),
    CheckOutcome.UNKNOWN: Label("Could not check", Tone.WAIT),
}

TRUST_WORDS: dict[SenderTrust, str] = {
    SenderTrust.SECRET_ADDRESS: "It came to the member’s own secret address.",
    SenderTrust.VOUCHED: "From a linked address, and the sending domain vouches for it.",
    SenderTrust.CARRIER: "From a linked number, as the provider signed it.",
    SenderTrust.UNVOUCHED: "Only its From line names a linked address, which anyone can write.",
    SenderTrust.CLAIMED: "The member took it through the link that was sent to its sender.",
}


def address_text(address: Address) -> str:
    """``maya@example.com``, ``+1 202-555-0123``."""
    return address.value if address.kind is AddressKind.EMAIL else number_text(address.value)


def number_text(number: str) -> str:
    """An E.164 number as people write it; anything else, such as a short code, as it is."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True, slots=True)
class OurNumber:
    """One of the program's numbers, to be tapped.

    Attributes:
        shown: as people write it.
        href: opens the phone's own program with the number filled in.
    """

    shown: str
    href: str
    whatsapp: bool


def our_number(configured: str) -> OurNumber:
    """A number as the file of channels writes it."""
    plain = configured.removeprefix("whatsapp:")
    if plain != configured:
        return OurNumber(number_text(plain), f"https://wa.me/{plain.removeprefix('+')}", whatsapp=True)
    return OurNumber(number_text(plain), f"sms:{plain}", whatsapp=False)
