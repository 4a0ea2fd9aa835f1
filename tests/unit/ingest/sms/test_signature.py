"""Only what the provider signed for our public address is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ingest.sms.form import BadForm, Form, read_form
from ingest.sms.signature import is_signed

from .conftest import UNHURRIED

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
EXAMPLE = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
EXAMPLE_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def form_of(body: bytes) -> Form:
    form = read_form(body)
    assert isinstance(form, Form)
    return form


def signed(form: Form, url: str) -> str:
    signature: str = RequestValidator(TOKEN).compute_signature(url, form)
    return signature


def test_the_providers_published_example_holds() -> None:
    assert is_signed(form_of(EXAMPLE), EXAMPLE_SIGNATURE, url=URL, auth_token=TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "https://mycompany.com/myapp.php",
        "https://mycompany.com/myapp.php?bar=2&foo=1",
        "https://mycompany.com/MyApp.php?foo=1&bar=2",
        "https://mycompany.com.evil.example/myapp.php?foo=1&bar=2",
        "https://mycompany.com:443@evil.example/myapp.php?foo=1&bar=2",
    ],
)
def test_for_another_address_it_does_not(url: str) -> None:
    assert not is_signed(form_of(EXAMPLE), EXAMPLE_SIGNATURE, url=url, auth_token=TOKEN)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        "x",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8",
        "RSOYDt4T1cUTdK1PDd93/VVr8B9=",
        "rsoydt4t1cutdk1pdd93/vvr8b8=",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8= ",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=,RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8\u003d\u0000",
        "Ä" * 28,
        "\udcff" * 28,
    ],
)
def test_another_signature_does_not(signature: str) -> None:
    assert not is_signed(form_of(EXAMPLE), signature, url=URL, auth_token=TOKEN)


def test_without_a_token_nothing_is_signed() -> None:
    form = form_of(b"Body=x")
    empty = RequestValidator("").compute_signature(URL, form)
    assert not is_signed(form, empty, url=URL, auth_token="")


@pytest.mark.parametrize(
    "body",
    [
        EXAMPLE.replace(b"Digits=1234", b"Digits=1235"),
        EXAMPLE + b"&Extra=",
        EXAMPLE + b"&Digits=9",
        EXAMPLE.replace(b"&Digits=1234", b""),
        EXAMPLE.replace(b"Digits=1234", b"Digits=+1234"),
        EXAMPLE.replace(b"Digits", b"digits"),
        b"",
    ],
)
def test_a_changed_form_does_not(body: bytes) -> None:
    assert not is_signed(form_of(body), EXAMPLE_SIGNATURE, url=URL, auth_token=TOKEN)


@pytest.mark.parametrize(
    ("signed_at", "configured"),
    [
        ("https://points.example.com/channels/twilio", "https://points.example.com:443/channels/twilio"),
        ("https://points.example.com:443/channels/twilio", "https://points.example.com/channels/twilio"),
        ("http://points.example.com:80/channels/twilio", "http://points.example.com/channels/twilio"),
        (
            "https://points.example.com:8443/channels/twilio",
            "https://points.example.com:8443/channels/twilio",
        ),
        ("https://points.example.com/channels/twilio", "https://points.example.com:8443/channels/twilio"),
    ],
)
def test_the_provider_may_sign_with_or_without_the_port(signed_at: str, configured: str) -> None:
    form = form_of(b"Body=hello&From=%2B12025550111")
    assert is_signed(form, signed(form, signed_at), url=configured, auth_token=TOKEN)


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (b"Body=", [("Body", "")]),
        (b"Body=&FromCity=", [("Body", ""), ("FromCity", "")]),
        (b"Body=+a++b+", [("Body", " a  b ")]),
        (b"Body=a%0Ab", [("Body", "a\nb")]),
        (b"Body=%F0%9F%A7%BE+Bel%C3%A9g", [("Body", "\U0001f9fe Belég")]),
        (b"Body=a%26b%3Dc%25%2B", [("Body", "a&b=c%+")]),
        (b"a=2&a=1&a=2", [("a", "2"), ("a", "1"), ("a", "2")]),
    ],
)
def test_the_form_is_signed_as_it_was_sent(body: bytes, meant: list[tuple[str, str]]) -> None:
    form = form_of(body)
    assert list(form.pairs) == meant
    assert is_signed(form, signed(Form(tuple(reversed(meant))), URL), url=URL, auth_token=TOKEN)


def test_every_real_form_is_signed_as_the_provider_does(payloads: list[dict[str, Any]]) -> None:
    for payload in payloads:
        form = form_of(payload["body"].encode())
        assert form.fields() == payload["fields"]
        signature = RequestValidator(TOKEN).compute_signature(URL, payload["fields"])
        assert is_signed(form, signature, url=URL, auth_token=TOKEN), payload["name"]


WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@UNHURRIED
@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), st.data())
def test_what_was_changed_is_never_signed(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    encodable = [
        (n.encode("utf-8", "replace").decode(), v.encode("utf-8", "replace").decode()) for n, v in pairs
    ]
    form = Form(tuple(encodable))
    signature = signed(form, URL)
    assert is_signed(form, signature, url=URL, auth_token=TOKEN)
    at = data.draw(st.integers(0, len(signature) - 2))
    other = "A" if signature[at] != "A" else "B"
    assert not is_signed(form, signature[:at] + other + signature[at + 1 :], url=URL, auth_token=TOKEN)
    assert not is_signed(form, signature, url=URL, auth_token=TOKEN + "x")
    more = Form((*form.pairs, ("zz", "1")))
    assert not is_signed(more, signature, url=URL, auth_token=TOKEN)


@pytest.mark.parametrize(
    "body",
    [
        b"Body=\xff",
        b"Body=%FF",
        b"Body=%C3%28",
        b"a=1&" * 201,
        b"Body=" + b"x" * 65_536,
    ],
)
def test_a_body_that_is_no_form_has_a_reason(body: bytes) -> None:
    bad = read_form(body)
    assert isinstance(bad, BadForm)
    assert bad.reason


@UNHURRIED
@given(st.binary(max_size=400))
def test_no_bytes_raise(body: bytes) -> None:
    assert isinstance(read_form(body), Form | BadForm)
