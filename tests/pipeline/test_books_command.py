"""`books check`, `books liability` and `program points`, as their user sees them."""

from __future__ import annotations

import json

import pytest
import typer
from sqlalchemy import delete

from pipeline.commands import books, points_terms
from pipeline.points_terms import terms_of
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from receipts.database.tables import OutboxRow
from receipts.program import ReturnPolicy
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt


@pytest.fixture
def paid(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    (sent,) = sunny.send(e_receipt("oats", OATS, MILK)).receipts
    run(sunny.wiring, sent.id)
    for module in (books, points_terms):
        monkeypatch.setattr(module, "ready_wiring", lambda: sunny.wiring)
    return sunny


def test_right_books_are_said_to_be_and_a_lost_message_is_named(
    paid: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    books.check()
    assert capsys.readouterr().out == "The books are right: no difference.\n"
    with paid.wiring.database.write() as session:
        session.execute(delete(OutboxRow).where(OutboxRow.kind == "message"))
    with pytest.raises(typer.Exit) as ended:
        books.check(as_json=True)
    assert ended.value.exit_code == 1
    (found,) = json.loads(capsys.readouterr().out)["differences"]
    assert (found["program_id"], found["code"]) == (SAMPLE_PROGRAM.id, "message_lost")


def test_the_liability_is_told_with_its_cost(paid: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    points_terms.program_points(point_value="0.01", expiry_days="365", return_policy=ReturnPolicy.TO_ZERO)
    said = capsys.readouterr().out
    assert "expire after 365 days" in said
    assert "A point's value: 0.01 USD." in said
    assert terms_of(paid.wiring, SAMPLE_PROGRAM.id).return_policy is ReturnPolicy.TO_ZERO
    books.owed()
    shown = capsys.readouterr().out
    assert "Outstanding: 30 points (30 to be spent, 0 pending, 0 set aside). Cost: 0.30 USD." in shown
    assert "campaign everyday: 30" in shown
    assert "expires never: 30" in shown, "earned before the terms changed"
    books.owed(as_json=True)
    assert json.loads(capsys.readouterr().out)["by_age"] == {"up to 30 days": 30}


def test_terms_that_cannot_be_kept_are_refused_in_words(
    paid: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong in ({"expiry_days": "soon"}, {"point_value": "much"}, {"pending_days": -1}):
        with pytest.raises(typer.Exit) as ended:
            points_terms.program_points(**wrong)  # type: ignore[arg-type]
        assert ended.value.exit_code == 2
        assert "Nothing was changed." in capsys.readouterr().err
    assert terms_of(paid.wiring, SAMPLE_PROGRAM.id).expiry_days is None
