"""Members who came over choose a password by a link that is mailed to them, and find their points."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.accounts import authenticate
from pipeline.linking import Linked, NotLinked, join, open_link
from pipeline.migration.invite import NoMailError, invite
from pipeline.migration.load import Loader
from pipeline.migration.mapping import load_mapping
from pipeline.migration.staging import stage
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from pipeline.views import statement
from tests.migration.conftest import SIMPLE, TODAY, House
from tests.pipeline.test_mails import Post, post

__all__ = ["post"]

SECRET = "four quiet brown hens"


def tokens(post: Post) -> dict[str, str]:
    """Of the last link that was mailed to each."""
    found = {}
    for each in post.sink.mails:
        body = each.message.get_body(("plain",))
        assert body is not None
        if link := re.search(r"/join/(\S+)", body.get_content()):
            found[each.recipients[0]] = link[1]
    return found


@pytest.fixture
def club(post: Post) -> Path:
    folder = post.folder / "club"
    folder.mkdir()
    mapping = SIMPLE.replace('name = "name"', 'name = "name", email = "mail", language = "tongue"')
    (folder / "old.toml").write_text(mapping, encoding="utf-8")
    people = (
        "id,name,tier,until,mail,tongue",
        "ada,Ada,,,ada@mail.example,de",
        "ben,Ben,,,ben@mail.example,",
    )
    (folder / "members.csv").write_text("\n".join([*people, f"cyd,Cyd,,,{MAYA.email},\n"]), encoding="utf-8")
    (folder / "points.csv").write_text("id,points,last\nada,120,\nben,5,\n", encoding="utf-8")
    (folder / "history.csv").write_text("id,day,points,words\n", encoding="utf-8")
    with stage(load_mapping(folder / "old.toml"), folder, TODAY) as staged:
        Loader(post.wiring, SAMPLE_PROGRAM, load_mapping(folder / "old.toml"), staged, dry_run=False).run()
    return folder


def test_a_member_who_came_over_chooses_a_password_and_has_their_points(post: Post, club: Path) -> None:
    assert club.is_dir()
    assert invite(post.wiring, SAMPLE_PROGRAM.id, "old", most=1) == 1
    assert invite(post.wiring, SAMPLE_PROGRAM.id, "old", most=5) == 1, "whom nobody has written to yet"
    assert invite(post.wiring, SAMPLE_PROGRAM.id, "old", most=5) == 0
    post.work()
    found = tokens(post)
    assert set(found) == {"ada@mail.example", "ben@mail.example"}, "Maya's address was hers before"
    german = next(each.message for each in post.sink.mails if each.recipients == ["ada@mail.example"])
    assert german["Subject"] == f"Deine Punkte bei {SAMPLE_PROGRAM.name}"
    link = open_link(post.wiring, found["ada@mail.example"])
    assert link is not None
    assert link.brought
    made = join(
        post.wiring, found["ada@mail.example"], name="Ada W.", email="ada@mail.example", password=SECRET
    )
    assert not isinstance(made, NotLinked)
    account, linked = made
    assert isinstance(linked, Linked)
    assert authenticate(post.wiring, "ada@mail.example", SECRET) == account
    assert account.member_id is not None
    told = statement(post.wiring, program_id=SAMPLE_PROGRAM.id, member_id=account.member_id)
    assert told is not None
    assert (told.balance, [entry.sentence for _, entry in told.entries]) == (120, ["Brought over from old"])
    again = join(
        post.wiring, found["ada@mail.example"], name="Eve", email="eve@mail.example", password=SECRET
    )
    assert isinstance(again, NotLinked), "the link works once"
    assert invite(post.wiring, SAMPLE_PROGRAM.id, "old", most=5, again="spring") == 1, "Ada can sign in"


def test_who_sends_no_mail_invites_nobody(house: House) -> None:
    with pytest.raises(NoMailError, match="smtp_host"):
        invite(house.wiring, house.program.id, "old", most=1)
