"""Verdicts on real signed mails, where they are: all of them right."""

from __future__ import annotations

import pytest

from bench.proofs import HERE, SHARED, as_they_came, signed_again
from ingest.email.resolver import FixedResolver

MAILS = SHARED / "receipts" / "emails" / "signed"

pytestmark = pytest.mark.skipif(not MAILS.is_dir(), reason="no shared mails: set TILLPOINTS_SHARED")


def test_every_real_signed_mail_gets_the_right_verdict() -> None:
    scores = list(as_they_came(MAILS, FixedResolver.from_file(HERE / "proof_keys.json")))
    assert len(scores) >= 21
    assert [score for score in scores if not score.good or score.right is None] == []


def test_each_of_them_signed_again_is_proven_and_contradicted_once_changed() -> None:
    scores = list(signed_again(MAILS))
    assert len(scores) >= 80
    assert [score for score in scores if not score.good] == []
