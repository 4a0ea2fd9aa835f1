"""Write docs/settings.md from the settings' own descriptions: `python tools/settings_page.py`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from pipeline.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
_CPU_BOUND = {"worker_processes": "processors less one, at least 1"}


def page() -> str:
    """The page's text."""
    lines = [
        "# Settings",
        "",
        "Environment variables. A wrong one stops the start with a sentence that says what to set.",
        "This page is made from `pipeline/settings.py` by `python tools/settings_page.py`.",
        "",
        "| variable | default | what it does |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        value = field.default.value if isinstance(field.default, Enum) else field.default
        default = _CPU_BOUND.get(name, f"`{value}`" if str(value) else "empty")
        lines.append(f"| `TILLPOINTS_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
