"""Writes docs/migrate.schema.json: `PYTHONPATH=. python tools/migrate_schema.py`."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.migration.mapping import SCHEMA_FILE, schema

TARGET = Path(__file__).parents[1] / "docs" / SCHEMA_FILE


def page() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
