"""Verdicts on signed mails beside those that are right, and why each is.

    python -m bench proofs [FOLDER] [--dns FILE]

The mails are test mails of two public projects (mailauth and zk-email), labelled by their names. Most of
their keys have long left the DNS. `proof_keys.json` holds the public records that could still be found,
and three that were worked out of the mails themselves: two RSA signatures of one key share its modulus as
the greatest common divisor of `signature^65537 - padded hash`. With `--dns` a file of the same form is
used instead. Where the author's key is gone, the right verdict
rests on what else speaks for the mail (``google.com`` is trusted as a sealer here), and the same mail is
signed again with a key made on the spot, so that every signature's path is walked.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dkim.util import parse_tag_value
from rich.console import Console
from rich.table import Table

from ingest.email.domains import aligned, domain_of
from ingest.email.proof import ProofTrust, prove
from ingest.email.raw_message import RawMessage, read_raw
from ingest.email.resolver import FixedResolver, Resolver
from receipts.proof import Proof
from tests.support.signing import Key, rsa_key, signed

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TILLPOINTS_SHARED") or HERE.parents[1] / "shared")
TRUST = ProofTrust(sealers=frozenset({"google.com"}))
NOT_CARRIED_OVER = {b"dkim-signature", b"arc-seal", b"arc-message-signature", b"arc-authentication-results"}


@dataclass(frozen=True)
class Right:
    """The right verdict on a mail.

    Attributes:
        keyed: the verdict when the resolver has the key of the author's own signature; None: the same.
    """

    verdict: Proof
    why: str
    keyed: Proof | None = None


SEALED = "the author's key is gone; Google sealed that it had seen the signature pass"
SIGNED = "signed by the author's domain; Google's seal is not needed where that key is known"
SETTLED = "it leaves Content-Type out, and its text starts with the delimiter that it is cut at"
AS_IT_IS = "it leaves Content-Transfer-Encoding out, which says that the text stands as it is"
ENCODED = "it leaves Content-Transfer-Encoding out, and the text is quoted-printable from end to end"
SIGNED_AGAIN = {
    "mailauth-arc-fail3": (Proof.PROVEN, SETTLED),
    "mailauth-arc-pass": (Proof.PROVEN, SETTLED),
    "mailauth-authtest": (Proof.PROVEN, SETTLED),
    "mailauth-zproov": (Proof.PROVEN, SETTLED),
    "mailauth-message2": (Proof.UNPROVEN, "two Subject lines"),
    "mailauth-message4": (Proof.UNPROVEN, "two Subject lines"),
    "zkemail-email-body-tampered": (Proof.PROVEN, AS_IT_IS),
    "zkemail-email-bodyless": (Proof.PROVEN, AS_IT_IS),
    "zkemail-email-different-domain": (Proof.PROVEN, AS_IT_IS),
    "zkemail-email-good": (Proof.PROVEN, AS_IT_IS),
    "zkemail-email-good-large": (Proof.PROVEN, ENCODED),
    "zkemail-email-invalid-selector": (Proof.PROVEN, AS_IT_IS),
    "zkemail-multi-dkim-sig": (Proof.UNPROVEN, "it leaves Date and Content-Type out"),
}
"""Where the author's signature leaves out what is read, or a line stands twice: all others prove."""
BROKEN_SEAL = "a chain of seals that does not hold says nothing (RFC 8617, 5.2); the author's signature holds"
RIGHT: dict[str, Right] = {
    "mailauth-arc-pass": Right(Proof.SUPPORTED, SIGNED, Proof.PROVEN),
    "mailauth-arc-pass2": Right(
        Proof.SUPPORTED,
        "signed by the host's domain only; Google sealed that DMARC had passed for the author's",
    ),
    "mailauth-arc-fail": Right(Proof.UNPROVEN, "both seals altered; signed by the host's domain only"),
    "mailauth-arc-fail2": Right(Proof.UNPROVEN, "the newest seal altered; signed by the host's domain only"),
    "mailauth-arc-fail3": Right(Proof.UNPROVEN, BROKEN_SEAL, Proof.PROVEN),
    "mailauth-authtest": Right(Proof.SUPPORTED, SIGNED, Proof.PROVEN),
    "mailauth-bimi": Right(
        Proof.UNPROVEN,
        "signed by the author's domain; Google's seal alone leaves Content-Type out",
        Proof.PROVEN,
    ),
    "mailauth-message1": Right(Proof.UNPROVEN, "no signature at all"),
    "mailauth-message2": Right(Proof.UNPROVEN, "two Subject lines; the author's key is gone"),
    "mailauth-message3": Right(Proof.SUPPORTED, SEALED, Proof.PROVEN),
    "mailauth-message4": Right(Proof.UNPROVEN, "two Subject lines; the author's key is gone"),
    "mailauth-zbimi": Right(Proof.SUPPORTED, SEALED, Proof.PROVEN),
    "mailauth-zproov": Right(
        Proof.UNPROVEN, f"signed by gmail.com, the author's domain; {SETTLED}", Proof.PROVEN
    ),
    "zkemail-email-good": Right(Proof.UNPROVEN, f"signed by the author's domain; {AS_IT_IS}", Proof.PROVEN),
    "zkemail-email-good-large": Right(
        Proof.UNPROVEN, f"signed by the author's domain; {ENCODED}", Proof.PROVEN
    ),
    "zkemail-email-different-domain": Right(
        Proof.UNPROVEN,
        "byte for byte email-good: the other domain is only asked for in its project's test",
        Proof.PROVEN,
    ),
    "zkemail-email-body-tampered": Right(
        Proof.CONTRADICTED, "the text was changed: no key is needed to see it"
    ),
    "zkemail-email-bodyless": Right(Proof.CONTRADICTED, "the text was taken out: no key is needed to see it"),
    "zkemail-email-invalid-domain": Right(
        Proof.CONTRADICTED, "the author was exchanged for one of gmail.com, and the signature broke"
    ),
    "zkemail-email-invalid-selector": Right(Proof.UNPROVEN, "it names a key that was never published"),
    "zkemail-multi-dkim-sig": Right(
        Proof.UNPROVEN, "two signatures, whose keys and whose sealer's key are gone; Date is left out"
    ),
}


@dataclass(frozen=True)
class Scored:
    """One verdict beside the right one; None where nobody has said what is right."""

    name: str
    verdict: Proof
    right: Proof | None
    why: str

    @property
    def good(self) -> bool:
        """Right, or never said to be wrong."""
        return self.right is None or self.verdict is self.right


def judged(mail: bytes, resolver: Resolver, *, author: str = "", trust: ProofTrust = TRUST) -> Proof:
    """The verdict on a mail that came straight, of its own author unless another is claimed."""
    message = read_raw(mail)
    authors = () if message is None else message.authors()
    return prove(
        outer=mail,
        original=None,
        author=author or (authors[0] if authors else ""),
        kind_inline=False,
        resolver=resolver,
        trust=trust,
    ).verdict


def as_they_came(folder: Path, resolver: Resolver) -> Iterator[Scored]:
    """The mails themselves."""
    for path in sorted(folder.glob("*.eml")):
        mail = path.read_bytes()
        right = RIGHT.get(path.stem)
        expected = None if right is None else right.verdict
        if right is not None and right.keyed is not None and _has_author_key(mail, resolver):
            expected = right.keyed
        yield Scored(path.stem, judged(mail, resolver), expected, "" if right is None else right.why)
        if path.stem == "zkemail-email-different-domain":
            verdict = judged(mail, resolver, author="user@gmail.com")
            yield Scored(
                f"{path.stem} (claimed)", verdict, Proof.UNPROVEN, "not signed by the domain claimed"
            )
        if right is not None and right.verdict is Proof.SUPPORTED:
            alone = judged(mail, resolver, trust=ProofTrust())
            fits = expected if expected is Proof.PROVEN else Proof.UNPROVEN
            yield Scored(
                f"{path.stem} (no sealer trusted)", alone, fits, "a seal counts only if we trust its server"
            )


def signed_again(folder: Path) -> Iterator[Scored]:
    """The same mails under the same domains and selectors with keys of ours, whole and changed afterwards."""
    for path in sorted(folder.glob("*.eml")):
        message = read_raw(path.read_bytes())
        tags = (
            [] if message is None else [parse_tag_value(value) for value in message.values("dkim-signature")]
        )
        if message is None or not tags:
            continue
        author = domain_of(message.authors()[0])
        plain = b"".join(
            name + b":" + value for name, value in message.headers if name.lower() not in NOT_CARRIED_OVER
        )
        mail = plain + b"\r\n" + (message.body or b"text\r\n")
        keys = [rsa_key(tag[b"d"].decode().lower(), tag[b"s"].decode()) for tag in tags]
        for key, tag in zip(keys, tags, strict=True):
            covered = re.sub(rb"\s", b"", tag[b"h"]).decode().lower().split(":")
            mail = signed(mail, key, covered=covered, canon=tag[b"c"].decode())
        dns = FixedResolver({key.name: key.record() for key in keys})
        proven = Proof.PROVEN if any(aligned(key.domain, author) for key in keys) else Proof.UNPROVEN
        whole, why = SIGNED_AGAIN.get(path.stem, (proven, "unchanged"))
        yield from _changed(path.stem, mail, (whole, why), dns, keys)


def _changed(
    name: str, mail: bytes, whole: tuple[Proof, str], dns: FixedResolver, keys: list[Key]
) -> Iterator[Scored]:
    head, _, body = mail.partition(b"\r\n\r\n")
    line = re.search(rb"(?mi)^subject:[^\r\n]*", head)
    subject = line[0] if line else b""
    yield Scored(f"{name} signed again", judged(mail, dns), *whole)
    added = judged(mail + b"one line more\r\n", dns)
    yield Scored(f"{name} line added", added, Proof.CONTRADICTED, "the text was changed")
    other = head.replace(subject, subject + b" and more", 1) + b"\r\n\r\n" + body
    yield Scored(
        f"{name} subject changed", judged(other, dns), Proof.CONTRADICTED, "a signed line was changed"
    )
    revoked = FixedResolver({key.name: "v=DKIM1; p=" for key in keys})
    yield Scored(f"{name} keys revoked", judged(mail, revoked), Proof.UNPROVEN, "nothing to check with")


def _has_author_key(mail: bytes, resolver: Resolver) -> bool:
    message = read_raw(mail)
    return message is not None and any(
        resolver.txt(f"{tags[b's'].decode()}._domainkey.{tags[b'd'].decode()}")
        for tags in _signatures(message)
        if aligned(tags[b"d"].decode(), domain_of(message.authors()[0]))
    )


def _signatures(message: RawMessage) -> list[dict[bytes, bytes]]:
    return [parse_tag_value(value) for value in message.values("dkim-signature")]


def shown(title: str, scores: list[Scored]) -> int:
    """Print a table; how many are wrong."""
    table = Table(title=title, title_justify="left")
    for column in ("mail", "verdict", "right", "why"):
        table.add_column(column)
    for score in scores:
        mark = "" if score.good else "  WRONG"
        right = "?" if score.right is None else score.right.value
        table.add_row(score.name, score.verdict.value + mark, right, score.why)
    Console(width=150).print(table)
    wrong = sum(not score.good for score in scores)
    judged_right = sum(score.right is not None for score in scores)
    print(f"{judged_right - wrong} of {judged_right} right\n")
    return wrong


def main() -> int:
    """Score a folder; 1 when a verdict is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench proofs", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SHARED / "receipts" / "emails" / "signed")
    parser.add_argument("--dns", type=Path, default=HERE / "proof_keys.json", help="JSON of names to records")
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        print(f"left out: no mails at {asked.folder}; name a folder of .eml files")
        return 0
    wrong = shown("As they came", list(as_they_came(asked.folder, FixedResolver.from_file(asked.dns))))
    wrong += shown("Signed again with keys of our own", list(signed_again(asked.folder)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
