"""One purchase found again however it comes, and others of its shop, day and template told apart.

Each document is held against every first photo, through the product's own parts: the coarse keys and the
bands that an index would answer, then the checks. A pair is found where a check answers suspect; it is held
where that is strong, as it is for another member's receipt that may be paid.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from awarding.fraud import same_picture, same_purchase
from awarding.fraud.alike.features import Matched, matched, points_of
from awarding.fraud.alike.hashes import bands_of, bits_apart, hashes_of, near_bands
from awarding.fraud.evidence import EarlierReceipt, Evidence, PictureTwin
from awarding.fraud.policy import ScreenPolicy
from awarding.purchase import lookup_keys, purchase_facts
from bench.fraud.drawn import FIRST, WAYS, draw
from bench.fraud.options import Options
from bench.fraud.read_once import is_read, read_once
from ocr.decode import decode
from ocr.picture.steps import repair
from pipeline.alike import FRAME, PAPER
from receipts.errors import Rejection
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ReceiptId
from receipts.image import IMAGE_TYPES, MediaType
from receipts.receipt import Receipt
from receipts.state import ReceiptState

if TYPE_CHECKING:
    from awarding.fraud.alike.features import Points

SENT: Final = datetime(2026, 6, 1, tzinfo=UTC)
POLICY: Final = ScreenPolicy()
RETAKEN: Final = (("angle_4", "angle_5"), ("receipt2", "receipt2_1"), ("receipt7", "receipt7_1"))
MISSES_SHOWN: Final = 20


@dataclass(frozen=True)
class Paper:
    """A document as the pipeline would have it after reading.

    Attributes:
        receipt: None where it was refused.
        page: what the reader kept of the picture; None where it refused it.
        hashes: turned, by kind of picture.
    """

    name: str
    group: int
    purchase: int
    way: str
    data: bytes
    media_type: MediaType
    receipt: Receipt | None
    page: bytes | None
    hashes: dict[int, tuple[int, ...]]

    @property
    def keys(self) -> frozenset[str]:
        """The coarse keys it is filed under."""
        return _keys(self)


@cache
def _keys(paper: Paper) -> frozenset[str]:
    return frozenset() if paper.receipt is None else frozenset(lookup_keys(purchase_facts(paper.receipt)))


@cache
def _bands(paper: Paper) -> frozenset[int]:
    return frozenset(b for kind, turns in paper.hashes.items() for b in bands_of(turns[0], kind=kind))


@cache
def _asked(paper: Paper) -> frozenset[int]:
    turns = {FRAME: paper.hashes.get(FRAME, ()), PAPER: paper.hashes.get(PAPER, ())[:1]}
    return frozenset(b for kind, values in turns.items() for v in values for b in near_bands(v, kind=kind))


@cache
def _points(data: bytes, media_type: MediaType) -> Points | None:
    frame = decode(data, media_type)
    return None if isinstance(frame, Rejection) else points_of(frame.picture)


@cache
def _paper_points(paper: Paper) -> Points | None:
    """Of the paper alone, as the product has it of every receipt that it read."""
    if paper.page is not None:
        return _points(paper.page, MediaType.JPEG)
    frame = decode(paper.data, paper.media_type)
    return None if isinstance(frame, Rejection) else points_of(repair(frame.picture).picture)


def _paper(
    name: str, group: int, purchase: int, way: str, data: bytes, media_type: MediaType, at: Options
) -> Paper:
    answer = read_once(data, media_type, kept=at.kept, readings=at.work / "readings")
    found = {}
    if media_type in IMAGE_TYPES:
        frame = decode(data, media_type)
        if not isinstance(frame, Rejection):
            found[FRAME] = hashes_of(frame.picture)
    kept = None if isinstance(answer, Rejection) else answer[0].picture_jpeg
    if kept is not None:
        page = decode(kept, MediaType.JPEG)
        if not isinstance(page, Rejection):
            found[PAPER] = hashes_of(page.picture)
    receipt = None if isinstance(answer, Rejection) else answer[0].receipt
    hashes = {kind: turns for kind, turns in found.items() if turns}
    return _Hashed(name, group, purchase, way, data, media_type, receipt, kept, hashes)


def paper_of(name: str, data: bytes, media_type: MediaType, at: Options) -> Paper:
    """A document of no group, read and hashed."""
    return _paper(name, -1, -1, name, data, media_type, at)


class _Hashed(Paper):
    """Equal only to itself, so that what is worked out for it is kept."""

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checks say of a pair, and through which layer it came."""

    facts: FraudSignal | None
    picture: FraudSignal | None

    @property
    def found(self) -> bool:
        """Whether any of them proposes a twin."""
        return any(
            each is not None and each.finding is Finding.SUSPECT for each in (self.facts, self.picture)
        )

    @property
    def held(self) -> bool:
        """Whether one of them holds."""
        return any(
            each is not None and each.finding is Finding.SUSPECT and each.strength is Strength.STRONG
            for each in (self.facts, self.picture)
        )


def judged(new: Paper, first: Paper, *, own: bool = False) -> Outcome:
    """The checks on the pair, as far as an index leads from the one to the other."""
    by_facts = bool(new.keys & first.keys)
    by_picture = bool(_asked(new) & _bands(first)) or (own and first.receipt is None)
    if new.receipt is None or not (by_facts or by_picture):
        return Outcome(None, None)
    earlier = EarlierReceipt(
        ReceiptId(first.name),
        own=own,
        facts=None if first.receipt is None else purchase_facts(first.receipt),
        state=ReceiptState.REJECTED if first.receipt is None else ReceiptState.AWARDED,
        submitted_at=SENT - timedelta(days=1),
    )
    evidence = Evidence(
        receipt=new.receipt,
        matches=(),
        receipt_id=ReceiptId(new.name),
        member_id=MemberId("new"),
        submitted_at=SENT,
        store_today=SENT.date(),
        same_bytes=(),
        same_facts=(earlier,) if by_facts else (),
        receipts_today=1,
    )
    facts = same_purchase.check(evidence, POLICY) if by_facts else None
    picture = None
    if by_picture:
        twin = _twin(new, first, earlier)
        picture = same_picture.check(replace(evidence, same_picture=(twin,)), POLICY)
    return Outcome(facts, picture)


def _twin(new: Paper, first: Paper, earlier: EarlierReceipt) -> PictureTwin:
    same = _same_points(new, first)

    def apart(kind: int) -> int | None:
        here, there = new.hashes.get(kind), first.hashes.get(kind)
        return bits_apart(here, there[0]) if here and there else None

    return PictureTwin(earlier, apart(FRAME), apart(PAPER), same.points, same.share)


def _same_points(new: Paper, first: Paper) -> Matched:
    return matched(_paper_points(new), _points(first.data, first.media_type))


def _generated(at: Options) -> list[Paper]:
    papers = []
    for document in draw(at.purchases, at.seed, at.work / "drawn"):
        name = f"{document.purchase} {document.way}"
        papers.append(
            _paper(
                name, document.group, document.purchase, document.way, document.data, document.media_type, at
            )
        )
    return papers


def _scored(papers: Sequence[Paper]) -> None:
    firsts = [paper for paper in papers if paper.way == FIRST]
    by_way: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[str] = []
    missed: list[str] = []
    hard = 0
    for new in papers:
        for first in firsts:
            if first is new:
                continue
            outcome = judged(new, first)
            if new.purchase == first.purchase:
                _count(by_way[new.way], new, first, outcome)
                if new.receipt is not None and not outcome.found:
                    missed.append(f"missed: {new.name}")
                continue
            hard += new.group == first.group
            if outcome.found:
                by_way[new.way]["false"] += 1
                by_way[new.way]["false held"] += outcome.held
                wrong.append(f"wrong: {new.name} with {first.name}")
    _table(by_way, len(papers), hard)
    for line in (*missed[:MISSES_SHOWN], *wrong[:MISSES_SHOWN]):
        print(line)


def _count(counts: Counter[str], new: Paper, first: Paper, outcome: Outcome) -> None:
    counts["pairs"] += 1
    counts["refused"] += new.receipt is None
    counts["first refused"] += first.receipt is None and new.receipt is not None
    counts["found"] += outcome.found
    counts["held"] += outcome.held
    counts["facts"] += outcome.facts is not None and outcome.facts.finding is Finding.SUSPECT
    counts["picture"] += outcome.picture is not None and outcome.picture.finding is Finding.SUSPECT


def _table(by_way: dict[str, Counter[str]], documents: int, hard: int) -> None:
    table = Table(
        title=f"One purchase again: {documents} documents, {hard} pairs of one shop, day and template"
    )
    for name in (
        "way",
        "pairs",
        "refused",
        "by facts",
        "by picture",
        "found",
        "held",
        "recall",
        "false",
        "precision",
    ):
        table.add_column(name, justify="left" if name == "way" else "right")
    total: Counter[str] = Counter()
    for way in (*WAYS, FIRST):
        total += by_way[way]
        _row(table, way, by_way[way])
    table.add_section()
    _row(table, "all", total)
    Console(width=120).print(table)


def _row(table: Table, name: str, counts: Counter[str]) -> None:
    read = counts["pairs"] - counts["refused"]
    flagged = counts["found"] + counts["false"]
    table.add_row(
        name,
        str(counts["pairs"]),
        str(counts["refused"]),
        str(counts["facts"]),
        str(counts["picture"]),
        str(counts["found"]),
        str(counts["held"]),
        f"{counts['found'] / read:.3f}" if read else "-",
        f"{counts['false']} ({counts['false held']} held)",
        f"{counts['found'] / flagged:.4f}" if flagged else "-",
    )


def _real(at: Options) -> None:
    retaken = {
        name: _of_file(at.receipts / "retaken" / f"{name}.jpg", at) for pair in RETAKEN for name in pair
    }
    found = [pair for pair in RETAKEN if _retaken_found(retaken[pair[1]], retaken[pair[0]])]
    print(f"retaken: {len(found)} of {len(RETAKEN)} pairs found")
    for first, again in RETAKEN:
        same = _same_points(retaken[again], retaken[first])
        refused = [name for name in (first, again) if retaken[name].receipt is None]
        print(f"  {first} + {again}: {same.points} points, {same.share:.0%}; refused: {refused or 'none'}")
    names = (*(at.receipts / "photos" / "images").glob("*.*"), *(at.receipts / "scans").rglob("*.jpg"))
    files = [path for path in sorted(names) if _kept(path, at)]
    papers = [_of_file(path, at) for path in files]
    _false_alarms("scans and photos", papers)
    crossed = [
        (a, b)
        for a in retaken
        for b in retaken
        if a < b and (a, b) not in RETAKEN and a.split("_")[0] != b.split("_")[0]
    ]
    most = max(_same_points(retaken[a], retaken[b]).share for a, b in crossed)
    print(f"pictures of different papers there have {most:.0%} of the print in common at most")


def _retaken_found(new: Paper, first: Paper) -> bool:
    """By facts where both were read, else by the picture, as for a member's own refused photo."""
    if new.receipt is not None and first.receipt is not None:
        return judged(new, first).found
    same = _same_points(new, first)
    return same_picture.is_same_paper(same.points, same.share)


def _kept(path: Path, at: Options) -> bool:
    """Whether reading it costs no OCR, unless the user asks for all by ``--all``."""
    known = is_read(path.read_bytes(), _TYPES[path.suffix.lower()], at.work / "readings")
    return known or "--all" in at.rest


_TYPES: Final = {
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".webp": MediaType.WEBP,
}


def _of_file(path: Path, at: Options) -> Paper:
    return paper_of(path.name, path.read_bytes(), _TYPES[path.suffix.lower()], at)


def _false_alarms(name: str, papers: Sequence[Paper]) -> None:
    pairs = [(a, b) for i, a in enumerate(papers) for b in papers[:i]]
    alarms = [(a, b, outcome) for a, b in pairs if (outcome := judged(a, b)).found]
    held = {a.name for a, _, outcome in alarms if outcome.held}
    print(
        f"{name}: {len(papers)} receipts, {len(pairs)} pairs of different ones: {len(alarms)} taken for one,"
        f" {len(held)} receipts held"
    )
    for a, b, _ in alarms[:MISSES_SHOWN]:
        print(f"  {a.name} with {b.name}")


def _timed(papers: Iterable[Paper]) -> None:
    """What a picture's examination costs, each by itself."""
    pictures = [paper for paper in papers if paper.way == FIRST][:10]
    steps: dict[str, Callable[[Paper], object]] = {
        "open the original": lambda paper: decode(paper.data, paper.media_type),
        "open and hash": _hash_again,
        "open and find its points": lambda paper: _points.__wrapped__(paper.data, paper.media_type),
        "compare two pictures' points": lambda paper: _same_points(paper, pictures[0]),
    }
    for name, step in steps.items():
        began = time.process_time()
        for paper in pictures:
            step(paper)
        print(f"{name}: {(time.process_time() - began) / max(1, len(pictures)) * 1000:.0f} ms of a core")


def _hash_again(paper: Paper) -> object:
    frame = decode(paper.data, paper.media_type)
    return None if isinstance(frame, Rejection) else hashes_of(frame.picture)


def run(options: Options) -> None:
    """Print the tables."""
    papers = _generated(options)
    _scored(papers)
    _timed(papers)
    if options.has_receipts:
        _real(options)
    else:
        print(f"left out: no real receipts at {options.receipts}; name their folder by TILLPOINTS_SHARED")
