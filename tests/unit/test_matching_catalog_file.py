"""Catalog files: three forms, one catalog; what is wrong is named with its line and its mend."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from matching.catalog_file import CatalogError, load_catalog, read_catalog
from receipts.money import Money, currency

USD = currency("USD")
ROWS = [
    {
        "sku": "FF-12",
        "gtin": "038000199042",
        "brand": "Morning Peak",
        "name": "Frosted Flakes",
        "size": "12 OZ",
        "category": "Cereal",
        "msrp": "4.99",
        "aliases": "MP FRSTD FLK 12|MPK FLAKES",
        "shelf": "ignored",
    },
    {
        "sku": "FF-24",
        "gtin": "",
        "brand": "Morning Peak",
        "name": "Frosted Flakes, family",
        "size": "24 OZ",
        "category": "",
        "msrp": "",
        "aliases": "",
        "shelf": "",
    },
]


def write_csv(path: Path, *, separator: str = ",") -> Path:
    quoted = [[f'"{cell}"' for cell in row.values()] for row in ROWS]
    lines = [separator.join(ROWS[0]), *(separator.join(row) for row in quoted)]
    path.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_csv_json_lines_and_parquet_hold_the_same_catalog(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pip install 'tillpoints[parquet]'")
    from pyarrow import parquet

    json_lines = tmp_path / "catalog.jsonl"
    json_lines.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "catalog.parquet")
    catalogs = [
        load_catalog(path, currency=USD)
        for path in (
            write_csv(tmp_path / "catalog.csv"),
            write_csv(tmp_path / "semicolons.csv", separator=";"),
            json_lines,
            tmp_path / "catalog.parquet",
        )
    ]
    assert len({catalog.version for catalog in catalogs}) == 1
    first = catalogs[0].products[0]
    assert first.gtin == "00038000199042"
    assert first.msrp == Money.of(Decimal("4.99"), USD)
    assert first.aliases == ("MP FRSTD FLK 12", "MPK FLAKES")
    assert catalogs[0].products[1].gtin is None
    assert catalogs[0].products[1].msrp is None


def test_any_change_is_another_version(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "catalog.csv")
    before = load_catalog(file, currency=USD).version
    file.write_text(file.read_text(encoding="utf-8").replace("4.99", "5.09"), encoding="utf-8")
    assert load_catalog(file, currency=USD).version != before


def test_only_sku_and_name_are_required(tmp_path: Path) -> None:
    file = tmp_path / "small.csv"
    file.write_text("name,sku\nFrosted Flakes,1\n", encoding="utf-8")
    (product,) = load_catalog(file, currency=USD).products
    assert (product.sku, product.name, product.brand, product.aliases) == ("1", "Frosted Flakes", "", ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no column 'sku'"),
        ("sku,title\n1,a\n", "names no column 'name'"),
        ("sku,name\n", "holds no products"),
        ("sku,name\n1,a\n,b\n", "line 3: sku is empty"),
        ("sku,name\n1,a\n2,\n", "line 3: name is empty"),
        ("sku,name\n1,a\n1,b\n", "line 3: sku '1' is already on line 2"),
        ("sku,name\n1,a,b\n", "line 2 has 3 cells where the header has 2"),
        ("sku,name,gtin\n1,a,038000199043\n", "line 2: gtin '038000199043' has a wrong check digit"),
        ('sku,name,msrp\n1,a,"4,99"\n', "line 2: msrp '4,99' is not a price; write a plain decimal"),
        ("sku,name,msrp\n1,a,-1\n", "line 2: msrp '-1' is not a price"),
        ('{"sku": "1", "name": "a"}\n{"sku": "2"\n', "line 2 is not JSON"),
        ('{"sku": "1", "name": "a"}\n["2"]\n', "line 2 is no object"),
        ('{"sku": "1", "name": {"en": "a"}}\n', "line 1: name must be text"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "catalog"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as failed:
        load_catalog(file, currency=USD)
    assert says in str(failed.value)
    assert "catalog" in str(failed.value)


def test_a_reading_leaves_wrong_barcode_numbers_out_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "catalog.csv"
    file.write_text("sku,name,gtin\n1,a,038000199043\n2,b,038000199042\n3,c,12\n", encoding="utf-8")
    reading = read_catalog(file, currency=USD)
    assert [product.gtin for product in reading.catalog.products] == [None, "00038000199042", None]
    assert [fault.partition(":")[0] for fault in reading.faults] == ["line 2", "line 4"]
    with pytest.raises(CatalogError, match=r"line 2: gtin .* \(1 more"):
        load_catalog(file, currency=USD)


def test_other_encodings_and_broken_parquet_are_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("sku,name\n1,a\n2,Crème\n".encode("latin-1"))
    with pytest.raises(CatalogError, match="line 3 is not UTF-8"):
        load_catalog(latin, currency=USD)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(CatalogError, match="cannot be read"):
        load_catalog(broken, currency=USD)
    with pytest.raises(CatalogError, match="check the path"):
        load_catalog(tmp_path / "missing.csv", currency=USD)
