"""What a mail proves about itself: whose it is, and whether it is as its author sent it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final


class Proof(Enum):
    """What the signatures say of the original message; evidence, never a verdict on the purchase."""

    PROVEN = "proven"
    """The author's own domain signed these very bytes."""
    SUPPORTED = "supported"
    """Someone whom we trust to look saw such a signature, or our own server vouches for its domain."""
    UNPROVEN = "unproven"
    """Nothing speaks for it or against it; a forward typed into a new mail is always this."""
    CONTRADICTED = "contradicted"
    """A signature is there and the message is not what was signed, or not by whom it claims."""


class CheckOutcome(Enum):
    """What one look at a mail found."""

    PASS = "pass"  # noqa: S105  (a word for an outcome)
    FAIL = "fail"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """It could not be checked: the key is gone, or DNS did not answer."""


DNS_CHECK = "dns"
"""Name of the check that says that a key could not be looked up just now."""


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """One look: at a signature, a seal, or our own server's results.

    Attributes:
        name: ``dkim``, ``arc``, ``authentication_results``, ``alignment``, ``reading``; `DNS_CHECK`
            where the DNS did not answer.
        domain: whose signature it is; empty where there is none.
        sentence: what was found, for the reviewer.
    """

    name: str
    outcome: CheckOutcome
    domain: str
    sentence: str


@dataclass(frozen=True, slots=True)
class MailProof:
    """The verdict with all that was checked for it.

    Attributes:
        domain: the domain that the verdict speaks of, lower case; empty where nothing vouches.
    """

    verdict: Proof
    domain: str
    checks: tuple[ProofCheck, ...]

    @property
    def unanswered(self) -> bool:
        """Whether the DNS gave no answer for a key: the verdict might be another at the next try."""
        return any(check.name == DNS_CHECK and check.outcome is CheckOutcome.UNKNOWN for check in self.checks)


def quoted_in(original: int) -> int:
    """The number of what this original quotes; and back: of a quote's number, that of the original."""
    return -1 - original


_QUOTED: Final = ProofCheck(
    "reading",
    CheckOutcome.ABSENT,
    "",
    "The receipt may be what this mail quotes of another's words, which proves nothing.",
)


def _of_a_quote(proof: MailProof | None) -> MailProof | None:
    """Whoever signs a mail does not vouch for what it quotes: anyone may have written that."""
    if proof is None or proof.verdict is Proof.CONTRADICTED:
        return proof
    return MailProof(Proof.UNPROVEN, "", (*proof.checks, _QUOTED))


class SenderTrust(Enum):
    """How we know which member sent a mail or a text."""

    SECRET_ADDRESS = "secret_address"  # noqa: S105  (names a way, holds no secret)
    """It came to the member's own secret address."""
    VOUCHED = "vouched"
    """From a linked address, and the sending domain vouches for it."""
    CARRIER = "carrier"
    """A text from a linked number, as the provider signed it."""
    UNVOUCHED = "unvouched"
    """From a linked address by the From line alone, which anyone can write."""
    CLAIMED = "claimed"
    """A member took it through the link that was sent to the address or number it came from."""


@dataclass(frozen=True, slots=True)
class OriginalProof:
    """What one of a mail's originals proves.

    Attributes:
        author: address of its author, lower case; empty where unknown.
        author_name: as the original shows it.
    """

    proof: MailProof
    author: str = ""
    author_name: str = ""


@dataclass(frozen=True, slots=True)
class SentBy:
    """How a receipt came in through a mail or a text: evidence for the checks.

    Attributes:
        proof: of the mail as a whole, as weak as its weakest original; None for a text.
        author: address of the original message's author, lower case; empty where unknown, or several.
        author_name: as the original message shows it.
        originals: each of the mail's originals, in the order in which they are read.
    """

    trust: SenderTrust
    proof: MailProof | None
    author: str = ""
    author_name: str = ""
    originals: tuple[OriginalProof, ...] = ()

    def of(self, original: int) -> SentBy:
        """The same for what came in this original alone; the mail as a whole where it is not known.

        Of a number by `quoted_in`, it is what the mail proves of the mails that it quotes: nothing.
        """
        if original < 0:
            quoting = self.of(quoted_in(original))
            return replace(quoting, proof=_of_a_quote(quoting.proof), author="", author_name="")
        if not 0 <= original < len(self.originals):
            return self
        found = self.originals[original]
        return SentBy(self.trust, found.proof, found.author, found.author_name)
