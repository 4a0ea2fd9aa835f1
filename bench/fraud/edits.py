"""What all signals together find of changed pictures, and how many genuine ones they trouble as often.

    python -m bench fraud --only edits --purchases 40 --seed 31

The pictures are those of the part `picture`: totals and dates changed, lines added and pasted. Each is read
as the product reads and shown to the checks that look at one receipt by itself. The lines that a change
brought in are taken for the program's products, as a forger would have it; on genuine pictures, and where
no line is new, the middle one is. Then once more as if the genuine picture had been sent before by another
member, with the product's own index keys and comparison. Genuine pictures are held against the originals of
all *other* receipts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from awarding.fraud import arithmetic, doubtful_reading, edited_picture, items_counted
from awarding.fraud.evidence import Evidence, Unavailable
from awarding.fraud.picture.examine import examine
from awarding.fraud.policy import ScreenPolicy
from bench.fraud.options import Options
from bench.fraud.picture import TYPES, real_pictures
from bench.fraud.pictures.sets import Case, make
from bench.fraud.repeats import Outcome, Paper, judged, paper_of
from receipts.fraud import Finding, FraudSignal, Strength
from receipts.identity import MemberId, ReceiptId, Sku
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.receipt import Receipt

CHECKS: Final = (edited_picture, arithmetic, items_counted, doubtful_reading)
"""Not the date: digits are drawn, so that a changed one is often no date at all, as no forger would write."""
ALONE: Final = tuple(each.NAME for each in CHECKS)
SENT_AFTER_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """A picture with what was found on it.

    Attributes:
        signals: by check; none where it could not be read.
        same_total: it was read with the original's total, whatever is printed now.
        repeat: held against the original, sent before by another; against all others' where it is genuine.
    """

    case: Case
    read: bool
    signals: dict[str, FraudSignal]
    repeat: Outcome
    same_total: bool = False


Finds = Callable[[Judged], bool]


def noted(*checks: str) -> Finds:
    """Any of these checks suspects it, weakly or strongly."""
    return lambda each: any(
        name in each.signals and each.signals[name].finding is Finding.SUSPECT for name in checks
    )


def held(*checks: str) -> Finds:
    """Any of these checks would have a person look: a strong suspicion, or what could not be checked."""
    return lambda each: any(
        name in each.signals
        and each.signals[name].finding is not Finding.CLEAR
        and each.signals[name].strength is Strength.STRONG
        for name in checks
    )


def changed_by_sums(each: Judged) -> bool:
    """The reader changed an amount that earns, or the total, so that the sums close."""
    signal = each.signals.get(doubtful_reading.NAME)
    return signal is not None and any(fact.name.startswith("changed so") for fact in signal.evidence)


def overruled(each: Judged) -> bool:
    """The row called total was not believed."""
    signal = each.signals.get(arithmetic.NAME)
    return signal is not None and any(fact.name == "on the row called total" for fact in signal.evidence)


def any_of(*finds: Finds) -> Finds:
    """One of them, or more."""
    return lambda each: any(find(each) for find in finds)


SUMS: Final = any_of(noted(arithmetic.NAME, items_counted.NAME), changed_by_sums)
ROWS: Final[dict[str, Finds]] = {
    "`edited_picture`": noted(edited_picture.NAME),
    "`arithmetic`, strong": held(arithmetic.NAME),
    "`arithmetic`, weak or strong": noted(arithmetic.NAME),
    "the row called total was overruled": overruled,
    "picture or overruled total": any_of(noted(edited_picture.NAME), overruled),
    "an amount changed so that the sums close": changed_by_sums,
    "picture, or strong sums, or such an amount": any_of(
        noted(edited_picture.NAME), held(arithmetic.NAME), changed_by_sums
    ),
    "picture or sums, weak or strong": any_of(noted(edited_picture.NAME), SUMS),
    "held by any of these for itself": held(*ALONE),
    "the original was sent before: found": lambda each: each.repeat.found,
    "the original was sent before: held": lambda each: each.repeat.held,
    "that or picture, found": any_of(noted(edited_picture.NAME), lambda each: each.repeat.found),
    "all together, found": any_of(noted(edited_picture.NAME), SUMS, lambda each: each.repeat.found),
    "all together, held": any_of(held(*ALONE), lambda each: each.repeat.held),
}


def run(options: Options) -> None:
    """Print the tables."""
    folder = options.work.parent / "picture" / "set"
    cases = [
        each
        for each in make(folder, seed=options.seed, bases=options.purchases)
        if each.split == "test" and each.kind in {"genuine", "edited"}
    ]
    papers = {case.file: _paper(folder / case.file, options) for case in cases}
    originals = {
        _base(case): papers[case.file] for case in cases if case.kind == "genuine" and case.sent == "straight"
    }
    done = [_judged(case, papers[case.file], originals) for case in cases]
    real = [_judged(case, _paper(path, options), {}) for case, path in real_pictures(options)]
    _print(done, real)


def _paper(path: Path, options: Options) -> Paper:
    return paper_of(path.name, path.read_bytes(), TYPES[path.suffix.lower()], options)


def _base(case: Case) -> str:
    return case.file.split(f"-{case.kind}-")[0]


def _judged(case: Case, paper: Paper, originals: dict[str, Paper]) -> Judged:
    mine = _base(case) if case.kind in {"genuine", "edited"} else ""
    first = [originals[mine]] if case.kind == "edited" else [o for n, o in originals.items() if n != mine]
    pairs = [judged(paper, each) for each in first]
    worst = max(pairs, key=lambda each: (each.held, each.found), default=Outcome(None, None))
    if paper.receipt is None:
        return Judged(case, read=False, signals={}, repeat=worst)
    original = originals[mine].receipt if case.kind == "edited" else None
    evidence, policy = _evidence(paper, paper.receipt, original), ScreenPolicy()
    signals = {each.NAME: each.check(evidence, policy) for each in CHECKS}
    same = original is not None and original.total == paper.receipt.total
    return Judged(case, True, signals, worst, same)


def _wanted(receipt: Receipt, original: Receipt | None) -> set[int]:
    """Positions of the program's products: the lines that the original does not have, else the middle one."""
    left = Counter(() if original is None else (item.net.minor for item in original.items))
    new = set()
    for item in receipt.items:
        if left[item.net.minor]:
            left[item.net.minor] -= 1
        else:
            new.add(item.position)
    middle = {item.position for item in receipt.items[len(receipt.items) // 2 :][:1]}
    return (new if original is not None else set()) or middle


def _evidence(paper: Paper, receipt: Receipt, original: Receipt | None) -> Evidence:
    found = examine(paper.data, paper.media_type)
    at = datetime.combine(receipt.date or datetime(2026, 1, 1, tzinfo=UTC).date(), time(18), UTC)
    at += timedelta(days=SENT_AFTER_DAYS)
    matches = tuple(
        Match(position, MatchVerdict.ACCEPT, Sku("OURS"), None, 1.0, MatchReason.TEXT, ())
        for position in sorted(_wanted(receipt, original))
    )
    return Evidence(
        receipt=receipt,
        matches=matches,
        receipt_id=ReceiptId(paper.name),
        member_id=MemberId("mem"),
        submitted_at=at,
        store_today=at.date(),
        same_bytes=(),
        same_facts=(),
        receipts_today=1,
        world=Unavailable("not looked up in this part"),
        picture=found,
    )


def _print(done: Sequence[Judged], real: Sequence[Judged]) -> None:
    edited = [each for each in done if each.case.kind == "edited"]
    groups = (
        edited,
        [each for each in done if each.case.kind == "genuine"],
        [each for each in real if each.case.kind == "photo"],
        [each for each in real if each.case.kind == "scan"],
    )
    names = ("edited", "genuine drawn", "real photos", "real scans")
    for name, group in zip(names, groups, strict=True):
        print(f"{name}: {len(group)}, of which {sum(not each.read for each in group)} were refused unread")
    totals = [each for each in edited if each.case.how.startswith("total")]
    unmoved = sum(each.same_total for each in totals)
    print(f"changed totals: {len(totals)}, of which {unmoved} were read as before the change")
    print("\n| found by | edits | " + " | ".join(f"false alarms: {name}" for name in names[1:]) + " |")
    print("|---|--:|--:|--:|--:|")
    for what, finds in ROWS.items():
        counts = [sum(map(finds, group)) for group in groups]
        shares = [_share(count, len(group)) for count, group in zip(counts, groups, strict=True)]
        print(f"| {what} | {' | '.join(shares)} |")
    print("\n| edit | of | " + " | ".join(ROWS) + " |\n|---|--:|" + "--:|" * len(ROWS))
    for subject, those in sorted(_by_subject(edited).items()):
        shares = [f"{sum(map(finds, those)) / len(those):.2f}" for finds in ROWS.values()]
        print(f"| {subject} | {len(those)} | {' | '.join(shares)} |")


def _share(count: int, of: int) -> str:
    return f"{count} of {of} ({count / of:.2f})" if of else "-"


def _by_subject(edited: Iterable[Judged]) -> dict[str, list[Judged]]:
    found: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in edited:
        found[each.case.how.split()[0]].append(each)
    return found
