"""Another policy on past receipts: which verdicts would flip, before it bites."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy.orm import Session

from awarding.fraud.policy_file import parse_policy
from pipeline.clock import utc_now
from pipeline.review import Resolved
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.shadow import Flip, Seen, Tally, _revisions, shadow_run, tried_run
from receipts.database.repositories.policies import PolicyRole
from receipts.fraud import Risk
from receipts.identity import ProgramId, ReceiptId
from tests.pipeline.conftest import Shop
from tests.pipeline.test_policies import OLD_DECLINES, put, sent
from tests.pipeline.test_review import decide
from tests.support import commands

LONGER = {"version": 2, "thresholds": {"window_days": 120, "world": {"days_before_joining": 120}}}
STRICT = {"version": 3, "every_check": {"strong": {"does": "decline"}}, "thresholds": {"window_days": 30}}


def run_on(shop: Shop, document: dict[str, Any], **more: Any) -> list[Seen]:
    given = {"program_id": SAMPLE_PROGRAM.id, **more}
    return list(shadow_run(shop.wiring, policy=parse_policy(document), **given))


def flips(seen: list[Seen]) -> list[Flip]:
    return [each for each in seen if isinstance(each, Flip)]


@pytest.fixture
def three(sunny: Shop) -> list[str]:
    """One that passes, one that waits, and one that a person approved."""
    made = [sent(sunny, "fine", old=False), sent(sunny, "waits", old=True), sent(sunny, "mended", old=True)]
    assert isinstance(decide(sunny, sunny.view(made[2]).case_id), Resolved)
    return [str(each) for each in made]


def test_flips_are_told_with_points_members_and_what_a_person_said(sunny: Shop, three: list[str]) -> None:
    before = sunny.rows("SELECT * FROM artefacts")
    seen = run_on(sunny, LONGER)
    found = flips(seen)
    assert [(each.receipt_id, each.before, each.after) for each in found] == [
        (three[1], Risk.HOLD, Risk.CLEAR),
        (three[2], Risk.HOLD, Risk.CLEAR),
    ]
    assert [(each.points, each.reviewed) for each in found] == [(30, "open"), (30, "approved")]
    assert {each.member_id for each in found} == {sunny.maya}
    assert (found[0].score_before > 0.5, found[0].score_after) == (True, 0.0)
    tally = Tally()
    for each in seen:
        tally.add(each)
    count = tally.flips[Risk.HOLD, Risk.CLEAR]
    assert (tally.looked_at, tally.not_kept) == (3, 0)
    assert (count.receipts, count.points, count.approved, len(count.members)) == (2, 60, 1, 1)
    assert sunny.rows("SELECT * FROM artefacts") == before, "nothing is written"


def test_weighing_anew_and_checking_anew_give_the_same(
    sunny: Shop, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weighed = run_on(sunny, STRICT)
    assert [each.after for each in flips(weighed)] == [Risk.DECLINE, Risk.DECLINE]
    monkeypatch.setattr("pipeline.shadow._answers_stand", lambda *_: False)
    assert run_on(sunny, STRICT) == weighed


def test_a_receipt_that_this_release_cannot_read_ends_no_run(
    sunny: Shop, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.shadow._answers_stand", lambda *_: False)

    def older(
        session: Session, ids: list[ReceiptId], kind: str, part: str
    ) -> dict[tuple[ReceiptId, int], Any]:
        return _revisions(session, ids, kind, part) | {(ReceiptId(three[0]), 1): {"from": "before"}}

    monkeypatch.setattr("pipeline.shadow._revisions", older)
    assert [getattr(each, "judged", True) for each in run_on(sunny, LONGER)] == [False, True, True]


def test_a_run_is_of_one_program_and_from_a_day_on(sunny: Shop, three: list[str]) -> None:
    assert run_on(sunny, LONGER, since=utc_now() + dt.timedelta(hours=1)) == []
    with pytest.raises(LookupError):
        run_on(sunny, LONGER, program_id=ProgramId("other"))


def test_pages_leave_none_out(sunny: Shop, three: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run_on(sunny, LONGER)
    monkeypatch.setattr("pipeline.shadow.PAGE_ROWS", 1)
    assert run_on(sunny, LONGER) == whole


def test_a_tried_policy_is_reported_from_what_it_said_then(sunny: Shop) -> None:
    earlier = sent(sunny, "before it was tried", old=True)
    put(sunny, OLD_DECLINES, PolicyRole.SHADOW)
    receipt = sent(sunny, "while it is tried", old=True)
    seen = list(tried_run(sunny.wiring, program_id=SAMPLE_PROGRAM.id, version=2))
    assert [each.receipt_id for each in flips(seen)] == [receipt] != [earlier]
    assert flips(seen)[0].after is Risk.DECLINE
    assert sum(not getattr(each, "judged", True) for each in seen) == 1


def test_the_commands_say_it(sunny: Shop, three: list[str]) -> None:
    def tillpoints(*words: str) -> Any:
        environment = {"TILLPOINTS_DATA_DIR": str(sunny.wiring.settings.data_dir), "COLUMNS": "200"}
        return commands.tillpoints(*words, environment=environment)

    file = sunny.folder / "policy.json"
    file.write_text(json.dumps(LONGER))
    told = tillpoints("policy", "shadow", str(file)).stdout.splitlines()
    assert f"{three[1]}  " in told[0]
    assert "hold -> pass  score 0.66 -> 0.00  30 points" in told[0]
    assert "hold -> pass: 2 receipts of 1 members, 60 points; a person had approved 1" in told[-2]
    assert told[-1] == "3 receipts looked at, 2 verdicts would flip."
    file.write_text('{"version": 2, "chekcs": {}}')
    wrong = tillpoints("policy", "import", str(file))
    assert (wrong.returncode, "did you mean checks?" in wrong.stderr) == (1, True)
    file.write_text(json.dumps(STRICT))
    assert "version 3 is kept" in tillpoints("policy", "import", str(file), "--use").stdout
    listed = [line.split() for line in tillpoints("policy", "list").stdout.splitlines()]
    assert [line[:3] for line in listed[1:]] == [["3", "in", "force"], ["1", "built", "in"]]
    shown = tillpoints("policy", "show").stdout
    assert "window_days 30" in shown
    assert "0.6 decline" in shown
    explained = tillpoints("explain", three[1]).stdout
    assert "verdict   hold, score 0.66, by policy version 1" in explained
    assert "weighs 0.60, its share is 0.56, does: hold" in explained
    assert "worked out again from the evidence kept: the same" in explained
    again = tillpoints("replay", *three)
    assert (again.returncode, again.stdout.count(": same (policy version 1)")) == (0, 3)
    assert tillpoints("replay", "rcp_none").returncode == 2
    assert tillpoints("policy", "use", "9").returncode == 1
    assert "version 1 is tried" in tillpoints("policy", "try", "1").stdout
    assert "0 verdicts would flip" in tillpoints("policy", "shadow", "--tried").stdout
    looked = tillpoints("policy", "look", three[0])
    assert (looked.returncode, "was not declined by the policy alone" in looked.stdout) == (1, True)
    assert "false approve: nothing was looked at yet" in tillpoints("policy", "rates").stdout
