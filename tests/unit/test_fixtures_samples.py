"""The committed samples are what their command draws."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pillow_heif
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageOps
from typer.testing import CliRunner, Result

from fixtures.generate import app
from fixtures.generator.sample import Kind
from fixtures.sample_set import FOLDER, SAMPLE_SET, SampleSpec, draw

CLOSE_GREY_LEVELS = 4.0
"""Mean difference, of 255, that another version of a picture library may make."""
MOST_BYTES = 3_000_000


def pixels(kind: Kind, data: bytes) -> np.ndarray:
    if kind is Kind.HEIC:
        picture = pillow_heif.open_heif(io.BytesIO(data)).to_pillow()
    elif kind is Kind.PDF_SCAN:
        document = pdfium.PdfDocument(data)
        page = document[0]
        picture = page.render(scale=1).to_pil()
        page.close()
        document.close()
    else:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return np.asarray(picture.convert("L"), dtype=np.int16)


@pytest.mark.parametrize("spec", SAMPLE_SET, ids=lambda spec: spec.name)
def test_drawn_again_a_sample_is_what_is_committed(spec: SampleSpec) -> None:
    sample = draw(spec)
    committed = (FOLDER / sample.name).read_bytes()
    label = json.loads((FOLDER / "labels" / f"{spec.name}.json").read_text(encoding="utf-8"))
    assert {**sample.label, "boxes": []} == {**label, "boxes": []}
    for box, written in zip(sample.label["boxes"], label["boxes"], strict=True):
        assert (box["text"], box["part"], box["item"]) == (written["text"], written["part"], written["item"])
        assert np.array(box["quad"]) == pytest.approx(np.array(written["quad"]), abs=2)
    if sample.upright is None and spec.kind is not Kind.PDF_TEXT:
        assert sample.data == committed
    elif sample.upright is not None:
        again, before = pixels(spec.kind, sample.data), pixels(spec.kind, committed)
        assert again.shape == before.shape
        assert np.abs(again - before).mean() < CLOSE_GREY_LEVELS


def test_nothing_else_is_committed_and_it_is_small() -> None:
    names = {path.stem for path in FOLDER.iterdir() if path.is_file()}
    labels = {path.stem for path in (FOLDER / "labels").iterdir()}
    assert names == labels == {spec.name for spec in SAMPLE_SET}
    assert sum(path.stat().st_size for path in FOLDER.rglob("*")) < MOST_BYTES


def test_every_kind_but_the_bulky_png_is_committed() -> None:
    assert {spec.kind for spec in SAMPLE_SET} == set(Kind) - {Kind.PNG}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_command_writes_receipts_labels_and_catalog(tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    result = run("--seed", "3", "--count", "4", "--kinds", "text,html", "--purchased-on", "2026-03-01",
                 "--catalog", "--out", str(out))  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "4 receipts of 2026-03-01" in result.output
    files = sorted(path.name for path in out.iterdir() if path.is_file())
    assert files == ["catalog.csv", "html-3-001.html", "html-3-003.html", "text-3-000.txt", "text-3-002.txt"]
    label = json.loads((out / "labels" / "text-3-000.json").read_text(encoding="utf-8"))
    assert label["date"] == "2026-03-01"


def test_the_command_refuses_a_kind_it_does_not_know(tmp_path: Path) -> None:
    result = run("--kinds", "photo,fax", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "fax" in result.output
    assert "photo" in result.output
    assert not list(tmp_path.iterdir())
