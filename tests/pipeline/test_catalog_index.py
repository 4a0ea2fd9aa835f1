"""The index of a catalog: built once on a machine, mapped by each process, one program's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sample import SAMPLE_PROGRAM, add_sample
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.identity import ProgramId


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wiring = build(Settings(data_dir=tmp_path))
    wiring.database.migrate()
    add_sample(wiring)
    return tmp_path


def index_files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (folder / "indexes").rglob("*.npy")}


def version(wiring: Wiring) -> str:
    found = wiring.catalog_index(SAMPLE_PROGRAM.id)
    assert found is not None
    return found[1].version


def test_an_index_is_built_once_and_then_mapped(folder: Path) -> None:
    first = version(build(Settings(data_dir=folder)))
    kept = index_files(folder)
    assert kept
    assert version(build(Settings(data_dir=folder))) == first
    assert index_files(folder) == kept


def test_a_broken_index_is_built_again(folder: Path) -> None:
    first = version(build(Settings(data_dir=folder)))
    for path in index_files(folder):
        path.write_bytes(b"")
    assert version(build(Settings(data_dir=folder))) == first


def test_without_a_place_to_keep_it_the_index_is_still_there(folder: Path) -> None:
    (folder / "indexes").write_text("a file where a folder should be")
    assert version(build(Settings(data_dir=folder)))


def test_another_programs_catalog_is_not_found_by_its_number(folder: Path) -> None:
    wiring = build(Settings(data_dir=folder))
    found = wiring.catalog_index(SAMPLE_PROGRAM.id)
    assert found is not None
    with pytest.raises(LookupError):
        wiring.catalog_index_of(ProgramId("another"), found[0])
