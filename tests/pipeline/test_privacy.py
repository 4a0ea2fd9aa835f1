"""A member's data: all of it in the export, none of it after the erasure, and books that still balance."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import privacy, privacy_export
from pipeline.accounts import authenticate
from pipeline.books_check import check_books
from pipeline.clock import utc_now
from pipeline.privacy import (
    KeepDaysError,
    StillMovingError,
    change_keep_days,
    erase_member,
    looked_at,
    member_export,
    remove_files,
    sweep_privacy,
)
from pipeline.privacy_export import write_archive
from pipeline.rematch import rematch_of
from pipeline.return_parts import ReportedReturn, ReturnedLine
from pipeline.returns import report_return
from pipeline.runner import retry, run
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.submit import UnknownMemberError
from pipeline.views import ReceiptView, statement
from receipts.database.base import Base
from receipts.identity import Sha256
from receipts.state import ReceiptState
from tests.pipeline.conftest import MILK, OATS, Shop, e_receipt, today
from tests.support import commands

PROGRAM = SAMPLE_PROGRAM.id

NOT_EXPORTED = {
    # How the work is done, or a second copy of what the export names elsewhere.
    "campaign_reserves", "claims", "deliveries", "due_points", "erasures", "file_looks", "member_statuses",
    "retailer_witnesses", "receipt_traces", "receipt_facts", "member_keys", "file_keys",
}  # fmt: skip


def paid(sunny: Shop, name: str = "privacy") -> ReceiptView:
    (sent,) = sunny.send(e_receipt(name, OATS, MILK, layout="narrow")).receipts
    run(sunny.wiring, sent.id)
    return sunny.view(sent.id)


def age_files(sunny: Shop) -> None:
    """As if everything had been put two hours ago."""
    before = time.time() - 7200
    for path in (sunny.wiring.settings.data_dir / "files").glob("??/??/*"):
        os.utime(path, (before, before))


def everything(sunny: Shop) -> str:
    """Every value of every row, and every stored file."""
    rows = [str([*map(tuple, sunny.rows(f"SELECT * FROM {name}"))]) for name in Base.metadata.tables]
    files = [path.read_bytes() for path in (sunny.wiring.settings.data_dir / "files").glob("??/??/*")]
    return "\n".join(rows) + "\n".join(data.decode("latin-1") for data in files)


def test_an_export_holds_what_is_kept_and_the_file_as_it_was_sent(sunny: Shop) -> None:
    data = e_receipt("privacy", OATS, MILK, layout="narrow")
    (sent,) = sunny.send(data).receipts
    run(sunny.wiring, sent.id)
    export = member_export(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert export is not None
    into = io.BytesIO()
    assert write_archive(sunny.wiring, export, into) == 1
    archive = zipfile.ZipFile(into)
    told = json.loads(archive.read("data.json"))
    assert told["member"]["name"] == MAYA.name
    assert told["accounts"][0]["email"] == MAYA.email
    assert "password_hash" not in told["accounts"][0]
    (receipt,) = told["receipts"]
    assert receipt["id"] == sent.id
    assert len(receipt["read"]["items"]) == 2
    assert [entry["points"] for entry in told["points"]] == [30]
    assert archive.read(f"files/{receipt['file']}") == data
    assert sunny.rows("SELECT what, member_id FROM file_looks") == [("export", sunny.maya)]
    assert member_export(sunny.wiring, program_id=PROGRAM, member_id=sunny.tom) is not None
    others = member_export(sunny.wiring, program_id=type(PROGRAM)("forge"), member_id=sunny.maya)
    assert others is None, "another program has no such member"


def test_every_table_that_names_a_member_is_exported_or_said_not_to_be() -> None:
    named = {name for name, table in Base.metadata.tables.items() if "member_id" in table.c}
    exported = {str(table.__tablename__) for _, table in privacy_export._OF_MEMBER}
    exported |= {"receipts", "inbound_messages"}
    assert named - exported == NOT_EXPORTED - exported


def test_an_erasure_leaves_nothing_but_books_that_balance(sunny: Shop) -> None:
    view = paid(sunny)
    age_files(sunny)
    assert MAYA.email in everything(sunny)
    assert view.receipt is not None
    printed = {item.description for item in view.receipt.items}
    before_it = everything(sunny)
    assert [each for each in printed if each not in before_it] == []
    before = sunny.rows("SELECT id, points, member_id FROM ledger_entries ORDER BY number")
    erasure = erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya, asked_by=sunny.ruth)
    assert erasure is not None
    assert (erasure.receipts, erasure.asked_by) == (1, sunny.ruth)
    left = everything(sunny)
    for word in (MAYA.email, MAYA.name, "receipt-0.pdf", *printed):
        assert word not in left, word
    assert not list((sunny.wiring.settings.data_dir / "files").glob("??/??/*")), "no picture, no original"
    assert sunny.rows("SELECT id, points, member_id FROM ledger_entries ORDER BY number") == before
    assert check_books(sunny.wiring) == ()
    found = statement(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya, before=None, limit=5)
    assert found is not None
    assert found.balance == 30
    after = sunny.view(view.id)
    assert (after.state, after.receipt, after.member_name) == (ReceiptState.AWARDED, None, "Erased member")
    assert authenticate(sunny.wiring, MAYA.email, MAYA.password) is None
    assert member_export(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya) is None
    again = erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert again == erasure, "the record of the first time stands"
    (line,) = sunny.wiring.settings.erasures_file.read_text().splitlines()[:1]
    assert json.loads(line)["member"] == sunny.maya


def test_what_rests_on_an_erased_receipt_is_refused_and_breaks_nothing(sunny: Shop) -> None:
    view = paid(sunny)
    erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    outcome = report_return(
        sunny.wiring, PROGRAM, ReportedReturn("R-1", view.id, (ReturnedLine(position=0),))
    )
    assert type(outcome).__name__ == "NoSuchPurchase"
    assert rematch_of(sunny.wiring, program_id=PROGRAM, receipt_id=view.id) is None
    assert not retry(sunny.wiring, view.id)
    with pytest.raises(UnknownMemberError):
        sunny.send(e_receipt("after", OATS))


def test_the_same_picture_of_another_member_stays(sunny: Shop) -> None:
    data = e_receipt("shared", OATS, MILK, layout="narrow")
    for member in (sunny.maya, sunny.tom):
        (sent,) = sunny.send(data, member=member).receipts
        run(sunny.wiring, sent.id)
    age_files(sunny)
    erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    kept = sunny.rows(f"SELECT file_sha256 FROM receipts WHERE member_id = '{sunny.tom}'")
    assert sunny.wiring.store.read_bytes(Sha256(kept[0][0])) == data


def test_a_held_receipt_is_declined_before_its_member_is_erased(sunny: Shop) -> None:
    old = e_receipt("held", OATS, bought_on=today() - timedelta(days=45), layout="narrow")
    (sent,) = sunny.send(old).receipts
    run(sunny.wiring, sent.id)
    assert sunny.view(sent.id).state is ReceiptState.HELD
    erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert sunny.view(sent.id).state is ReceiptState.DECLINED
    (told,) = sunny.rows(
        f"SELECT type FROM messages WHERE member_id = '{sunny.maya}' ORDER BY number DESC LIMIT 1"
    )
    assert told == ("receipt.declined",)
    assert check_books(sunny.wiring) == ()


def test_nothing_is_erased_while_a_worker_has_receipts_of_theirs(sunny: Shop) -> None:
    sunny.send(e_receipt("moving", OATS))
    with pytest.raises(StillMovingError, match="1 receipt is being worked on"):
        erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert sunny.rows("SELECT count(*) FROM erasures") == [(0,)]


def test_files_go_when_their_time_is_over_and_not_before(sunny: Shop) -> None:
    view = paid(sunny)
    with pytest.raises(KeepDaysError, match="30 days"):
        change_keep_days(sunny.wiring, PROGRAM, 29)
    change_keep_days(sunny.wiring, PROGRAM, 30)
    age_files(sunny)
    assert sweep_privacy(sunny.wiring).retired == 0
    old = (utc_now() - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S.000000")
    with sunny.wiring.database.write() as session:
        session.connection().exec_driver_sql(f"UPDATE receipts SET updated_at = '{old}'")
    cleared = sweep_privacy(sunny.wiring)
    assert (cleared.retired, cleared.removed) == (1, 1)
    assert sweep_privacy(sunny.wiring) == type(cleared)(0, 0)
    seen = sunny.view(view.id)
    assert seen.receipt is not None, "what was read stays"
    outcome = report_return(
        sunny.wiring, PROGRAM, ReportedReturn("R-1", view.id, (ReturnedLine(position=0),))
    )
    assert type(outcome).__name__ == "Return", "goods can be brought back all the same"


def test_a_file_that_is_put_again_is_not_removed(sunny: Shop) -> None:
    paid(sunny)
    age_files(sunny)
    (kept,) = sunny.rows("SELECT file_sha256 FROM receipts")
    sha256 = Sha256(kept[0])
    assert sunny.wiring.store.put_bytes(sunny.wiring.store.read_bytes(sha256)) == sha256
    erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert sunny.wiring.store.exists(sha256), "somebody put it a moment ago and is about to name it"
    assert remove_files(sunny.wiring, untouched_s=0.0) == 1
    assert not sunny.wiring.store.exists(sha256)


def test_the_commands_export_erase_and_set_the_time(sunny: Shop, tmp_path: Path) -> None:
    paid(sunny)

    def tillpoints(*words: str) -> tuple[int, str]:
        folder = {"TILLPOINTS_DATA_DIR": str(sunny.wiring.settings.data_dir)}
        done = commands.tillpoints(*words, environment=folder)
        return done.returncode, done.stdout + done.stderr

    to = tmp_path / "maya.zip"
    status, said = tillpoints("member", "export", sunny.maya, str(to))
    assert (status, "1 file." in said, to.stat().st_mode & 0o077) == (0, True, 0)
    assert "data.json" in zipfile.ZipFile(to).namelist()
    status, said = tillpoints("member", "export", sunny.maya, str(to))
    assert (status, "Name a new file" in said) == (1, True)
    assert tillpoints("member", "erase", "mem_none", "--yes") == (
        1,
        "Program sample has no member mem_none.\n",
    )
    status, said = tillpoints("member", "erase", sunny.maya, "--yes")
    assert (status, "receipts: 1," in said) == (0, True)
    status, said = tillpoints("member", "export", sunny.maya, str(tmp_path / "again.zip"))
    assert (status, "were erased" in said, (tmp_path / "again.zip").exists()) == (1, True, False)
    assert "30 days at least" in tillpoints("program", "files", "--keep-days", "5")[1]
    assert "for 90 days" in tillpoints("program", "files", "--keep-days", "90")[1]
    assert "as long as" in tillpoints("program", "files", "--keep-days", "0")[1]


def test_an_erasure_whose_process_was_killed_is_noted_and_its_files_go(
    sunny: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(sunny)
    age_files(sunny)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(privacy, "_note", killed)
        erase_member(sunny.wiring, program_id=PROGRAM, member_id=sunny.maya)
    assert not sunny.wiring.settings.erasures_file.exists(), "a restore would bring her back"
    assert sweep_privacy(sunny.wiring).removed == 1
    sweep_privacy(sunny.wiring)
    (line,) = sunny.wiring.settings.erasures_file.read_text().splitlines()
    assert json.loads(line)["member"] == sunny.maya


def test_a_look_is_noted_for_good(sunny: Shop, tmp_path: Path) -> None:
    looked_at(
        sunny.wiring,
        program_id=PROGRAM,
        account_id=sunny.ruth,
        member_id=sunny.maya,
        what="picture",
        target_id="rcp_1",
    )
    with pytest.raises(Exception, match="only grows"), sunny.wiring.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM file_looks")
