"""The names that media come from: resolved once, checked, and spoken to under TLS that knows the name."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from ingest.sms.guard import DnsAddresses
from ingest.sms.media import Fetched, MediaFetcher
from ingest.sms.places import NotAllowed
from receipts.errors import TransientError
from tests.support.fake_twilio import ACCOUNT_SID, FakeTwilio, serving_twilio

from .conftest import ACCOUNT, PATIENT, PICTURE, PUBLIC, QUICK, Certificates, Names, Wire, public_names

SOME_MEDIA = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM{'0' * 32}/Media/ME{'0' * 32}"


class TestNames:
    """Through TLS under the provider's names, as in earnest; only the wire leads to this machine."""

    def fetcher(
        self, twilio: FakeTwilio, names: Names, certificates: Certificates
    ) -> tuple[MediaFetcher, Wire]:
        wire = Wire(int(twilio.url.rsplit(":", 1)[1]))
        asking = MediaFetcher(
            ACCOUNT, limits=PATIENT, resolver=names, network=wire, ssl_context=certificates.client
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
            ACCOUNT, limits=PATIENT, resolver=names, network=wire, ssl_context=certificates.client
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
        asking = MediaFetcher(ACCOUNT, limits=PATIENT, resolver=public_names(), network=wire)
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
                asking.fetch("https://api.twilio.com" + SOME_MEDIA, into=tmp_path / "media")
            assert time.monotonic() - started < 5.0


def test_dns_that_does_not_answer_ends_in_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        config = tmp_path / "resolv.conf"
        config.write_text("nameserver 127.0.0.1\n")
        monkeypatch.setattr("dns.resolver.Resolver", _resolver_at(deaf.getsockname()[1]))
        started = time.monotonic()
        with pytest.raises(TransientError, match=r"no address of api\.twilio\.com"):
            DnsAddresses(lifetime_s=0.5).addresses("api.twilio.com")
        assert time.monotonic() - started < 5.0


def _resolver_at(port: int) -> Callable[[], object]:
    import dns.resolver

    made = dns.resolver.Resolver

    def make() -> object:
        resolver = made(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = port
        return resolver

    return make
