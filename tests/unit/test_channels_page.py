"""docs/channels.md: every key with its default, and examples that load as they stand."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.channels import MailboxSettings, OAuth, ProgramChannels, TextSettings, load_channels
from receipts.identity import ProgramId

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")
TABLES: dict[str, type[BaseModel]] = {
    "[program.ID]": ProgramChannels,
    "[program.ID.email]": MailboxSettings,
    "[program.ID.email.oauth]": OAuth,
    "[program.ID.sms]": TextSettings,
}
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def _default(field: FieldInfo) -> str:
    """As the page writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    match value:
        case Enum():
            return f'`"{value.value}"`'
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"`{value:.0f}`"
        case "":
            return "empty"
        case str():
            return f'`"{value}"`'
        case _:
            assert not value, "a default that the page has no way to write"
            return "none"


@pytest.mark.parametrize("heading", TABLES)
def test_each_table_has_every_key_with_its_default(heading: str) -> None:
    section = PAGE.split(f"\n## `{heading}`\n")[1].split("\n## ")[0]
    said = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    fields = TABLES[heading].model_fields
    assert [(name, default) for name, default, _ in said] == [
        (name, _default(field)) for name, field in fields.items()
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_load(example: str, tmp_path: Path) -> None:
    for name in set(re.findall(r'"/run/secrets/(\w+)"', example)):
        (tmp_path / name).write_text(f"the secret {name}\n")
    file = tmp_path / "channels.toml"
    file.write_text(example.replace("/run/secrets", str(tmp_path)))
    channels = load_channels(file)[ProgramId("sunny")]
    assert channels.email is not None
    assert channels.email.address == "receipts@sunny.example"
    secrets = [
        channels.email.password,
        *([channels.email.oauth.refresh_token] if channels.email.oauth else []),
    ]
    assert any(secret.startswith("the secret ") for secret in secrets)
    if channels.sms is not None:
        assert channels.sms.auth_token == "the secret twilio"
        assert len(channels.sms.numbers) == 2


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
