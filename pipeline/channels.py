"""Each program's mailbox and numbers, from one TOML file.

Secrets may stand in files of their own: `password_file = "/run/secrets/imap"` in place of `password`.
"""

from __future__ import annotations

import re
import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated, Self

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.email.security import Security
from ingest.sms.places import MEDIA_PLACES, MediaPlaces
from receipts.identity import ProgramId

_MEGABYTE = 1_000_000
_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


class ChannelsError(ValueError):
    """The file of channels is wrong; the message names the place and says what to write."""


class Joining(Enum):
    """Whether someone whom the program does not know may become a member by the link sent to them."""

    OPEN = "open"
    CLOSED = "closed"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OAuth(_Part):
    """Signs in to IMAP and SMTP by XOAUTH2, with access tokens got for a refresh token."""

    token_url: str
    client_id: str
    client_secret: str = ""
    client_secret_file: Path | None = None
    refresh_token: str = ""
    refresh_token_file: Path | None = None
    scope: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: object) -> object:
        return _with_secrets(values, ("client_secret", "refresh_token"))


class MailboxSettings(_Part):
    """One program's mailbox, and how its answers leave.

    Attributes:
        address: where members forward to; personal addresses are `LOCAL+TOKEN@DOMAIN` of it.
        done_folder: taken mail is moved there; empty: it is flagged seen and stays.
        idle: wait by IDLE where the server can; else it is polled.
        smtp_user: empty: as for IMAP; a single `-` sends without signing in.
        trusted_sealers: domains whose ARC seals are believed, such as `google.com`.
        authserv_ids: names by which our own receiving server signs its Authentication-Results.
        ca_file: certificates to trust beside the system's.
    """

    address: str
    imap_host: str
    imap_port: int = 993
    imap_security: Security = Security.TLS
    user: str = ""
    password: str = ""
    password_file: Path | None = None
    oauth: OAuth | None = None
    folder: str = "INBOX"
    done_folder: str = ""
    idle: bool = True
    poll_s: Annotated[float, Field(gt=0)] = 30.0
    max_message_bytes: Annotated[int, Field(ge=10_000)] = 40 * _MEGABYTE
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Security = Security.STARTTLS
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_password_file: Path | None = None
    trusted_sealers: frozenset[str] = frozenset()
    authserv_ids: frozenset[str] = frozenset()
    ca_file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: object) -> object:
        return _with_secrets(values, ("password", "smtp_password"))

    @field_validator("address")
    @classmethod
    def _one_address(cls, value: str) -> str:
        local, at, domain = value.strip().lower().rpartition("@")
        if not (local and at and domain) or "+" in local:
            raise ValueError("must be a plain mail address, such as receipts@example.com")
        return f"{local}@{domain}"

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if self.oauth is None and not self.password:
            raise ValueError("needs a password, a password_file, or an [..email.oauth] table")
        return self

    @property
    def login(self) -> str:
        """Who signs in; the address itself unless told otherwise."""
        return self.user or self.address

    @property
    def smtp_login(self) -> tuple[str, str] | None:
        """User and password for SMTP; None to send without signing in."""
        if self.smtp_user == "-":
            return None
        return self.smtp_user or self.login, self.smtp_password or self.password


class TextSettings(_Part):
    """One program's numbers at Twilio.

    Attributes:
        numbers: E.164, or `whatsapp:+1...`; texts to these are this program's.
        messaging_service_sid: answers leave through it; empty: from the number that was texted.
        media_hosts: exact names that media, and redirects from them, may be fetched from.
        delete_media: delete media at the provider once they are stored.
        opt_out_by_provider: the provider itself answers STOP, START and HELP, as a messaging service with
            Advanced Opt-Out does.
        api_base_url: of another region of the provider's, or of a server that speaks its API.
    """

    account_sid: str
    auth_token: str = ""
    auth_token_file: Path | None = None
    numbers: Annotated[tuple[str, ...], Field(min_length=1)]
    messaging_service_sid: str = ""
    media_hosts: frozenset[str] = frozenset()
    delete_media: bool = False
    status_callbacks: bool = True
    opt_out_by_provider: bool = False
    api_base_url: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_secrets(cls, values: object) -> object:
        return _with_secrets(values, ("auth_token",))

    @field_validator("numbers")
    @classmethod
    def _e164(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number in value:
            plain = number.removeprefix("whatsapp:")
            is_short_code = plain.isdigit()
            if is_short_code:
                continue
            try:
                parsed = phonenumbers.parse(plain)
            except phonenumbers.NumberParseException as error:
                raise ValueError(f"{number!r} is no number: write it as +12025550123") from error
            if phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) != plain:
                raise ValueError(f"{number!r} must be written without blanks, as +12025550123")
        return value

    @field_validator("account_sid")
    @classmethod
    def _is_account(cls, value: str) -> str:
        if not _ACCOUNT_SID.fullmatch(value):
            raise ValueError("must be the account's SID: AC and 32 digits or letters a to f")
        return value

    @model_validator(mode="after")
    def _has_token(self) -> Self:
        if not self.auth_token:
            raise ValueError("needs an auth_token or an auth_token_file")
        MediaPlaces.of(self.media_hosts or MEDIA_PLACES, test_url=self.api_base_url)
        return self


class ProgramChannels(_Part):
    """How one program is reached besides uploads.

    Attributes:
        shared_addresses: several members may link one address or number (a family's phone); who it is for is
            then asked by a link. Otherwise the newest link takes it over (a recycled number).
        joining: whether unknown senders may become members by the link sent to them.
        join_url: where the program itself takes new members; shown where joining is closed.
        link_life_s: how long a link works.
        help_contact: whom HELP names, a mail address or number.
        retailer_domains: mail domains of retailers, beside those that are known already.
    """

    email: MailboxSettings | None = None
    sms: TextSettings | None = None
    shared_addresses: bool = False
    joining: Joining = Joining.OPEN
    join_url: str = ""
    link_life_s: Annotated[float, Field(ge=300)] = 7 * 86_400.0
    help_contact: str = ""
    retailer_domains: dict[str, tuple[str, ...]] = Field(default_factory=dict)


NO_CHANNELS = ProgramChannels()
"""Of a program that only takes uploads."""


class _File(_Part):
    program: dict[str, ProgramChannels] = Field(default_factory=dict)


def load_channels(path: Path) -> dict[ProgramId, ProgramChannels]:
    """The channels of every program that the file names.

    Raises:
        ChannelsError: the file is missing or wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChannelsError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ChannelsError(f"{path}: {error}") from error
    try:
        loaded = _File.model_validate(document)
    except ValidationError as error:
        # The values stay out of the message: some of them are secrets.
        lines = [
            ".".join(map(str, problem["loc"])) + ": " + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise ChannelsError(f"{path}:\n  " + "\n  ".join(lines)) from error
    _refuse_shared(path, loaded.program)
    return {ProgramId(program): channels for program, channels in loaded.program.items()}


def _refuse_shared(path: Path, programs: dict[str, ProgramChannels]) -> None:
    """Two programs that fight for one mailbox or number would both be right about whose a message is."""
    owner: dict[str, str] = {}
    for program, channels in programs.items():
        for name in _claimed(channels):
            if owner.setdefault(name, program) != program:
                raise ChannelsError(f"{path}: {name} belongs to two programs; give it to one")


def _claimed(channels: ProgramChannels) -> tuple[str, ...]:
    """What is one program's alone, by names that are the same however the file writes it."""
    # A plain number takes WhatsApp too, so that both ways of writing it name the same.
    numbers = () if channels.sms is None else channels.sms.numbers
    claimed = tuple(number.removeprefix("whatsapp:") for number in numbers)
    mail = channels.email
    if mail is None:
        return claimed
    folder = "INBOX" if mail.folder.upper() == "INBOX" else mail.folder  # the one name in any case (RFC 3501)
    account = f"the folder {folder} of {mail.login.lower()} at {mail.imap_host.lower()}"
    return (*claimed, mail.address, account)


def _with_secrets(values: object, names: tuple[str, ...]) -> object:
    if not isinstance(values, dict):
        return values
    found = dict(values)
    for name in names:
        file = found.get(f"{name}_file")
        if file and not found.get(name):
            try:
                found[name] = Path(str(file)).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ValueError(f"{name}_file cannot be read ({error.strerror})") from error
    return found
