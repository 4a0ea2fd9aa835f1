"""Photographed screens, screenshots, drawn and edited pictures: what each signal finds, and whom it troubles.

Thresholds were set after looking at some of both halves of seed 7 and of the real pictures: figures on other
seeds are on drawn pictures never seen, those on real ones are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from awarding.fraud import edited_picture, made_image, screen_photo
from awarding.fraud.evidence import Unavailable
from awarding.fraud.picture.examine import examine
from awarding.fraud.picture.findings import PictureFindings
from bench.fraud.options import Options
from bench.fraud.pictures.sets import Case, make
from receipts.image import MediaType

TYPES = {
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".webp": MediaType.WEBP,
    ".heic": MediaType.HEIC,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One signal: what it is to find, and how sure it is."""

    name: str
    kinds: tuple[str, ...]
    score: Callable[[PictureFindings], float]
    least: float


FEATURES = (
    Feature(
        "screen_photo",
        ("screen",),
        lambda found: found.screen.score if found.screen else 0.0,
        screen_photo.SUSPECT_FROM,
    ),
    Feature(
        "made_image: screenshot",
        ("screenshot",),
        lambda found: found.made.capture if found.made else 0.0,
        made_image.SUSPECT_FROM,
    ),
    Feature(
        "made_image: drawn",
        ("drawn",),
        lambda found: found.made.drawn if found.made else 0.0,
        made_image.SUSPECT_FROM,
    ),
    Feature(
        "edited_picture",
        ("edited",),
        lambda found: found.edited.score if found.edited else 0.0,
        edited_picture.SUSPECT_FROM,
    ),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture and what was found on it."""

    case: Case
    found: PictureFindings


def run(options: Options) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    folder = options.work / "set"
    cases = make(folder, seed=options.seed, bases=options.purchases)
    seen, seconds = [], []
    for case in cases:
        if case.kind == "genuine" and case.split == "learn":
            continue
        found, spent = _examined(folder / case.file)
        seen.append(Seen(case, found))
        seconds.append((spent, found.width_px * found.height_px / 1e6))
    real = [Seen(case, _examined(path)[0]) for case, path in real_pictures(options)]
    _print(seen, real)
    _print_kinds(seen)
    per_million = np.median([spent / million for spent, million in seconds])
    print(f"\nCPU time: {1e3 * np.median([s for s, _ in seconds]):.0f} ms a picture (median), "
          f"{1e3 * per_million:.0f} ms a million pixels")  # fmt: skip


def _examined(path: Path) -> tuple[PictureFindings, float]:
    data = path.read_bytes()
    began = time.process_time()
    found = examine(data, TYPES[path.suffix.lower()])
    spent = time.process_time() - began
    if isinstance(found, Unavailable):
        raise SystemExit(f"{path.name}: {found.reason}")
    return found, spent


def real_pictures(options: Options) -> Iterator[tuple[Case, Path]]:
    """Each as a case of its own and where it lies; none where no real receipts are at hand."""
    for kind, folder in (("photo", "photos/images"), ("photo", "retaken"), ("scan", "scans/images")):
        for path in sorted((options.receipts / folder).glob("*")):
            if path.suffix.lower() in TYPES:
                yield Case(path.name, "real", kind, "", "", ""), path


def _print(seen: list[Seen], real: list[Seen]) -> None:
    test = [each for each in seen if each.case.split == "test"]
    print("| signal | to find | found | precision | genuine drawn here | real photos | real scans |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for feature in FEATURES:
        wanted = [each for each in test if each.case.kind in feature.kinds]
        groups = (
            [each for each in test if each.case.kind == "genuine"],
            [each for each in real if each.case.kind == "photo"],
            [each for each in real if each.case.kind == "scan"],
        )
        hits = _hits(feature, wanted)
        false = [_hits(feature, group) for group in groups]
        precision = hits / max(1, hits + false[0])
        shown = " | ".join(f"{n} of {len(group)}" for n, group in zip(false, groups, strict=True))
        recall = hits / max(1, len(wanted))
        print(f"| {feature.name} | {len(wanted)} | {recall:.2f} | {precision:.2f} | {shown} |")


def _hits(feature: Feature, pictures: list[Seen]) -> int:
    return sum(feature.score(each.found) >= feature.least for each in pictures)


def _print_kinds(seen: list[Seen]) -> None:
    """Recall by what was done and how it was sent."""
    print("\n| signal | picture | of | found |\n| --- | --- | --- | --- |")
    for feature in FEATURES:
        groups: dict[str, list[Seen]] = {}
        for each in seen:
            if each.case.kind in feature.kinds:
                groups.setdefault(_group(each.case), []).append(each)
        for name, group in sorted(groups.items()):
            print(f"| {feature.name} | {name} | {len(group)} | {_hits(feature, group) / len(group):.2f} |")


def _group(case: Case) -> str:
    """What was done and how it was sent; edits by what was changed, since each manner has few."""
    if case.kind == "edited":
        sent = "straight" if case.sent == "straight" else "through a messenger"
        return f"{case.split}: {case.how.split()[0]}, {sent}"
    return f"{case.split}: {case.how}, {case.sent}"
