"""`tillpoints match`: printed lines to catalog products, without a database."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from matching.catalog_file import CatalogError, read_catalog
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from matching.precision import thresholds_for
from matching.thresholds import Thresholds
from pipeline.commands.shown import shown
from pipeline.wish_words import share_of, wish_sentences
from receipts.match import Match, MatchVerdict, match_sentence
from receipts.money import Currency, Money, UnknownCurrencyError
from receipts.money import currency as currency_of
from receipts.program import USUAL_OWN_SHARE, MatchWish, WishError

# Lines matched in one call: some receipts' worth, so that answers to piped lines come soon.
LINES_AT_ONCE = 200
WRONG_USAGE_EXIT = 2
# Article numbers of the catalog that are no GTIN: so many are named, the rest counted.
FAULTS_SHOWN = 3
# No price or quantity is larger; beyond it the number is a mistake or hostile.
LARGEST_NUMBER = Decimal(10) ** 12

_VERDICT_STYLES: dict[MatchVerdict, str] = {
    MatchVerdict.ACCEPT: "green",
    MatchVerdict.ASK: "yellow",
    MatchVerdict.NONE: "dim",
}

PrecisionOption = Annotated[
    str, typer.Option(help="Of the lines accepted by their words, the share that must be right: 0.995.")
]
NonePrecisionOption = Annotated[
    str, typer.Option(help="Of the lines answered with none, the share that must be another maker's.")
]
OwnShareOption = Annotated[
    str, typer.Option(help="Of all lines, the share that is of the catalog; the rarer, the surer a match.")
]


class LineError(ValueError):
    """A line of the input is not what is wanted; the message says what to write."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """A line of the input with its answer; a broken line has none."""

    description: str
    match: Match | None


def match(
    catalog: Annotated[
        Path,
        typer.Option(
            "--catalog",
            exists=True,
            dir_okay=False,
            help="CSV, JSON Lines or Parquet with sku, gtin, brand, name, size, category, msrp, aliases "
            "(| between aliases); only sku and name are required.",
        ),
    ],
    lines: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            metavar="LINES.jsonl",
            help="One JSON object a line; standard input if left out.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object for each line, in order, instead of a table."),
    ] = False,
    currency: Annotated[
        str, typer.Option("--currency", help="What msrp and amount are in (ISO 4217).")
    ] = "USD",
    precision: PrecisionOption = "",
    none_precision: NonePrecisionOption = "",
    own_share: OwnShareOption = "",
) -> None:
    r"""Say which catalog product each printed line is, how sure that is, and whether to ask.

    Each line: {"description": "KLG FRSTD FLK 12OZ", "code": "038000199042", "amount": "4.99",
    "quantity": "1", "retailer": "Corner Market"}; only description is required, amount is the whole line's.

    Each answer: {"sku", "gtin", "probability", "verdict": accept | ask | none, "candidates"}.
    accept pays by itself, ask goes to a person, none is not in the catalog.

    A line that cannot be read is named on standard error and answered with none, so that the answers
    stay line for line with the questions.

    Example:  echo '{"description": "KLG FRSTD FLK 12OZ"}' | tillpoints match --catalog catalog.csv --json
    """
    progress = Console(stderr=True)
    wish = _wish(progress, precision, none_precision, own_share)
    index, money = _load(progress, catalog, currency)
    found = thresholds_for(wish, len(index))
    if wish != MatchWish():
        for sentence in wish_sentences(wish, found):
            progress.print(sentence, markup=False, highlight=False, soft_wrap=True)
    with contextlib.ExitStack() as stack:
        source = sys.stdin.buffer if lines is None else stack.enter_context(lines.open("rb"))
        answers = _answers(source, index, money, found.thresholds)
        if as_json:
            for answer in answers:
                sys.stdout.write(json.dumps(_document(answer.match)) + "\n")
                sys.stdout.flush()
        else:
            _print_table(answers, index)


def _wish(progress: Console, accept: str, none: str, own_share: str) -> MatchWish:
    try:
        return MatchWish(
            share_of(accept) if accept else None,
            share_of(none) if none else None,
            share_of(own_share) if own_share else USUAL_OWN_SHARE,
        )
    except WishError as error:
        progress.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG_USAGE_EXIT) from error


def _load(progress: Console, catalog: Path, currency: str) -> tuple[CatalogIndex, Currency]:
    try:
        money = currency_of(currency)
        with _status(progress, "Reading the catalog"):
            reading = read_catalog(catalog, currency=money)
            index = CatalogIndex.build(reading.catalog)
    except (CatalogError, UnknownCurrencyError) as error:
        progress.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(WRONG_USAGE_EXIT) from error
    for fault in reading.faults[:FAULTS_SHOWN]:
        progress.print(fault, markup=False, highlight=False, soft_wrap=True)
    if len(reading.faults) > FAULTS_SHOWN:
        progress.print(
            f"... and {len(reading.faults) - FAULTS_SHOWN} more article numbers that are left out."
        )
    return index, money


def _status(console: Console, text: str) -> contextlib.AbstractContextManager[object]:
    return console.status(text) if console.is_terminal else contextlib.nullcontext()


def _answers(
    source: Iterable[bytes], index: CatalogIndex, currency: Currency, thresholds: Thresholds
) -> Iterator[_Answered]:
    """Each line's answer, in order; lines are matched some receipts at a time."""
    numbered = enumerate(source, start=1)
    while batch := list(islice(numbered, LINES_AT_ONCE)):
        queries = [_query_or_none(number, line, currency) for number, line in batch]
        whole = [query for query in queries if query is not None]
        found = iter(match_lines(whole, index, thresholds=thresholds))
        for query in queries:
            answer = None if query is None else next(found)
            yield _Answered(description="" if query is None else query.description, match=answer)


def _query_or_none(number: int, line: bytes, currency: Currency) -> LineQuery | None:
    try:
        return read_query(line, position=number - 1, currency=currency)
    except LineError as error:
        sys.stderr.write(f"line {number}: {error}\n")
        return None


def read_query(line: bytes, *, position: int, currency: Currency) -> LineQuery:
    """One line of the input.

    Raises:
        LineError: it is no such object; the message says what to write.
    """
    try:
        document = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise LineError('it is not JSON; write {"description": "..."}') from error
    if not isinstance(document, dict):
        raise LineError('it is no object; write {"description": "..."}')
    description = document.get("description")
    if not isinstance(description, str):
        raise LineError('"description" must be text: the printed words')
    amount = _decimal(document, "amount")
    return LineQuery(
        position=position,
        description=description,
        code=_text(document, "code"),
        amount=None if amount is None else Money.of(amount, currency),
        quantity=_decimal(document, "quantity"),
        retailer=_text(document, "retailer") or "",
    )


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise LineError(f'"{name}" must be text, such as "{name}": "038000199042"')


def _decimal(document: Mapping[str, object], name: str) -> Decimal | None:
    value = document.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        with contextlib.suppress(ArithmeticError):
            number = Decimal(value)
            if number.is_finite() and abs(number) < LARGEST_NUMBER:
                return number
    raise LineError(f'"{name}" must be a decimal number, such as "{name}": "4.99"')


def _document(match: Match | None) -> dict[str, object]:
    if match is None:
        return {
            "sku": None,
            "gtin": None,
            "probability": 0.0,
            "verdict": MatchVerdict.NONE.value,
            "candidates": [],
        }
    return {
        "sku": match.sku,
        "gtin": match.gtin,
        "probability": match.probability,
        "verdict": match.verdict.value,
        "candidates": [{"sku": each.sku, "probability": each.probability} for each in match.candidates],
    }


def _print_table(answers: Iterable[_Answered], index: CatalogIndex) -> None:
    table = Table("printed", "verdict", "sku", "product", "probability", "why", box=None)
    for answer in answers:
        found = answer.match
        if found is None:
            table.add_row("", "none", "", "", "", "The line could not be read.", style="red")
            continue
        product = None if found.sku is None else index.product(found.sku)
        name = "" if product is None else " ".join(filter(None, (product.brand, product.name, product.size)))
        likely = f"{found.probability:.2f}"
        why = match_sentence(found)
        style = _VERDICT_STYLES[found.verdict]
        cells = (answer.description, found.verdict.value, found.sku or "", name, likely, why)
        table.add_row(*(shown(cell) for cell in cells), style=style)
    Console().print(table)
