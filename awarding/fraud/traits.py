"""How a retailer's receipts look, in a few words each, and where one receipt looks otherwise.

A trait is ``kind:value``. Single ones (tax number, decimal mark, shape of the date) are one or few for a
retailer; words (of the head, of the total's label) are many. Only what receipts of two members or more show
is taken for the retailer's: neither a misread word nor one member alone changes how a shop is said to print.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from rapidfuzz.distance import Levenshtein

from awarding.fraud.world_facts import RetailerProfile, TraitCount
from awarding.retailer import fold_retailer
from receipts.identity import MemberId
from receipts.receipt import Receipt
from receipts.transcript import TextSource, Transcript


class TraitKind(Enum):
    """What is compared."""

    TAX_ID = "tax"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    CURRENCY = "currency"
    PLACE = "place"
    FONT = "font"
    HEAD = "head"
    TOTAL = "total"


KIND_WORDS = {
    TraitKind.TAX_ID: "tax number",
    TraitKind.DECIMAL: "decimal mark",
    TraitKind.DATE: "form of the date",
    TraitKind.TIME: "form of the time",
    TraitKind.CURRENCY: "currency",
    TraitKind.PLACE: "place of the date",
    TraitKind.FONT: "font",
    TraitKind.HEAD: "words of the head",
    TraitKind.TOTAL: "words beside the total",
}
_SINGLE = (
    TraitKind.TAX_ID,
    TraitKind.DECIMAL,
    TraitKind.DATE,
    TraitKind.TIME,
    TraitKind.CURRENCY,
    TraitKind.PLACE,
    TraitKind.FONT,
)
_HEAD_ROWS = 6
_WORDS_MOST = 12
_WORD = re.compile(r"[^\W\d_]{4,}")
_LABEL = re.compile(r"[^\W\d_]{3,}")
_PRICE = re.compile(r"(?<![\d.,])-?\d{1,5}([.,])\d{2}(?![\d.,])")
_DATE = re.compile(r"(?<![\d.,/-])(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}([./-])\d{2}\2\d{2})(?!\d)")
_TIME = re.compile(r"(?<![\d:.,])\d{1,2}:\d{2}(:\d{2})?(?!\d)")
_PRICES_LEAST = 3
_SHAPE_VALUE_CHARS = 40
_ENOUGH = 0.5
"""Of the retailer's receipts, those that must show a kind at all before its lack of a value says anything."""
_USUAL_WORD = 0.6
"""A word that so many of the receipts show belongs to the retailer's head or label."""
_FEW_WORDS = 0.34
"""A head that shows fewer of the usual words than this is another one; misread photos show half of them."""
_HEAD_WORDS_LEAST = 2
_MISREAD_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of trait in which a receipt stands out."""

    kind: TraitKind
    here: str
    usual: str


@dataclass(frozen=True, slots=True)
class SeenReceipt:
    """A paid receipt's traits, and who sent it."""

    member_id: MemberId
    traits: tuple[str, ...]


def profile_key(receipt: Receipt, transcript: Transcript) -> str:
    """Whose receipts it is compared with; empty where the name was not read.

    A shop's e-receipts do not look like its paper ones, so each kind of document has a profile of its own.
    """
    name = fold_retailer(receipt.retailer.name)
    paper = "paper" if transcript.source is TextSource.OCR else "document"
    return f"{paper} {name}" if name else ""


def traits_of(receipt: Receipt, transcript: Transcript, *, font: str = "") -> tuple[str, ...]:
    """The receipt's traits, sorted, each once.

    Args:
        receipt: as read.
        transcript: its rows.
        font: that a PDF is set in; a photo tells none.
    """
    found = {f"{kind.value}:{value}" for kind, value in _traits(receipt, transcript) if value}
    return tuple(sorted(found | ({f"{TraitKind.FONT.value}:{font.casefold()}"} if font else set())))


def _traits(receipt: Receipt, transcript: Transcript) -> Iterator[tuple[TraitKind, str]]:
    rows = [row.text for row in transcript.rows]
    if not receipt.currency_assumed:
        yield TraitKind.CURRENCY, receipt.currency
    yield TraitKind.TAX_ID, "".join(char for char in receipt.retailer.tax_id.upper() if char.isalnum())
    marks = Counter(match[1] for row in rows for match in _PRICE.finditer(row))
    if marks.total() >= _PRICES_LEAST:
        yield TraitKind.DECIMAL, marks.most_common(1)[0][0]
    dated = [(at, match.group()) for at, row in enumerate(rows) for match in _DATE.finditer(row)]
    priced = next((at for at, row in enumerate(rows) if _PRICE.search(row)), len(rows))
    if dated:
        yield TraitKind.DATE, _shape(dated[0][1])
        yield TraitKind.PLACE, "above the prices" if dated[0][0] < priced else "below the first price"
    if times := [match.group() for row in rows for match in _TIME.finditer(row)]:
        yield (
            TraitKind.TIME,
            "with seconds" if any(time.count(":") > 1 for time in times) else "without seconds",
        )
    head = [word for row in rows[:_HEAD_ROWS] for word in _WORD.findall(_plain(row))]
    for word in head[:_WORDS_MOST]:
        yield TraitKind.HEAD, word
    if receipt.total is not None:
        printed = {f"{receipt.total}", f"{receipt.total}".replace(".", ",")}
        labels = [
            word
            for row in rows
            if any(amount in row for amount in printed)
            for word in _LABEL.findall(_plain(row))
        ]
        for word in labels[:_WORDS_MOST]:
            yield TraitKind.TOTAL, word


def profile_of(receipts: Sequence[SeenReceipt]) -> RetailerProfile | None:
    """What the receipts have in common; None where there is none."""
    if not receipts:
        return None
    members: defaultdict[str, set[MemberId]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for seen in receipts:
        for trait in set(seen.traits):
            members[trait].add(seen.member_id)
            counts[trait] += 1
    shared = (TraitCount(trait, counts[trait]) for trait in sorted(members) if len(members[trait]) > 1)
    return RetailerProfile(len(receipts), len({seen.member_id for seen in receipts}), tuple(shared))


def differences(traits: Sequence[str], profile: RetailerProfile, *, agreed: float) -> tuple[Difference, ...]:
    """In what the traits differ from those that the retailer's receipts agree on."""
    here, usual = _by_kind(traits), _counts_by_kind(profile)
    found = [_single(kind, here[kind], usual[kind], profile.receipts, agreed) for kind in _SINGLE]
    found += [
        _words(TraitKind.HEAD, here[TraitKind.HEAD], usual[TraitKind.HEAD], profile.receipts),
        _words(TraitKind.TOTAL, here[TraitKind.TOTAL], usual[TraitKind.TOTAL], profile.receipts),
    ]
    return tuple(each for each in found if each is not None)


def _single(
    kind: TraitKind, here: frozenset[str], usual: dict[str, int], receipts: int, agreed: float
) -> Difference | None:
    """Values of two members or more cover nearly all receipts that show one, and this is none of them."""
    shown = sum(usual.values())
    if not here or shown < max(_ENOUGH, agreed) * receipts:
        return None
    if any(_same(value, known, kind) for value in here for known in usual):
        return None
    return Difference(kind, _joined(here), _joined(usual))


def _words(kind: TraitKind, here: frozenset[str], usual: dict[str, int], receipts: int) -> Difference | None:
    often = [word for word, count in usual.items() if count >= _USUAL_WORD * receipts]
    if not here or len(often) < (_HEAD_WORDS_LEAST if kind is TraitKind.HEAD else 1):
        return None
    if kind is TraitKind.TOTAL:
        if any(_same(word, known, kind) for word in here for known in usual):
            return None
        return Difference(kind, _joined(here), _joined(often))
    met = sum(any(_same(word, known, kind) for word in here) for known in often)
    return None if met > _FEW_WORDS * len(often) else Difference(kind, _joined(here), _joined(often))


def _same(value: str, known: str, kind: TraitKind) -> bool:
    if value == known:
        return True
    if kind not in {TraitKind.TAX_ID, TraitKind.HEAD, TraitKind.TOTAL}:
        return False
    letters = min(len(value), len(known))
    slips = min(_MISREAD_LETTERS, letters // 4)
    return Levenshtein.distance(value, known, score_cutoff=slips) <= slips


def _by_kind(traits: Iterable[str]) -> dict[TraitKind, frozenset[str]]:
    found: defaultdict[TraitKind, set[str]] = defaultdict(set)
    for trait in traits:
        kind, _, value = trait.partition(":")
        found[TraitKind(kind)].add(value)
    return {kind: frozenset(found[kind]) for kind in TraitKind}


def _counts_by_kind(profile: RetailerProfile) -> dict[TraitKind, dict[str, int]]:
    found: dict[TraitKind, dict[str, int]] = {kind: {} for kind in TraitKind}
    for each in profile.traits:
        kind, _, value = each.trait.partition(":")
        found[TraitKind(kind)][value] = each.receipts
    return found


def _plain(text: str) -> str:
    """Small letters without accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in split if not unicodedata.combining(char))


def _shape(date: str) -> str:
    return re.sub(r"\d", "9", date)


def _joined(values: Iterable[str]) -> str:
    text = ", ".join(sorted(values)[:4])
    return text if len(text) <= _SHAPE_VALUE_CHARS else text[: _SHAPE_VALUE_CHARS - 1] + "…"
