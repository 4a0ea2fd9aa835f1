"""What a reviewer says of a line is remembered for that shop, until somebody takes it back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import typer

from fixtures.scenarios.stage import own
from pipeline.clock import utc_now
from pipeline.commands import aliases as command
from pipeline.review import Resolved, resolve_case
from pipeline.runner import run
from pipeline.sample import RUTH, SAMPLE_PROGRAM
from pipeline.views import ReceiptView
from receipts.catalog import Catalog
from receipts.database.repositories.alias_list import Alias, AliasList
from receipts.database.repositories.aliases import Aliases
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId, Sku
from receipts.match import MatchReason, MatchVerdict
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, Shop, e_receipt

PRINTED = "OATMERE HNY CRNCH GRNL"
SMALL, LARGE = Sku("OAT-HCG-12Z"), Sku("OAT-HCG-24Z")
_NUMBER = iter(range(1000))


def sent(sunny: Shop, *, printed: str = PRINTED, cents: int = 499, sku: Sku = SMALL) -> ReceiptView:
    """A receipt with a line that prints no size, after the stages."""
    line = own(sku, cents, printed=printed)
    (receipt,) = sunny.send(e_receipt(f"vague-{next(_NUMBER)}", line, MILK, layout="narrow")).receipts
    run(sunny.wiring, receipt.id)
    return sunny.view(receipt.id)


def decide(
    sunny: Shop, view: ReceiptView, sku: Sku | None, *, approve: bool = True, position: int = 0
) -> None:
    assert view.case_id is not None
    resolved = resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=view.case_id,
        reviewer=sunny.ruth,
        approve=approve,
        products={position: sku},
        note="",
    )
    assert isinstance(resolved, Resolved), resolved


def aliases(sunny: Shop, program: ProgramId = SAMPLE_PROGRAM.id) -> tuple[Alias, ...]:
    with sunny.wiring.database.read() as session:
        return AliasList(session, program).page(limit=100)


def withdraw(sunny: Shop, alias: Alias, program: ProgramId = SAMPLE_PROGRAM.id) -> bool:
    with sunny.wiring.database.write() as session:
        return Aliases(session, program, utc_now()).withdraw(alias.id, author=sunny.ruth, reason="wrong")


def test_a_confirmed_line_is_known_the_next_time_with_who_and_when(sunny: Shop) -> None:
    first = sent(sunny)
    assert first.state is ReceiptState.HELD
    decide(sunny, first, SMALL)
    (alias,) = aliases(sunny)
    assert (alias.choice.sku, alias.choice.count, alias.receipt_id) == (SMALL, 1, first.id)
    assert alias.author == RUTH.name
    second = sent(sunny)
    assert second.state is ReceiptState.AWARDED
    match = second.lines[0].match
    assert match is not None
    assert (match.verdict, match.reason, match.sku) == (MatchVerdict.ACCEPT, MatchReason.LEARNED, SMALL)
    assert second.lines[0].sentence.startswith("Confirmed for this shop by a reviewer on ")
    assert second.versions["matching"]["aliases"] == alias.last_event
    assert aliases(sunny)[0].used_at is not None


def test_another_price_is_asked_about(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL)
    dear = sent(sunny, cents=1899)
    assert dear.state is ReceiptState.HELD
    match = dear.lines[0].match
    assert match is not None
    assert match.reason is MatchReason.LEARNED_PRICE
    assert match.candidates[0].sku == SMALL


def test_reviewers_who_disagree_send_the_line_back_to_ask(sunny: Shop) -> None:
    views = [sent(sunny), sent(sunny)]
    decide(sunny, views[0], SMALL)
    decide(sunny, views[1], LARGE)
    third = sent(sunny)
    match = third.lines[0].match
    assert match is not None
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_DISPUTED)
    assert {each.sku for each in match.candidates[:2]} == {SMALL, LARGE}
    assert all(alias.others for alias in aliases(sunny))
    wrong = next(alias for alias in aliases(sunny) if alias.choice.sku == LARGE)
    assert withdraw(sunny, wrong)
    assert sent(sunny).state is ReceiptState.AWARDED


def test_what_is_withdrawn_counts_no_more_and_the_old_verdict_can_still_be_explained(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL)
    known = sent(sunny)
    (alias,) = aliases(sunny)
    assert withdraw(sunny, alias)
    assert not withdraw(sunny, alias), "there is nothing left to take back"
    assert aliases(sunny) == ()
    assert sent(sunny).state is ReceiptState.HELD
    version = known.versions["matching"]["aliases"]
    then = sunny.wiring.learned_books.at(SAMPLE_PROGRAM.id, alias.shop.key, version)
    found = then.find(PRINTED, None)
    assert found is not None
    assert found.agreed == alias.choice


def test_none_of_ours_is_remembered_too(sunny: Shop) -> None:
    decide(sunny, sent(sunny), None)
    match = sent(sunny).lines[0].match
    assert match is not None
    assert (match.verdict, match.reason) == (MatchVerdict.NONE, MatchReason.LEARNED_NOT_OURS)


def test_a_refused_receipt_teaches_nothing(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL, approve=False)
    assert aliases(sunny) == ()
    assert sunny.rows("SELECT count(*) FROM alias_events") == [(0,)]


def test_another_program_neither_sees_nor_withdraws_it(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL)
    (alias,) = aliases(sunny)
    other = ProgramId("other")
    assert aliases(sunny, other) == ()
    assert not withdraw(sunny, alias, other)
    assert not sunny.wiring.learned_books.of(other, alias.shop.key)
    assert aliases(sunny) == (alias,)


def test_counting_anew_from_the_events_changes_nothing(sunny: Shop) -> None:
    views = [sent(sunny), sent(sunny), sent(sunny)]
    for view, sku in zip(views, (SMALL, LARGE, SMALL), strict=True):
        decide(sunny, view, sku)
    before = aliases(sunny)
    assert sorted(alias.choice.count for alias in before) == [1, 2]
    with sunny.wiring.database.write() as session:
        Aliases(session, SAMPLE_PROGRAM.id, utc_now()).recount()
    assert aliases(sunny) == before


@pytest.mark.parametrize("statement", ["UPDATE alias_events SET sku = 'X'", "DELETE FROM alias_events"])
def test_events_only_grow(sunny: Shop, statement: str) -> None:
    decide(sunny, sent(sunny), SMALL)
    with pytest.raises(Exception, match="only grows"), sunny.wiring.database.write() as session:
        session.connection().exec_driver_sql(statement)


def test_the_command_lists_and_withdraws(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    decide(sunny, sent(sunny), SMALL)
    (alias,) = aliases(sunny)
    monkeypatch.setattr(command, "ready_wiring", lambda: sunny.wiring)
    command.aliases_list(search=["lantern", "crnch"], as_json=True, limit=5)
    (document,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"choice"' in line]
    assert (document["id"], document["product"]) == (alias.id, "Oatmere Honey Crunch Granola, 12 OZ")
    command.aliases_list(limit=5)
    assert f"{alias.id} Dollar Lantern {PRINTED}" in " ".join(capsys.readouterr().out.split())
    command.aliases_withdraw([alias.id], reason="not what was bought")
    assert "is no longer taken for: Oatmere Honey Crunch Granola, 12 OZ." in capsys.readouterr().out
    with pytest.raises(typer.Exit):
        command.aliases_withdraw([alias.id], reason="again")
    assert aliases(sunny) == ()
    assert sunny.rows("SELECT author, reason FROM alias_events WHERE act = 'withdrawn'") == [
        (None, "not what was bought")
    ]


def test_a_misread_name_of_the_shop_has_the_shops_book(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL)
    (alias,) = aliases(sunny)
    misread = alias.shop.key[:-2] + "x" + alias.shop.key[-1]
    books = sunny.wiring.learned_books
    assert books.of(SAMPLE_PROGRAM.id, misread) == books.of(SAMPLE_PROGRAM.id, alias.shop.key)
    assert not books.of(SAMPLE_PROGRAM.id, "quite another shop")
    assert not books.of(ProgramId("other"), misread)


def test_what_a_product_was_called_is_kept_with_the_confirmation(sunny: Shop) -> None:
    decide(sunny, sent(sunny), SMALL)
    (alias,) = aliases(sunny)
    assert alias.choice.product == "Oatmere Honey Crunch Granola"
    reuse_number(sunny)
    again = sent(sunny)
    match = again.lines[0].match
    assert match is not None
    assert (match.verdict, match.reason) == (MatchVerdict.ASK, MatchReason.LEARNED_CHANGED)


def reuse_number(sunny: Shop) -> None:
    """The maker gives the granola's number to dishwasher tabs."""
    with sunny.wiring.database.write() as session:
        data = ProgramData(session, SAMPLE_PROGRAM.id)
        newest = data.newest_catalog()
        assert newest is not None
        tabs = {"name": "Dishwasher Tabs Lemon", "size": "", "gtin": None, "aliases": ()}
        kept = data.catalog(newest[0]).products
        products = [replace(each, **tabs) if each.sku == SMALL else each for each in kept]
        data.import_catalog(Catalog("a number given anew", tuple(products)), utc_now())
