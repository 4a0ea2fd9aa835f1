"""Joining by the link in an answer, a member's addresses, and the operator's inbox, in a real browser."""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from fixtures.doors.plan import ADDRESS, HOST, NUMBER
from fixtures.generator.dice import Dice
from fixtures.generator.sample import Kind
from fixtures.scenarios.stage import Stage, other, own
from pipeline.sample import ADA, TOM

from .conftest import PHONE, RESULT_TIMEOUT_MS, TODAY, Program

if TYPE_CHECKING:
    from .conftest import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

Visit = Callable[..., "Visitor"]
Axe = Callable[[Page], list[str]]
SECRET = "four quiet brown hens"
ANSWER_TIMEOUT_S = 120
NAMELESS = """() => [...document.querySelectorAll("a, button, input, select, textarea, img")]
    .filter(e => e.type !== "hidden" && e.checkVisibility())
    .filter(e => !(e.innerText || e.labels?.length || e.ariaLabel || e.matches("img[alt]")))
    .map(e => e.outerHTML)"""


def _receipt(name: str) -> bytes:
    """A shop's PDF of a purchase like no other, worth 110 points."""
    stage = Stage(TODAY, Dice(f"browser mail/{name}"))
    lines = [own("KTW-MTM-26Z", 1199), other("Northbank Ground Coffee", 899)]
    purchase = stage.purchase(name, "Larderline", "invoice", lines)
    return stage.picture(name, purchase, "invoice", kind=Kind.PDF_TEXT).data


def _mail(program: Program, sender: str, *, to: str = ADDRESS) -> None:
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"], message["Message-ID"] = "Fwd: Your receipt", f"<{sender}>"
    message.set_content("My receipt is attached.")
    message.add_attachment(_receipt(sender), maintype="application", subtype="pdf", filename="receipt.pdf")
    with smtplib.SMTP(HOST, program.plan.smtp_port, timeout=30) as smtp:
        smtp.send_message(message)


def _answer_to(program: Program, recipient: str, holding: str) -> str:
    """The text of the mail that the program sent there, once it is there."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while time.monotonic() < deadline:
        for path in sorted(Path(program.plan.sent_folder).glob(f"*-{recipient}.eml")):
            message = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            text = "" if body is None else str(body.get_content())
            if holding in text:
                return text
        time.sleep(0.3)
    raise AssertionError(f"no answer with {holding!r} came to {recipient} in {ANSWER_TIMEOUT_S} s")


def _looks_right(visitor: Visitor, axe: Axe) -> None:
    """As wide as the screen, every control named, one main heading, and nothing that axe-core finds."""
    page = visitor.page
    expect(page.get_by_role("main")).to_have_count(1)
    # Waited for and not evaluated: while the next page comes there is no root to ask.
    page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(NAMELESS) == [], page.url
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert axe(page) == [], page.url


def test_a_stranger_mails_a_receipt_joins_by_the_link_and_gets_points(
    visit: Visit, axe: Axe, program: Program
) -> None:
    address = "nora.quist@mail.example"
    _mail(program, address)
    link = re.search(r"https?://\S+/join/\S+", _answer_to(program, address, "/join/"))
    assert link is not None

    nora = visit(viewport=PHONE)
    for _ in range(2):  # as a mail scanner does first
        nora.page.goto(link[0])
    expect(nora.page.get_by_role("heading", level=1)).to_have_text("Sunny Mill Rewards")
    expect(nora.page.get_by_role("main")).to_contain_text(f"We keep a message from {address} for you")
    _looks_right(nora, axe)
    form = nora.page.get_by_role("region", name="New here")
    expect(form.get_by_label("Email")).to_have_value(address)
    form.get_by_label("Name").fill("Nora Quist")
    form.get_by_label("Choose a password").fill("aaaaaaaaaa")
    form.get_by_role("button", name="Join and link it").click()
    expect(form.get_by_role("alert")).to_contain_text("harder to guess")
    expect(form.get_by_label("Name")).to_have_value("Nora Quist")
    _looks_right(nora, axe)
    form.get_by_label("Choose a password").fill(SECRET)
    form.get_by_role("button", name="Join and link it").click()
    said = nora.page.get_by_role("status")
    expect(said).to_contain_text(f"{address} is linked to your account")
    expect(said).to_contain_text("The message that we kept is on the way")
    _looks_right(nora, axe)

    _answer_to(program, address, "110 points")
    nora.page.get_by_role("link", name="See my receipts").click()
    nora.page.get_by_role("link", name=re.compile("Larderline")).click()
    expect(nora.page.get_by_role("region", name="Result")).to_contain_text("+110", timeout=RESULT_TIMEOUT_MS)
    expect(nora.page.get_by_role("main")).to_contain_text(f"by mail from {address}")

    late = visit(viewport=PHONE)
    late.page.goto(link[0])
    expect(late.page.get_by_role("main")).to_contain_text("This link has been used")
    _looks_right(late, axe)

    ada = visit(viewport=PHONE)
    ada.sign_in(ADA.email, ADA.password)
    ada.go("/program")
    ada.page.get_by_role("link", name="Open the inbox").click()
    ada.page.wait_for_url("**/program/inbox")
    _looks_right(ada, axe)
    row = ada.page.get_by_role("row").filter(has_text=address)
    expect(row).to_contain_text("Taken in")
    expect(row).to_contain_text("Member: Nora Quist")
    row.get_by_role("link").click()
    ada.page.wait_for_url("**/program/inbox/*")
    _looks_right(ada, axe)
    expect(ada.page.get_by_role("region", name="How the sender is known")).to_contain_text("through the link")
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download as it came").click()
    assert download.value.suggested_filename.endswith(".txt")
    assert b"Subject: Fwd: Your receipt" in Path(download.value.path()).read_bytes()


def test_a_member_copies_the_secret_address_and_what_comes_to_it_counts(
    visit: Visit, axe: Axe, program: Program
) -> None:
    tom = visit(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    tom.sign_in(TOM.email, TOM.password)
    tom.page.get_by_role("link", name="send it by mail or text").click()
    expect(tom.page.get_by_role("heading", level=1)).to_have_text("Mail and text")
    _looks_right(tom, axe)
    tom.page.get_by_role("button", name="Copy the secret address").click()
    expect(tom.page.get_by_text("Copied.")).to_be_visible()
    copied = tom.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"receipts\+[a-z0-9]{16}@sunnymill\.example", copied)
    expect(tom.page.get_by_role("link", name=re.compile("^Text"))).to_have_attribute("href", f"sms:{NUMBER}")
    _mail(program, "orders@somewhere.example", to=copied)
    _answer_to(program, TOM.email, "110 points")


def test_without_a_script_addresses_are_added_removed_and_renewed(visit: Visit, program: Program) -> None:
    tom = visit(viewport=PHONE, java_script_enabled=False)
    tom.sign_in(TOM.email, TOM.password)
    tom.go("/addresses")
    secret = tom.page.locator("#secret")
    old = secret.inner_text()
    expect(tom.page.get_by_role("button", name="Copy the secret address")).to_be_hidden()
    tom.page.get_by_text("Get a new secret address").click()
    tom.page.get_by_role("button", name="Replace my secret address").click()
    expect(tom.page.get_by_role("status").first).to_contain_text("The old one has stopped working")
    assert secret.inner_text() != old
    work = "tom@work.example"
    tom.page.get_by_label("Add another").fill(work)
    tom.page.get_by_role("button", name="Send me the link").click()
    expect(tom.page.get_by_role("status").first).to_contain_text(f"We have sent a link to {work}")
    link = re.search(r"https?://\S+/join/\S+", _answer_to(program, work, "/join/"))
    assert link is not None
    tom.page.goto(link[0])
    tom.page.get_by_role("button", name=f"Link {work} to my account").click()
    expect(tom.page.get_by_role("status")).to_contain_text(f"{work} is linked to your account")
    tom.page.get_by_role("link", name="Mail and text").last.click()
    tom.page.get_by_role("button", name=f"Remove {work}").click()
    expect(tom.page.get_by_role("status").first).to_contain_text("not linked to your account any more")
    expect(tom.page.get_by_role("button", name=f"Remove {work}")).to_have_count(0)
