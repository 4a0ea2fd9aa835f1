"""`tillpoints unwrap`: what a forwarded mail holds, on the command line, touching no database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from ingest.email.contents import DEFAULT_MAIL_LIMITS
from ingest.email.mime import decode_bytes
from ingest.email.proof import ProofTrust, prove
from ingest.email.resolver import FixedResolver, Resolver, SystemResolver
from ingest.email.unwrap import ForwardKind, Unwrapped, unwrap_body, unwrap_mail
from pipeline.commands.shown import shown
from receipts.errors import Rejection, RejectionReason
from receipts.proof import MailProof, Proof

NOT_FOUND: Final = "not_found"
"""Reason code of this command alone: there is no such file, or it may not be read."""
MAIL_SUFFIX: Final = ".eml"
PAGE_SUFFIXES: Final = (".html", ".htm")
_SHOWN_CHARS: Final = 600
"""Of the body, in the table."""
_COLOURS: Final = {
    Proof.PROVEN: "green",
    Proof.SUPPORTED: "green",
    Proof.UNPROVEN: "yellow",
    Proof.CONTRADICTED: "red",
}
_UNPROVEN: Final = MailProof(Proof.UNPROVEN, "", ())


@dataclass(frozen=True, slots=True)
class _Opened:
    """One original, and the others in the same file, which have none of their own."""

    file: str
    mail: Unwrapped
    proof: MailProof
    others: tuple[_Opened, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refused:
    """One file that is no mail."""

    file: str
    reason: str
    detail: str


def unwrap(
    mails: Annotated[
        list[Path],
        typer.Argument(metavar="MAIL...", help="Raw mails (.eml). Any other file is a body alone."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file and line.")] = False,
    subject: Annotated[
        str, typer.Option("--subject", help="The subject line that came with a body alone.")
    ] = "",
    dns: Annotated[
        Path | None,
        typer.Option("--dns", help="Keys in a JSON file of names and text records; nothing is asked online."),
    ] = None,
    sealers: Annotated[
        list[str] | None,
        typer.Option("--sealer", help="A domain whose ARC seals are believed; may be given several times."),
    ] = None,
) -> None:
    """Show what forwarded mails hold: the original's sender, date, subject and body, and what proves it.

    A mail that nobody forwarded is shown as it is. A file that is broken or missing is answered in its own
    line; the others go on, and the command exits 0.

    Example: [b]tillpoints unwrap order.eml --json[/b]
    """
    resolver = _resolver(dns)
    trust = ProofTrust(sealers=frozenset(domain.lower() for domain in sealers or ()))
    for path in mails:
        answer = _open(path, subject, resolver, trust)
        if as_json:
            # As bytes: the name of a file may hold what no encoding can print.
            typer.echo(json.dumps(_as_json(answer), ensure_ascii=False).encode("utf-8", "replace"))
        else:
            _show(answer)


def _resolver(dns: Path | None) -> Resolver:
    if dns is None:
        return SystemResolver()
    try:
        return FixedResolver.from_file(dns)
    except OSError as error:
        raise typer.BadParameter(f"{dns}: {error.strerror or error}", param_hint="--dns") from error
    except ValueError as error:
        raise typer.BadParameter(f"{dns}: {error}", param_hint="--dns") from error


def _open(path: Path, subject: str, resolver: Resolver, trust: ProofTrust) -> _Opened | _Refused:
    file = str(path).encode("utf-8", "replace").decode()
    try:
        if path.stat().st_size > DEFAULT_MAIL_LIMITS.max_bytes:
            detail = f"The file is larger than {DEFAULT_MAIL_LIMITS.max_bytes} bytes."
            return _Refused(file, RejectionReason.TOO_LARGE.value, detail)
        if not path.is_file() and not path.is_dir():  # a pipe would be waited for
            return _Refused(file, NOT_FOUND, "The file cannot be read: it is no file.")
        data = path.read_bytes()
    except OSError as error:
        return _Refused(file, NOT_FOUND, f"The file cannot be read: {error.strerror or error}.")
    if path.suffix.lower() != MAIL_SUFFIX:
        text = decode_bytes(data, "").replace("\0", "")
        is_page = path.suffix.lower() in PAGE_SUFFIXES
        body = unwrap_body("" if is_page else text, subject=subject, html=text if is_page else None)
        others = tuple(_Opened(file, other, _UNPROVEN) for other in body.others)
        return _Opened(file, body, _UNPROVEN, others)
    mail = unwrap_mail(data)
    if isinstance(mail, Rejection):
        return _Refused(file, mail.reason.value, mail.detail)

    def proven(original: Unwrapped) -> MailProof:
        return prove(
            outer=data,
            original=original.original,
            author=original.sender_address,
            kind_inline=original.kind is ForwardKind.INLINE,
            resolver=resolver,
            trust=trust,
        )

    others = tuple(_Opened(file, other, proven(other)) for other in mail.others)
    return _Opened(file, mail, proven(mail), others)


def _as_json(answer: _Opened | _Refused) -> dict[str, Any]:
    if isinstance(answer, _Refused):
        return {"file": answer.file, "status": "rejected", "reason": answer.reason, "detail": answer.detail}
    others = [_original(other) for other in answer.others]
    return {
        "file": answer.file,
        "status": "read",
        "reason": None,
        **_original(answer),
        "others": others,
    }


def _original(answer: _Opened) -> dict[str, Any]:
    mail = answer.mail
    return {
        "forwarded": mail.forwarded,
        "from": {"name": mail.sender_name or None, "address": mail.sender_address or None},
        "to": list(mail.to),
        "date": _date(mail),
        "date_text": mail.date_text or None,
        "subject": mail.subject,
        "body": mail.text,
        "proof": answer.proof.verdict.value,
        "proof_checks": [check.sentence for check in answer.proof.checks],
        "kind": mail.kind.value,
        "certainty": mail.certainty,
        "depth": mail.depth,
        "files": [file.name for file in (*mail.layer.documents, *mail.layer.pictures)],
        "problems": list(mail.problems),
    }


def _date(mail: Unwrapped) -> str | None:
    """ISO 8601, without a zone where the mail prints none; as printed where it is no date."""
    return mail.date.isoformat() if mail.date is not None else mail.date_text or None


def _show(answer: _Opened | _Refused) -> None:
    console = Console()
    if isinstance(answer, _Refused):
        said = f"[red]rejected[/red] {shown(answer.reason)}: {shown(answer.detail)}"
        console.print(f"[b]{shown(answer.file)}[/b] {said}")
        return
    originals = (answer, *answer.others)
    for number, original in enumerate(originals, start=1):
        title = answer.file if len(originals) == 1 else f"{answer.file} ({number} of {len(originals)})"
        console.print(_table(original, title))


def _table(answer: _Opened, title: str) -> Table:
    mail, proof = answer.mail, answer.proof
    how = f"forwarded ({mail.kind.value})" if mail.forwarded else "not forwarded"
    table = Table(
        title=f"{shown(title)}: {how}, {mail.certainty:.0%} sure",
        title_justify="left",
        show_header=False,
    )
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    sender = " ".join(filter(None, (mail.sender_name, mail.sender_address and f"<{mail.sender_address}>")))
    body = mail.text if len(mail.text) <= _SHOWN_CHARS else f"{mail.text[:_SHOWN_CHARS]}…"
    colour = _COLOURS[proof.verdict]
    checks = "".join(f"\n{shown(check.sentence)}" for check in proof.checks)
    rows = [
        ("from", shown(sender)),
        ("to", shown(", ".join(mail.to))),
        ("date", shown(_date(mail) or "")),
        ("subject", shown(mail.subject)),
        ("proof", f"[{colour}]{proof.verdict.value}[/{colour}]{checks}"),
        ("files", shown(", ".join(f.name for f in (*mail.layer.documents, *mail.layer.pictures)))),
        ("problems", shown("\n".join(mail.problems))),
        ("body", shown(body)),
    ]
    for name, value in rows:
        if value:
            table.add_row(name, value)
    return table
