"""`tillpoints read`: any document to a receipt, on the command line, touching no database."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.accept import DEFAULT_LIMITS, accept
from ocr.document import ReadDefaults, Reading, read_shots
from ocr.engines.base import EngineError, OcrEngine
from ocr.locales.load import LocaleError
from ocr.locales.vocabulary import locales_of
from pipeline.commands.read_debug import folders_for, write_debug
from pipeline.commands.shown import shown
from pipeline.mail_reading import read_any
from pipeline.settings import reads_in_bfloat16
from receipts.errors import Rejection, TransientError
from receipts.image import MediaType
from receipts.money import Money, UnknownCurrencyError, currency
from receipts.receipt import LineItem, Receipt

NOT_FOUND: Final = "not_found"
"""Reason code of this command alone: there is no such file, or it may not be read."""
ENGINES: Final = ("rapidocr", "tesseract")


@dataclass(frozen=True, slots=True)
class _Work:
    """A file to read, and the folder to show its steps in."""

    file: Path
    debug: Path | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one file gave: readings, or a reason with a sentence."""

    file: str
    readings: tuple[Reading, ...]
    reason: str | None = None
    sentence: str = ""


def read(
    files: Annotated[
        list[Path],
        typer.Argument(help="Photos, PDFs, .eml, .html or .txt; what they are is told by content."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a receipt and line.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0 for one a core.")] = 0,
    default_currency: Annotated[
        str, typer.Option("--currency", help="Where none is printed: an ISO 4217 code.")
    ] = "USD",
    locale: Annotated[
        str, typer.Option("--locale", help="Where the receipts are mostly from, as de-CH (docs/locales.md).")
    ] = "",
    locales: Annotated[
        Path | None, typer.Option("--locales", help="A folder of locale packs of your own.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="rapidocr or tesseract.")] = ENGINES[0],
    debug: Annotated[
        Path | None,
        typer.Option("--debug", help="Write the picture after every step, and a page that shows all, here."),
    ] = None,
    stitch: Annotated[
        bool, typer.Option("--stitch", help="The files are overlapping photos of one long receipt.")
    ] = False,
) -> None:
    """Read receipts from files.

    A file that is no receipt, is broken or missing gets status [b]rejected[/b] and a reason code; the others
    go on, and the command exits 0.

    Example: [b]tillpoints read receipt.jpg order.eml --json[/b]

    To see how a picture was read: [b]tillpoints read receipt.jpg --debug seen[/b], then open seen/index.html;
    of several files, each gets a folder in there.

    A receipt too long for one photo: [b]tillpoints read --stitch top.jpg bottom.jpg[/b]
    """
    if engine not in ENGINES:
        raise typer.BadParameter(
            f"{engine!r} is no engine; choose {' or '.join(ENGINES)}", param_hint="--engine"
        )
    defaults = _defaults(default_currency, locale, locales)
    _make_debug_folder(debug, stitch=stitch)
    show = _print_json if as_json else _print_table
    try:
        if stitch:
            show(_read_stitched(files, defaults=defaults, engine=engine))
            return
        folders = [None] * len(files) if debug is None else folders_for(files, debug)
        work = list(map(_Work, files, folders))
        processes = min(jobs or os.cpu_count() or 1, len(files))
        for answer in _with_progress(_answers(work, defaults, engine, processes), len(files)):
            show(answer)
    except EngineError as error:
        Console(stderr=True).print(f"The engine cannot work: {error}", style="red", markup=False)
        raise typer.Exit(1) from error


def _make_debug_folder(debug: Path | None, *, stitch: bool) -> None:
    if debug is None:
        return
    if stitch:
        raise typer.BadParameter("choose --stitch or --debug", param_hint="--debug")
    try:
        debug.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(
            f"{debug} cannot be made: {error.strerror}; name another folder", param_hint="--debug"
        ) from error


def _defaults(default_currency: str, locale: str, folder: Path | None) -> ReadDefaults:
    """What to assume where nothing is printed, checked."""
    try:
        code = currency(default_currency)
    except UnknownCurrencyError as error:
        raise typer.BadParameter(str(error), param_hint="--currency") from error
    if folder is not None and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="--locales")
    try:
        known = locales_of(folder).packs
    except LocaleError as error:
        raise typer.BadParameter(str(error), param_hint="--locales") from error
    if locale and (locale not in known or not known[locale].is_country):
        names = ", ".join(sorted(name for name, pack in known.items() if pack.is_country))
        raise typer.BadParameter(f"{locale!r} is no locale; choose one of {names}", param_hint="--locale")
    return ReadDefaults(currency=code, locale=locale, locales=folder)


def _answers(work: list[_Work], defaults: ReadDefaults, engine: str, processes: int) -> Iterator[_Answer]:
    do = partial(_do, defaults=defaults, engine=engine)
    if processes <= 1:
        yield from map(do, work)
        return
    # Spawned, not forked: OpenCV's and onnxruntime's threads do not survive a fork.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(do, work)


def _do(work: _Work, *, defaults: ReadDefaults, engine: str) -> _Answer:
    return _read_file(work.file, defaults=defaults, engine=engine, debug=work.debug)


@cache
def _load_engine(name: str) -> OcrEngine:
    """One engine a process, at the first picture."""
    if name == "tesseract":
        from ocr.engines.tesseract import TesseractEngine

        return TesseractEngine()
    from ocr.engines.rapid import RapidEngine  # a second of loading that text documents never need

    return RapidEngine(bfloat16=reads_in_bfloat16())


def _opened(path: Path) -> tuple[bytes, MediaType] | _Answer:
    """The file's bytes and what they are, or why it was not let in."""
    try:
        accepted = accept(path, limits=DEFAULT_LIMITS, allowed=frozenset(MediaType))
        if isinstance(accepted, Rejection):
            return _rejected(path, accepted)
        return path.read_bytes(), accepted.media_type
    except OSError as error:
        return _Answer(str(path), (), NOT_FOUND, f"The file cannot be read: {error.strerror or error}.")
    except TransientError as error:
        return _Answer(str(path), (), "timed_out", str(error))


def _read_stitched(files: list[Path], *, defaults: ReadDefaults, engine: str) -> _Answer:
    opened = []
    for path in files:
        file = _opened(path)
        if isinstance(file, _Answer):
            return file
        opened.append(file)
    name = " + ".join(map(str, files))
    readings = read_shots(opened, engine=partial(_load_engine, engine), defaults=defaults)
    if not isinstance(readings, Rejection):
        return _Answer(name, readings)
    return _Answer(name, (), readings.reason.value, readings.detail or readings.member_sentence)


def _read_file(path: Path, *, defaults: ReadDefaults, engine: str, debug: Path | None = None) -> _Answer:
    opened = _opened(path)
    if isinstance(opened, _Answer):
        return opened
    data, media_type = opened
    readings = read_any(
        data,
        media_type,
        engine=partial(_load_engine, engine),
        defaults=defaults,
        limits=DEFAULT_LIMITS,
    )
    if debug is not None:
        _show_steps(path, debug, data, media_type, readings, engine)
    return _rejected(path, readings) if isinstance(readings, Rejection) else _Answer(str(path), readings)


def _show_steps(
    path: Path,
    folder: Path,
    data: bytes,
    media_type: MediaType,
    answer: tuple[Reading, ...] | Rejection,
    engine: str,
) -> None:
    """Write the page; a folder that cannot be written is told, and costs no answer."""
    try:
        write_debug(
            folder,
            data=data,
            media_type=media_type,
            name=path.name,
            answer=answer,
            engine=partial(_load_engine, engine),
        )
    except OSError as error:
        said = f"{path}: {folder} cannot be written ({error.strerror or error}); name another folder"
        Console(stderr=True, soft_wrap=True).print(said, style="red", markup=False, highlight=False)


def _rejected(path: Path, rejection: Rejection) -> _Answer:
    return _Answer(str(path), (), rejection.reason.value, rejection.member_sentence)


def _with_progress(answers: Iterable[_Answer], count: int) -> Iterator[_Answer]:
    console = Console(stderr=True)
    if not console.is_terminal or count == 1:
        yield from answers
        return
    columns = (TextColumn("Reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(answers, total=count)


def _print_json(answer: _Answer) -> None:
    for row in _json_rows(answer):
        typer.echo(json.dumps(row, ensure_ascii=False))


def _json_rows(answer: _Answer) -> Iterator[dict[str, Any]]:
    if not answer.readings:
        yield {
            "file": answer.file,
            "status": "rejected",
            "reason": answer.reason,
            "receipt": None,
            "seconds": None,
        }
    for reading in answer.readings:
        seconds = reading.seconds
        yield {
            "file": answer.file,
            "status": "read",
            "reason": None,
            "receipt": _receipt_json(reading.receipt),
            "seconds": {
                "decode": seconds.decode,
                "ocr": seconds.ocr,
                "parse": seconds.parse,
                "total": seconds.total,
            },
        }


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    retailer = receipt.retailer
    return {
        "retailer": {
            "name": retailer.name,
            "store": retailer.store,
            "address": retailer.address,
            "phone": retailer.phone,
            "tax_id": retailer.tax_id,
        },
        "date": receipt.date.isoformat() if receipt.date else None,
        "time": _clock(receipt),
        "currency": receipt.currency,
        "receipt_number": receipt.receipt_number or None,
        "subtotal": _money(receipt.subtotal),
        "tax": _money(receipt.tax),
        "total": _money(receipt.total),
        "items": [_item_json(item) for item in receipt.items],
        "is_refund": receipt.is_refund,
        "balanced": receipt.balanced,
        "identities": [identity.value for identity in receipt.identities],
        "repaired": list(receipt.repaired),
        "confidence": {entry.field: entry.value for entry in receipt.confidence},
        "date_alternative": receipt.date_alternative.isoformat() if receipt.date_alternative else None,
    }


def _clock(receipt: Receipt) -> str | None:
    if receipt.time is None:
        return None
    return receipt.time.isoformat("seconds" if receipt.time.second else "minutes")


def _money(amount: Money | None) -> str | None:
    return None if amount is None else str(amount)


def _item_json(item: LineItem) -> dict[str, Any]:
    return {
        "description": item.description,
        "quantity": f"{item.quantity.normalize():f}",
        "unit_price": _money(item.unit_price),
        "amount": _money(item.amount),
        "discount": _money(item.discount),
        "code": item.code,
        "confidence": item.confidence,
        "repaired": item.repaired,
    }


def _print_table(answer: _Answer) -> None:
    console = Console()
    if not answer.readings:
        said = f"[red]rejected[/red] {shown(answer.reason or '')}: {shown(answer.sentence)}"
        console.print(f"[b]{shown(answer.file)}[/b] {said}")
    for reading in answer.readings:
        console.print(_table(answer.file, reading.receipt))


def _table(file: str, receipt: Receipt) -> Table:
    when = " ".join(filter(None, (receipt.date.isoformat() if receipt.date else None, _clock(receipt))))
    title = f"{shown(file)}: {shown(receipt.retailer.name or 'unknown retailer')}, {when or 'no date'}"
    sums = "sums close" if receipt.balanced else "sums do not close"
    table = Table(title=title, title_justify="left", caption=sums, caption_justify="left", show_footer=True)
    table.add_column("quantity", justify="right")
    table.add_column("line item", footer="total")
    table.add_column("code")
    table.add_column("discount", justify="right")
    table.add_column("amount", justify="right", footer=f"{_money(receipt.total) or '?'} {receipt.currency}")
    for item in receipt.items:
        table.add_row(
            f"{item.quantity.normalize():f}",
            shown(item.description),
            shown(item.code or ""),
            _money(item.discount) or "",
            str(item.amount),
        )
    return table
