"""The fixtures themselves: every test's database is empty, and is of the kind asked for."""

from sqlalchemy import create_engine, inspect, text


def _leave_a_table(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.begin() as connection:
        before = inspect(connection).get_table_names()
        connection.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()
    return before


def test_is_empty(database_url: str) -> None:
    assert _leave_a_table(database_url) == []


def test_is_empty_again(database_url: str) -> None:
    assert _leave_a_table(database_url) == []


def test_postgres_is_a_recent_server(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 160000
