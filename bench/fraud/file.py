"""Changed PDFs, and mails whose links lead elsewhere: what is found, and which honest ones are doubted."""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from awarding.fraud import mail_links, pdf_history
from awarding.fraud.evidence import Evidence
from awarding.fraud.examined import Examined
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.retailer_domains import known_domains
from bench.fraud.options import Options
from fixtures.generator.sample import Kind, draw_sample
from fixtures.pdf_edits import PdfEdit, edited_pdf, text_runs
from ingest.accept import DEFAULT_LIMITS
from ocr.document import ReadDefaults, Reading
from ocr.engines.base import OcrEngine
from pipeline.examine import examined
from pipeline.mail_reading import read_parts
from receipts.errors import Rejection
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ReceiptId
from receipts.image import MediaType
from receipts.money import Currency

DAY = dt.date(2026, 3, 5)
ORDERS = ("orders", "pages")
"""Folders of real mails that hold receipts; the others are samples of forwards, signatures and odd MIME."""
_AMOUNT = re.compile(r"\d{1,4}[.,]\d\d")
_LINKS = {
    "honest: shop and tracker": (
        "https://{home}/orders/1",
        "https://click.sendgrid.net/x",
        "https://{home}/help",
    ),
    "honest: shop, courier, social": ("https://{home}/", "https://dhl.com/t", "https://facebook.com/x"),
    "forged: none leads home": ("https://cdn-pics.net/1", "https://gratis-mail.org/x", "https://pics.io/2"),
    "forged: shows the shop, leads elsewhere": (
        "https://cdn-pics.net/1>{home}",
        "https://{home}/",
        "https://x.io/",
    ),
}


@dataclass(frozen=True)
class Told:
    """One file's finding."""

    name: str
    signal: FraudSignal
    ms: float


def run(options: Options) -> None:
    """PDFs, then mails."""
    _pdfs(options)
    _mails(options)


def _pdfs(options: Options) -> None:
    table: dict[str, list[Told | None]] = {}
    for number in range(options.purchases):
        data = draw_sample(f"file-{options.seed}-{number}", kind=Kind.PDF_TEXT, purchased_on=DAY).data
        amounts = [each for each in text_runs(data) if _AMOUNT.fullmatch(each)]
        table.setdefault("generated, as made", []).append(_pdf(f"{number}", data))
        if not amounts:
            continue
        old = amounts[-1]
        new = str(int(old[0]) % 9 + 1) + old[1:]
        for edit in PdfEdit:
            table.setdefault(f"forged: {edit.value}", []).append(
                _pdf(f"{number}", edited_pdf(data, old, new, edit))
            )
        again = edited_pdf(data, old, old, PdfEdit.SAVED_AGAIN)
        table.setdefault("generated, saved again unchanged", []).append(_pdf(f"{number}", again))
    if options.has_receipts:
        for path in sorted((options.receipts / "pdf").glob("*.pdf")):
            table.setdefault("real", []).append(_pdf(path.name, path.read_bytes()))
    print("PDFs:\n")
    _print(table)
    sys.stdout.flush()


def _pdf(name: str, data: bytes) -> Told | None:
    return _told(name, data, MediaType.PDF)


def _mails(options: Options) -> None:
    table: dict[str, list[Told | None]] = {}
    for number in range(options.purchases):
        data = draw_sample(f"file-{options.seed}-{number}", kind=Kind.EMAIL, purchased_on=DAY).data
        home = data.split(b"@", 1)[1].split(b">", 1)[0].decode()
        for case, links in _LINKS.items():
            anchors = "".join(_anchor(link.format(home=home)) for link in links)
            changed = data.replace(b"<p>Thank you", f"{anchors}<p>Thank you".encode(), 1)
            table.setdefault(case, []).append(_told(f"{number}", changed, MediaType.EMAIL))
    if options.has_receipts:
        mails = [
            path for folder in ORDERS for path in sorted((options.receipts / "emails" / folder).glob("*"))
        ]
        for path in mails:
            if path.suffix in {".eml", ".html", ".htm"}:
                mail = path.read_bytes() if path.suffix == ".eml" else _as_mail(path)
                table.setdefault("real", []).append(
                    _told(f"{path.parent.name}/{path.name}", mail, MediaType.EMAIL)
                )
    print("\nMails that hold a receipt in a page with links:\n")
    _print(table)


def _anchor(link: str) -> str:
    address, _, shown = link.partition(">")
    return f'<a href="{address}">{shown or "See more"}</a>\r\n'


def _as_mail(path: Path) -> bytes:
    """A saved page as the mail that it was; its sender is not known any more."""
    head = b"From: someone@mail.example\r\nSubject: order\r\nMIME-Version: 1.0\r\n"
    return (
        head
        + b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + path.read_bytes()
    )


def _told(name: str, data: bytes, media_type: MediaType) -> Told | None:
    """The finding; None where no receipt was read from it."""
    parts = read_parts(
        data,
        media_type,
        engine=_no_engine,
        defaults=ReadDefaults(currency=Currency("EUR")),
        limits=DEFAULT_LIMITS,
    )
    started = time.perf_counter()
    part, found = examined(parts[0])
    ms = 1000 * (time.perf_counter() - started)
    if isinstance(part.outcome, Rejection):
        return None
    check = pdf_history.check if media_type is MediaType.PDF else mail_links.check
    return Told(name, check(_evidence(part.outcome, found), ScreenPolicy()), ms)


def _no_engine() -> OcrEngine:
    raise AssertionError("every file here has words of its own")


def _evidence(reading: Reading, found: Examined) -> Evidence:
    own = known_domains(reading.receipt.retailer.name)
    return Evidence(
        receipt=reading.receipt,
        matches=(),
        receipt_id=ReceiptId("r"),
        member_id=MemberId("m"),
        submitted_at=dt.datetime(2026, 3, 6, tzinfo=dt.UTC),
        store_today=dt.date(2026, 3, 6),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
        retailer_domains=own,
        pdf=found.pdf,
        links=found.links,
    )


def _print(read: dict[str, list[Told | None]]) -> None:
    table = {
        case: [each for each in told if each is not None and each.signal.evidence]
        for case, told in read.items()
    }
    print("| files | count | clear | weak | strong | not checked | ms, median | most |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    counts = {case: Counter(map(_kind, told)) for case, told in table.items()}
    for case, told in table.items():
        if not told:
            continue
        times, seen = [each.ms for each in told], counts[case]
        cells = (len(told), seen["clear"], seen["weak"], seen["strong"], seen["not checked"])
        shown = " | ".join(map(str, cells))
        print(f"| {case} | {shown} | {median(times):.1f} | {max(times):.0f} |")
    honest = [case for case in table if not case.startswith("forged")]
    forged = [case for case in table if case.startswith("forged")]
    false = sum(counts[case]["weak"] + counts[case]["strong"] for case in honest)
    false_strong = sum(counts[case]["strong"] for case in honest)
    caught = sum(counts[case]["weak"] + counts[case]["strong"] for case in forged)
    print(
        f"\nprecision {caught / max(1, caught + false):.3f}, recall"
        f" {caught / max(1, sum(len(table[case]) for case in forged)):.3f}, false alarms {false} of"
        f" {sum(len(table[case]) for case in honest)} honest ({false_strong} of them strong)"
    )
    for case in honest:
        for each in table[case]:
            if each.signal.finding is Finding.SUSPECT:
                print(f"  {case}: {each.name}: {each.signal.reviewer_sentence}")


def _kind(told: Told) -> str:
    signal = told.signal
    if signal.finding is Finding.CLEAR:
        return "clear"
    if signal.finding is Finding.UNKNOWN:
        return "not checked"
    return "strong" if signal.strength is Strength.STRONG else "weak"
