"""`tillpoints unwrap --dns FILE`: all the way from a mail and the keys at hand to the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.commands.unwrap import unwrap
from tests.support.signing import COVERED, MAIL, Key, ed25519_key, records, rsa_key, sealed, signed

SHOP, SHOP_ED = rsa_key("shop.example"), ed25519_key("shop.example")
STRANGER, ONE, TWO = rsa_key("stranger.example"), rsa_key("one.example"), rsa_key("two.example")
KEYS = (SHOP, SHOP_ED, STRANGER, ONE, TWO)
PASS = "mx.example; dkim=pass header.d=shop.example; spf=pass smtp.mailfrom=shop.example"
PASS_DMARC = f"{PASS}; dmarc=pass header.from=shop.example"


def cut(record: str, at: int = 60) -> list[str]:
    return [record[start : start + at] for start in range(0, len(record), at)]


def in_quotes(record: str) -> str:
    return " ".join(f'"{part}"' for part in cut(record))


def as_json(
    write: Callable[[str], object], name: Callable[[str], str] = str
) -> Callable[[tuple[Key, ...]], str]:
    return lambda keys: json.dumps({name(each): write(text) for each, text in records(*keys).items()})


def as_zone(keys: tuple[Key, ...]) -> str:
    lines = [f"{name}. 3600 IN TXT ( {in_quotes(text)} )" for name, text in records(*keys).items()]
    return "; <<>> as dig prints it <<>>\n" + "\n".join(lines) + "\n"


FORMS: dict[str, Callable[[tuple[Key, ...]], str]] = {
    "a text": as_json(str),
    "a name with its final dot, in capitals": as_json(str, lambda name: f"{name.upper()}."),
    "strings": as_json(cut),
    "one string in a list": as_json(lambda text: [text]),
    "strings in quotes": as_json(in_quotes),
    "several records, the key among them": as_json(lambda text: ["v=spf1 -all", text]),
    "a zone": as_zone,
    "without v=": as_json(lambda text: text.removeprefix("v=DKIM1; ")),
}


def verdict(folder: Path, mail: bytes, dns: str, *options: str) -> str:
    app = typer.Typer()
    app.command()(unwrap)
    (folder / "mail.eml").write_bytes(mail)
    (folder / "keys").write_text(dns)
    asked = [str(folder / "mail.eml"), "--json", "--dns", str(folder / "keys"), *options]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    return str(json.loads(done.stdout)["proof"])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [SHOP, SHOP_ED], ids=["rsa", "ed25519"])
def test_keys_are_taken_in_every_form_in_which_they_are_at_hand(tmp_path: Path, form: str, key: Key) -> None:
    dns = FORMS[form](KEYS)
    assert verdict(tmp_path, signed(MAIL, key), dns) == "proven"
    assert verdict(tmp_path, signed(MAIL, key).replace(b"3.99", b"0.99"), dns) == "contradicted"


def test_a_file_that_holds_no_keys_says_what_to_write(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(unwrap)
    (tmp_path / "mail.eml").write_bytes(MAIL)
    for text in ("no keys at all\n", "[]", '{"a": 1}', '{"a": []}', "{", ""):
        (tmp_path / "keys").write_text(text)
        asked = [str(tmp_path / "mail.eml"), "--dns", str(tmp_path / "keys")]
        done = CliRunner().invoke(app, asked, env={"COLUMNS": "400"})
        assert done.exit_code == 2
        assert "selector._domainkey.example.com" in done.output


ALL = as_json(str)(KEYS)
ALTERED = signed(MAIL, SHOP).replace(b"Subject: Your", b"Subject: My")
CASES: dict[str, tuple[bytes, str]] = {
    "simple": (signed(MAIL, SHOP, canon="simple/simple"), "proven"),
    "simple, a blank more in a header": (
        signed(MAIL, SHOP, canon="simple/simple").replace(b"Subject: Your", b"Subject:  Your"),
        "contradicted",
    ),
    "relaxed, a blank more in a header": (
        signed(MAIL, SHOP).replace(b"Subject: Your", b"Subject:  Your"),
        "proven",
    ),
    "relaxed header, simple text": (signed(MAIL, SHOP, canon="relaxed/simple"), "proven"),
    "blank lines at the end": (signed(MAIL, SHOP) + b"\r\n\r\n", "proven"),
    "bare line feeds": (signed(MAIL, SHOP).replace(b"\r\n", b"\n"), "proven"),
    "l= over all": (signed(MAIL, SHOP, length=len(MAIL.split(b"\r\n\r\n", 1)[1])), "unproven"),
    "l= and something added": (signed(MAIL, SHOP, length=20) + b"Tea 4.99\r\n", "unproven"),
    "a stranger's beside the author's": (signed(signed(MAIL, SHOP), STRANGER), "proven"),
    "a broken stranger's beside the author's": (
        signed(MAIL, STRANGER, tags={"b": "AAAA"})
        and signed(signed(MAIL, SHOP), STRANGER, tags={"s": "gone"}),
        "proven",
    ),
    "two of the author's": (signed(signed(MAIL, SHOP), SHOP_ED), "proven"),
    "a stranger's alone": (signed(MAIL, STRANGER), "unproven"),
    "ended before it came": (signed(MAIL, SHOP, tags={"t": "1000000000", "x": "1000000100"}), "supported"),
    "ends later": (signed(MAIL, SHOP, tags={"x": "1900000000"}), "proven"),
    "an altered subject": (ALTERED, "contradicted"),
    "a second From": (b"From: Eve <eve@stranger.example>\r\n" + signed(MAIL, SHOP), "contradicted"),
    "a second Subject": (b"Subject: Other\r\n" + signed(MAIL, SHOP), "unproven"),
    "no signature": (MAIL, "unproven"),
}
RECEIVED = b"Received: from mx by mail.example; Tue, 03 Mar 2026 14:06:00 +0000\r\n"


@pytest.mark.parametrize("case", CASES)
def test_verdicts_with_the_keys_given(tmp_path: Path, case: str) -> None:
    mail, expected = CASES[case]
    assert verdict(tmp_path, RECEIVED + mail, ALL) == expected


@pytest.mark.parametrize("case", ["simple", "an altered subject", "a stranger's alone", "no signature"])
def test_the_same_of_an_attached_original(tmp_path: Path, case: str) -> None:
    mail, expected = CASES[case]
    head = b"From: maya@mail.example\r\nTo: r@till.example\r\nSubject: Fwd: order\r\nMIME-Version: 1.0\r\n"
    kind = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n"
    raw = head + kind + b"--B\r\nContent-Type: message/rfc822\r\n\r\n" + mail + b"\r\n--B--\r\n"
    assert verdict(tmp_path, raw, ALL) == expected


def chain(mail: bytes, *sealers: Key) -> bytes:
    """The mail as it passed these, sealed by each."""
    for instance, key in enumerate(sealers, start=1):
        mail = sealed(mail, key, results=PASS_DMARC, instance=instance)
    return mail


@pytest.mark.parametrize(
    ("sealers", "trusted", "expected"),
    [
        ((ONE,), ("one.example",), "supported"),
        ((ONE,), (), "contradicted"),
        ((ONE,), ("two.example",), "contradicted"),
        ((ONE, TWO), ("one.example", "two.example"), "supported"),
        ((ONE, TWO, ONE), ("one.example", "two.example"), "supported"),
        ((ONE, TWO, STRANGER), ("stranger.example",), "supported"),
        ((ONE, TWO, ONE), (), "contradicted"),
    ],
)
def test_seals_count_if_who_sealed_is_trusted(
    tmp_path: Path, sealers: tuple[Key, ...], trusted: tuple[str, ...], expected: str
) -> None:
    """The shop's own signature is broken on the way, before the first seal."""
    listed = (*COVERED, "list-id")  # an empty one is signed, and the list puts its own there
    mail = b"List-Id: <list.one.example>\r\n" + signed(MAIL, SHOP, covered=listed)
    mail = chain(mail, *sealers)
    options = [option for domain in trusted for option in ("--sealer", domain)]
    assert verdict(tmp_path, RECEIVED + mail, ALL, *options) == expected


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_a_chain_that_does_not_hold_counts_as_none(tmp_path: Path, hops: int) -> None:
    whole = chain(signed(MAIL, SHOP), *(ONE, TWO, ONE)[:hops])
    options = ("--sealer", "one.example", "--sealer", "two.example")
    assert verdict(tmp_path, RECEIVED + whole, ALL, *options) == "proven"
    changed = whole.replace(b"Total        6.49", b"Total        0.49")
    assert verdict(tmp_path, RECEIVED + changed, ALL, *options) == "contradicted"
