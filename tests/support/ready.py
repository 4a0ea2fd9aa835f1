"""Databases made ready: the tables, and the sample program where asked for, made once a process and copied.

What makes them is the product's own; only the waiting is left out. Tables take a third of a second each time,
the sample with its passwords and catalog over a second.
"""

from __future__ import annotations

import itertools
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from pipeline.sample import add_sample
from pipeline.settings import Settings
from pipeline.wiring import Wiring, build
from receipts.database.engine import Database, sqlite_url

_NUMBERS = itertools.count(1)


def make_ready(wiring: Wiring) -> None:
    """Give the wiring's new database the tables and the sample program, before anything connects to it."""
    _copy(wiring.database.url, sample=True)


def make_tables(url: str) -> None:
    """Give a new database the tables, before anything connects to it."""
    _copy(url, sample=False)


def _copy(url: str, *, sample: bool) -> None:
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        assert target.database is not None
        path = Path(target.database)
        assert not path.exists(), "a template is for a new database"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_sqlite_template(sample))
        return
    template = _postgres_template(target.set(database="postgres"), sample)
    with _administrator(target) as server:
        server.execute(f'DROP DATABASE "{target.database}"')
        server.execute(f'CREATE DATABASE "{target.database}" TEMPLATE "{template}" STRATEGY file_copy')


@cache
def _sqlite_template(sample: bool) -> bytes:
    with tempfile.TemporaryDirectory(prefix="tillpoints-template-") as name:
        path = Path(name) / "template.db"
        _fill(sqlite_url(path), Path(name), sample=sample)
        assert not path.with_name("template.db-wal").exists(), "closed, so all of it is in the one file"
        return path.read_bytes()


@cache
def _postgres_template(server: URL, sample: bool) -> str:
    name = f"template_{next(_NUMBERS)}"
    with _administrator(server) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 STRATEGY file_copy')
    with tempfile.TemporaryDirectory(prefix="tillpoints-template-") as folder:
        url = server.set(database=name).render_as_string(hide_password=False)
        _fill(url, Path(folder), sample=sample)
    return name


def _fill(url: str, folder: Path, *, sample: bool) -> None:
    if sample:
        wiring = build(Settings(data_dir=folder, database_url=url))
        wiring.database.migrate()
        add_sample(wiring)
        wiring.close()
    else:
        database = Database(url)
        database.migrate()
        database.close()


def _administrator(url: URL) -> psycopg.Connection[tuple[object, ...]]:
    plain = url.set(drivername="postgresql", database="postgres")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)
