"""The index as a folder: mapped, built from an earlier version, swapped whole."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from matching.catalog_file import catalog_version
from matching.index import SIZE_FITS, CatalogIndex
from matching.match import LineQuery, match_lines
from matching.sizes import compare, extract_size
from matching.store import BrokenIndexError, IndexShelf, open_index, save
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.money import Money, currency

USD = currency("USD")
WORDS = ("Frosted", "Flakes", "Corn", "Honey", "Oat", "Bars", "Yogurt", "Crème", "Peach", "Чай", "93")
BRANDS = ("", "Kellford", "Corner Market", "Riverbend")
SIZES = ("", "12 OZ", "24 OZ", "6 CT", "1.5 L")
LINES = ("KLFRD FRSTD FLK 12OZ", "CORNER MKT OAT BAR 6CT", "CM PEACH YGRT", "RVRBND HONEY CORN 24OZ 3.99", "")


@st.composite
def products(draw: st.DrawFn) -> CatalogProduct:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    aliases = draw(st.lists(st.sampled_from(("KFD FLK", "Oat 6 CT", "93")), max_size=2, unique=True))
    price = draw(st.none() | st.integers(50, 999))
    return CatalogProduct(
        sku=Sku("?"),
        name=" ".join(words),
        brand=draw(st.sampled_from(BRANDS)),
        size=draw(st.sampled_from(SIZES)),
        msrp=None if price is None else Money(price, USD),
        aliases=tuple(aliases),
    )


def catalog(*made: CatalogProduct) -> Catalog:
    numbered = tuple(replace(product, sku=Sku(f"P{place}")) for place, product in enumerate(made))
    return Catalog(catalog_version(numbered), numbered)


SMALL = catalog(
    *(
        CatalogProduct(Sku("?"), name, brand=brand, size=size, msrp=Money(499, USD))
        for name, brand, size in (
            ("Frosted Flakes", "Kellford", "12 OZ"),
            ("Frosted Flakes", "Kellford", "24 OZ"),
            ("Oat Bars", "Corner Market", "6 CT"),
            ("Peach Yogurt", "Corner Market", "6 OZ"),
            ("Honey Corn", "Riverbend", "24 OZ"),
        )
    )
)


def _builder(of: Catalog) -> Callable[[CatalogIndex | None], CatalogIndex]:
    return lambda earlier: CatalogIndex.build(of, earlier=earlier)


def _small(earlier: CatalogIndex | None) -> CatalogIndex:
    return CatalogIndex.build(SMALL, earlier=earlier)


def answers(index: CatalogIndex) -> tuple[object, ...]:
    amount = Money(479, USD)
    return match_lines([LineQuery(n, text, None, amount, None, "") for n, text in enumerate(LINES)], index)


def assert_same(one: object, other: object, name: str) -> None:
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray), name
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), name
    elif sparse.issparse(one):
        assert_same(one.toarray(), other.toarray(), name)  # type: ignore[attr-defined]
    elif is_dataclass(one):
        for field in fields(one):
            if not field.name.startswith("_"):
                assert_same(getattr(one, field.name), getattr(other, field.name), f"{name}.{field.name}")
    else:
        assert one == other, name


@settings(max_examples=60, deadline=None)
@given(
    st.lists(products(), min_size=0, max_size=12),
    st.lists(products(), min_size=0, max_size=4),
    st.integers(0, 10**6),
)
def test_building_from_an_earlier_version_gives_the_same_index(
    before: list[CatalogProduct], added: list[CatalogProduct], seed: int
) -> None:
    numbered = list(catalog(*before).products)
    fresh = [replace(product, sku=Sku(f"N{place}")) for place, product in enumerate(added)]
    earlier = CatalogIndex.build(Catalog("before", tuple(numbered)))
    changed = [*numbered[seed % (len(numbered) + 1) :], *fresh]
    after = Catalog("after", tuple(sorted(changed, key=lambda product: hash((product.name, seed)))))
    assert_same(CatalogIndex.build(after, earlier=earlier), CatalogIndex.build(after), "index")


def test_a_mapped_index_answers_like_the_one_that_was_built(tmp_path: Path) -> None:
    built = CatalogIndex.build(SMALL)
    save(built, tmp_path / "kept")
    mapped = open_index(tmp_path / "kept")
    assert mapped.version == built.version
    assert answers(mapped) == answers(built)
    assert mapped.product(Sku("P0")) == SMALL.products[0]
    assert not mapped.products.gtin.flags.writeable


def test_nothing_is_built_twice(tmp_path: Path) -> None:
    shelf = IndexShelf(tmp_path / "indexes")
    built = []

    def build(earlier: CatalogIndex | None) -> CatalogIndex:
        built.append(earlier)
        return CatalogIndex.build(SMALL)

    first = shelf.open_or_build(SMALL.version, build)
    again = shelf.open_or_build(SMALL.version, build)
    assert (built, first.version) == ([None], again.version)
    shelf.remove(SMALL.version)
    assert answers(first) == answers(shelf.open_or_build(SMALL.version, build))
    assert len(built) == 2


def test_a_new_version_stands_beside_the_old_one(tmp_path: Path) -> None:
    shelf = IndexShelf(tmp_path)
    old = shelf.open_or_build(SMALL.version, _small)
    before = answers(old)
    dearer = catalog(*(replace(product, msrp=Money(549, USD)) for product in SMALL.products))
    new = shelf.open_or_build(dearer.version, _builder(dearer), earlier_version=SMALL.version)
    assert new.product(Sku("P0")) == dearer.products[0]
    assert answers(old) == before
    assert answers(shelf.open_or_build(SMALL.version, _builder(dearer))) == before


def test_a_broken_folder_is_named_and_built_again(tmp_path: Path) -> None:
    shelf = IndexShelf(tmp_path)
    shelf.open_or_build(SMALL.version, _small)
    part = shelf.path_of(SMALL.version) / "posts.data.npy"
    part.write_bytes(part.read_bytes()[:90])
    with pytest.raises(BrokenIndexError, match=SMALL.version):
        open_index(shelf.path_of(SMALL.version))
    assert shelf.open_or_build(SMALL.version, _small).product(Sku("P1")) == SMALL.products[1]
    with pytest.raises(FileNotFoundError):
        open_index(tmp_path / "nowhere")


def _build_and_answer(folder: str) -> str:
    index = IndexShelf(Path(folder)).open_or_build(SMALL.version, _small)
    return repr(answers(index))


def test_threads_that_build_at_once_agree_and_leave_one_folder(tmp_path: Path) -> None:
    at_once = Barrier(2)
    index = CatalogIndex.build(SMALL)

    def build(_earlier: CatalogIndex | None) -> CatalogIndex:
        at_once.wait(timeout=10)
        return index

    def told(number: int) -> str:
        return repr(answers(IndexShelf(tmp_path / str(number)).open_or_build(SMALL.version, build)))

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(told, [0, 0, 1, 1]))
    assert set(said) == {repr(answers(index))}
    assert [[path.name for path in each.iterdir()] for each in tmp_path.iterdir()] == [[index.version]] * 2


def test_processes_that_build_at_once_agree_and_leave_one_folder(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        told = pool.map(_build_and_answer, [str(tmp_path)] * 4)
    assert set(told) == {repr(answers(CatalogIndex.build(SMALL)))}
    assert [path.name for path in tmp_path.iterdir()] == [f"{CatalogIndex.build(SMALL).version}"]


def test_sizes_of_several_lines_are_compared_each_with_its_own_entries() -> None:
    sizes = ("12 OZ", "24 OZ", "6 CT")
    products = tuple(
        CatalogProduct(Sku(f"S{number}"), f"Oat Rings {number}", size=size)
        for number, size in enumerate(sizes)
    )
    index = CatalogIndex.build(Catalog("sizes", products))
    asked = [extract_size(size)[0] for size in ("24 OZ", "12 OZ", "24 OZ")]
    entries = np.tile(index.products.entry_start[:3], (3, 1))
    wanted = [[SIZE_FITS.index(compare(size, index.size_of(each))) for each in range(3)] for size in asked]
    assert index.size_fits(asked, entries).tolist() == wanted
    # Once more, from what is kept.
    assert index.size_fits(asked, entries).tolist() == wanted
