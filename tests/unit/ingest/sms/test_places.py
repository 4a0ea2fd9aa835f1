"""Every address that is not exactly one of the provider's is refused unread."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sms.guard import is_public
from ingest.sms.places import MEDIA_PLACES, MediaPlaces, NotAllowed, Place

from .conftest import UNHURRIED

ACCOUNT, MESSAGE, MEDIA = "AC" + "1" * 32, "MM" + "2" * 32, "ME" + "3" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{MEDIA}"
GOOD = f"https://api.twilio.com{PATH}"
PLACES = MediaPlaces.of()

NO_API_ADDRESSES = [
    "",
    "https://",
    PATH,
    f"//api.twilio.com{PATH}",
    f"http://api.twilio.com{PATH}",
    f"http://api.twilio.com:443{PATH}",
    f"ftp://api.twilio.com{PATH}",
    f"file://{PATH}",
    "file:///etc/passwd",
    f"HTTPS://api.twilio.com{PATH}",
    f"https:/api.twilio.com{PATH}",
    f"https:api.twilio.com{PATH}",
    f"https:///api.twilio.com{PATH}",
    f"https://evil.example{PATH}",
    f"https://twilio.com{PATH}",
    f"https://xapi.twilio.com{PATH}",
    f"https://api.twilio.com.evil.example{PATH}",
    f"https://apixtwilio.com{PATH}",
    f"https://mms.twiliocdn.com{PATH}",
    # Other names of the same host, or what some parsers take for it.
    f"https://api.twilio.com.{PATH}",
    f"https://API.twilio.com{PATH}",
    f"https://.api.twilio.com{PATH}",
    f"https://ａpi.twilio.com{PATH}",
    f"https://api。twilio。com{PATH}",
    f"https://api.twilio.com\u00ad{PATH}",
    f"https://аpi.twilio.com{PATH}",
    f"https://xn--pi-7kc.twilio.com{PATH}",
    f"https://api%2etwilio.com{PATH}",
    f"https://api.twilio.com%00.evil.example{PATH}",
    f"https://api.twilio.com%2f@evil.example{PATH}",
    # Someone before the host, or a second host.
    f"https://user:secret@api.twilio.com{PATH}",
    f"https://api.twilio.com@evil.example{PATH}",
    f"https://api.twilio.com:443@evil.example{PATH}",
    f"https://evil.example@api.twilio.com{PATH}",
    f"https://evil.example#@api.twilio.com{PATH}",
    f"https://evil.example?@api.twilio.com{PATH}",
    f"https://evil.example\\@api.twilio.com{PATH}",
    f"https://api.twilio.com\\@evil.example{PATH}",
    f"https:\\\\api.twilio.com{PATH}",
    f"https://api.twilio.com\\{PATH}",
    f"https://api.twilio.com evil.example{PATH}",
    f"https://api.twilio.com\t{PATH}",
    f"https://api.twilio.com{PATH}\n",
    f"https://api.twilio.com\r\nHost: evil.example{PATH}",
    f" https://api.twilio.com{PATH}",
    # Ports.
    f"https://api.twilio.com:80{PATH}",
    f"https://api.twilio.com:22{PATH}",
    f"https://api.twilio.com:8443{PATH}",
    f"https://api.twilio.com:{PATH}",
    f"https://api.twilio.com:0443x{PATH}",
    f"https://api.twilio.com:443:80{PATH}",
    f"https://api.twilio.com:-1{PATH}",
    f"https://api.twilio.com:4294967739{PATH}",
    # Addresses of machines, in every spelling.
    *(
        f"https://{host}{PATH}"
        for host in (
            "127.0.0.1",
            "127.1",
            "localhost",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "017700000001",
            "0177.0.0.1",
            "0.0.0.0",  # noqa: S104
            "0",
            "10.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[fd00:ec2::254]",
            "[fe80::1%25eth0]",
            "metadata.google.internal",
            "①②⑦.0.0.1",
        )
    ),
    # The right host, another path: the credentials are for media only.
    "https://api.twilio.com",
    "https://api.twilio.com/",
    f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
    f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json",
    f"{GOOD}/../../../../../Accounts.json",
    f"{GOOD}/..%2f..%2f",
    f"{GOOD}.json",
    f"{GOOD}?x=1",
    f"{GOOD}#fragment",
    f"{GOOD}/",
    f"https://api.twilio.com/x{PATH}",
    f"https://api.twilio.com//2010-04-01{PATH}",
    GOOD.replace("/Accounts/", "/accounts/"),
    GOOD.replace(MEDIA, "ME1"),
    GOOD + "a" * 9000,
]

NO_FILE_ADDRESSES = [
    "",
    "/files/x",
    "//mms.twiliocdn.com/x",
    "http://mms.twiliocdn.com/x",
    "http://mms.twiliocdn.com:443/x",
    "https://mms.twiliocdn.com",
    "https://mms.twiliocdn.com:8443/x",
    "https://user@mms.twiliocdn.com/x",
    "https://mms.twiliocdn.com./x",
    "https://mms.twiliocdn.com.evil.example/x",
    "https://evil.example/mms.twiliocdn.com/x",
    "https://x.mms.twiliocdn.com/x",
    "https://mms.twiliocdn.com/x#y",
    "https://mms.twiliocdn.com/a/../b",
    "https://mms.twiliocdn.com/a\\b",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/x",
    "https://127.0.0.1/x",
    "https://s3-external-1.amazonaws.com/",
    "https://s3-external-1.amazonaws.com/another-bucket/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com.evil/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com/../another-bucket/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com/%2e%2e/another-bucket/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com/%252e%252e%252fanother-bucket/x",
    "https://s3.amazonaws.com/media.twiliocdn.com/x",
    # The API is asked once, with the credentials; nothing leads back to it without them.
    GOOD,
]


def test_the_providers_own_addresses_are_allowed() -> None:
    for url in (GOOD, GOOD.replace("MM2", "SM2"), GOOD.replace(".com/", ".com:443/")):
        place = PLACES.api_place(url)
        assert isinstance(place, Place), place
        assert (place.scheme, place.host, place.port) == ("https", "api.twilio.com", 443)
    for url, target in (
        ("https://mms.twiliocdn.com/AC1/x?Expires=1&Signature=a~b-c_", "/AC1/x?Expires=1&Signature=a~b-c_"),
        ("https://media.twiliocdn.com/AC1/x?X-Amz-Credential=a%2Fb", "/AC1/x?X-Amz-Credential=a%2Fb"),
        ("https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/x", "/media.twiliocdn.com/AC1/x"),
    ):
        place = PLACES.file_place(url)
        assert isinstance(place, Place), place
        assert place.target == target


@pytest.mark.parametrize("url", NO_API_ADDRESSES)
def test_any_other_is_not_asked(url: str) -> None:
    refused = PLACES.api_place(url)
    assert isinstance(refused, NotAllowed)
    assert refused.reason


@pytest.mark.parametrize("url", NO_FILE_ADDRESSES)
def test_any_other_is_not_followed(url: str) -> None:
    assert isinstance(PLACES.file_place(url), NotAllowed)


def test_every_media_address_of_real_forms_is_allowed(payloads: list[dict[str, dict[str, str]]]) -> None:
    urls = [each["fields"]["MediaUrl0"] for each in payloads if "MediaUrl0" in each["fields"]]
    assert len(urls) == 4
    for url in urls:
        assert isinstance(PLACES.api_place(url), Place)


def test_other_regions_are_for_the_settings_to_allow() -> None:
    url = GOOD.replace("api.twilio.com", "api.dublin.ie1.twilio.com")
    assert isinstance(PLACES.api_place(url), NotAllowed)
    places = MediaPlaces.of(("api.dublin.ie1.twilio.com", "mms.twiliocdn.com"))
    assert isinstance(places.api_place(url), Place)
    assert isinstance(places.api_place(GOOD), NotAllowed)


def test_another_region_as_api_address_is_guarded_as_the_first_is() -> None:
    places = MediaPlaces.of(test_url="https://api.dublin.ie1.twilio.com")
    assert places.test_origin is None
    assert isinstance(places.api_place(GOOD.replace("api.twilio.com", "api.dublin.ie1.twilio.com")), Place)
    assert isinstance(places.file_place("https://api.dublin.ie1.twilio.com/x"), NotAllowed)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "https://mms.twiliocdn.com",
        "mms.twiliocdn.com:443",
        "MMS.twiliocdn.com",
        "mms.twiliocdn.com.",
        "mms.twiliocdn.com/x",
        "localhost",
        "127.0.0.1",
        "*.twiliocdn.com",
        "user@mms.twiliocdn.com",
        "mms.twiliocdn.com/../",
    ],
)
def test_a_wrong_setting_says_what_to_write(place: str) -> None:
    with pytest.raises(ValueError, match=r"write a name such as 'mms\.twiliocdn\.com'"):
        MediaPlaces.of((place,))


def test_a_test_may_have_a_server_of_its_own_and_no_other_port_of_it() -> None:
    places = MediaPlaces.of(test_url="http://127.0.0.1:8899")
    assert isinstance(places.api_place(f"http://127.0.0.1:8899{PATH}"), Place)
    assert isinstance(places.file_place("http://127.0.0.1:8899/files/x"), Place)
    for url in (
        f"http://127.0.0.1:8898{PATH}",
        f"https://127.0.0.1:8899{PATH}",
        f"http://localhost:8899{PATH}",
    ):
        assert isinstance(places.api_place(url), NotAllowed)
    assert isinstance(places.api_place("http://127.0.0.1:8899/admin"), NotAllowed)
    with pytest.raises(ValueError, match="write scheme, host and port"):
        MediaPlaces.of(test_url="127.0.0.1:8899")


PIECES = st.sampled_from(
    [
        "https", "http", "://", ":", "/", "//", "\\", "@", "#", "?", "%2f", "%00", ".", "..", "443", "80",
        "[::1]", "x", "user", "%", "&a=b", ";", "\u3002", " ", "\n", PATH, "api.twilio.com", "evil.example",
        "127.0.0.1", "mms.twiliocdn.com", "s3-external-1.amazonaws.com", "media.twiliocdn.com",
    ]
)  # fmt: skip
IDS = r"/2010-04-01/Accounts/AC[^/]{32}/Messages/[MS]M[^/]{32}/Media/ME[^/]{32,33}"
EXACTLY = re.compile(rf"https://api\.twilio\.com(:443)?{PATH}")


@UNHURRIED
@given(st.one_of(st.lists(PIECES, max_size=9).map("".join), st.text(max_size=80)))
def test_whatever_is_not_exactly_allowed_is_refused(url: str) -> None:
    if isinstance(PLACES.api_place(url), Place):
        assert EXACTLY.fullmatch(url)
    followed = PLACES.file_place(url)
    if isinstance(followed, Place):
        # Another parser, the one whose tricks are best known, sees the same host in it.
        parts = urlsplit(url)
        assert (parts.scheme, parts.hostname, parts.port or 443) == ("https", followed.host, 443)
        assert parts.username is None
        assert parts.fragment == ""
        assert any(f"{parts.hostname}{parts.path}".startswith(place) for place in MEDIA_PLACES[1:])


@UNHURRIED
@given(
    st.integers(0, len(GOOD)),
    st.characters(exclude_categories=("Cs",)),
    st.sampled_from(["insert", "replace", "drop"]),
)
def test_one_character_more_or_less_is_refused(at: int, character: str, change: str) -> None:
    rest = GOOD[at:] if change == "insert" else GOOD[at + 1 :]
    changed = GOOD[:at] + ("" if change == "drop" else character) + rest
    place = PLACES.api_place(changed)
    if isinstance(place, Place):
        # Within one of the three ids another digit names another of the media; nothing else may change.
        assert (place.scheme, place.host, place.port) == ("https", "api.twilio.com", 443)
        assert re.fullmatch(IDS, place.target)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255",  # noqa: S104
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "224.0.1.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "192.88.99.1",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::ffff:a9fe:a9fe",
        "64:ff9b::7f00:1", "64:ff9b::5db8:d822", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:4136:e378::1",
        "2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2600::1%eth0",
        "fec0::1", "ff02::1", "ff0e::1", "100::1", "5f00::1",
        "", "localhost", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "1.2.3", "93.184.216.34 ",
    ],
)  # fmt: skip
def test_no_inner_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "54.230.1.1", "2600:9000:1::1", "2a00:1450::1"]
)
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)
