"""Media come from the provider alone: real servers, real TLS, and a resolver that tests write."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

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
from tests.support.fake_twilio import ACCOUNT_SID, FakeTwilio, redirecting

from .conftest import ACCOUNT, PATIENT, PICTURE, QUICK, Names


def fetcher(
    twilio: FakeTwilio, *, account: MediaAccount = ACCOUNT, limits: MediaLimits = PATIENT
) -> MediaFetcher:
    return MediaFetcher(
        account, places=MediaPlaces.of(test_url=twilio.url), limits=limits, resolver=Names({})
    )


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

    def test_a_length_over_the_limit_is_refused_unread(self, twilio: FakeTwilio, tmp_path: Path) -> None:
        url = twilio.add_media(b"")
        twilio.answers[path_of(twilio, url)] = saying(200, b"x", **{"Content-Length": "50000000"})
        answer = fetcher(twilio).fetch(url, into=tmp_path / "media")
        assert isinstance(answer, TooLarge)

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
            for _ in range(200):
                handler.wfile.write(b"x")
                time.sleep(0.1)

        twilio.answers[path_of(twilio, url)] = dripping
        started = time.monotonic()
        with pytest.raises(TransientError, match="in time"):
            fetcher(twilio, limits=QUICK).fetch(url, into=tmp_path / "media")
        assert time.monotonic() - started < 5.0

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
            ACCOUNT, places=MediaPlaces.of(test_url=twilio.url), limits=PATIENT, resolver=resolver
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
