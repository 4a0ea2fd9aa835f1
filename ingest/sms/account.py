"""How the provider has an account and its numbers set up: for the operator, never while texts flow."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.sms.outgoing import TextAccount, provider_client, provider_errors


@dataclass(frozen=True, slots=True)
class NumberSetup:
    """A number as the provider has it.

    Attributes:
        webhook: where it sends texts that come in; empty for nowhere, or where a messaging service decides.
        method: by which: ``POST`` or ``GET``.
    """

    webhook: str
    method: str


class AccountLook:
    """Looks at one account, changing nothing."""

    def __init__(self, account: TextAccount) -> None:
        self._account = account
        self._client = provider_client(account)

    def status(self) -> str:
        """The provider's word: ``active``, ``suspended`` or ``closed``.

        Raises:
            RefusedError: the credentials are refused.
            TransientError: the provider does not answer.
        """
        with provider_errors("our question about the account"):
            return str(self._client.api.v2010.accounts(self._account.account_sid).fetch().status)

    def number(self, number: str) -> NumberSetup | None:
        """How a number in E.164 is set up; None where the account does not have it.

        Raises:
            RefusedError: the credentials are refused.
            TransientError: the provider does not answer.
        """
        with provider_errors(f"our question about the number {number}"):
            found = self._client.incoming_phone_numbers.list(phone_number=number, limit=1)
        return NumberSetup(str(found[0].sms_url or ""), str(found[0].sms_method or "")) if found else None
