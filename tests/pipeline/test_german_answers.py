"""No German mail or text holds an English sentence: every kind of answer, to a member who reads German."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pipeline.answers.words import GUIDES, words_of_mail, words_of_text
from pipeline.linking import ask_to_link
from pipeline.sample import MAYA, SAMPLE_PROGRAM
from receipts.database.repositories.languages import keep_language
from receipts.database.repositories.outgoing import answer_of
from receipts.database.tables import OutgoingRow
from receipts.identity import MemberId, OutgoingId
from receipts.inbound import OutgoingKind, OutgoingMessage
from tests.pipeline.conftest import OATS, e_receipt
from tests.pipeline.test_mails import PDF, Post, post
from tests.support.doors import mail
from tests.support.signing import signed

__all__ = ["post"]

ENGLISH = re.compile(
    r"\b(the|your|you|we|is|are|of|and|this|that|with|please|points?|receipts?|from|earned|sign|look|open)\b",
    re.IGNORECASE,
)
"""Words that no German sentence has."""
GIVEN = re.compile(
    r"https?://\S+|<[^>]*>|Sunny Mill Rewards|Oat Drink \S+|\bRe: .*|\S+\.(?:pdf|zip)|[\w.]+@[\w.]+"
)
"""Addresses, markup and names, which are as they are."""


def _maya(post: Post) -> MemberId:
    assert post.maya.member_id is not None
    return post.maya.member_id


@pytest.fixture
def german(post: Post) -> Post:
    with post.wiring.database.write() as session:
        keep_language(session, SAMPLE_PROGRAM.id, _maya(post), "de", chosen=True)
    return post


def _answers(post: Post) -> list[OutgoingMessage]:
    with post.wiring.database.read() as session:
        return [answer_of(row) for row in session.query(OutgoingRow).all()]


def _english(*said: str) -> list[str]:
    return [found[0] for each in said for found in ENGLISH.finditer(GIVEN.sub(" ", each))]


def test_results_are_told_in_the_members_language_by_mail_and_text(german: Post) -> None:
    german.arrive(
        signed(
            mail(
                MAYA.email,
                attached=(
                    (e_receipt("good", OATS), PDF, "good.pdf"),
                    (b"%PDF-1.4\n" + b"x" * 500, PDF, "broken.pdf"),
                    (b"PK\x03\x04" + b"x" * 5000, "application/zip", "r.zip"),
                ),
            ),
            german.key,
        )
    )
    german.arrive(mail(MAYA.email, attached=((e_receipt("held", OATS), PDF, "held.pdf"),)))
    german.work_without_answers()
    answers = _answers(german)
    assert len(answers) == 2
    mails, texts = [], []
    for answer in answers:
        words = words_of_mail(german.wiring, answer)
        assert '<html lang="de" dir="ltr">' in words.html
        mails += [words.subject, words.text, words.html.partition("<body")[2]]
        texts.append(words_of_text(german.wiring, answer).text)
    assert _english(*mails, *texts) == []
    assert any("30 Punkte für deine 3 Belege." in each for each in texts)
    assert any("Jemand von uns" in each for each in mails), "why it is held"
    with german.wiring.database.write() as session:
        keep_language(session, SAMPLE_PROGRAM.id, _maya(german), "en", chosen=True)
    assert "Your balance" in words_of_mail(german.wiring, answers[0]).text


def test_links_and_guides_are_told_in_the_members_language(german: Post) -> None:
    ask_to_link(
        german.wiring, program_id=SAMPLE_PROGRAM.id, member_id=_maya(german), written="maya2@b.example"
    )
    (asked,) = _answers(german)
    assert asked.kind is OutgoingKind.CONFIRM
    every = [asked]
    for kind in (OutgoingKind.GUIDE, OutgoingKind.TOO_LARGE, OutgoingKind.LINK):
        for detail in GUIDES if kind is OutgoingKind.GUIDE else ("code",):
            known = replace(asked, id=OutgoingId("out_none"), recipient=MAYA.email)
            every.append(replace(known, kind=kind, detail=detail))
    for answer in every:
        words, text = words_of_mail(german.wiring, answer), words_of_text(german.wiring, answer)
        assert _english(words.text, words.html.partition("<body")[2], text.text) == [], answer.detail
