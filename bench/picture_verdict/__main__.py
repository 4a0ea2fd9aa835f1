"""`python -m bench.picture_verdict`: how many bad pictures are caught, and how many good ones refused.

The pictures are drawn again by their names; whether each can be read was found once by having the engine read
it, and is kept in labels.csv (`--label` does it anew, which takes an hour). Limits were fitted on the sets
named `fit` and `more`; the set named `held` was not looked at for them. Real photographs and scans beside
the clone (../shared, or where TILLPOINTS_SHARED says) must all pass.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from bench.__main__ import SHARED
from bench.picture_verdict.label import read_answers, read_labels, write_answers, write_labels
from bench.picture_verdict.spoil import HALVES, KINDS, SETS, draw
from ingest.sniff import HEAD_BYTES, sniff
from ocr.decode import decode
from ocr.engines.rapid import RapidEngine
from ocr.picture.verdict import judge_picture
from receipts.errors import Rejection
from receipts.image import MediaType

BAD_BELOW: Final = 0.5
"""Item recall: less than half of what was bought is found."""
GOOD_FROM: Final = 0.8
"""What lies between is neither: to read it or to ask for a better picture are both right."""
REAL_FOLDERS: Final = ("photos/images", "retaken", "scans/images")
TWELVE_MEGAPIXELS: Final = (4000, 3000)


@dataclass(frozen=True, slots=True)
class Judged:
    """A picture and what was said of it.

    Attributes:
        flaw: the reason's code; empty where nothing is wrong.
        refused: it would not be read at all.
        told: why it was not taken, before or after reading, as kept in answers.csv; empty where it was read.
        seconds: of processor time for the verdict.
    """

    group: str
    name: str
    kind: str
    recall: float
    flaw: str
    refused: bool
    seconds: float
    told: str = ""

    @property
    def bad(self) -> bool:
        """Cannot be read."""
        return self.recall < BAD_BELOW

    @property
    def good(self) -> bool:
        """Can be read."""
        return self.recall >= GOOD_FROM


def judged_shots() -> Iterator[Judged]:
    """The drawn pictures."""
    answers = read_answers()
    for name, recall in read_labels().items():
        half, kind, _ = name.split("-")
        picture = draw(name, kind).picture
        started = time.process_time()
        verdict = judge_picture(picture)
        seconds = time.process_time() - started
        flaw = "" if verdict.flaw is None else verdict.flaw.value
        told = flaw if verdict.hopeless else answers.get(name, "")
        yield Judged(half, name, kind, recall, flaw, verdict.hopeless, seconds, told)


def judged_real() -> Iterator[Judged]:
    """Real pictures that were read well: they are all taken to be good."""
    for folder in REAL_FOLDERS:
        for path in sorted((SHARED / "receipts" / folder).glob("*")):
            data = path.read_bytes()
            kind = sniff(data[:HEAD_BYTES])
            frame = decode(data, kind) if isinstance(kind, MediaType) else None
            if frame is None or isinstance(frame, Rejection):
                continue
            started = time.process_time()
            verdict = judge_picture(frame.picture)
            seconds = time.process_time() - started
            flaw = "" if verdict.flaw is None else verdict.flaw.value
            yield Judged("real", path.name, folder.split("/")[0], 1.0, flaw, verdict.hopeless, seconds)


def _share(count: int, of: int) -> str:
    return f"{count}/{of}" + (f" = {count / of:.2f}" if of else "")


def print_table(judged: list[Judged]) -> None:
    """A row for each kind and half, and the sums."""
    print("| pictures | kind | bad | refused unread | or doubted | good | refused | read, though doubted |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for group in (*SETS, "real"):
        of_group = [each for each in judged if each.group == group]
        kinds = [kind for kind in (*KINDS, *_folders()) if any(each.kind == kind for each in of_group)]
        for kind in kinds:
            _row(group, kind, (each for each in of_group if each.kind == kind))
        if of_group:
            _row(group, "**all**", of_group)
    _row("fit, held and real", "**all**", [each for each in judged if each.group != "more"])
    _row("held and real", "**all**", [each for each in judged if each.group in {"held", "real"}])
    _row("all", "**all**", judged)


def _folders() -> Iterator[str]:
    return (folder.split("/")[0] for folder in REAL_FOLDERS)


def _row(group: str, kind: str, judged: Iterable[Judged]) -> None:
    every = list(judged)
    bad, good = [each for each in every if each.bad], [each for each in every if each.good]
    named = sum(bool(each.flaw) for each in bad)
    caught, refused = sum(each.refused for each in bad), sum(each.refused for each in good)
    doubted = sum(bool(each.flaw) and not each.refused for each in good)
    print(
        f"| {group} | {kind} | {len(bad)} | {_share(caught, len(bad)) if bad else ''} |"
        f" {_share(named, len(bad)) if bad else ''} | {len(good)} |"
        f" {_share(refused, len(good)) if good else ''} | {doubted} |"
    )


def print_answers(judged: list[Judged]) -> None:
    """What the senders of drawn pictures were told in the end, once those not refused were read."""
    print("| drawn pictures | bad | refused, before or after reading | good | refused | unread or not |")
    print("| --- | --- | --- | --- | --- | --- |")
    drawn = [each for each in judged if each.group in SETS]
    for group, every in (
        *((half, [each for each in drawn if each.group == half]) for half in SETS),
        ("fit and held", [each for each in drawn if each.group in HALVES]),
        ("all", drawn),
    ):
        bad, good = [each for each in every if each.bad], [each for each in every if each.good]
        caught, lost = sum(bool(each.told) for each in bad), sum(bool(each.told) for each in good)
        unread = sum(each.refused for each in good)
        print(
            f"| {group} | {len(bad)} | {_share(caught, len(bad))} | {len(good)} | {_share(lost, len(good))} |"
            f" {unread} unread, {lost - unread} read first |"
        )


def print_wrong(judged: list[Judged]) -> None:
    """The pictures that were judged wrongly, and the time."""
    for each in judged:
        if each.bad and not each.refused:
            print(f"missed: {each.name}, recall {each.recall:.2f}, said {each.flaw or 'nothing'}")
        if each.good and each.refused:
            print(f"refused wrongly: {each.name}, recall {each.recall:.2f}, said {each.flaw}")


def print_seconds(folder: Path) -> None:
    """The verdict's time on a 12 megapixel photograph, decoding measured apart."""
    for path in sorted(folder.glob("*")):
        data = path.read_bytes()
        started = time.process_time()
        frame = decode(data, MediaType.JPEG)
        decoded = time.process_time() - started
        if isinstance(frame, Rejection) or max(frame.picture.shape[:2]) < TWELVE_MEGAPIXELS[0]:
            continue
        spent = []
        for _ in range(7):
            started = time.process_time()
            judge_picture(frame.picture)
            spent.append(time.process_time() - started)
        best, middle = 1000 * min(spent), 1000 * statistics.median(spent)
        print(f"{path.name}: decode {1000 * decoded:.0f} ms, verdict {best:.0f} to {middle:.0f} ms")


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(description="How well the verdict on a picture does.")
    ask.add_argument("--label", action="store_true", help="have the engine read every drawn picture anew")
    ask.add_argument("--answers", action="store_true", help="have the product read every drawn picture anew")
    ask.add_argument("--seconds", action="store_true", help="only the time for 12 megapixel photographs")
    told = ask.parse_args()
    cv2.setNumThreads(1)
    if told.label:
        write_labels(RapidEngine())
    if told.answers:
        write_answers(RapidEngine())
    if not told.seconds:
        judged = [*judged_shots(), *judged_real()]
        print_table(judged)
        print_answers(judged)
        print_wrong(judged)
    print_seconds(SHARED / "receipts" / "photos" / "images")


if __name__ == "__main__":
    main()
