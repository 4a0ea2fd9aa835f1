"""The file of channels: numbers and accounts at the text provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.channels import ChannelsError, TextSettings, load_channels
from receipts.identity import ProgramId

ACCOUNT = "AC" + "0" * 32
GOOD = {"account_sid": f'"{ACCOUNT}"', "auth_token": '"hidden"', "numbers": '["+12125550110"]'}


def load(folder: Path, **changes: str) -> TextSettings:
    lines = [f"{name} = {value}" for name, value in {**GOOD, **changes}.items()]
    path = folder / "channels.toml"
    path.write_text("\n".join(["[program.sample.sms]", *lines]))
    settings = load_channels(path)[ProgramId("sample")].sms
    assert settings is not None
    return settings


def test_a_number_is_all_it_takes(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.numbers, settings.delete_media, settings.status_callbacks) == (
        ("+12125550110",),
        False,
        True,
    )


def test_the_token_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    assert load(tmp_path, auth_token='""', auth_token_file=f'"{tmp_path}/token"').auth_token == "from a file"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account_sid": '"SK123"'}, "must be the account's SID"),
        ({"auth_token": '""'}, "needs an auth_token"),
        ({"numbers": '["212 555 0110"]'}, "write it as"),
        ({"numbers": "[]"}, "numbers"),
        ({"media_hosts": '["https://mms.twiliocdn.com"]'}, "without https://"),
        ({"media_hosts": '["169.254.169.254"]'}, "write a name"),
        ({"api_base_url": '"api.example.com"'}, "write scheme, host and port"),
        ({"token": '"x"'}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_shown(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    with pytest.raises(ChannelsError) as wrong:
        load(tmp_path, **change)
    assert "program.sample.sms" in str(wrong.value)
    assert words in str(wrong.value)
    assert "hidden" not in str(wrong.value)


def program(name: str, *, numbers: str = "", mail: str = "") -> str:
    """One program of a file of channels."""
    lines = []
    if numbers:
        lines += [f"[program.{name}.sms]", f'account_sid = "{ACCOUNT}"', 'auth_token = "hidden"']
        lines += [f"numbers = [{numbers}]"]
    if mail:
        lines += [f"[program.{name}.email]", 'password = "hidden"', mail]
    return "\n".join(lines)


BOX = 'address = "receipts@sunny.example"\nimap_host = "imap.sunny.example"'
OTHER_BOX = 'address = "receipts@windy.example"\nimap_host = "imap.sunny.example"'


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ({"numbers": '"+12125550110"'}, {"numbers": '"+12125550110"'}, "+12125550110"),
        ({"numbers": '"+12125550110"'}, {"numbers": '"whatsapp:+12125550110"'}, "+12125550110"),
        ({"mail": BOX}, {"mail": BOX}, "receipts@sunny.example"),
        ({"mail": BOX}, {"mail": BOX + '\nfolder = "Other"'}, "receipts@sunny.example"),
        (
            {"mail": BOX},
            {"mail": OTHER_BOX.upper().replace("ADDRESS", "address").replace("IMAP_HOST", "imap_host")
             + '\nuser = "Receipts@Sunny.example"\nfolder = "Inbox"'},
            "the folder INBOX of receipts@sunny.example",
        ),
    ],
)  # fmt: skip
def test_a_mailbox_or_number_of_two_programs_is_refused(
    tmp_path: Path, one: dict[str, str], other: dict[str, str], named: str
) -> None:
    path = tmp_path / "channels.toml"
    path.write_text(program("sunny", **one) + "\n" + program("windy", **other))
    with pytest.raises(ChannelsError, match="belongs to two programs; give it to one") as wrong:
        load_channels(path)
    assert named in str(wrong.value)


def test_programs_may_share_a_server_and_an_account_with_a_folder_each(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    shared = '\nuser = "all@sunny.example"\nfolder = '
    path.write_text(
        program("sunny", numbers='"+12125550110", "whatsapp:+12125550110"', mail=f'{BOX}{shared}"Sunny"')
        + "\n"
        + program("windy", numbers='"+12125550120"', mail=f'{OTHER_BOX}{shared}"Windy"')
    )
    assert set(load_channels(path)) == {"sunny", "windy"}
