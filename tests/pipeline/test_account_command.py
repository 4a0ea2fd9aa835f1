"""`tillpoints account`: who signs in with what, and giving an account another sign-in name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.accounts import add_account, authenticate, find_account
from pipeline.sample import SAMPLE_PROGRAM
from receipts.identity import Role
from tests.pipeline.conftest import Shop

from .test_commands import tillpoints

SECRET = "four quiet brown hens"


def test_a_sign_in_name_that_nobody_proved_is_listed_and_can_be_given_away(sunny: Shop) -> None:
    wiring, folder = sunny.wiring, sunny.wiring.settings.data_dir
    anna = add_account(
        wiring,
        program_id=SAMPLE_PROGRAM.id,
        role=Role.MEMBER,
        email="anna@mail.example",
        name="Anna",
        password=SECRET,
        link_email=False,
    )
    add_account(
        wiring,
        program_id=SAMPLE_PROGRAM.id,
        role=Role.MEMBER,
        email="zoe@mail.example",
        name="Zoe",
        password=SECRET,
    )
    listed = {line.split()[1]: line for line in tillpoints(folder, "account", "list").stdout.splitlines()}
    assert listed["anna@mail.example"].endswith("not proved")
    assert anna.member_id is not None
    assert anna.member_id in listed["anna@mail.example"]
    assert "not proved" not in listed["zoe@mail.example"]

    taken = tillpoints(folder, "account", "rename", "anna@mail.example", "Zoe@mail.example")
    assert (taken.returncode, "already" in taken.stderr) == (1, True)
    assert find_account(wiring, anna.id) == anna

    said = tillpoints(folder, "account", "rename", "Anna@mail.example", "Anna.2@mail.example")
    assert (said.returncode, "signs in as anna.2@mail.example now" in said.stdout) == (0, True)
    assert authenticate(wiring, "anna@mail.example", SECRET) is None
    found = authenticate(wiring, "anna.2@mail.example", SECRET)
    assert found is not None
    assert (found.id, found.member_id) == (anna.id, anna.member_id)


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("nobody@mail.example", "new@mail.example"), 1, "no account nobody@mail.example"),
        (("nobody@mail.example", "nora"), 2, "name@example.com"),
        (("nobody@mail.example", "+12025550123"), 2, "name@example.com"),
    ],
)
def test_what_cannot_be_renamed_is_told(tmp_path: Path, names: tuple[str, str], code: int, said: str) -> None:
    answer = tillpoints(tmp_path, "account", "rename", *names)
    assert (answer.returncode, said in answer.stderr) == (code, True), answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_forgotten_password_is_replaced(sunny: Shop) -> None:
    wiring, folder = sunny.wiring, sunny.wiring.settings.data_dir
    name = "anna@mail.example"
    anna = add_account(
        wiring, program_id=SAMPLE_PROGRAM.id, role=Role.MEMBER, email=name, name="Anna", password=SECRET
    )
    said = tillpoints(folder, "account", "password", name)
    assert said.returncode == 0, said.stderr
    told = said.stdout.partition("password: ")[2].strip()
    assert authenticate(wiring, name, SECRET) is None
    assert authenticate(wiring, name, told) == anna
    unknown = tillpoints(folder, "account", "password", "nobody@mail.example")
    assert (unknown.returncode, "no account nobody@mail.example" in unknown.stderr) == (1, True)
