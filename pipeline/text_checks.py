"""What `tillpoints doctor` asks of a program's account at the text provider."""

from __future__ import annotations

from ingest.sms.account import AccountLook
from ingest.sms.outgoing import API_URL, TextAccount
from pipeline.channels import TextSettings
from pipeline.wiring import Wiring
from receipts.errors import RefusedError

TEXT_PATH = "/channels/twilio"
"""Where the provider brings texts."""


def check_texting(wiring: Wiring, settings: TextSettings) -> str:
    """Whether the account is ours and well, and its numbers bring their texts here.

    Raises:
        RefusedError: with what is wrong and what to do.
        TransientError: the provider does not answer.
    """
    webhook = f"{wiring.settings.resolved_public_url}{TEXT_PATH}"
    if not webhook.startswith("https://") and not settings.api_base_url:
        raise RefusedError(
            f"texts would have to come to {webhook}, where the provider cannot reach us privately:"
            " set TILLPOINTS_PUBLIC_URL to an https address"
        )
    account = TextAccount(settings.account_sid, settings.auth_token, api_url=settings.api_base_url or API_URL)
    look = AccountLook(account)
    status = look.status()
    if status != "active":
        raise RefusedError(f"the account is {status}: see the provider's console")
    plain = [number for number in settings.numbers if number.startswith("+")]
    for number in plain:
        _check_number(look, number, webhook, by_service=bool(settings.messaging_service_sid))
    return f"the account is active, {len(plain)} numbers looked at; texts come to {webhook}"


def _check_number(look: AccountLook, number: str, webhook: str, *, by_service: bool) -> None:
    setup = look.number(number)
    if setup is None:
        raise RefusedError(f"the account has no number {number}: correct `numbers`, or the account")
    # A number in a messaging service may leave it to the service where its texts go.
    if by_service and not setup.webhook:
        return
    where, _, _ = setup.webhook.partition("#")
    if where.partition("?")[0] != webhook:
        came = f"go to {setup.webhook}" if setup.webhook else "go nowhere"
        raise RefusedError(f"texts to {number} {came}: set its incoming webhook to {webhook}, by POST")
    if setup.method != "POST":
        raise RefusedError(f"texts to {number} come by {setup.method}: set its incoming webhook to POST")
