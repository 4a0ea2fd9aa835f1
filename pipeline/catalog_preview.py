"""`catalog import --dry-run`: what is wrong in a file, where matching will stumble, what changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from matching.catalog_file import (
    NO_PRODUCTS,
    CatalogError,
    CatalogScan,
    FaultKind,
    catalog_version,
    scan_catalog,
)
from matching.catalog_report import TILL_CHARACTERS, Changes, Confusion, Weaknesses, changes, weaknesses
from pipeline.catalogs import SHRINK_ASKS_FROM, is_shrinking
from pipeline.wiring import Wiring
from receipts.catalog import Catalog
from receipts.program import Program

Section = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import of a file would do."""

    scan: CatalogScan
    weaknesses: Weaknesses
    changes: Changes

    @property
    def needs_force(self) -> bool:
        """So many products are missing that the import asks for --force."""
        return is_shrinking(len(self.changes.removed), self.changes.in_force)

    @property
    def refusals(self) -> list[str]:
        """Why `catalog import` would refuse the file as it is."""
        said = [fault.said(self.scan.place) for fault in self.scan.faults]
        return [*said, *([_shrinks(self.changes)] if self.needs_force else [])]

    def sections(self) -> list[Section]:
        """Headings, each with its findings, the gravest first."""
        weak = self.weaknesses
        faults = self.scan.faults
        rows = [fault.said(self.scan.place) for fault in faults if fault.kind is not FaultKind.GTIN]
        numbers = [fault.said(self.scan.place) for fault in faults if fault.kind is FaultKind.GTIN]
        shared = [f"{each.gtin}: {', '.join(each.skus)}" for each in weak.shared_gtins]
        gone: list[Section] = []
        if self.needs_force:
            gone = [(_shrinks(self.changes), list(self.changes.removed))]
        tried = f"of {weak.compared} products tried"
        return [
            (f"{len(self.scan.products)} products can be read.", []),
            (f"{len(rows)} rows are no products or are there twice; the import refuses the file.", rows),
            (f"{len(numbers)} barcode numbers are wrong; the import refuses the file.", numbers),
            *gone,
            (f"{len(shared)} barcode numbers are on several products; such a line is asked about.", shared),
            (
                f"{len(weak.same_print)} pairs have the same words, and sizes that do not part them.",
                _pairs(weak.same_print),
            ),
            (
                f"{len(weak.confused)} pairs are confused even when printed whole ({tried}).",
                _pairs(weak.confused),
            ),
            (
                f"{len(weak.confused_if_cut)} pairs are confused by tills that print {TILL_CHARACTERS}"
                f" letters ({tried}).",
                _pairs(weak.confused_if_cut),
            ),
            (f"{len(weak.without_size)} products have no size.", list(weak.without_size)),
            (f"{len(weak.without_price)} products have no price.", list(weak.without_price)),
            (f"{len(weak.without_gtin)} products have no barcode number.", list(weak.without_gtin)),
            (_changed(self.changes), []),
        ]

    def document(self) -> dict[str, Any]:
        """The whole report as JSON holds it."""
        weak = {name: _plain(value) for name, value in asdict(self.weaknesses).items()}
        return {
            "products": len(self.scan.products),
            "faults": [
                {"line": fault.line, "kind": fault.kind.value, "message": fault.message}
                for fault in self.scan.faults
            ],
            **weak,
            "changes": {name: _plain(value) for name, value in asdict(self.changes).items()},
            "needs_force": self.needs_force,
            "refused": bool(self.refusals),
        }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _pairs(found: Sequence[Confusion]) -> list[str]:
    return [
        f"{each.printed}: "
        + " or ".join(f"{sku} ({name})" for sku, name in zip(each.skus, each.names, strict=True))
        for each in found
    ]


def _shrinks(found: Changes) -> str:
    return (
        f"{len(found.removed)} of the {found.in_force} products in force are missing,"
        f" more than {SHRINK_ASKS_FROM:.0%}; the import asks for --force."
    )


def _changed(found: Changes) -> str:
    return (
        f"Against the {found.in_force} products in force: {len(found.added)} added,"
        f" {len(found.changed)} changed, {len(found.removed)} removed."
    )


def preview(wiring: Wiring, program: Program, file: Path, *, on: date | None = None) -> Preview:
    """Read the file to its end and look at it as the matcher would; nothing is written.

    Raises:
        CatalogError: the file as a whole cannot be read, or nothing in it is a product.
    """
    scan = scan_catalog(file, currency=program.currency)
    if not scan.products and not scan.faults:
        raise CatalogError(f"{file.name}: {NO_PRODUCTS}")
    found = wiring.catalog_index(program.id, on)
    now = None if found is None else found[1]
    catalog = Catalog(catalog_version(scan.products), scan.products)
    return Preview(scan, weaknesses(wiring.index_of(catalog, earlier=now)), changes(now, scan.products))
