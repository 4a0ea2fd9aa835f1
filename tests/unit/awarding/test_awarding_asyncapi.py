"""The AsyncAPI document says what the program does: its messages, their schemas, its addresses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped]  # comes with the reading engine

from awarding.message_examples import message_example
from awarding.payloads import PAYLOADS, message_schema, schema_path
from pipeline.settings import Settings
from receipts.message import MessageType

MESSAGES = Path(__file__).resolve().parents[3] / "docs" / "messages"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((MESSAGES / "asyncapi.yaml").read_text(encoding="utf-8"))
    return found


def test_it_names_each_kind_of_message_and_its_schema(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    told = document["components"]["messages"]
    assert set(told) == {kind.value for kind in MessageType}
    for kind in MessageType:
        assert told[kind.value]["name"] == kind.value
        schema = MESSAGES / told[kind.value]["payload"]["schema"]["$ref"]
        assert json.loads(schema.read_text(encoding="utf-8"))["$id"] == schema_path(kind)


def test_both_channels_carry_every_message(document: dict[str, Any], tmp_path: Path) -> None:
    channels = document["channels"]
    assert channels["feed"]["address"] == "/v1/messages"
    assert channels["file"]["address"] == Settings(data_dir=tmp_path).messages_file.name
    for channel in channels.values():
        assert set(channel["messages"]) == {kind.value for kind in MessageType}
    sent = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    assert sent == {f"#/channels/{name}" for name in channels}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key == "$ref")
            for each in node.values():
                walk(each)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(document)
    assert found
    for reference in found:
        if reference.startswith("#/"):
            place: Any = document
            for part in reference.removeprefix("#/").split("/"):
                place = place[part]
        else:
            assert (MESSAGES / reference).is_file(), reference


def test_it_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    packed = Path(__file__).parent / "data" / "asyncapi-3.0.0.schema.json.gz"
    official = json.loads(gzip.decompress(packed.read_bytes()))
    jsonschema.Draft7Validator(official).validate(document)
    broken = {**document, "operations": {"send": {"action": "shout"}}}
    assert not jsonschema.Draft7Validator(official).is_valid(broken)


@pytest.mark.parametrize("kind", MessageType, ids=lambda kind: kind.value)
def test_the_example_of_each_kind_is_as_its_schema_says(kind: MessageType, document: dict[str, Any]) -> None:
    example = message_example(kind)
    schema = message_schema(kind)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    checker.validate(example)
    known = PAYLOADS[kind].model_fields
    assert set(example["data"]) == set(known), "it shows every field, and none that consumers will not meet"
    assert document["components"]["messages"][kind.value]["examples"][0]["payload"] == example
    stored = json.loads((MESSAGES / "examples" / f"{kind.value}.json").read_text(encoding="utf-8"))
    assert stored == example


def test_no_example_is_left_of_a_kind_that_is_gone() -> None:
    names = {path.name.removesuffix(".json") for path in (MESSAGES / "examples").iterdir()}
    assert names == {kind.value for kind in MessageType}
