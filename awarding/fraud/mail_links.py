"""Whether a mail's links lead to the shop or to who sent it; links are never followed.

Shops' mails are full of links to others: trackers of the mail service, social networks, couriers. So what
counts is only that none leads home, or that one shows the shop's address and leads elsewhere. All of it is
weak: a shop may have domains that nobody told us of.
"""

from __future__ import annotations

from typing import Final

from awarding.fraud.evidence import Evidence
from awarding.fraud.files.base import Link, MailLinks
from awarding.fraud.files.links import registrable
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.retailer_domains import imitated, known_domains, retailer_of, retailers_named
from awarding.fraud.signals import clear, not_checked
from receipts.fraud import EvidenceFact, Finding, FraudSignal, Strength

NAME = "mail_links"
VERSION = 1

LEAST_LINKS: Final = 3
"""Fewer may well be the courier's and the payment's alone."""
MOST_SHOWN: Final = 8
MAIL_SERVICES: Final = frozenset(
    {
        "adobe.com",
        "awstrack.me",
        "braze.com",
        "cmail19.com",
        "cmail20.com",
        "constantcontact.com",
        "createsend.com",
        "customeriomail.com",
        "dotdigital-pages.com",
        "emarsys.net",
        "emlfiles.com",
        "exacttarget.com",
        "exct.net",
        "hubspotlinks.com",
        "hubspotlinksstarter.com",
        "hubspotstarter-eu1.net",
        "intercom-mail.com",
        "iterable.com",
        "klaviyo.com",
        "klclick.com",
        "list-manage.com",
        "mailchimp.com",
        "mailgun.org",
        "mailjet.com",
        "mandrillapp.com",
        "mjt.lu",
        "mkt.com",
        "mlsend.com",
        "pstmrk.it",
        "responsys.net",
        "rs6.net",
        "sailthru.com",
        "salesforce.com",
        "sendgrid.net",
        "sendibm1.com",
        "sendinblue.com",
        "sendpulse.com",
        "sparkpostmail.com",
        "trustpilot.com",
        "zendesk.com",
    }
)
"""Which send shops' mails and turn every link in them into one of their own."""
_MEMBER: Final = (
    "We could not match the links in the email with the shop on the receipt, so one of us will have a look."
)


def check(evidence: Evidence, policy: ScreenPolicy) -> FraudSignal:  # noqa: ARG001 - every check takes both
    """Weak: a link imitates the shop, or shows it and leads elsewhere, or none leads home."""
    found = evidence.links
    if found is None or not found.count:
        return clear(check=NAME, version=VERSION, sentence="It did not come in a mail with links.")
    name = evidence.receipt.retailer.name
    home = {registrable(domain) for domain in evidence.retailer_domains | known_domains(name)}
    home |= {found.sender} if found.sender else set()
    facts = _facts(found, home)
    if not home:
        said = "Neither a domain of the shop nor of the mail's sender is known to hold its links against."
        return not_checked(check=NAME, version=VERSION, sentence=said, evidence=facts)
    ours = retailers_named(name)
    copies = [link.domain for link in found.links if any(each in ours for each in imitated(link.domain))]
    if copies and found.sender not in copies:
        return _suspect(
            f"A link leads to {copies[0]}, which looks like a domain of {name}, and is none.", facts
        )
    astray = [link for link in found.links if link.shown in home and not _is_home(link, home)]
    if astray:
        first = astray[0]
        return _suspect(f"A link shows {first.shown} and leads to {first.domain}.", facts)
    if found.count >= LEAST_LINKS and not any(_is_home(link, home) for link in found.links):
        said = f"None of its {found.count} links leads to {name or 'the shop'} or to the mail's sender."
        return _suspect(said, facts)
    said = "Its links lead where a mail of this shop's would lead."
    return clear(check=NAME, version=VERSION, sentence=said, evidence=facts)


def _is_home(link: Link, home: set[str]) -> bool:
    """Marketplaces and payment services link to themselves in mails about other shops' goods."""
    if link.domain in home or link.domain in MAIL_SERVICES:
        return True
    owner = retailer_of(link.domain)
    return owner is not None and owner.carrier


def _facts(found: MailLinks, home: set[str]) -> tuple[EvidenceFact, ...]:
    leads = ", ".join(dict.fromkeys(link.domain for link in found.links[:MOST_SHOWN]))
    return (
        EvidenceFact("mail's sender", found.sender or "not known"),
        EvidenceFact("known domains", ", ".join(sorted(home)[:MOST_SHOWN]) or "none"),
        EvidenceFact("links lead to", leads),
    )


def _suspect(said: str, facts: tuple[EvidenceFact, ...]) -> FraudSignal:
    return FraudSignal(
        check=NAME,
        version=VERSION,
        finding=Finding.SUSPECT,
        strength=Strength.WEAK,
        reviewer_sentence=said,
        member_sentence=_MEMBER,
        evidence=facts,
    )
