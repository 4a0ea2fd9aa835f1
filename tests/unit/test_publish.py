"""The JSON Lines publisher: whatever a message holds, it becomes a line of JSON and the queue goes on."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline.publish import JsonLinesPublisher
from receipts.identity import MemberId, MessageId, ProgramId
from receipts.message import Message, MessageType


@pytest.mark.parametrize(
    "text", ["half \ud83d of a smile", "\udc80", "a\nb\x00c\x7f", "Größe 日本 \N{GRINNING FACE}"]
)
def test_every_text_becomes_one_line_of_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "messages.jsonl"
    at = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    for number in (1, 2):
        JsonLinesPublisher(path).publish(
            Message(
                id=MessageId(f"msg_{number}"),
                program_id=ProgramId("sample"),
                member_id=MemberId("mem_1"),
                type=MessageType.RECEIPT_HELD,
                sequence=number,
                time=at,
                data={"sentence": text},
            )
        )
    events = [json.loads(line) for line in path.read_bytes().decode().splitlines()]
    assert [event["id"] for event in events] == ["msg_1", "msg_2"]
    assert [event["data"]["sentence"] for event in events] == [text, text]
