"""One purchase that two send: a household is told kindly, and each of two programs pays its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from pipeline.clock import utc_now
from pipeline.review import resolve_case
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.submit import IncomingFile, submit
from pipeline.views import ReceiptView, receipt_view
from receipts.database.repositories.programs import ProgramData, Programs
from receipts.identity import MemberId, ProgramId, ReceiptId, new_member_id
from receipts.state import ReceiptState
from receipts.submission import Channel
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today

OTHER = ProgramId("other")
OLD_DAY = today() - dt.timedelta(days=90)


def member_of_another_program(sunny: Shop) -> MemberId:
    """In a program with the same catalog and campaigns."""
    now, member = utc_now(), new_member_id()
    with sunny.wiring.database.write() as session:
        Programs(session).add(replace(SAMPLE_PROGRAM, id=OTHER, name="Other Rewards"), now)
        ours, theirs = ProgramData(session, SAMPLE_PROGRAM.id), ProgramData(session, OTHER)
        newest = ours.newest_catalog()
        assert newest is not None
        theirs.import_catalog(ours.catalog(newest[0]), now)
        for campaign in ours.campaigns():
            theirs.import_campaign(campaign.id, campaign.version, campaign.document, now)
        theirs.add_member(member, "Olga", now)
    return member


def sent_there(sunny: Shop, member: MemberId, data: bytes) -> ReceiptView:
    path = sunny.folder / "there"
    path.write_bytes(data)
    incoming = [IncomingFile(path, "there.pdf", len(data))]
    sent = submit(
        sunny.wiring, program_id=OTHER, member_id=member, channel=Channel.UPLOAD, files=incoming
    ).receipts[0]
    assert run(sunny.wiring, sent.id) is ReceiptState.AWARDED
    view = receipt_view(sunny.wiring, program_id=OTHER, receipt_id=sent.id)
    assert view is not None
    return view


def test_each_of_two_programs_pays_one_purchase_once_and_knows_nothing_of_the_other(sunny: Shop) -> None:
    paper = e_receipt("both", OATS, MILK)
    (here,) = sunny.send(paper).receipts
    assert run(sunny.wiring, here.id) is ReceiptState.AWARDED
    there = sent_there(sunny, member_of_another_program(sunny), paper)
    assert there.points == sunny.view(here.id).points > 0
    assert there.screening is not None
    found = {each.check: each for each in there.screening.signals}
    assert not any(found[name].related for name in ("same_bytes", "same_purchase", "same_picture"))
    assert sunny.rows("SELECT count(*) FROM claims GROUP BY program_id ORDER BY program_id") == [(1,), (1,)]


def test_a_household_that_sends_one_purchase_twice_has_no_strike(sunny: Shop) -> None:
    paper = e_receipt("household", OATS, MILK)
    sunny.send(paper)  # not read yet: once it is paid, his pays nothing and waits for nobody
    (his,) = sunny.send(paper, member=sunny.tom).receipts
    assert run(sunny.wiring, his.id) is ReceiptState.HELD
    view = sunny.view(his.id)
    assert any("perhaps by someone in your household" in reason for reason in view.reasons)
    declined(sunny, view)
    assert shown_share(sunny, "after the repeat") == "0"
    (odd,) = sunny.send(e_receipt("old", OATS, bought_on=OLD_DAY), member=sunny.tom).receipts
    assert run(sunny.wiring, odd.id) is ReceiptState.HELD
    declined(sunny, sunny.view(odd.id))
    assert shown_share(sunny, "after another reason") == "1", "any other reason counts"


def declined(sunny: Shop, view: ReceiptView) -> None:
    assert view.case_id is not None
    resolve_case(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        case_id=view.case_id,
        reviewer=sunny.ruth,
        approve=False,
        products={},
        note="",
    )


def shown_share(sunny: Shop, name: str) -> str:
    """How many declines of Tom's the check counts at his next receipt."""
    (next_one,) = sunny.send(e_receipt(name, OATS), member=sunny.tom).receipts
    run(sunny.wiring, next_one.id)
    screening = sunny.view(ReceiptId(next_one.id)).screening
    assert screening is not None
    (signal,) = [each for each in screening.signals if each.check == "declined_share"]
    return signal.evidence[0].value
