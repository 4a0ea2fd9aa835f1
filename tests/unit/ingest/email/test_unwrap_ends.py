"""What programs put around a forwarded mail is none of its text."""

from __future__ import annotations

from typing import Final

import pytest

from ingest.email.unwrap import ForwardKind, unwrap_body

BODY: Final = "Order 4471\nOats 500 g   3.99\nTotal   3.99"
SENDER: Final = "Corner Shop <orders@corner.example>"
HEAD: Final = (
    f"From: {SENDER}\nDate: Tue, 3 Mar 2026 14:05:00 +0000\nSubject: Your order\nTo: ann@mail.example\n"
)
SENTENCE: Final = '03.03.2026, 14:05, "Corner Shop" <orders@corner.example>:\n'
FORWARDS: Final = {
    "yandex": f"-------- Forwarded message --------\n{SENTENCE}\n{BODY}\n\n"
    "-------- End of forwarded message --------\n",
    "yandex in Russian": f"-------- Пересылаемое сообщение --------\n{SENTENCE}\n{BODY}\n\n"
    "-------- Конец пересылаемого сообщения --------\n",
    "kmail": f"----------  Forwarded Message  ----------\n\n{HEAD}\n{BODY}\n\n{'-' * 55}\n",
    "mutt": f"----- Forwarded message from {SENDER} -----\n\n{HEAD}\n{BODY}\n\n"
    "----- End forwarded message -----\n",
    "zoho": f"============ Forwarded message ============\n{HEAD}"
    f"============ Forwarded message ============\n\n{BODY}\n",
    "libero": "----Messaggio originale----\nDa: Corner Shop <orders@corner.example>\nData: 03/03/2026 14.05\n"
    f"A: <ann@mail.example>\nOgg: Your order\n\n{BODY}\n",
}


@pytest.mark.parametrize("program", FORWARDS)
def test_only_the_originals_text_is_left(program: str) -> None:
    text = f"see\n\n{FORWARDS[program]}"
    page = "<br>".join(text.replace("<", "&lt;").split("\n"))
    for found in (
        unwrap_body(text, subject="Fwd: Your order"),
        unwrap_body("", subject="Fwd: Your order", html=f"<html><body>{page}</body></html>"),
    ):
        assert found.kind is ForwardKind.INLINE
        assert (found.sender_name, found.subject) == ("Corner Shop", "Your order")
        assert [" ".join(line.split()) for line in found.text.split("\n")] == [
            " ".join(line.split()) for line in BODY.split("\n")
        ]


def test_a_subject_of_libero_is_its_own() -> None:
    text = FORWARDS["libero"].replace("Your order", "Il tuo ordine")
    assert unwrap_body(text, subject="I: roba").subject == "Il tuo ordine"


def test_a_mark_that_begins_another_mail_is_not_taken_for_the_end_of_the_header() -> None:
    mark = "---------- Forwarded message ---------\n"
    found = unwrap_body(f"{mark}{HEAD}\n{mark}{HEAD.replace('Corner', 'Inner')}\n{BODY}", subject="Fwd: x")
    assert found.sender_name == "Inner Shop"
    assert found.text == BODY
