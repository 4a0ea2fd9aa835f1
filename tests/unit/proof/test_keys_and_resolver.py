"""Keys in the DNS: looked up sparingly, and never waited for without end."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest

from ingest.email.dkim_keys import LOOKUPS_MAX, UNANSWERED_MAX
from ingest.email.proof import worth_another_try
from ingest.email.resolver import FixedResolver, SystemResolver
from receipts.errors import TransientError
from receipts.proof import Proof
from tests.support.signing import MAIL, rsa_key, signed


def test_a_silent_dns_leaves_the_mail_unproven_and_worth_another_try(given: SimpleNamespace) -> None:
    mail = signed(MAIL, given.SHOP)
    proof = given.judged(mail, resolver=given.SilentResolver())
    assert proof.verdict is Proof.UNPROVEN
    assert worth_another_try(proof)
    assert "The DNS did not answer for shop.example; try again later." in given.said(proof)
    again = given.judged(mail)
    assert again.verdict is Proof.PROVEN
    assert not worth_another_try(again)


def test_a_dns_that_is_down_is_asked_only_twice(given: SimpleNamespace) -> None:
    mail = MAIL
    for number in range(8):
        mail = signed(mail, rsa_key("shop.example", "sel"), tags={"s": f"s{number}"})
    silent = given.SilentResolver()
    given.judged(mail, resolver=silent)
    assert len(silent.asked) == UNANSWERED_MAX


def test_one_mail_causes_ten_lookups_at_most_and_none_twice(given: SimpleNamespace) -> None:
    one = signed(MAIL, given.SHOP)
    many = b"".join(
        signed(MAIL, given.SHOP, tags={"s": f"s{number}"}).split(b"From:")[0] for number in range(30)
    )
    dns = given.CountingResolver()
    given.judged(many + one, resolver=dns)
    assert len(dns.asked) <= LOOKUPS_MAX
    twice = given.CountingResolver()
    given.judged(one.split(b"From:")[0] + one, resolver=twice)
    assert twice.asked == [given.SHOP.name]


def test_names_that_are_no_names_are_not_asked_for(given: SimpleNamespace) -> None:
    for selector in ("a b", "a..b", "x" * 250, "../x", "a\x00b", "*"):
        dns = given.CountingResolver()
        proof = given.judged(signed(MAIL, given.SHOP, tags={"s": selector}), resolver=dns)
        assert proof.verdict is not Proof.PROVEN
        assert dns.asked == []


def test_a_fixed_list_answers_for_any_spelling_of_a_name(tmp_path: Path) -> None:
    listed = FixedResolver({"Sel._domainkey.Shop.example.": "v=DKIM1; p=AA", "b.example": b"bytes"})
    assert listed.txt("sel._domainkey.shop.EXAMPLE") == (b"v=DKIM1; p=AA",)
    assert listed.txt("b.example.") == (b"bytes",)
    assert listed.txt("other.example") == ()
    (tmp_path / "dns.json").write_text(json.dumps({"a.example": "text"}))
    assert FixedResolver.from_file(tmp_path / "dns.json").txt("a.example") == (b"text",)


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": [["b"]]}', "\xff"])
def test_a_list_in_another_form_is_refused_with_the_form_to_write(tmp_path: Path, content: str) -> None:
    (tmp_path / "dns.json").write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match=r"selector\._domainkey\.example\.com"):
        FixedResolver.from_file(tmp_path / "dns.json")


@cache
def huge_record(name: dns.name.Name) -> dns.rrset.RRset:
    """Made once: on a busy machine the questions time out while their answers are spelt out."""
    return dns.rrset.from_text(name, 60, "IN", "TXT", " ".join(f'"{"x" * 250}"' for _ in range(240)))


class NameServer:
    """A real name server on this machine, by UDP and TCP, that counts its questions."""

    def __init__(self) -> None:
        self.asked = 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen()
        self.threads = [threading.Thread(target=each, daemon=True) for each in (self._udp, self._tcp)]
        for thread in self.threads:
            thread.start()

    def answer(self, question: bytes, limit: int) -> bytes:
        asked = dns.message.from_wire(question)
        reply = dns.message.make_response(asked)
        name = asked.question[0].name
        label = name.labels[0]
        if label == b"missing":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif label == b"failing":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif label == b"huge":
            reply.answer.append(huge_record(name))
        elif label != b"empty":
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"v=DKIM1; " "p=AA"'))
        wire = reply.to_wire(max_size=65_535)
        if len(wire) > limit:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            wire = reply.to_wire()
        return wire

    def _udp(self) -> None:
        while True:
            question, sender = self.udp.recvfrom(4_096)
            if not question:
                return
            self.asked += 1
            if b"\x06silent" not in question:
                self.udp.sendto(self.answer(question, 1_200), sender)

    def _tcp(self) -> None:
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                size = connection.recv(2)
                if not size:
                    return
                wire = self.answer(connection.recv(struct.unpack("!H", size)[0]), 65_535)
                connection.sendall(struct.pack("!H", len(wire)) + wire)

    def close(self) -> None:
        """An empty question ends each thread."""
        self.udp.sendto(b"", ("127.0.0.1", self.port))
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join(timeout=5)
        self.udp.close()
        self.tcp.close()


@pytest.fixture
def server() -> Iterator[NameServer]:
    with closing(NameServer()) as running:
        yield running


def resolver(server: NameServer, **change: float) -> SystemResolver:
    times = {"timeout_s": 0.2, "lifetime_s": 0.5} | change
    return SystemResolver(nameservers=("127.0.0.1",), port=server.port, **times)  # type: ignore[arg-type]


def test_text_records_come_with_their_strings_joined_and_are_kept(server: NameServer) -> None:
    asked = resolver(server)
    for _ in range(3):
        assert asked.txt("sel._domainkey.shop.example") == (b"v=DKIM1; p=AA",)
    assert server.asked == 1


def test_a_name_without_text_has_none(server: NameServer) -> None:
    asked = resolver(server)
    assert asked.txt("missing.example") == ()
    assert asked.txt("empty.example") == ()
    assert asked.txt("no..name") == ()
    assert asked.txt("x" * 70 + ".example") == ()


def test_a_server_that_fails_or_is_silent_is_a_trouble_that_may_pass(server: NameServer) -> None:
    asked = resolver(server)
    for name in ("failing.example", "silent.example"):
        with pytest.raises(TransientError, match=name):
            asked.txt(name)
    nobody = SystemResolver(nameservers=("127.0.0.1",), port=9, timeout_s=0.1, lifetime_s=0.2)
    with pytest.raises(TransientError):
        nobody.txt("a.example")


def test_an_answer_of_sixty_kilobytes_is_taken_and_is_no_key(
    given: SimpleNamespace, server: NameServer
) -> None:
    asked = resolver(server, lifetime_s=5.0)
    (record,) = asked.txt("huge.example")
    assert len(record) == 60_000
    dns = given.CountingResolver({given.SHOP.name: record.decode()})
    assert given.judged(signed(MAIL, given.SHOP), resolver=dns).verdict is Proof.UNPROVEN
