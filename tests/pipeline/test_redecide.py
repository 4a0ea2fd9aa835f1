"""A campaign mended after the fact: past receipts are decided anew, and only the difference is posted."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from pipeline import redecide
from pipeline.amend import Taken
from pipeline.books_check import check_books
from pipeline.commands import redecide as command
from pipeline.past import Past
from pipeline.privacy import erase_member
from pipeline.redecide import Redecided, adopt_redecided, redecisions
from pipeline.rematch import Outlook
from pipeline.returns import Return, ReturnedLine
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.take_back import correct
from pipeline.wiring import Wiring
from receipts.identity import Sku
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, Shop
from tests.pipeline.test_earning import PER_DOLLAR, at_once, earned, launch
from tests.pipeline.test_rematch import SURE, balance, everything
from tests.pipeline.test_returns import BARS, bring_back, messages, paid

__all__ = ["at_once"]


def changes(sunny: Shop) -> list[Redecided]:
    return [found for found in redecisions(sunny.wiring, SAMPLE_PROGRAM.id) if found is not None]


def adopt_all(sunny: Shop, *, take_back: bool = False) -> list[Taken | None]:
    return [adopt_redecided(sunny.wiring, found, take_back=take_back)[1] for found in changes(sunny)]


def on(sku: str, points: int, rule_id: str = "bonus") -> dict[str, object]:
    return {"kind": "product_bonus", "id": rule_id, "points": points, "products": {"skus": [sku]}}


def test_a_campaign_that_pays_more_posts_the_difference_once(sunny: Shop) -> None:
    launch(sunny)
    view = paid(sunny, "one", SURE, MILK)
    assert (earned(sunny, view.id), changes(sunny)) == (300, [])
    launch(sunny, version=2, rules=[{**PER_DOLLAR, "points": 150}])
    before = everything(sunny)
    (found,) = changes(sunny)
    assert (found.outlook, dict(found.gains)) == (Outlook.PAYS, {("test", "r"): 150})
    assert everything(sunny) == before, "looking writes nothing"
    assert adopt_all(sunny) == [Taken(0, 0)]
    assert (earned(sunny, view.id), sunny.view(view.id).points) == (450, 480)
    assert (messages(sunny)[-1], changes(sunny), check_books(sunny.wiring)) == ("points.awarded", [], ())
    told = sunny.rows("SELECT sentence FROM ledger_entries WHERE points = 150")
    assert "300 of them were paid before" in str(told)


def test_what_falls_is_taken_back_only_when_asked(sunny: Shop) -> None:
    launch(sunny, rules=[on("OAT-OFO-18Z", 40), on("OAT-BBB-12CT", 5, "bars")])
    view = paid(sunny, "both", SURE, BARS)
    launch(sunny, version=2, rules=[on("OAT-OFO-18Z", 10), on("OAT-BBB-12CT", 25, "bars")])
    before = everything(sunny)
    assert (adopt_all(sunny), everything(sunny)) == ([None], before)
    assert adopt_all(sunny, take_back=True) == [Taken(30, 0)]
    assert (earned(sunny, view.id), changes(sunny)) == (35, [])
    assert (messages(sunny)[-2:], check_books(sunny.wiring)) == (["points.reversed", "points.awarded"], ())


def test_a_declined_receipt_is_paid_by_a_campaign_that_was_forgotten(sunny: Shop) -> None:
    launch(sunny, id="everyday", version=9, rules=[on("OAT-BBB-12CT", 5)])
    view = paid(sunny, "oats", SURE)
    assert view.state is ReceiptState.DECLINED
    launch(sunny, rules=[on("OAT-OFO-18Z", 40)])
    assert adopt_all(sunny) == [Taken(0, 0)]
    assert (sunny.view(view.id).state, balance(sunny), changes(sunny)) == (ReceiptState.AWARDED, 40, [])
    again = paid(sunny, "oats", SURE)
    assert (again.state, balance(sunny)) == (ReceiptState.DECLINED, 40), "the line is claimed"
    assert check_books(sunny.wiring) == ()


def test_a_version_for_days_to_come_leaves_earlier_purchases(sunny: Shop) -> None:
    launch(sunny)
    paid(sunny, "one", SURE)
    launch(sunny, version=2, effective_on="2099-01-01", rules=[{**PER_DOLLAR, "points": 150}])
    assert changes(sunny) == []


@pytest.mark.parametrize(
    "caps", [{"cap_per_member": 400}, {"caps": {"all_members": 400}}, {"caps": {"per_day": 400}}]
)
def test_its_own_points_are_room_under_a_cap_and_others_are_not(sunny: Shop, caps: dict[str, object]) -> None:
    launch(sunny, **caps)
    first, second = (paid(sunny, name, SURE) for name in ("one", "two"))
    assert (earned(sunny, first.id), earned(sunny, second.id), changes(sunny)) == (300, 100, [])
    launch(sunny, version=2, rules=[{**PER_DOLLAR, "points": 110}], **caps)
    assert (adopt_all(sunny), earned(sunny, first.id)) == ([], 300)


def test_a_rule_once_for_ever_pays_the_first_of_two_and_not_both(sunny: Shop) -> None:
    first, second = (paid(sunny, name, SURE) for name in ("one", "two"))
    launch(sunny, rules=[{**PER_DOLLAR, "limit": {"times": 1, "per": "ever"}}])
    for found in redecisions(sunny.wiring, SAMPLE_PROGRAM.id):
        if found is not None:
            adopt_redecided(sunny.wiring, found, take_back=False)
    assert (earned(sunny, first.id), earned(sunny, second.id), changes(sunny)) == (300, 0, [])


def test_returns_and_corrections_go_on_from_what_was_decided_anew(sunny: Shop) -> None:
    launch(sunny, rules=[on("OAT-OFO-18Z", 40)])
    view = paid(sunny, "both", SURE, BARS, SURE)
    bring_back(sunny, view, "R-1", ReturnedLine(position=0))
    launch(sunny, version=2, rules=[on("OAT-OFO-18Z", 60), on("OAT-BBB-12CT", 5, "bars")])
    assert adopt_all(sunny) == [Taken(0, 0)]
    assert earned(sunny, view.id) == 65
    assert isinstance(bring_back(sunny, view, "R-2", ReturnedLine(position=2)), Return)
    assert earned(sunny, view.id) == 5
    correct(sunny.wiring, SAMPLE_PROGRAM.id, view.id, {1: Sku("OAT-OFO-18Z")})
    assert (earned(sunny, view.id), changes(sunny), check_books(sunny.wiring)) == (60, [], ())


def test_a_killed_posting_leaves_the_receipt_as_it_was_or_as_it_will_be(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(sunny, rules=[on("OAT-OFO-18Z", 40), on("OAT-BBB-12CT", 5, "bars")])
    view = paid(sunny, "both", SURE, BARS)
    launch(sunny, version=2, rules=[on("OAT-OFO-18Z", 10), on("OAT-BBB-12CT", 25, "bars")])
    before = everything(sunny)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(redecide, "post_award", killed)
        with pytest.raises(KeyboardInterrupt):
            adopt_all(sunny, take_back=True)
    assert everything(sunny) == before
    assert (adopt_all(sunny, take_back=True), earned(sunny, view.id)) == ([Taken(30, 0)], 35)


def test_the_command_shows_and_posts(sunny: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    launch(sunny)
    view = paid(sunny, "one", SURE)
    launch(sunny, version=2, rules=[{**PER_DOLLAR, "points": 150}])
    monkeypatch.setattr(command, "ready_wiring", lambda: sunny.wiring)
    app = typer.Typer()
    app.command()(command.redecide)
    shown = CliRunner().invoke(app, [])
    assert f"{view.id}" in shown.output
    assert "test/r  +150" in shown.output
    assert earned(sunny, view.id) == 300
    nobody = CliRunner().invoke(app, ["--until", "2020-01-01", "--adopt"])
    assert (nobody.exit_code, earned(sunny, view.id)) == (0, 300)
    posted = CliRunner().invoke(app, ["--adopt", "--json", "--program", SAMPLE_PROGRAM.id])
    assert (posted.exit_code, earned(sunny, view.id)) == (0, 450)
    assert '"posted": true' in posted.output


def test_a_member_who_is_erased_while_it_is_looked_at_ends_nothing(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch(sunny)
    view = paid(sunny, "one", SURE)
    launch(sunny, version=2, rules=[{**PER_DOLLAR, "points": 150}])

    def erased_first(wiring: Wiring, past: Past) -> Redecided | None:
        erase_member(wiring, program_id=SAMPLE_PROGRAM.id, member_id=sunny.maya)
        return look(wiring, past)

    look = redecide._redecided
    monkeypatch.setattr(redecide, "_redecided", erased_first)
    assert (changes(sunny), earned(sunny, view.id)) == ([], 300)
