"""The door: good files of every kind pass; hostile ones are refused with a reason, fast, in little memory."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.accept import DEFAULT_LIMITS, UPLOAD_TYPES, AcceptLimits, accept
from ingest.child import costs
from receipts.errors import MEMBER_SENTENCES, Rejection, RejectionReason, TransientError
from receipts.identity import Sha256
from receipts.image import Accepted, MediaType

GOOD = {
    "jpeg": MediaType.JPEG,
    "progressive jpeg": MediaType.JPEG,
    "grey jpeg": MediaType.JPEG,
    "cmyk jpeg": MediaType.JPEG,
    "two-picture jpeg": MediaType.JPEG,
    "png": MediaType.PNG,
    "webp": MediaType.WEBP,
    "lossless webp": MediaType.WEBP,
    "heic": MediaType.HEIC,
    "tiff": MediaType.TIFF,
    "tiff of two pages": MediaType.TIFF,
    "pdf": MediaType.PDF,
    "pdf of three pages": MediaType.PDF,
}
PAGES = {"tiff of two pages": 2, "pdf of three pages": 3}

HOSTILE = {
    "empty": RejectionReason.EMPTY,
    "text named jpg": RejectionReason.UNSUPPORTED_TEXT,
    "png of 50000 x 50000": RejectionReason.TOO_MANY_PIXELS,
    "truncated jpeg": RejectionReason.DAMAGED,
    "60 MB": RejectionReason.TOO_LARGE,
    "svg": RejectionReason.UNSUPPORTED_DRAWING,
    "zip": RejectionReason.UNSUPPORTED_ARCHIVE,
}
MOST_SECONDS = 1.0
MOST_MIB = 100
"""The opening process with Pillow takes 30 MiB; a decoded 50,000 x 50,000 picture would take 300 and more."""

MEASURE = """
import json, psutil, sys, time
from pathlib import Path
from ingest.accept import accept
from ingest.child import costs

before = time.process_time()
accept(Path(sys.argv[1]))
print(json.dumps({
    "seconds": time.process_time() - before + costs().processor_s,
    "child_mib": costs().peak_bytes / 1024**2,
    # Not ru_maxrss, which counts in what the process that started this one had.
    "here_mib": psutil.Process().memory_info().rss / 1024**2,
}))
"""


def _accept(tmp_path: Path, content: bytes, limits: AcceptLimits = DEFAULT_LIMITS) -> Accepted | Rejection:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return accept(path, limits=limits, allowed=UPLOAD_TYPES)


def _refusal(
    tmp_path: Path, content: bytes, limits: AcceptLimits = DEFAULT_LIMITS
) -> RejectionReason | Accepted:
    answer = _accept(tmp_path, content, limits)
    return answer.reason if isinstance(answer, Rejection) else answer


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_passes(
    name: str, good_files: dict[str, bytes], picture_size: tuple[int, int], tmp_path: Path
) -> None:
    content = good_files[name]
    media_type = GOOD[name]
    width, height = (None, None) if media_type is MediaType.PDF else picture_size
    assert _accept(tmp_path, content) == Accepted(
        sha256=Sha256(hashlib.sha256(content).hexdigest()),
        media_type=media_type,
        size_bytes=len(content),
        width_px=width,
        height_px=height,
        pages=PAGES.get(name, 1),
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_own_sentence(name: str, hostile_files: dict[str, Path]) -> None:
    answer = accept(hostile_files[name], limits=DEFAULT_LIMITS, allowed=UPLOAD_TYPES)
    assert isinstance(answer, Rejection)
    assert answer.reason is HOSTILE[name]
    assert answer.member_sentence == MEMBER_SENTENCES[HOSTILE[name]]


def test_no_two_hostile_files_get_the_same_sentence() -> None:
    assert len({MEMBER_SENTENCES[reason] for reason in HOSTILE.values()}) == len(HOSTILE)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little(name: str, hostile_files: dict[str, Path]) -> None:
    """In processor time, which other work on the machine does not lengthen. `make bench` shows the clock."""
    command = [sys.executable, "-c", MEASURE, str(hostile_files[name])]
    ended = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[3])
    cost = json.loads(ended.stdout)
    assert cost["seconds"] < MOST_SECONDS
    assert cost["child_mib"] < MOST_MIB
    assert cost["here_mib"] < MOST_MIB


_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_FRAME = b"\xff\xc0\x00\x0b\x08\x04\x00\x04\x00\x01\x01\x11\x00"
_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
_BIG = 19_000_000


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xe0" + bytes(_BIG),
        b"\xff\xd8" + _JFIF + bytes(_BIG),
        b"\xff\xd8" + _JFIF + _FRAME + bytes(_BIG),
        b"\xff\xd8" + b"\xff" * _BIG,
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * (_BIG // 4),
        b"\xff\xd8" + b"\xff\xd0" * (_BIG // 2),
        b"\xff\xd8" + _JFIF + _SCAN + bytes(_BIG),
        b"\xff\xd8" + _JFIF + b"\xff\xd9" + bytes(_BIG),
        b"\xff\xd8" + _JFIF + _FRAME + b"\xff\xdb\xff\xff" + bytes(100),
        b"\xff\xd8" + (b"\xff\xe1\xf6\x00Exif\0\0" + bytes(0xF600 - 8)) * 300 + _FRAME + _SCAN + bytes(99),
    ],
    ids=[
        "zeros in a segment",
        "zeros after a segment",
        "zeros after the frame",
        "fill bytes",
        "empty comments",
        "restarts",
        "a scan without a frame",
        "an end without a picture",
        "a segment longer than the file",
        "hundreds of Exif segments",
    ],
)
def test_a_jpeg_without_a_picture_is_refused_fast(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    before = costs().processor_s
    answer = accept(path, limits=DEFAULT_LIMITS, allowed=UPLOAD_TYPES)
    spent = costs().processor_s - before
    assert isinstance(answer, Rejection)
    assert (answer.reason, "JPEG" in answer.detail) == (RejectionReason.DAMAGED, True)
    assert spent < MOST_SECONDS / 2


def test_a_jpeg_with_fill_and_stray_bytes_between_its_segments_passes(
    good_files: dict[str, bytes], picture_size: tuple[int, int], tmp_path: Path
) -> None:
    whole = good_files["jpeg"]
    padded = whole[:2] + b"\xff" * 5 + b"\xff\xfe\x00\x04hi" + bytes(3) + whole[2:]
    answer = _accept(tmp_path, padded)
    assert isinstance(answer, Accepted)
    assert (answer.width_px, answer.height_px) == picture_size


def test_every_reason_tells_the_member_what_to_do() -> None:
    assert set(MEMBER_SENTENCES) == set(RejectionReason)
    assert all("Please" in sentence and sentence.endswith(".") for sentence in MEMBER_SENTENCES.values())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(GOOD)), share=st.floats(min_value=0.1, max_value=0.95))
def test_a_file_cut_anywhere_is_refused(
    kind: str, share: float, good_files: dict[str, bytes], tmp_path: Path
) -> None:
    content = good_files[kind]
    # The second picture of such a JPEG is a copy for screens with depth: without it the first is still whole.
    whole = len(content) // 2 if kind == "two-picture jpeg" else len(content)
    assert _refusal(tmp_path, content[: int(whole * share)]) in {
        RejectionReason.DAMAGED,
        # What is left of a picture's head may tell of another kind, or of none.
        RejectionReason.UNSUPPORTED_TYPE,
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(sorted(GOOD)), data=st.data())
def test_bytes_changed_anywhere_never_break_the_door(
    kind: str, data: st.DataObject, good_files: dict[str, bytes], tmp_path: Path
) -> None:
    content = bytearray(good_files[kind])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] ^= data.draw(st.integers(1, 255))
    assert isinstance(_accept(tmp_path, bytes(content)), Accepted | Rejection)


def test_limits_are_those_given(
    good_files: dict[str, bytes], make_pdf: Callable[..., bytes], tmp_path: Path
) -> None:
    jpeg, tiff, document = good_files["jpeg"], good_files["tiff of two pages"], make_pdf(pages=3)
    assert (
        _refusal(tmp_path, jpeg, replace(DEFAULT_LIMITS, max_bytes=len(jpeg) - 1))
        is RejectionReason.TOO_LARGE
    )
    assert isinstance(_accept(tmp_path, jpeg, replace(DEFAULT_LIMITS, max_bytes=len(jpeg))), Accepted)
    assert (
        _refusal(tmp_path, jpeg, replace(DEFAULT_LIMITS, max_pixels_scaled=640 * 480 - 1))
        is RejectionReason.TOO_MANY_PIXELS
    )
    assert isinstance(_accept(tmp_path, jpeg, replace(DEFAULT_LIMITS, max_pixels_full=1)), Accepted)
    for name in ("png", "webp", "lossless webp", "heic", "tiff"):
        answer = _refusal(tmp_path, good_files[name], replace(DEFAULT_LIMITS, max_pixels_full=640 * 480 - 1))
        assert answer is RejectionReason.TOO_MANY_PIXELS, name
    assert _refusal(tmp_path, jpeg, replace(DEFAULT_LIMITS, min_side_px=481)) is RejectionReason.TOO_SMALL
    assert (
        _refusal(tmp_path, document, replace(DEFAULT_LIMITS, max_pages=2)) is RejectionReason.TOO_MANY_PAGES
    )
    assert isinstance(_accept(tmp_path, document, replace(DEFAULT_LIMITS, max_pages=3)), Accepted)
    assert _refusal(tmp_path, tiff, replace(DEFAULT_LIMITS, max_pages=1)) is RejectionReason.TOO_MANY_PAGES
    assert isinstance(_accept(tmp_path, tiff, replace(DEFAULT_LIMITS, max_pages=2)), Accepted)


def test_a_locked_or_oversized_document_is_refused(make_pdf: Callable[..., bytes], tmp_path: Path) -> None:
    assert _refusal(tmp_path, make_pdf(encrypted=True)) is RejectionReason.ENCRYPTED
    assert _refusal(tmp_path, make_pdf(side_pt=14_400)) is RejectionReason.TOO_MANY_PIXELS
    assert _refusal(tmp_path, make_pdf(side_pt=10)) is RejectionReason.TOO_SMALL
    assert _refusal(tmp_path, make_pdf(trailer=b"")) is RejectionReason.DAMAGED
    assert isinstance(_accept(tmp_path, make_pdf(trailer=b"%%EOF\n" + b"\x00" * 3000)), Accepted)


def test_memory_is_bounded(make_png: Callable[..., bytes], tmp_path: Path) -> None:
    large = make_png(6000, 6000)
    assert isinstance(_accept(tmp_path, large), Accepted)
    assert (
        _refusal(tmp_path, large, replace(DEFAULT_LIMITS, open_memory_bytes=120 * 2**20))
        is RejectionReason.TOO_MANY_PIXELS
    )


def _openers() -> list[psutil.Process]:
    """Children in which files are opened: those of the process that makes them."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if any(part.endswith("child_maker.py") for part in child.cmdline()):
                found += child.children()
    return found


def test_time_is_bounded(make_tiff: Callable[..., bytes], tmp_path: Path) -> None:
    slow = make_tiff(pages=20, side_px=7000)
    started = time.monotonic()
    assert _refusal(tmp_path, slow, replace(DEFAULT_LIMITS, open_timeout_s=0.5)) is RejectionReason.TIMED_OUT
    assert time.monotonic() - started < 2
    assert _refusal(tmp_path, slow, replace(DEFAULT_LIMITS, open_cpu_s=1)) is RejectionReason.TIMED_OUT
    assert not _openers()


def test_a_process_ended_from_outside_is_no_fault_of_the_file(
    make_tiff: Callable[..., bytes], tmp_path: Path
) -> None:
    def end_the_child() -> None:
        while not (children := _openers()):
            time.sleep(0.01)
        for child in children:
            os.kill(child.pid, signal.SIGKILL)

    killer = threading.Thread(target=end_the_child)
    killer.start()
    with pytest.raises(TransientError):
        _accept(tmp_path, make_tiff(pages=20, side_px=7000))
    killer.join()


def test_a_file_has_one_meaning(good_files: dict[str, bytes], tmp_path: Path) -> None:
    """Something behind a picture leaves it a picture; a picture behind something else is never found."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("page.html", "<script>1</script>")
    both = _accept(tmp_path, good_files["jpeg"] + zipped.getvalue())
    assert isinstance(both, Accepted)
    assert both.media_type is MediaType.JPEG
    assert _refusal(tmp_path, zipped.getvalue() + good_files["pdf"]) is RejectionReason.UNSUPPORTED_ARCHIVE
    assert _refusal(tmp_path, b"GIF89a/*" + good_files["jpeg"]) is RejectionReason.UNSUPPORTED_TYPE
    assert isinstance(_refusal(tmp_path, b"<html>" + good_files["pdf"]), RejectionReason)
    # The PNG reader is never tried on what calls itself a JPEG.
    assert _refusal(tmp_path, b"\xff\xd8\xff" + good_files["png"]) is RejectionReason.DAMAGED


def test_text_kinds_pass_where_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "anything.jpg"
    every = frozenset(MediaType)
    for content, media_type in (
        (b"From: a@example.org\r\nSubject: Your order\r\n\r\nTotal 15.90\r\n", MediaType.EMAIL),
        (b"\n<!DOCTYPE html><html><body>Total</body></html>", MediaType.HTML),
        ("Summe 15,90 €\n".encode("utf-16"), MediaType.TEXT),
    ):
        path.write_bytes(content)
        answer = accept(path, limits=DEFAULT_LIMITS, allowed=every)
        assert isinstance(answer, Accepted)
        assert answer.media_type is media_type
        assert isinstance(accept(path, limits=DEFAULT_LIMITS, allowed=UPLOAD_TYPES), Rejection)


def test_many_threads_may_ask_at_once(good_files: dict[str, bytes], tmp_path: Path) -> None:
    answers: list[Accepted | Rejection] = []
    path = tmp_path / "photo"
    path.write_bytes(good_files["jpeg"])
    threads = [threading.Thread(target=lambda: answers.append(accept(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(isinstance(answer, Accepted) for answer in answers)


def test_all_real_photos_and_documents_pass(shared_data: Path) -> None:
    folders = ("photos/images", "retaken", "negatives", "pdf")
    paths = [path for folder in folders for path in sorted((shared_data / "receipts" / folder).iterdir())]
    wanted = [path for path in paths if path.suffix.lower() not in {".json", ".md"}]
    refused = [path.name for path in wanted if not isinstance(accept(path), Accepted)]
    assert len(wanted) > 40
    assert refused == []
