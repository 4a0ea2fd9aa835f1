"""Members' addresses and numbers: linking one, by the link that was sent to it, and the secret address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ingest.sms.numbers import BadNumber, read_party
from pipeline.accounts import new_account, store_account
from pipeline.channels import Joining
from pipeline.clock import utc_now
from pipeline.link_tokens import read_link_token
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.acting import across_programs
from receipts.database.repositories.addresses import Addresses, Link
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.origins import Origins
from receipts.database.repositories.outgoing import Outgoing
from receipts.database.repositories.programs import Programs
from receipts.identity import InboundId, MemberId, ProgramId, Role
from receipts.inbound import Address, AddressKind, OutgoingKind, Via
from receipts.program import Account, Program
from receipts.proof import SenderTrust, SentBy

_CONFIRMATIONS_A_DAY = 5
"""To one address or number, whoever asks."""
_ASKED_A_DAY = 10
"""By one member: each message costs money, and may reach a stranger."""
_DAY_S = 86_400.0
_ADDRESS_MOST_CHARS = 254
"""RFC 5321: a path has at most 256 octets, its two brackets among them."""
_ATOM = r"""[^\s"(),.:;<>@\[\\\]]+"""
_PLAIN_MAIL = re.compile(rf"(?!.*=\?){_ATOM}(\.{_ATOM})*@[\w-]+(\.[\w-]+)+")
"""What stands in a header as it is: no quotes, comments, lists or encoded words, and a dot in the domain."""


class NameHolder(StrEnum):
    """Whose sign-in name the address of a link is. One name signs in to one account, over all programs."""

    NOBODY = "nobody"
    MEMBER = "member"
    """A member of the link's program: who opens the link, or someone who wrote the address as theirs."""
    ELSEWHERE = "elsewhere"
    """A member of another program, or an account of the team."""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link as it stands.

    Attributes:
        program: whose link it is.
        name_holder: who signs in with the address already.
        usable: neither used nor out of time.
        may_join: someone without an account may become a member by it.
        join_url: where the program takes members, if not here.
        help: whom to ask, a mail address or number; empty where the program names nobody.
        waiting: messages that are kept for whoever uses it.
        brought: a member who came over from another system has the address, and nobody signs in as them yet.
    """

    program: Program
    link: Link
    name_holder: NameHolder
    usable: bool
    may_join: bool
    join_url: str
    help: str
    waiting: int
    brought: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """The address is linked now.

    Attributes:
        taken_up: messages that are on their way for the member.
    """

    address: Address
    taken_up: int


@dataclass(frozen=True, slots=True)
class NotLinked:
    """Nothing was done: `sentence` says why and what to do next."""

    sentence: str


@dataclass(frozen=True, slots=True)
class MyAddresses:
    """What a member may send from and to.

    Attributes:
        secret_address: the member's own; empty where the program takes no mail.
        mail_address: the program's; empty where it takes no mail.
        numbers: the program's; empty where it takes no texts.
        asked_for: named by the member, or signed in with, and not confirmed by the link that was sent there.
    """

    linked: tuple[Address, ...]
    secret_address: str
    mail_address: str
    numbers: tuple[str, ...]
    asked_for: tuple[Address, ...] = ()


class _UsedMeanwhileError(Exception):
    """Someone else used the link at this moment: what was made with it is rolled back."""


_GONE = NotLinked(
    "This link has been used or is out of time. Send your receipt again, and you get a new one."
)
_OTHER_PROGRAM = NotLinked("This link is for members of another program. Sign in as a member of that one.")
_ELSEWHERE = NotLinked("New members join elsewhere. Join there first, then open the link again.")
_NO_TEXTS = NotLinked("This program takes no texts. Name a mail address, or upload your receipts.")
_NO_MAILS = NotLinked("This program sends no mails. Name a number, or upload your receipts.")
_LINKED_ALREADY = NotLinked("It is linked to your account already.")
_WRITTEN_OFTEN = NotLinked("We have written there several times today. Open the last message, or wait a day.")
_NAMED_MANY = NotLinked("You have named many addresses today. Confirm those first, or wait a day.")
_NO_ADDRESS = NotLinked("This is no mail address. Write it as name@example.com.")
_NO_NUMBER = NotLinked("This is no number we can text. Write it with its country code, as +1 202 555 0123.")
REFUSED_LINKS = (
    _GONE,
    _OTHER_PROGRAM,
    _ELSEWHERE,
    _NO_TEXTS,
    _NO_MAILS,
    _LINKED_ALREADY,
    _WRITTEN_OFTEN,
    _NAMED_MANY,
    _NO_ADDRESS,
    _NO_NUMBER,
)
"""Everything that is said where nothing was linked: pages translate it."""


def open_link(wiring: Wiring, token: str) -> OpenLink | None:
    """The link of a token; None where the token is not one of ours."""
    named = read_link_token(wiring.secret_key, token)
    if named is None:
        return None
    program_id, link_id = named
    now = utc_now()
    with across_programs(), wiring.database.read() as session:  # who holds the name may be another's
        program = Programs(session).find(program_id)
        link = Addresses(session, program_id, now).find_link(link_id)
        if program is None or link is None:
            return None
        since = now - timedelta(days=program.window_days)
        waiting = len(Inbound(session, program_id, now).unlinked_from(link.address.value, since=since))
        holder = _name_holder(session, program_id, link.address)
        brought = Origins(session, program_id, "", now).without_account(link.address) is not None
    channels = wiring.channels_of(program_id)
    return OpenLink(
        program=program,
        link=link,
        name_holder=holder,
        usable=not link.used and link.expires_at > now,
        may_join=brought or channels.joining is Joining.OPEN,
        brought=brought,
        join_url=channels.join_url,
        help=channels.help_contact,
        waiting=waiting,
    )


def _name_holder(session: Session, program_id: ProgramId, address: Address) -> NameHolder:
    found = Programs(session).account_by_email(address.value)
    if address.kind is not AddressKind.EMAIL or found is None:
        return NameHolder.NOBODY
    here = found[0].program_id == program_id and found[0].role is Role.MEMBER
    return NameHolder.MEMBER if here else NameHolder.ELSEWHERE


def use_link(wiring: Wiring, token: str, account: Account) -> Linked | NotLinked:
    """Link the address to the signed-in member, and take up what was kept under it."""
    named = read_link_token(wiring.secret_key, token)
    if named is None or named[0] != account.program_id or account.member_id is None:
        return _OTHER_PROGRAM
    with wiring.database.write() as session:
        linked = _use(wiring, session, named, account.member_id)
    return _GONE if linked is None else linked


def join(
    wiring: Wiring, token: str, *, name: str, email: str, password: str
) -> tuple[Account, Linked] | NotLinked:
    """A new member by the link, which is used up with it: one link makes one member.

    Or the member who came over from another system with the link's address, and whom nobody signs in as yet:
    the other system vouched for the address, and the link proves it.

    The link proves its own address, and no other one that they sign in with: that is not linked. They are
    asked to prove it by a link that is mailed to it. No account gives up its sign-in name here, proved or
    not: whoever joined first and forgot it cannot be told from a stranger, and would lose their points.
    Whoever proves an address has it linked, by whichever name they sign in.

    Raises:
        sqlalchemy.exc.IntegrityError: the address has an account already.
    """
    found, named = open_link(wiring, token), read_link_token(wiring.secret_key, token)
    if found is None or named is None or not found.usable:
        return _GONE
    if not found.may_join:
        return _ELSEWHERE
    # Only the link's own address is linked: nobody has shown yet that the one they sign in with is theirs.
    fresh = new_account(
        program_id=found.program.id, role=Role.MEMBER, email=email, name=name, password=password
    )
    member_id = fresh.account.member_id
    if member_id is None:
        raise LookupError("a new account of the role member has no member")
    try:
        with wiring.database.write() as session:
            now = utc_now()
            brought = Origins(session, found.program.id, "", now).without_account(
                found.link.address, hold=True
            )
            if brought is None and found.brought:
                raise _UsedMeanwhileError
            if brought is not None:
                member_id = brought
                fresh = fresh.of(brought)
            store_account(session, fresh, is_new=brought is None)
            linked = _use(wiring, session, named, member_id)
            if linked is None:
                raise _UsedMeanwhileError
    except _UsedMeanwhileError:
        return _GONE
    if found.link.address.value != fresh.account.email:
        ask_to_link(wiring, program_id=found.program.id, member_id=member_id, written=fresh.account.email)
    return fresh.account, linked


def _use(
    wiring: Wiring, session: Session, named: tuple[ProgramId, str], member_id: MemberId
) -> Linked | None:
    """Use the link up for this member; None where it is used or out of time."""
    program_id, link_id = named
    channels, now = wiring.channels_of(program_id), utc_now()
    program = Programs(session).find(program_id)
    addresses = Addresses(session, program_id, now)
    address = addresses.use_link(link_id, member_id)
    if address is None or program is None:
        return None
    asked_each = channels.shared_addresses and len(addresses.members_of(address)) > 1
    addresses.link(address, member_id, shared=channels.shared_addresses)
    if not channels.shared_addresses:
        addresses.end_other_links(address)  # an older one must not take it away again
    only = Outgoing(session, program_id, now).inbound_of(link_id) if asked_each else None
    claim = (member_id, SentBy(SenderTrust.CLAIMED, proof=None))
    return Linked(address, _take_up(session, program, address, only_one=asked_each, one=only, claim=claim))


def _take_up(
    session: Session,
    program: Program,
    address: Address,
    *,
    only_one: bool = False,
    one: InboundId | None = None,
    claim: tuple[MemberId, SentBy] | None = None,
) -> int:
    """Let what was kept under the address within the program's window be taken in; how many messages.

    With `only_one`, nothing but the message `one`, if it is among them. The `claim` names the member who says
    that they are theirs; without it they go to whoever has linked the address.
    """
    now = utc_now()
    inbound = Inbound(session, program.id, now)
    kept = inbound.unlinked_from(address.value, since=now - timedelta(days=program.window_days))
    by, sent_by = claim or (None, None)
    wanted = [each for each in kept if not only_one or each == one]
    return sum(inbound.run_again(each, by=by, sent_by=sent_by) for each in wanted)


def my_addresses(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId) -> MyAddresses:
    """The member's addresses; the secret one is made when it is first looked at."""
    channels = wiring.channels_of(program_id)
    now = utc_now()
    with wiring.database.read() as session:
        addresses = Addresses(session, program_id, now)
        linked, secret = addresses.of_member(member_id), addresses.secret(member_id)
        asked_for = addresses.asked_for(member_id)
    if channels.email is not None and secret is None:
        secret = renew_secret(wiring, program_id=program_id, member_id=member_id)
    mail = "" if channels.email is None else channels.email.address
    local, _, domain = mail.partition("@")
    return MyAddresses(
        linked=linked,
        secret_address=f"{local}+{secret}@{domain}" if mail and secret else "",
        mail_address=mail,
        numbers=() if channels.sms is None else channels.sms.numbers,
        asked_for=asked_for,
    )


def renew_secret(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId) -> str:
    """A fresh secret token; the address with the one before works no more."""
    with wiring.database.write() as session:
        return Addresses(session, program_id, utc_now()).renew_secret(member_id)


def unlink(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, address: Address) -> None:
    """The member does not send from it any more."""
    with wiring.database.write() as session:
        Addresses(session, program_id, utc_now()).unlink(address, member_id)


def ask_to_link(
    wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, written: str
) -> Address | NotLinked:
    """Send a link to an address or number that the member has named as theirs."""
    channels = wiring.channels_of(program_id)
    address = read_address(written)
    if isinstance(address, NotLinked):
        return address
    if address.kind is AddressKind.PHONE and channels.sms is None:
        return _NO_TEXTS
    if address.kind is AddressKind.EMAIL and (channels.email is None or not channels.email.smtp_host):
        return _NO_MAILS
    now = utc_now()
    with wiring.database.write() as session:
        addresses = Addresses(session, program_id, now)
        if member_id in addresses.members_of(address):
            return _LINKED_ALREADY
        outgoing = Outgoing(session, program_id, now)
        if outgoing.confirmations(within_s=_DAY_S, recipient=address.value) >= _CONFIRMATIONS_A_DAY:
            return _WRITTEN_OFTEN
        if outgoing.confirmations(within_s=_DAY_S, asked_by=member_id) >= _ASKED_A_DAY:
            return _NAMED_MANY
        link = addresses.make_link(address, life_s=channels.link_life_s)
        outgoing.add(
            via=Via.EMAIL if address.kind is AddressKind.EMAIL else Via.SMS,
            kind=OutgoingKind.CONFIRM,
            recipient=address.value,
            inbound_id=None,
            detail=link.id,
            asked_by=member_id,
        )
    return address


def link_directly(wiring: Wiring, *, program_id: ProgramId, member_id: MemberId, address: Address) -> Linked:
    """Link it on the word of someone who vouches for it, and take up what was kept under it."""
    program = program_of(wiring, program_id)
    with wiring.database.write() as session:
        addresses = Addresses(session, program_id, utc_now())
        addresses.link(address, member_id, shared=wiring.channels_of(program_id).shared_addresses)
        alone = len(addresses.members_of(address)) == 1  # else each message needs to be asked about
        return Linked(address, _take_up(session, program, address, only_one=not alone))


def read_address(written: str) -> Address | NotLinked:
    """A mail address or a number, as people write them."""
    text = written.strip()
    if "@" in text:
        plain = text.isprintable() and len(text) <= _ADDRESS_MOST_CHARS
        if not plain or _PLAIN_MAIL.fullmatch(text) is None:
            return _NO_ADDRESS
        return Address(AddressKind.EMAIL, text.lower())
    party = read_party(text)
    if isinstance(party, BadNumber) or not party.can_be_answered:
        return _NO_NUMBER
    return Address(AddressKind.PHONE, party.address)
