"""Catalog files: three forms, one catalog; what is wrong is named with its line and its mend."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from matching.catalog_file import (
    LONGEST_ALIAS_CHARACTERS,
    LONGEST_CHARACTERS,
    CatalogError,
    load_catalog,
    read_catalog,
)
from receipts.database.tables.programs import CatalogProductRow
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
        ("sku,name,msrp\n1,a,1000000000\n", "line 2: msrp '1000000000' is not a price"),
        ("sku,name,msrp\n1,a,nan\n", "line 2: msrp 'nan' is not a price"),
        ("sku,name,msrp\n1,a,1e400\n", "line 2: msrp '1e400' is not a price"),
        ('{"sku": "1", "name": "a", "msrp": 1E+999999999}\n', "line 1: msrp '1E+999999999' is not a price"),
        ('{"sku": "1", "name": "a", "msrp": NaN}\n', "line 1 is no product (NaN is no number)"),
        ('{"sku": "1", "name": "a", "msrp": ' + "9" * 5000 + "}\n", "line 1 is no product"),
        ('{"sku": "1", "name": "a", "msrp": ' + "9" * 400 + "}\n", "line 1: msrp is longer than 50"),
        ('{"sku": ' + "[" * 100_000 + "\n", "line 1 is no"),
        ('{"sku": "1", "name": "a\\ud800"}\n', "line 1: name holds a control character ('a\\ud800')"),
        ('{"sku": "1\\u0000", "name": "a"}\n', "line 1: sku holds a control character"),
        ('{"sku": "1", "name": "a", "aliases": ["b\\u0007"]}\n', "line 1: an alias holds a control"),
        ('{"sku": "1", "name": "a", "aliases": [{}]}\n', "line 1: aliases must be a list of texts"),
        (f"sku,name,aliases\n1,a,b|{'c' * 501}\n", "line 2: an alias is longer than 500"),
        (f"sku,name\n{'1' * 101},a\n", "line 2: sku is longer than 100"),
        (f"sku,name\n1,{'a' * 501}\n", "line 2: name is longer than 500"),
        (f"sku,name,brand\n1,a,{'b' * 201}\n", "line 2: brand is longer than 200"),
        (f"sku,name,size\n1,a,{'b' * 101}\n", "line 2: size is longer than 100"),
        (f"sku,name,category\n1,a,{'b' * 201}\n", "line 2: category is longer than 200"),
        ("sku,name,Name\n1,a,b\n", "line 1 names the column 'name' 2 times; keep one"),
        ('sku,name\n1,"a"b\n', "line 2 is not CSV"),
        ('sku,name\n1,"a\n2,b\n', "is not CSV"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "catalog"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as failed:
        load_catalog(file, currency=USD)
    assert says in str(failed.value)
    assert str(failed.value).startswith("catalog: ")
    with pytest.raises(CatalogError, match=r"^spring\.csv: "):
        load_catalog(file, currency=USD, called="spring.csv")


def test_the_longest_cells_and_the_highest_price_are_taken(tmp_path: Path) -> None:
    texts = {
        column: "x" * LONGEST_CHARACTERS[column] for column in ("sku", "brand", "name", "size", "category")
    }
    row = {**texts, "msrp": "999999999.99", "aliases": ["y" * LONGEST_ALIAS_CHARACTERS, "line\u2028end"]}
    file = tmp_path / "catalog.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False) + "\r\n", encoding="utf-8")
    (product,) = load_catalog(file, currency=USD).products
    assert product.msrp == Money.of(Decimal("999999999.99"), USD)
    assert (product.sku, product.name, product.aliases[1]) == (texts["sku"], texts["name"], "line end")


def test_the_limits_are_those_of_the_database() -> None:
    columns = CatalogProductRow.__table__.columns
    for column in ("sku", "brand", "name", "size", "category"):
        assert getattr(columns[column].type, "length", None) == LONGEST_CHARACTERS[column]


def test_missing_numbers_of_parquet_are_left_out_and_infinite_ones_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pip install 'tillpoints[parquet]'")
    from pyarrow import parquet

    file = tmp_path / "catalog.parquet"
    parquet.write_table(pyarrow.table({"sku": ["1"], "name": ["a"], "msrp": [float("nan")]}), file)
    assert load_catalog(file, currency=USD).products[0].msrp is None
    parquet.write_table(pyarrow.table({"sku": ["1"], "name": ["a"], "msrp": [float("inf")]}), file)
    with pytest.raises(CatalogError, match="row 1: msrp is inf, no number"):
        load_catalog(file, currency=USD)


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


def test_parquet_broken_anywhere_is_named_as_that(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pip install 'tillpoints[parquet]'")
    from pyarrow import parquet

    file = tmp_path / "catalog.parquet"
    parquet.write_table(pyarrow.table({"sku": ["1", "2"], "name": ["a", "b"]}), file)
    whole, refused = file.read_bytes(), 0
    for place in range(4, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_catalog(file, currency=USD)
        except CatalogError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 10
