"""The parts of the picture engine that need no page: tiles, boxes of two looks, models changed in memory."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import cv2
import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.engines import models, rapid
from ocr.engines.alphabet import LATIN
from ocr.engines.bfloat import computes_in_bfloat16
from ocr.engines.cutting import FINE, UNCLIP, cut_boxes
from ocr.engines.detector import GRID_PX, OVERLAP_PX, TILE_PX, Detector, tiles, without_specks
from ocr.engines.models import DETECTOR, RECOGNISER, dictionary, load_model, model_path, untouched_models
from ocr.engines.onnx_edit import ModelError, cut_head, without_denormals
from ocr.engines.overlap import covered_share, match_boxes
from ocr.engines.rapid import RapidEngine
from ocr.engines.recogniser import LEAST_SHARE, Recogniser, narrowing
from receipts.transcript import Quad


@given(
    length=st.integers(1, 400).map(lambda n: n * GRID_PX),
    across=st.integers(1, 60).map(lambda n: n * GRID_PX),
)
def test_tiles_cover_a_page_once_and_see_round_their_seams(length: int, across: int) -> None:
    kept = []
    for start, end, first, last in tiles(length, across):
        assert start % GRID_PX == end % GRID_PX == 0
        assert 0 <= start < end <= length
        assert (end - start) * across <= max(TILE_PX, 2 * OVERLAP_PX * across) + GRID_PX * across
        assert start == 0 or first >= OVERLAP_PX // 2
        assert end == length or end - start - last >= OVERLAP_PX // 2
        kept.append((start + first, start + last))
    assert kept[0][0] == 0
    assert kept[-1][1] == length
    assert all(before[1] == after[0] for before, after in pairwise(kept))


def box(left: float, top: float, right: float, bottom: float) -> Quad:
    return Quad.upright(left=left, top=top, right=right, bottom=bottom)


def dotted(height: int, width: int) -> np.ndarray:
    """What a detector may see on even paper: every other pixel."""
    rows, columns = np.indices((height, width))
    return (((rows % 2 == 0) & (columns % 2 == 0)) * 0.9).astype(np.float32)


@pytest.mark.parametrize("turn_deg", [0, 4, -12])
def test_an_island_gives_the_rectangle_around_it_grown_by_what_the_network_leaves_off(
    turn_deg: float,
) -> None:
    seen = np.zeros((400, 600), np.float32)
    corners = cv2.boxPoints(((300.0, 200.0), (240.0, 20.0), turn_deg))
    cv2.fillPoly(seen, [corners.astype(np.int32)], 0.9)
    seen[10:20, 10:200] = 0.4  # seen faintly: too little to be text
    seen[380:382, 100:300] = 0.9  # a rule, no text
    (quad,) = cut_boxes(seen, width_px=1200, height_px=800)
    grow = 2 * 240 * 20 * UNCLIP / (2 * (240 + 20))
    expected = 2 * cv2.boxPoints(((300.0, 200.0), (240 + grow, 20 + grow), turn_deg))
    by_x = expected[np.argsort(expected[:, 0])]
    left, right = (half[np.argsort(half[:, 1])] for half in (by_x[:2], by_x[2:]))
    assert np.abs(quad - [left[0], right[0], right[1], left[1]]).max() < 5


def test_boxes_end_at_the_pictures_edge() -> None:
    seen = np.full((64, 320), 0.9, np.float32)
    (quad,) = cut_boxes(seen, width_px=640, height_px=128)
    assert quad.min() == 0
    assert tuple(quad.max(axis=0)) == (640 - 1 / FINE, 128 - 1 / FINE)


@pytest.mark.parametrize("inverted", [False, True])
def test_specks_and_holes_do_not_crowd_out_the_text(inverted: bool) -> None:
    seen = np.zeros((600, 600), np.float32)
    seen[20:32, 50:400] = 0.8  # a line of text
    specks = dotted(300, 600)
    seen[300:] = 0.9 - specks if inverted else specks
    cleaned = without_specks(seen[None, None])[0, 0]
    assert (cleaned[20:32, 50:400] == np.float32(0.8)).all()
    dots = (cleaned[302:] > 0.3).mean()  # holes at the edge belong to the paper outside
    assert dots > 0.99 if inverted else dots == 0
    assert np.array_equal(cleaned[:300], seen[:300])


def test_a_map_with_few_marks_is_left_as_it_is() -> None:
    seen = np.zeros((1, 1, 400, 400), np.float32)
    seen[0, 0, 10:400:20, 10:400:20] = 0.9
    assert np.array_equal(without_specks(seen), seen)


def test_the_margin_of_a_page_far_larger_than_its_text_hides_nothing() -> None:
    page = np.full((3928, 1609, 3), 245, np.uint8)
    for line in range(20):
        where = (300, 1100 + 40 * line)
        cv2.putText(page, "GREEN VALLEY OATS  12.34", where, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    detector = Detector(threads=1)
    for side in (2187, 2734):
        assert len(detector.find(page, side)) >= 20


def test_the_same_print_is_found_again_at_another_size() -> None:
    before = [box(10, 10, 110, 30), box(200, 10, 250, 30)]
    after = [box(201, 11, 249, 31), box(10, 50, 110, 70), box(10, 10, 250, 30)]
    assert match_boxes(before, after) == [1, None, None]


def test_a_box_is_covered_by_what_lies_on_it() -> None:
    assert covered_share(box(0, 0, 10, 10), box(5, 0, 20, 10)) == pytest.approx(0.5)
    assert covered_share(box(0, 0, 10, 10), box(10, 0, 20, 10)) == 0.0
    assert covered_share(box(0, 0, 0, 0), box(0, 0, 20, 10)) == 0.0


def test_the_alphabet_holds_what_the_locales_print() -> None:
    letters = "äöüßéèêëàâçîïôœùûæñáíóúłąćęńśźżåøãõășțčřžğİı"
    assert set(letters) <= LATIN
    assert set("€£$¥₹₺₱") <= LATIN
    assert not {"：", "Α", "总", "А"} & LATIN


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def test_the_cut_recogniser_weighs_the_same_characters_alike() -> None:
    whole, cut = session(model_path(RECOGNISER).read_bytes()), session(load_model(RECOGNISER))
    all_of_them, kept = dictionary(whole), dictionary(cut)
    assert set(kept) - {"", " "} == LATIN & set(all_of_them)
    assert len(kept) < 400 < 18_000 < len(all_of_them)
    strip = np.random.default_rng(1).normal(size=(1, 3, 48, 160)).astype(np.float32)
    before, after = (each.run(None, {"x": strip})[0][0] for each in (whole, cut))
    assert after.shape[1] == len(kept)
    place = {character: column for column, character in enumerate(all_of_them)}
    columns = [0, *(place[character] for character in kept[1:-1]), len(all_of_them) - 1]
    shares = before[:, columns] / before[:, columns].sum(axis=1, keepdims=True)
    assert np.allclose(shares, after, atol=1e-4)


def test_a_detector_without_tiny_weights_sees_the_same() -> None:
    model = model_path(DETECTOR).read_bytes()
    changed = without_denormals(model)
    assert hashlib.sha256(changed).digest() != hashlib.sha256(model).digest()
    page = np.random.default_rng(2).normal(size=(1, 3, 96, 64)).astype(np.float32)
    before, after = (session(each).run(None, {"x": page})[0] for each in (model, changed))
    assert np.allclose(before, after, atol=1e-6)


def test_models_of_the_pinned_release_are_all_changed() -> None:
    assert untouched_models() == ()
    assert RapidEngine().remark == ""


def test_a_model_of_another_release_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models._SHA256, RECOGNISER, "0" * 64)
    assert load_model(RECOGNISER) == model_path(RECOGNISER).read_bytes()
    assert untouched_models() == (RECOGNISER,)
    assert RECOGNISER in RapidEngine().remark


@pytest.mark.parametrize("data", [b"", b"no model at all", b"\x0a\x03abc"])
def test_what_is_no_recogniser_is_not_cut(data: bytes) -> None:
    with pytest.raises(ModelError):
        cut_head(data, LATIN)


def test_a_model_without_a_dictionary_is_not_cut() -> None:
    with pytest.raises(ModelError):
        cut_head(model_path(DETECTOR).read_bytes(), LATIN)


class Heard(Recogniser):
    """Notes how wide the strips are that it is given, and is as sure of them as it is told."""

    def __init__(self, sure: float) -> None:
        super().__init__(threads=1)
        self.sure, self.widths = sure, list[int]()

    def read_strip(self, strip: np.ndarray) -> tuple[str, float]:
        self.widths.append(strip.shape[1])
        return "text", self.sure if len(self.widths) == 1 else 0.95


@pytest.mark.parametrize(
    ("width", "sure", "widths"),
    [(150, 0.99, [150]), (400, 0.99, [300]), (400, 0.6, [300, 400])],
)
def test_long_lines_of_wide_print_are_narrowed_unless_that_reads_badly(
    width: int, sure: float, widths: list[int]
) -> None:
    heard, page = Heard(sure), np.full((60, 500, 3), 255, np.uint8)
    quad = np.array([[0, 0], [width, 0], [width, 48], [0, 48]], np.float32)
    heard.read(page, [quad], share=0.75)
    assert heard.widths == widths


def test_print_is_narrowed_by_its_own_pitch() -> None:
    assert narrowing([20.0, 20.0, 21.0]) == pytest.approx(0.8)
    assert narrowing([40.0]) == LEAST_SHARE
    assert narrowing([16.5]) == narrowing([]) == 1.0


def test_in_bfloat16_the_recogniser_reads_the_same_line() -> None:
    if not computes_in_bfloat16():  # no part is missing: this processor, or this system, has none
        return
    strip = np.full((48, 420, 3), 255, np.uint8)
    cv2.putText(strip, "WHOLE MILK 1L  12.34", (8, 34), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 2)
    usual, quick = Recogniser(1).read_strip(strip), Recogniser(1, bfloat16=True).read_strip(strip)
    assert usual[0] == quick[0] != ""
    assert quick[1] == pytest.approx(usual[1], abs=0.02)


def test_the_version_says_what_it_is_computed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, wished, marked in ((True, True, True), (True, False, False), (False, True, False)):
        monkeypatch.setattr(rapid, "computes_in_bfloat16", lambda able=able: able)
        assert RapidEngine(bfloat16=wished).version.endswith("+bf16") is marked


def test_in_bfloat16_the_detector_finds_the_same_boxes() -> None:
    if not computes_in_bfloat16():
        return
    page = np.full((640, 480, 3), 255, np.uint8)
    for y in (100, 200, 300):
        cv2.putText(page, "BROWN BREAD  2.00", (40, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 2)
    usual, quick = (Detector(1, bfloat16=each).find(page, 640) for each in (False, True))
    assert len(usual) == len(quick) >= 3
    for one, other in zip(
        sorted(map(np.ravel, usual), key=sum), sorted(map(np.ravel, quick), key=sum), strict=True
    ):
        assert np.abs(one - other).max() < 3
