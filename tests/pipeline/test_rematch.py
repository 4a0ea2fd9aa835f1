"""Past receipts matched anew: changes are shown, the difference is paid once, nothing is taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from fixtures.generator.purchase import BasketLine
from fixtures.scenarios.stage import own
from matching.learned import prints_of
from pipeline.clock import utc_now
from pipeline.commands import rematch as command
from pipeline.learned_views import learned_page, withdraw_alias
from pipeline.rematch import Outlook, Rematch, rematches
from pipeline.rematch_adopt import Adopted, adopt
from pipeline.review import resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.views import ReceiptView, statement
from receipts.catalog import Catalog
from receipts.database.repositories.aliases import Aliases, Shop, Taught
from receipts.database.repositories.programs import ProgramData
from receipts.identity import ProgramId, ReceiptId, Sku
from receipts.match import MatchReason
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, e_receipt
from tests.pipeline.conftest import Shop as Sunny

CRYPTIC = "XQ WVZK BRTLM"
"""So printed that no catalog finds it; it was the oats of 3.29."""
CRYPTIC_TOO = "ZQ PVKW MTRLB"
SECRET = own("OAT-OFO-18Z", 329, printed=CRYPTIC)
SURE = own("OAT-OFO-18Z", 329, printed="OAT OLD FSHN OATS 18Z")
_NUMBER = iter(range(1000))


def paid(sunny: Sunny, *lines: BasketLine) -> ReceiptView:
    (sent,) = sunny.send(e_receipt(f"past-{next(_NUMBER)}", *lines, layout="narrow")).receipts
    run(sunny.wiring, sent.id)
    return sunny.view(sent.id)


def teach(sunny: Sunny, view: ReceiptView, printed: str = CRYPTIC, sku: str | None = "OAT-OFO-18Z") -> None:
    """As a reviewer of another receipt would have done."""
    with sunny.wiring.database.write() as session:
        said = [
            Taught(known, printed, None if sku is None else Sku(sku), None, 0)
            for known in prints_of(printed, None)
        ]
        Aliases(session, SAMPLE_PROGRAM.id, utc_now()).confirm(
            Shop("dollar lantern", "Dollar Lantern"), said, receipt_id=view.id, author=sunny.ruth
        )


def changes(sunny: Sunny, program: ProgramId = SAMPLE_PROGRAM.id) -> list[Rematch]:
    return [found for found in rematches(sunny.wiring, program_id=program) if found is not None]


def balance(sunny: Sunny) -> int:
    found = statement(sunny.wiring, program_id=SAMPLE_PROGRAM.id, member_id=sunny.maya)
    assert found is not None
    return found.balance


def leave_out(sunny: Sunny, sku: str) -> None:
    with sunny.wiring.database.write() as session:
        data = ProgramData(session, SAMPLE_PROGRAM.id)
        newest = data.newest_catalog()
        assert newest is not None
        kept = [each for each in data.catalog(newest[0]).products if each.sku != sku]
        data.import_catalog(Catalog("without the oats", tuple(kept)), utc_now())


def resolve(sunny: Sunny, view: ReceiptView, *, approve: bool, products: dict[int, Sku | None]) -> None:
    assert view.case_id is not None
    resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=view.case_id,
        reviewer=sunny.ruth,
        approve=approve,
        products=products,
        note="",
    )


def everything(sunny: Sunny) -> list[object]:
    tables = ("ledger_entries", "claims", "messages", "artefacts", "receipts")
    return [sunny.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def test_a_declined_receipt_earns_what_was_learned_since_once(sunny: Sunny) -> None:
    view = paid(sunny, SECRET, MILK)
    assert (view.state, balance(sunny)) == (ReceiptState.DECLINED, 0)
    assert changes(sunny) == []
    teach(sunny, view)
    before = everything(sunny)
    (found,) = changes(sunny)
    assert (found.outlook, found.gains, found.falls) == (Outlook.PAYS, 30, 0)
    assert [(line.printed, line.was, line.now) for line in found.lines] == [(CRYPTIC, None, "OAT-OFO-18Z")]
    assert everything(sunny) == before, "looking writes nothing"
    assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    after = sunny.view(view.id)
    assert (after.state, after.points, balance(sunny)) == (ReceiptState.AWARDED, 30, 30)
    assert after.lines[0].match is not None
    assert after.lines[0].match.reason is MatchReason.LEARNED
    posted = everything(sunny)
    assert changes(sunny) == []
    assert adopt(sunny.wiring, found)[0] is Adopted.NOTHING_TO_POST, "somebody else looked at the same time"
    assert everything(sunny) == posted


def test_a_paid_receipt_gets_the_difference_alone_by_the_same_rule(sunny: Sunny) -> None:
    view = paid(sunny, SURE, SECRET)
    assert (view.state, view.points) == (ReceiptState.AWARDED, 30)
    teach(sunny, view)
    (found,) = changes(sunny)
    assert (found.outlook, found.gains) == (Outlook.PAYS, 30)
    assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    after = sunny.view(view.id)
    assert (after.points, balance(sunny)) == (60, 60)
    assert [line.points for line in after.lines] == [30, 30]
    assert sunny.rows("SELECT points, posting FROM ledger_entries ORDER BY number") == [(30, 0), (30, 1)]
    assert sunny.rows("SELECT count(*) FROM claims") == [(2,)]
    assert changes(sunny) == []


@pytest.mark.parametrize(("cents", "earned"), [(299, 30), (379, 40)])
def test_a_cheaper_or_dearer_line_of_the_same_product_is_paid_beside_the_paid_one(
    sunny: Sunny, cents: int, earned: int
) -> None:
    view = paid(sunny, own("OAT-OFO-18Z", cents, printed=CRYPTIC), SURE)
    assert view.points == 30
    teach(sunny, view)
    (found,) = changes(sunny)
    assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    # The cents that 3.29 left of a step count: together they earn what they would have earned at once.
    assert (balance(sunny), changes(sunny)) == (30 + earned, [])
    keys = sunny.rows("SELECT line_key FROM claims ORDER BY line_key")
    assert keys == [("OAT-OFO-18Z#1",), ("OAT-OFO-18Z#2",)]


def test_a_paid_product_that_left_the_catalog_keeps_no_other_line_from_its_points(sunny: Sunny) -> None:
    view = paid(sunny, SURE, SECRET)
    leave_out(sunny, "OAT-OFO-18Z")
    teach(sunny, view, sku="OAT-OFO-42Z")
    (found,) = changes(sunny)
    assert (found.outlook, found.gains, found.falls) == (Outlook.PAYS, 30, 30)
    assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    assert balance(sunny) == 60
    (again,) = changes(sunny)
    assert (again.outlook, again.gains, again.falls) == (Outlook.FALLS, 0, 30)
    paid_by_name = sunny.view(view.id).lines[0].product
    assert paid_by_name is not None
    assert paid_by_name.sku == "OAT-OFO-18Z", "it is shown by the name that it was paid by"


def test_a_line_found_after_another_was_adopted_is_paid_beside_a_product_that_left(sunny: Sunny) -> None:
    view = paid(sunny, SURE, SECRET, own("OAT-OFO-42Z", 329, printed=CRYPTIC_TOO))
    leave_out(sunny, "OAT-OFO-18Z")
    for printed in (CRYPTIC, CRYPTIC_TOO):
        teach(sunny, view, printed=printed, sku="OAT-OFO-42Z")
        (found,) = changes(sunny)
        assert found.gains == 30
        assert adopt(sunny.wiring, found)[0] is Adopted.POSTED
    assert balance(sunny) == 90


def test_more_pieces_than_pass_without_a_look_are_not_paid_because_a_reviewer_approved_other_lines(
    sunny: Sunny,
) -> None:
    case_of_cans = own("OAT-HCG-12Z", 499, printed=CRYPTIC, quantity=48)
    view = paid(sunny, case_of_cans, own("OAT-HCG-12Z", 499, printed="OATMERE HNY CRNCH GRNL"))
    resolve(sunny, view, approve=True, products={1: None})
    teach(sunny, view, sku="OAT-HCG-12Z")
    (found,) = changes(sunny)
    assert (found.past.approved, found.outlook, found.gains) == (True, Outlook.ASKS, 0)
    assert adopt(sunny.wiring, found)[0] is Adopted.NOTHING_TO_POST


def test_points_that_would_fall_are_shown_and_stay(sunny: Sunny) -> None:
    view = paid(sunny, SECRET, MILK)
    teach(sunny, view)
    known = paid(sunny, SECRET)
    assert known.points == 30
    (alias,) = learned_page(sunny.wiring, program_id=SAMPLE_PROGRAM.id, limit=5)
    assert withdraw_alias(
        sunny.wiring, program_id=SAMPLE_PROGRAM.id, alias_id=alias.alias.id, author=sunny.ruth, reason="no"
    )
    (found,) = changes(sunny)
    assert (found.past.receipt_id, found.outlook, found.falls) == (known.id, Outlook.FALLS, 30)
    assert adopt(sunny.wiring, found)[0] is Adopted.NOTHING_TO_POST
    assert balance(sunny) == 30


def test_a_line_paid_as_another_product_is_not_paid_again(sunny: Sunny) -> None:
    view = paid(sunny, SURE)
    assert view.points == 30
    teach(sunny, view, printed=view.lines[0].item.description, sku="OAT-HCG-24Z")
    # The catalog alone accepts the oats, so a person would be asked; nothing is earned more either way.
    (found,) = changes(sunny)
    assert found.gains == 0
    assert adopt(sunny.wiring, found)[0] is Adopted.NOTHING_TO_POST
    assert balance(sunny) == 30


def test_a_receipt_that_a_reviewer_declined_stays_declined(sunny: Sunny) -> None:
    view = paid(sunny, SECRET, own("OAT-HCG-12Z", 499, printed="OATMERE HNY CRNCH GRNL"))
    resolve(sunny, view, approve=False, products={})
    teach(sunny, view)
    (found,) = changes(sunny)
    assert (found.outlook, found.gains) == (Outlook.REFUSED, 0)


def test_two_who_adopt_at_once_post_once(sunny: Sunny) -> None:
    view = paid(sunny, SECRET, MILK)
    teach(sunny, view)
    found = [changes(sunny)[0], changes(sunny)[0]]
    outcomes: list[Adopted] = []

    def go(each: Rematch) -> None:
        outcomes.append(adopt(sunny.wiring, each)[0])

    threads = [threading.Thread(target=go, args=(each,)) for each in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.value for outcome in outcomes) == ["nothing_to_post", "posted"]
    assert balance(sunny) == 30


def test_what_is_killed_in_the_middle_leaves_nothing_and_goes_on_later(
    sunny: Sunny, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = [paid(sunny, SECRET, MILK), paid(sunny, SECRET)]
    teach(sunny, views[0])
    before = everything(sunny)

    class KilledError(BaseException):
        """As the process would end."""

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.rematch_adopt.post_award", killed)
        with pytest.raises(KilledError):
            adopt(sunny.wiring, changes(sunny)[0])
    assert everything(sunny) == before
    for found in changes(sunny):
        adopt(sunny.wiring, found)
    assert balance(sunny) == 60


def test_a_second_photo_of_the_purchase_is_not_paid_by_a_rematch(sunny: Sunny) -> None:
    data = e_receipt("same", SECRET, MILK, layout="narrow")
    ids: Sequence[ReceiptId] = [receipt.id for _ in range(2) for receipt in sunny.send(data).receipts]
    for each in ids:
        run(sunny.wiring, each)
    teach(sunny, sunny.view(ids[0]))
    for _ in range(2):
        for found in changes(sunny):
            adopt(sunny.wiring, found)
    assert balance(sunny) == 30


def test_another_program_sees_none_of_it(sunny: Sunny) -> None:
    teach(sunny, paid(sunny, SECRET, MILK))
    assert changes(sunny, ProgramId("other")) == []


def test_the_command_shows_first_and_posts_when_told_to(
    sunny: Sunny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    view = paid(sunny, SECRET, MILK)
    teach(sunny, view)
    monkeypatch.setattr(command, "ready_wiring", lambda: sunny.wiring)
    command.rematch(adopt_it=False, as_json=False)
    shown = capsys.readouterr().out
    assert f"{view.id}" in shown
    assert f"“{CRYPTIC}”  was not ours; would be OAT-OFO-18Z." in shown
    assert "1 of them would earn 30 points more: --adopt posts them." in shown
    assert balance(sunny) == 0
    command.rematch(adopt_it=True, as_json=True)
    (document,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (document["posted"], document["gains"], document["lines"][0]["would_be"]["points"]) == (
        True,
        30,
        30,
    )
    command.rematch(adopt_it=True, as_json=False)
    assert "Posted: 0 points on 0 receipts." in capsys.readouterr().out
    assert balance(sunny) == 30
    with sunny.wiring.database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM ledger_entries")) == 1
