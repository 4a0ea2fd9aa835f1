"""A real HTTP server that behaves as the text provider's API: texts, media, deletions.

It takes texts as `POST /2010-04-01/Accounts/AC.../Messages.json`, gives media to who authenticates, by a
redirect to a file's address that needs no authentication, as the provider does, and deletes media.
"""

from __future__ import annotations

import base64
import itertools
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

ACCOUNT_SID = "AC" + "a1" * 16
AUTH_TOKEN = "a token for tests"
API = "/2010-04-01/Accounts"


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    host: str
    authorization: str


@dataclass
class Media:
    """A file that the provider keeps.

    `missing` tries find nothing before it is there, `empty` ones find no bytes.
    """

    data: bytes
    content_type: str
    missing: int = 0
    empty: int = 0


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FakeTwilio:
    """The server's state; `serving_twilio` runs it."""

    url: str
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    asked: list[Asked] = field(default_factory=list)
    texts: list[dict[str, str]] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    refusals: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    """By the receiver's address: status, code, message."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By path: for what no honest provider does."""
    account_status: str = "active"
    numbers: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The account's numbers: webhook and method of each."""
    came: list[dict[str, str]] = field(default_factory=list)
    """Texts that came to the account's numbers, as its list tells of them."""
    went: list[dict[str, str]] = field(default_factory=list)
    """Texts that left, as its list tells of them."""
    drops_answers: int = 0
    """So many texts are taken and the connection cut before their acknowledgement."""
    files_at: str = ""
    """The origin that media redirects lead to; this server unless it is set."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def sid(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):032x}"

    def add_media(self, data: bytes, content_type: str = "image/jpeg", **options: int) -> str:
        """Keep a file; the address that the webhook would tell."""
        path = f"{API}/{self.account_sid}/Messages/{self.sid('MM')}/Media/{self.sid('ME')}"
        self.media[path] = Media(data, content_type, **options)
        return self.url + path

    def add_text(
        self, sender: str, to: str, *, sent: datetime, body: str = "", media: Sequence[str] = ()
    ) -> str:
        """Keep a text that came in, with the addresses of its media; its id."""
        sid = media[0].split("/")[-3] if media else self.sid("SM")
        moment = format_datetime(sent)
        text = {"sid": sid, "account_sid": self.account_sid, "from": sender, "to": to, "body": body}
        text |= {
            "direction": "inbound",
            "status": "received",
            "num_media": str(len(media)),
            "date_sent": moment,
        }
        self.came.append(text)
        return sid

    def list_texts(self, query: dict[str, str]) -> dict[str, Any]:
        """A page of the list; the provider compares to the second and leaves the moment itself out."""
        after = datetime.fromisoformat(query["DateSent>"])
        found = [
            text
            for text in [*self.came, *self.went]
            if text["to"] == query["To"] and parsedate_to_datetime(text["date_sent"]) > after
        ]
        page, size = int(query.get("Page", 0)), int(query["PageSize"])
        shown = found[::-1][page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        path = f"{API}/{self.account_sid}/Messages.json"
        after_it = f"{path}?{urlencode({**query, 'Page': page + 1})}" if more else None
        return {"messages": shown, "page": page, "page_size": size, "next_page_uri": after_it}

    def list_media(self, sid: str) -> dict[str, Any]:
        """The media of a text."""
        found = [
            {"sid": path.split("/")[-1], "uri": f"{path}.json", "content_type": media.content_type}
            for path, media in self.media.items()
            if f"/Messages/{sid}/" in path
        ]
        return {"media_list": found, "page": 0, "page_size": 50}

    def sign(self, url: str, form: dict[str, str]) -> dict[str, str]:
        """The header of a webhook."""
        return {"X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(url, form)}

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


class _Handler(BaseHTTPRequestHandler):
    twilio: FakeTwilio
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Tests need no log."""

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _give(self, document: dict[str, Any]) -> None:
        self.send(200, json.dumps(document).encode(), Content_Type="application/json")

    def _note(self) -> bool:
        """Write the request down; whether a test's own answer was given."""
        headers = self.headers
        self.twilio.asked.append(
            Asked(self.command, self.path, headers.get("Host", ""), headers.get("Authorization", ""))
        )
        answer = self.twilio.answers.get(self.path)
        if answer is None:
            return False
        answer(self)
        return True

    def _authorized(self) -> bool:
        keys = f"{self.twilio.account_sid}:{self.twilio.auth_token}".encode()
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(keys).decode():
            return True
        self.send(401, json.dumps({"code": 20003, "message": "Authenticate", "status": 401}).encode())
        return False

    def do_GET(self) -> None:
        if self._note():
            return
        path = urlsplit(self.path).path
        if path.startswith("/files/"):
            media = self.twilio.media.get(path.removeprefix("/files"))
            if media is None:
                self.send(404)
            elif media.empty > 0:
                media.empty -= 1
                self.send(200, Content_Type=media.content_type)
            else:
                self.send(200, media.data, Content_Type=media.content_type)
            return
        if not self._authorized():
            return
        account = f"{API}/{self.twilio.account_sid}"
        if path == f"{account}.json":
            self._give({"sid": self.twilio.account_sid, "status": self.twilio.account_status})
            return
        if path == f"{account}/IncomingPhoneNumbers.json":
            asked = dict(parse_qsl(urlsplit(self.path).query)).get("PhoneNumber", "")
            held = self.twilio.numbers.get(asked)
            found = (
                [] if held is None else [{"phone_number": asked, "sms_url": held[0], "sms_method": held[1]}]
            )
            self._give({"incoming_phone_numbers": found, "page": 0, "page_size": 1})
            return
        if path == f"{account}/Messages.json":
            self._give(self.twilio.list_texts(dict(parse_qsl(urlsplit(self.path).query))))
            return
        if path.startswith(f"{account}/Messages/") and path.endswith("/Media.json"):
            self._give(self.twilio.list_media(path.split("/")[-2]))
            return
        media = self.twilio.media.get(path)
        if media is None or media.missing > 0:
            if media is not None:
                media.missing -= 1
            self.send(404, b'{"code": 20404, "message": "not found", "status": 404}')
            return
        self.send(
            307, Location=f"{self.twilio.files_at or self.twilio.url}/files{path}?Expires=1&Signature=x~y_"
        )

    def do_DELETE(self) -> None:
        if not self._note() and self._authorized():
            self.send(204 if self.twilio.media.pop(self.path, None) else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self._note() or not self._authorized():
            return
        if self.path != f"{API}/{self.twilio.account_sid}/Messages.json":
            self.send(404)
            return
        text = dict(parse_qsl(body, keep_blank_values=True))
        if text["To"] in self.twilio.refusals:
            status, code, message = self.twilio.refusals[text["To"]]
            refusal = {"code": code, "message": message, "status": status, "more_info": ""}
            self.send(status, json.dumps(refusal).encode(), Content_Type="application/json")
            return
        sid = self.twilio.sid("SM")
        self.twilio.texts.append({**text, "sid": sid})
        taken = {"sid": sid, "status": "queued", "to": text["To"], "body": text.get("Body", "")}
        moment = format_datetime(datetime.now(UTC))
        self.twilio.went.append({**taken, "direction": "outbound-api", "date_sent": moment})
        if self.twilio.drops_answers:
            self.twilio.drops_answers -= 1
            self.close_connection = True
            return
        self.send(201, json.dumps(taken).encode(), Content_Type="application/json")


def redirecting(where: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", where)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is what some tests are about."""


@contextmanager
def serving_twilio(*, tls: ssl.SSLContext | None = None) -> Iterator[FakeTwilio]:
    """A running provider on a free port of this machine."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    twilio = FakeTwilio(f"{scheme}://127.0.0.1:{server.server_port}")
    handler.twilio = twilio  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield twilio
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
