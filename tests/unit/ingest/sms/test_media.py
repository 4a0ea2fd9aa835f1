"""Media come from the provider alone: real servers, real TLS, and a resolver that tests write."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpcore
import pytest

from ingest.sms.guard import DnsAddresses
from ingest.sms.media import (
    Fetched,
    Gone,
    MediaAccount,
    MediaFetcher,
    MediaLimits,
    NotThereYetError,
    TooLarge,
)
from ingest.sms.places import MediaPlaces, NotAllowed
from receipts.errors import RefusedError, TransientError
from tests.support.fake_twilio import ACCOUNT_SID, AUTH_TOKEN, FakeTwilio, serving_twilio

from .conftest import PUBLIC, Certificates, Names, Wire, public_names

ACCOUNT = MediaAccount(ACCOUNT_SID, AUTH_TOKEN)
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 400
QUICK = MediaLimits(total_s=1.0, step_s=0.5, waits_s=(1.0, 3.0))


def fetcher(
    twilio: FakeTwilio, *, account: MediaAccount = ACCOUNT, limits: MediaLimits = QUICK
) -> MediaFetcher:
    return MediaFetcher(
        account, places=MediaPlaces.of(test_url=twilio.url), limits=limits, resolver=Names({})
    )


def redirecting(where: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", where)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def saying(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def path_of(twilio: FakeTwilio, url: str) -> str:
    return url.removeprefix(twilio.url)


class TestFetching:
    def test_media_are_fetched_with_credentials_that_go_no_further(
        self, twilio: FakeTwilio, tmp_path: Path
    ) -> None:
        url = twilio.add_media(PICTURE, "image/jpeg; charset=binary")
        into = tmp_path / "media"
        assert fetcher(twilio).fetch(url, into=into) == Fetched(len(PICTURE), "image/jpeg")
        assert into.read_bytes() == PICTURE
        assert [each.authorization != "" for each in twilio.asked] == [True, False]

    def test_what_is_not_there_yet_comes_later(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(PICTURE, missing=1, empty=1)
        into = tmp_path / "media"
        waits = []
        for attempt in (1, 2):
            with pytest.raises(NotThereYetError) as early:
                fetcher(twilio).fetch(url, into=into, attempt=attempt)
            waits.append(early.value.retry_after_s)
            assert not into.exists()
        assert waits == [1.0, 3.0]
        assert fetcher(twilio).fetch(url, into=into, attempt=3) == Fetched(len(PICTURE), "image/jpeg")

    def test_what_never_comes_is_gone_in_the_end(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        lost = twilio.add_media(PICTURE, missing=9)
        hollow = twilio.add_media(PICTURE, empty=9)
        for url in (lost, hollow):
            assert fetcher(twilio).fetch(url, into=tmp_path / "media", attempt=3) == Gone()
        assert not (tmp_path / "media").exists()

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
    def test_a_busy_provider_is_asked_again_for_ever(
        self, twilio: FakeTwilio, tmp_path: Path, status: int
    ) -> None:
        url = twilio.add_media(PICTURE)
        twilio.answers[path_of(twilio, url)] = saying(status)
        for attempt in (1, 2, 99):
            with pytest.raises(NotThereYetError, match=str(status)):
                fetcher(twilio).fetch(url, into=tmp_path / "media", attempt=attempt)

    def test_refused_credentials_name_the_setting(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(PICTURE)
        wrong = fetcher(twilio, account=MediaAccount(ACCOUNT_SID, "another"))
        with pytest.raises(RefusedError, match="check account_sid and auth_token") as refused:
            wrong.fetch(url, into=tmp_path / "media")
        assert "another" not in str(refused.value)
        assert "another" not in repr(wrong.__dict__)

    def test_a_permission_that_ran_out_is_asked_for_anew(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(PICTURE)
        file = "/files" + path_of(twilio, url) + "?Expires=1&Signature=x~y_"
        twilio.answers[file] = saying(403)
        with pytest.raises(NotThereYetError):
            fetcher(twilio).fetch(url, into=tmp_path / "media")

    @pytest.mark.parametrize("honest", [True, False])
    def test_a_large_one_is_not_read_to_its_end(
        self, twilio: FakeTwilio, tmp_path: Path, honest: bool
    ) -> None:
        url = twilio.add_media(b"")
        sent = []

        def endless(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            if honest:
                handler.send_header("Content-Length", "50000000")
            else:
                handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for _ in range(500):
                sent.append(100_000)
                handler.wfile.write(
                    (b"" if honest else b"186a0\r\n") + b"x" * 100_000 + (b"" if honest else b"\r\n")
                )

        twilio.answers[path_of(twilio, url)] = endless
        limits = MediaLimits(max_bytes=1_000_000)
        answer = fetcher(twilio, limits=limits).fetch(url, into=tmp_path / "media")
        assert answer == TooLarge(1_000_000)
        assert not (tmp_path / "media").exists()
        time.sleep(0.1)
        assert sum(sent) < 25_000_000

    def test_a_length_that_lies_is_not_believed(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(b"")
        cut = saying(200, PICTURE, **{"Content-Length": str(len(PICTURE) + 10), "Connection": "close"})

        def cut_short(handler: BaseHTTPRequestHandler) -> None:
            cut(handler)
            handler.close_connection = True

        twilio.answers[path_of(twilio, url)] = cut_short
        with pytest.raises(TransientError):
            fetcher(twilio).fetch(url, into=tmp_path / "media")
        assert not (tmp_path / "media").exists()

    @pytest.mark.parametrize("where", ["head", "body"])
    def test_drops_that_never_stop_end_with_the_time(
        self, twilio: FakeTwilio, tmp_path: Path, where: str
    ) -> None:
        url = twilio.add_media(b"")

        def dripping(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            if where == "body":
                handler.wfile.write(b"Content-Length: 1000\r\n\r\n")
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.1)

        twilio.answers[path_of(twilio, url)] = dripping
        started = time.monotonic()
        with pytest.raises(TransientError, match="in time"):
            fetcher(twilio).fetch(url, into=tmp_path / "media")
        assert time.monotonic() - started < 2.0

    def test_nobody_there_is_worth_another_try(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            twilio.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(TransientError):
            fetcher(twilio).fetch(twilio.add_media(PICTURE), into=tmp_path / "media")

    def test_deletion(self, twilio: FakeTwilio) -> None:
        url = twilio.add_media(PICTURE)
        for _ in range(2):
            assert fetcher(twilio).delete(url) is None
        assert twilio.media == {}
        assert isinstance(fetcher(twilio).delete("https://evil.example/x"), NotAllowed)
        with pytest.raises(RefusedError):
            fetcher(twilio, account=MediaAccount(ACCOUNT_SID, "another")).delete(url)
        twilio.answers[path_of(twilio, url)] = saying(500)
        with pytest.raises(TransientError):
            fetcher(twilio).delete(url)


@pytest.fixture
def inner() -> Iterator[FakeTwilio]:
    """A server of the house that no message may make us ask."""
    with serving_twilio() as running:
        yield running


class TestRedirects:
    @pytest.mark.parametrize(
        "where",
        [
            "{inner}/secret",
            "http://localhost:{port}/secret",
            "http://127.1:{port}/secret",
            "http://[::ffff:127.0.0.1]:{port}/secret",
            "http://0.0.0.0:{port}/secret",
            "http://2130706433:{port}/secret",
            "{twilio}@127.0.0.1:{port}/secret",
            "https://mms.twiliocdn.com@127.0.0.1:{port}/secret",
            "https://mms.twiliocdn.com:{port}/secret",
            "http://mms.twiliocdn.com/secret",
            "//127.0.0.1:{port}/secret",
            "https://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "/secret",
            "",
        ],
    )
    def test_lead_nowhere_else(
        self, twilio: FakeTwilio, inner: FakeTwilio, tmp_path: Path, where: str
    ) -> None:
        port = inner.url.rsplit(":", 1)[1]
        url = twilio.add_media(PICTURE)
        target = where.format(inner=inner.url, twilio=twilio.url, port=port)
        twilio.answers[path_of(twilio, url)] = redirecting(target)
        resolver = Names({"mms.twiliocdn.com": [("127.0.0.1",)]})
        asking = MediaFetcher(
            ACCOUNT, places=MediaPlaces.of(test_url=twilio.url), limits=QUICK, resolver=resolver
        )
        assert isinstance(asking.fetch(url, into=tmp_path / "media"), NotAllowed)
        assert inner.asked == []
        assert len(twilio.asked) == 1
        assert not (tmp_path / "media").exists()

    def test_a_second_redirect_is_looked_at_as_the_first_was(
        self, twilio: FakeTwilio, inner: FakeTwilio, tmp_path: Path
    ) -> None:
        url = twilio.add_media(PICTURE)
        twilio.answers[path_of(twilio, url)] = redirecting(f"{twilio.url}/files/hop")
        twilio.answers["/files/hop"] = redirecting(f"{inner.url}/secret")
        assert isinstance(fetcher(twilio).fetch(url, into=tmp_path / "media"), NotAllowed)
        assert inner.asked == []
        assert [each.authorization != "" for each in twilio.asked] == [True, False]

    def test_a_circle_ends(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(PICTURE)
        twilio.answers[path_of(twilio, url)] = redirecting(f"{twilio.url}/files/a")
        twilio.answers["/files/a"] = redirecting(f"{twilio.url}/files/a")
        answer = fetcher(twilio).fetch(url, into=tmp_path / "media")
        assert answer == NotAllowed("more than 3 redirects")
        assert len(twilio.asked) == 4

    def test_back_to_the_api_there_are_no_credentials(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        first, second = twilio.add_media(PICTURE), twilio.add_media(PICTURE)
        twilio.answers[path_of(twilio, first)] = redirecting(second)
        with pytest.raises(NotThereYetError, match="401"):
            fetcher(twilio).fetch(first, into=tmp_path / "media")
        assert [each.authorization != "" for each in twilio.asked] == [True, False]


class TestNames:
    """Through TLS under the provider's names, as in earnest; only the wire leads to this machine."""

    def fetcher(
        self, twilio: FakeTwilio, names: Names, certificates: Certificates
    ) -> tuple[MediaFetcher, Wire]:
        wire = Wire(int(twilio.url.rsplit(":", 1)[1]))
        asking = MediaFetcher(
            ACCOUNT, limits=QUICK, resolver=names, network=wire, ssl_context=certificates.client
        )
        return asking, wire

    def media(self, twilio: FakeTwilio) -> str:
        url = twilio.add_media(PICTURE)
        twilio.files_at = "https://mms.twiliocdn.com"
        return url.replace(twilio.url, "https://api.twilio.com")

    def test_each_name_is_resolved_once_and_that_address_dialled(
        self, twilio_tls: FakeTwilio, certificates: Certificates, tmp_path: Path
    ) -> None:
        names = public_names()
        asking, wire = self.fetcher(twilio_tls, names, certificates)
        answer = asking.fetch(self.media(twilio_tls), into=tmp_path / "media")
        assert answer == Fetched(len(PICTURE), "image/jpeg")
        assert names.asked == ["api.twilio.com", "mms.twiliocdn.com"]
        assert wire.dialled == [(PUBLIC, 443), (PUBLIC, 443)]
        assert [each.host for each in twilio_tls.asked] == ["api.twilio.com", "mms.twiliocdn.com"]
        assert [each.authorization != "" for each in twilio_tls.asked] == [True, False]

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "169.254.169.254",
            "10.0.0.5",
            "::1",
            "::ffff:127.0.0.1",
            "fd00::1",
            "64:ff9b::7f00:1",
            "0.0.0.0",  # noqa: S104
        ],
    )
    @pytest.mark.parametrize("name", ["api.twilio.com", "mms.twiliocdn.com"])
    def test_a_name_that_points_inside_is_not_followed(
        self, twilio_tls: FakeTwilio, certificates: Certificates, tmp_path: Path, address: str, name: str
    ) -> None:
        names = public_names()
        names.answers[name] = [(address,)]
        asking, wire = self.fetcher(twilio_tls, names, certificates)
        answer = asking.fetch(self.media(twilio_tls), into=tmp_path / "media")
        assert isinstance(answer, NotAllowed)
        assert "not a public address" in answer.reason
        assert address not in {host for host, _ in wire.dialled}
        assert isinstance(
            asking.delete(self.media(twilio_tls)), NotAllowed if name.startswith("api") else type(None)
        )

    def test_one_inner_address_among_public_ones_is_enough(
        self, twilio_tls: FakeTwilio, certificates: Certificates, tmp_path: Path
    ) -> None:
        names = public_names()
        names.answers["api.twilio.com"] = [(PUBLIC, "10.0.0.1")]
        asking, wire = self.fetcher(twilio_tls, names, certificates)
        assert isinstance(asking.fetch(self.media(twilio_tls), into=tmp_path / "media"), NotAllowed)
        assert wire.dialled == []

    def test_a_name_that_changes_its_mind_is_not_asked_twice(
        self, twilio_tls: FakeTwilio, certificates: Certificates, tmp_path: Path
    ) -> None:
        names = public_names()
        names.answers["api.twilio.com"] = [(PUBLIC,), ("127.0.0.1",)]
        asking, wire = self.fetcher(twilio_tls, names, certificates)
        url = self.media(twilio_tls)
        assert isinstance(asking.fetch(url, into=tmp_path / "media"), Fetched)
        assert names.asked.count("api.twilio.com") == 1
        assert {host for host, _ in wire.dialled} == {PUBLIC}
        # The next fetch asks anew, sees the change and goes nowhere.
        assert isinstance(asking.fetch(url, into=tmp_path / "media"), NotAllowed)
        assert {host for host, _ in wire.dialled} == {PUBLIC}

    def test_the_next_address_is_tried_where_one_is_dead(
        self, twilio_tls: FakeTwilio, certificates: Certificates, tmp_path: Path
    ) -> None:
        class HalfDead(Wire):
            def connect_tcp(self, host: str, *args: object, **options: object) -> object:  # type: ignore[override]
                if host == "8.8.8.8":
                    raise httpcore.ConnectError("nobody")
                return super().connect_tcp(host, *args, **options)  # type: ignore[arg-type]

        names = public_names()
        names.answers["api.twilio.com"] = [("8.8.8.8", PUBLIC)]
        wire = HalfDead(int(twilio_tls.url.rsplit(":", 1)[1]))
        asking = MediaFetcher(
            ACCOUNT, limits=QUICK, resolver=names, network=wire, ssl_context=certificates.client
        )
        assert isinstance(asking.fetch(self.media(twilio_tls), into=tmp_path / "media"), Fetched)

    def test_another_names_certificate_is_refused(self, certificates: Certificates, tmp_path: Path) -> None:
        with serving_twilio(tls=certificates.stranger) as stranger:
            asking, _ = self.fetcher(stranger, public_names(), certificates)
            with pytest.raises(TransientError, match="certificate"):
                asking.fetch(self.media(stranger), into=tmp_path / "media")
            assert stranger.asked == []

    def test_an_unknown_authority_is_refused(self, twilio_tls: FakeTwilio, tmp_path: Path) -> None:
        wire = Wire(int(twilio_tls.url.rsplit(":", 1)[1]))
        asking = MediaFetcher(ACCOUNT, limits=QUICK, resolver=public_names(), network=wire)
        with pytest.raises(TransientError, match="certificate"):
            asking.fetch(self.media(twilio_tls), into=tmp_path / "media")
        assert twilio_tls.asked == []

    def test_proxies_of_the_environment_are_not_asked(
        self,
        twilio_tls: FakeTwilio,
        inner: FakeTwilio,
        certificates: Certificates,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, inner.url)
        asking, _ = self.fetcher(twilio_tls, public_names(), certificates)
        assert isinstance(asking.fetch(self.media(twilio_tls), into=tmp_path / "media"), Fetched)
        assert inner.asked == []

    def test_a_silent_server_ends_with_the_time(self, certificates: Certificates, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            wire = Wire(silent.getsockname()[1])
            asking = MediaFetcher(ACCOUNT, limits=QUICK, resolver=public_names(), network=wire)
            started = time.monotonic()
            with pytest.raises(TransientError, match="in time"):
                asking.fetch("https://api.twilio.com" + path_of_any(), into=tmp_path / "media")
            assert time.monotonic() - started < 2.0


def path_of_any() -> str:
    return f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{'0' * 32}/Media/ME{'0' * 32}"


def test_dns_that_does_not_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        config = tmp_path / "resolv.conf"
        config.write_text("nameserver 127.0.0.1\n")
        monkeypatch.setattr("dns.resolver.Resolver", _resolver_at(deaf.getsockname()[1]))
        started = time.monotonic()
        with pytest.raises(TransientError, match=r"no address of api\.twilio\.com"):
            DnsAddresses(lifetime_s=0.5).addresses("api.twilio.com")
        assert time.monotonic() - started < 2.0


def _resolver_at(port: int) -> Callable[[], object]:
    import dns.resolver

    made = dns.resolver.Resolver

    def make() -> object:
        resolver = made(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = port
        return resolver

    return make
