"""The pages: server-rendered, one small script each, nothing from another host."""

from __future__ import annotations

from fastapi import FastAPI


def install(app: FastAPI) -> None:
    """Add the pages and their static files."""
