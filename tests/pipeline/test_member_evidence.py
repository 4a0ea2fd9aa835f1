"""From an upload to a finding: who shares a device, what a card was seen with, how a shop's receipts look."""

from __future__ import annotations

from datetime import timedelta

from fixtures.scenarios.stage import other
from pipeline.clock import utc_now
from pipeline.relay import Relay
from pipeline.runner import run
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.submit import IncomingFile, submit
from pipeline.traces import Client
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, ReceiptId, new_member_id
from receipts.state import ReceiptState
from receipts.submission import Channel
from tests.pipeline.conftest import OATS, Shop, e_receipt

ONE_TELEPHONE = Client(device="app one", address="8.8.4.4")


def join(sunny: Shop, count: int) -> list[MemberId]:
    members = [new_member_id() for _ in range(count)]
    with sunny.wiring.database.write() as session:
        for number, member in enumerate(members):
            joined = utc_now() - timedelta(days=60)
            ProgramData(session, SAMPLE_PROGRAM.id).add_member(member, f"Member {number}", joined)
    return members


def send(sunny: Shop, member: MemberId, data: bytes, client: Client = ONE_TELEPHONE) -> ReceiptId:
    path = sunny.folder / "sent.pdf"
    path.write_bytes(data)
    submitted = submit(
        sunny.wiring,
        program_id=SAMPLE_PROGRAM.id,
        member_id=member,
        channel=Channel.UPLOAD,
        files=[IncomingFile(path, "a.pdf", len(data))],
        client=client,
    )
    return submitted.receipts[0].id


def diary() -> bytes:
    """A PDF with words of its own, and no receipt."""
    lines = [
        "Dear diary, it rained all day and we stayed at home to read.",
        "Tomorrow we walk to the lake.",
    ] * 6
    words = "".join(f"BT /F1 12 Tf 20 {700 - 20 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
    font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(words)}>>stream\n{words}endstream",
        font,
    )
    body = "".join(f"{n} 0 obj{each}endobj\n" for n, each in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R>>\n%%EOF\n".encode()


def test_the_fifth_member_on_one_telephone_is_held_with_the_others_beside(sunny: Shop) -> None:
    members = join(sunny, 5)
    # Each has a total of its own: else one would be asked whether it is another's purchase.
    baskets = [(OATS, other("Dovecote Whole Milk", 399 + 70 * number)) for number in range(len(members))]
    sent = [
        send(sunny, member, e_receipt(f"shared {number}", *basket))
        for number, (member, basket) in enumerate(zip(members, baskets, strict=True))
    ]
    # The last sent is read before the first: the order of submission decides, and not that of the workers.
    assert run(sunny.wiring, sent[-1]) is ReceiptState.HELD
    assert run(sunny.wiring, sent[0]) is ReceiptState.AWARDED
    (reason,) = sunny.rows("SELECT reasons FROM review_cases")
    assert "5 members share this device" in str(reason)
    assert sunny.rows("SELECT count(*) FROM retailer_witnesses") == [(1,)], "what is held is no witness"


def test_hashes_are_deleted_once_their_time_is_over_and_with_what_cannot_be_read(sunny: Shop) -> None:
    old = send(sunny, sunny.maya, e_receipt("old", OATS))
    send(sunny, sunny.maya, e_receipt("new", OATS))
    days = sunny.wiring.settings.trace_days
    with sunny.wiring.database.write() as session:
        session.connection().exec_driver_sql(
            "UPDATE receipt_traces SET seen_at = datetime('now', ?) WHERE receipt_number ="
            " (SELECT number FROM receipts WHERE id = ?)",
            (f"-{days} days", old),
        )
    assert sunny.rows("SELECT count(*) FROM receipt_traces") == [(6,)]
    assert Relay(sunny.wiring).expire_traces() == 3
    assert sunny.rows("SELECT count(*) FROM receipt_traces") == [(3,)]
    notes = diary()
    assert run(sunny.wiring, send(sunny, sunny.tom, notes)) is ReceiptState.REJECTED
    assert sunny.rows("SELECT count(*) FROM receipt_traces") == [(3,)]
