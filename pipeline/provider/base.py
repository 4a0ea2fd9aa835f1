"""What is known of a provider before it is asked, who it says somebody is, and what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.settings import Settings
from receipts.errors import TransientError
from receipts.identity import ProgramId, Role
from receipts.program import Account

SIGNED_IN = frozenset({Role.REVIEWER, Role.ADMIN})
"""Whom a provider signs in: members have passwords of their own, and services keys."""


class ProviderError(Exception):
    """Nobody is signed in; the message is for operators and holds no token."""


class ProviderAwayError(ProviderError, TransientError):
    """The provider does not answer, or not as it should: worth another try."""


class NotBelievedError(ProviderError):
    """What came back does not show who it is."""


class NoStaffError(ProviderError):
    """The provider says who it is, and that is nobody who may come in here; the message is for them."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The provider as the settings name it.

    Attributes:
        programs: whose reviewers and admins it may sign in.
        name: what staff call it.
        only: they sign in by it alone.
        private_hosts: may lie at an address that is not public.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    programs: frozenset[ProgramId]
    name: str
    only: bool
    private_hosts: frozenset[str]
    ca_file: Path | None

    def is_for(self, account: Account) -> bool:
        """Whether the provider may sign this account in."""
        return account.role in SIGNED_IN and account.program_id in self.programs

    @classmethod
    def of(cls, settings: Settings) -> ProviderSettings | None:
        """None where no provider is set."""
        if not settings.oidc_issuer:
            return None
        return cls(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            programs=frozenset(ProgramId(each) for each in settings.oidc_programs.split(",")),
            name=settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or settings.oidc_issuer,
            only=settings.oidc_only,
            private_hosts=frozenset(settings.oidc_private_hosts.split(",")) - {""},
            ca_file=settings.oidc_ca_file,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says somebody is.

    Attributes:
        email: empty where it does not say, or does not vouch for it.
    """

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps from a sign-in that it began, until it comes back.

    Attributes:
        state: comes back in the address; binds the answer to this browser.
        nonce: comes back in the token; binds the token to this sign-in.
        verifier: shows the provider that who brings the code is who asked for it (PKCE, RFC 7636).
    """

    state: str
    nonce: str
    verifier: str
