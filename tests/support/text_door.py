"""The running app with two programs that are texted, behind a public address that it is not reached by."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

import httpx
from twilio.request_validator import RequestValidator

from pipeline.clock import utc_now
from pipeline.sample import SAMPLE_PROGRAM
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.outgoing import Outgoing
from receipts.inbound import InboundMessage, OutgoingMessage

ACCOUNT, TOKEN = "AC" + "a" * 32, "token of the sample program"
STRANGE_ACCOUNT, STRANGE_TOKEN = "AC" + "b" * 32, "token of the other program"
NUMBER, SECOND, OTHER_NUMBER = "+12125550110", "+12125550119", "+12125550120"
PUBLIC = "https://points.example.com"
TEXTS, STATUS = "/channels/twilio", "/channels/twilio/status"
OTHER_PROGRAM_ID = "other"
CHANNELS = f"""
[program.{SAMPLE_PROGRAM.id}]
help_contact = "help@example.com"
[program.{SAMPLE_PROGRAM.id}.sms]
account_sid = "{ACCOUNT}"
auth_token = "{TOKEN}"
numbers = ["{NUMBER}", "whatsapp:{SECOND}"]
[program.{OTHER_PROGRAM_ID}.sms]
account_sid = "{STRANGE_ACCOUNT}"
auth_token = "{STRANGE_TOKEN}"
numbers = ["{OTHER_NUMBER}"]
opt_out_by_provider = true
"""
Fields = dict[str, str]


@dataclass
class Door:
    """The running app behind a public address that it is not reached by, as behind a proxy."""

    wiring: Wiring
    http: httpx.Client
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def form(self, **fields: str) -> Fields:
        """A text as the provider sends it, of a sender and id of its own."""
        number = next(self._numbers)
        return {
            "MessageSid": f"SM{number:032x}",
            "AccountSid": ACCOUNT,
            # 556, since tests name numbers of 555 themselves and would meet the hundredth of these.
            "From": f"+1202556{number:04d}",
            "To": NUMBER,
            "Body": "",
            "NumMedia": "0",
            "SmsStatus": "received",
            **fields,
        }

    def send(
        self,
        form: Fields,
        *,
        token: str = TOKEN,
        url: str = PUBLIC + TEXTS,
        path: str = TEXTS,
        **headers: str,
    ) -> httpx.Response:
        signature = RequestValidator(token).compute_signature(url, form)
        return self.http.post(path, data=form, headers={"X-Twilio-Signature": signature, **headers})

    def said(self, form: Fields, **options: str) -> str:
        """The words of the answer."""
        answer = self.send(form, **options)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/xml")
        messages = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
        assert len(messages) <= 1
        return messages[0].text or "" if len(messages) else ""

    def kept(self) -> list[InboundMessage]:
        """The sample program's messages, newest first."""
        with self.wiring.database.read() as session:
            return list(
                Inbound(session, SAMPLE_PROGRAM.id, utc_now()).page(state=None, before=None, limit=10_000)
            )

    def answers(self, message: InboundMessage) -> tuple[OutgoingMessage, ...]:
        """What was answered to it."""
        with self.wiring.database.read() as session:
            return Outgoing(session, SAMPLE_PROGRAM.id, utc_now()).of_inbound(message.id)

    def newest(self, form: Fields) -> InboundMessage:
        message = self.kept()[0]
        assert message.sender == form["From"].removeprefix("whatsapp:")
        return message

    def stopped(self, number: str) -> bool:
        with self.wiring.database.read() as session:
            return Addresses(session, SAMPLE_PROGRAM.id, utc_now()).stopped(number)


def photo(content_type: str = "image/jpeg", count: int = 1) -> Fields:
    media = {"NumMedia": str(count)}
    for index in range(count):
        name = f"ME{index:032x}"
        url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'0' * 32}/Media/{name}"
        media |= {f"MediaUrl{index}": url, f"MediaContentType{index}": content_type}
    return media
