"""Signing in by two steps: after the password a code of an authenticator app (TOTP, RFC 6238) or of recovery.

The app's secret is kept encrypted with a key made from the installation's; recovery codes are kept as keyed
hashes. Who changes `TILLPOINTS_SECRET_KEY` makes both worthless: `tillpoints account forget-second-step` lets
each person set up theirs anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.clock import utc_now
from pipeline.people import PeopleError, change_person, note_change
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.second_steps import SecondSteps
from receipts.database.repositories.staff_log import StaffChange
from receipts.identity import AccountId, ProgramId, Role
from receipts.program import Account

if TYPE_CHECKING:
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_S = 30
DIGITS = 6
"""What every authenticator app knows; some know nothing else."""
RECOVERY_CODES = 10
STAFF = frozenset({Role.REVIEWER, Role.ADMIN})
"""Who may have a second step: services and members' apps sign in without anybody there to type a code."""
_SECRET_BYTES = 20
"""As RFC 4226 recommends, for HMAC-SHA-1."""
_AROUND = (0, -1, 1)
"""Half minutes beside this one whose code is taken, too: clocks differ, and typing takes its time."""
_CODE_BYTES = 10
_CODE_LETTERS = 16
_GROUP = 4


@dataclass(frozen=True, slots=True)
class SecondStep:
    """How an account stands to its second step.

    Attributes:
        on_since: since when codes are asked for; None where none are.
        begun: whether a secret waits to be confirmed by its first code.
        codes_left: recovery codes that were not used.
        asked: whether the program asks its staff for one.
    """

    on_since: datetime | None
    begun: bool
    codes_left: int
    asked: bool


@dataclass(frozen=True, slots=True)
class Shared:
    """What the app is told.

    Attributes:
        uri: for the QR code.
        secret: to be typed instead, in groups of four letters.
    """

    uri: str
    secret: str


def second_step_of(wiring: Wiring, account: Account) -> SecondStep:
    """How the account stands."""
    with wiring.database.read() as session:
        steps = SecondSteps(session)
        found, asked = steps.of(account.id), steps.is_asked_in(account.program_id)
    if found is None:
        return SecondStep(None, begun=False, codes_left=0, asked=asked)
    return SecondStep(found.on_since, found.on_since is None, found.codes_left, asked)


def is_asked_for_code(wiring: Wiring, account: Account) -> bool:
    """Whether the password alone does not sign the account in."""
    if account.role not in STAFF:
        return False
    with wiring.database.read() as session:
        return SecondSteps(session).is_on(account.id)


def owes_second_step(wiring: Wiring, account: Account) -> bool:
    """Whether the program asks its staff for a second step, and this account has none."""
    if account.role not in STAFF:
        return False
    with wiring.database.read() as session:
        steps = SecondSteps(session)
        return steps.is_asked_in(account.program_id) and not steps.is_on(account.id)


def begin(wiring: Wiring, account: Account) -> bool:
    """Make a secret, which asks for nothing until it is confirmed; False where one is on."""
    sealed = _sealer(wiring).encrypt(secrets.token_bytes(_SECRET_BYTES)).decode()
    with wiring.database.write() as session:
        return account.role in STAFF and SecondSteps(session).begin(account.id, sealed, utc_now())


def shared(wiring: Wiring, account: Account) -> Shared | None:
    """What the app is told, while the secret is not confirmed; None before and after."""
    with wiring.database.read() as session:
        found = SecondSteps(session).of(account.id)
    if found is None or found.on_since is not None:
        return None
    secret = _opened(wiring, found.sealed_secret)
    if secret is None:
        return None
    # A colon parts the issuer from the account's name in such an address.
    issuer = f"Tillpoints {program_of(wiring, account.program_id).name}".replace(":", " ")
    text = base64.b32encode(secret).decode()
    groups = " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
    return Shared(_totp(secret).get_provisioning_uri(account.email, issuer), groups)


def confirm(wiring: Wiring, account: Account, code: str) -> tuple[str, ...] | None:
    """Ask for codes from now on, if this one is right; the recovery codes, which are told once, or None."""
    now = utc_now()
    with wiring.database.read() as session:
        found = SecondSteps(session).of(account.id)
    if found is None or found.on_since is not None:
        return None
    step = _step_of(wiring, found.sealed_secret, code, now)
    if step is None:
        return None
    codes = _new_codes()
    with wiring.database.write() as session:
        steps = SecondSteps(session)
        if not steps.turn_on(account.id, found.sealed_secret, step, now):
            return None
        steps.replace_recovery_codes(account.id, [_hash(wiring, each) for each in codes])
        note_change(session, account.program_id, StaffChange.STEP_ON, account.id, account.id)
    return codes


def check_code(wiring: Wiring, account_id: AccountId, code: str) -> bool:
    """Whether it is the app's code of about now, or a recovery code; each is good once.

    Of several who send one code at one moment one is let in.
    """
    now, plain = utc_now(), _plain(code)
    with wiring.database.read() as session:
        found = SecondSteps(session).of(account_id)
    if found is None or found.on_since is None:
        return False
    if len(plain) == _CODE_LETTERS:
        hashed = _hash(wiring, plain)
        with wiring.database.write() as session:
            return SecondSteps(session).take_recovery_code(account_id, hashed, now)
    step = _step_of(wiring, found.sealed_secret, plain, now)
    if step is None or step <= found.last_step:
        return False
    with wiring.database.write() as session:
        return SecondSteps(session).take_step(account_id, step)


def renew_codes(wiring: Wiring, account: Account) -> tuple[str, ...]:
    """Other recovery codes, which are told once; those of before are good no more."""
    codes = _new_codes()
    with wiring.database.write() as session:
        SecondSteps(session).replace_recovery_codes(account.id, [_hash(wiring, each) for each in codes])
        note_change(session, account.program_id, StaffChange.CODES_RENEWED, account.id, account.id)
    return codes


def turn_off(wiring: Wiring, account: Account) -> bool:
    """Ask the account for no code any more; False where the program asks its staff for one."""
    with wiring.database.write() as session:
        steps = SecondSteps(session)
        if steps.is_asked_in(account.program_id):
            return False
        steps.remove(account.id)
        note_change(session, account.program_id, StaffChange.STEP_OFF, account.id, account.id)
        return True


def forget_of(wiring: Wiring, program_id: ProgramId, by: AccountId, account_id: str) -> None:
    """Let a colleague who lost app and codes set up another, and end what they are signed in to.

    Raises:
        PeopleError: it is one's own account, or one is no admin any more.
        NoSuchPersonError: it is a member's, or not of this program.
    """
    with change_person(wiring, program_id, by, account_id) as session:
        SecondSteps(session).remove(AccountId(account_id))
        Programs(session).change_account(program_id, AccountId(account_id), signed_out_at=utc_now())
        note_change(session, program_id, StaffChange.STEP_FORGOTTEN, by, AccountId(account_id))


def forget_by_email(wiring: Wiring, email: str) -> Account | None:
    """The same for whoever runs the program; None where nobody signs in with the address."""
    with wiring.database.write() as session:
        found = Programs(session).account_by_email(email)
        if found is None:
            return None
        SecondSteps(session).remove(found[0].id)
        Programs(session).change_account(found[0].program_id, found[0].id, signed_out_at=utc_now())
        note_change(session, found[0].program_id, StaffChange.STEP_FORGOTTEN, None, found[0].id)
    return found[0]


def ask_staff(wiring: Wiring, account: Account, *, asked: bool) -> None:
    """Ask all of the program's reviewers and admins for a second step, or leave it to each of them.

    Raises:
        PeopleError: whoever asks has none.
    """
    with wiring.database.write() as session:
        steps = SecondSteps(session)
        if asked and not steps.is_on(account.id):
            raise PeopleError("Set up a second step for yourself first, under “My sign-in”.")
        steps.ask_in(account.program_id, asked=asked)
        kind = StaffChange.STEP_ASKED if asked else StaffChange.STEP_LEFT
        note_change(session, account.program_id, kind, account.id, None)


def with_second_step(wiring: Wiring, program_id: ProgramId) -> tuple[frozenset[AccountId], bool]:
    """Who of the program's staff has one, and whether it is asked of all."""
    with wiring.database.read() as session:
        steps = SecondSteps(session)
        return steps.on_in(program_id), steps.is_asked_in(program_id)


def _plain(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _step_of(wiring: Wiring, sealed: str, code: str, now: datetime) -> int | None:
    """The half minute, around now, whose code it is."""
    secret, plain = _opened(wiring, sealed), _plain(code)
    if secret is None or len(plain) != DIGITS or not plain.isascii() or not plain.isdigit():
        return None
    totp, current = _totp(secret), int(now.timestamp()) // STEP_S
    right = [
        current + around
        for around in _AROUND
        if hmac.compare_digest(totp.generate((current + around) * STEP_S), plain.encode())
    ]
    return max(right, default=None)


def _totp(secret: bytes) -> TOTP:
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303  (what apps know; HMAC does not lean on collisions)


def _sealer(wiring: Wiring) -> Fernet:
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=None, info=b"tillpoints second step")
    return Fernet(base64.urlsafe_b64encode(derived.derive(wiring.secret_key.encode())))


def _opened(wiring: Wiring, sealed: str) -> bytes | None:
    """The secret; None where the installation's key is another than it was sealed with."""
    from cryptography.fernet import InvalidToken

    try:
        return _sealer(wiring).decrypt(sealed.encode())
    except InvalidToken:
        return None


def _new_codes() -> tuple[str, ...]:
    found = []
    for _ in range(RECOVERY_CODES):
        text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
        found.append("-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)))
    return tuple(found)


def _hash(wiring: Wiring, code: str) -> str:
    said = f"tillpoints recovery code|{_plain(code)}"
    return hmac.new(wiring.secret_key.encode(), said.encode(), hashlib.sha256).hexdigest()
