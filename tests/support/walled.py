"""A database whose owner is a plain role: superusers, as the tests' own is, pass by row-level security."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import PostgresServer

ROLE = "tillpoints_app"


@contextmanager
def app_role(server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database of that role's, dropped at the end."""
    server.run(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN"
        f" CREATE ROLE {ROLE} LOGIN; END IF; END $$"
    )
    name = server.create()
    server.run(f"ALTER DATABASE {name} OWNER TO {ROLE}")
    try:
        yield server.url(name).replace("postgres@", f"{ROLE}@")
    finally:
        server.drop(name)
