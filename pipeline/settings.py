"""All settings: environment variables `TILLPOINTS_*`, and the only place that reads the environment."""

from __future__ import annotations

import os
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.setting_words import EngineName, LogLevel, S3Encryption, WorkerRole

_MEGABYTE = 1_000_000


class SettingsError(ValueError):
    """A setting is wrong; the message names it and says what to set."""


_URLS: dict[str, tuple[str, ...]] = {
    "database_url": ("sqlite:///", "postgresql+psycopg://"),
    "broker_url": ("redis://", "rediss://", "amqp://", "amqps://", "sqs://", "filesystem://"),
    "files_url": ("s3://",),
    "s3_endpoint_url": ("http://", "https://"),
    "s3_public_url": ("http://", "https://"),
    "public_url": ("http://", "https://"),
    "oidc_issuer": ("http://", "https://"),
    "otlp_endpoint": ("http://", "https://"),
}
"""What each address may begin with."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine itself."""
_SECRET = {
    f"TILLPOINTS_{each}" for each in ("SECRET_KEY", "DATABASE_URL", "BROKER_URL", "OIDC_CLIENT_SECRET")
}
"""Whose value no error repeats: it may hold a password."""
_NOT_OURS = ("TILLPOINTS_TEST_", "TILLPOINTS_SHARED")
"""Variables that tests and benchmarks read."""


class Settings(BaseSettings):
    """Every setting with its default; `docs/settings.md` is made from these descriptions."""

    model_config = SettingsConfigDict(env_prefix="TILLPOINTS_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default=Path(".data"),
        description="Folder of the embedded database, files, queue and generated secret.",
    )
    secrets_dir: Path = Field(
        default=Path("/run/secrets"),
        description="Folder whose files `tillpoints_NAME` are settings `TILLPOINTS_NAME` of no variable.",
    )
    database_url: str = Field(
        default="",
        description="`postgresql+psycopg://USER:PASSWORD@HOST/NAME`; empty: SQLite in the data folder.",
    )
    broker_url: str = Field(
        default="", description="Celery broker, such as `redis://HOST/0`; empty: files in the data folder."
    )
    files_url: str = Field(
        default="", description="`s3://BUCKET/PREFIX` for originals; empty: a folder in the data folder."
    )
    s3_endpoint_url: str = Field(default="", description="S3 endpoint where it is not Amazon's own.")
    s3_public_url: str = Field(
        default="", description="The S3 endpoint as members' phones reach it, where that is another address."
    )
    s3_encryption: S3Encryption = Field(
        default=S3Encryption.BUCKETS,
        description="What encryption S3 is asked for with each file: `AES256`, or `aws:kms` by the bucket's"
        " key; empty: as the bucket is set.",
    )
    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the API listens on.")
    public_url: str = Field(
        default="",
        description="Address members see, such as `https://points.example.com`; empty: host and port.",
    )
    secret_key: str = Field(
        default="",
        description="Signs sessions and tokens, 32 characters or more; empty: made once and kept.",
    )
    token_life_s: int = Field(default=3600, ge=60, description="Life of a bearer token, seconds.")
    review_hours: int = Field(
        default=48,
        ge=1,
        le=2000,
        description="Hours within which a member is promised that a person has looked at a receipt.",
    )
    session_life_s: int = Field(default=43_200, ge=300, description="Life of a page sign-in, seconds.")
    worker_processes: int = Field(
        default=max(1, (os.cpu_count() or 1) - 1),
        ge=1,
        description="Processes that `tillpoints worker` runs, an engine each.",
    )
    worker_role: WorkerRole = Field(
        default=WorkerRole.ALL,
        description="What a worker takes up: `all`; `pictures`, photos, scans and PDFs that must be read;"
        " `light`, e-receipts, what is left of a receipt after reading, mails, texts and answers. A worker of"
        " `light` loads the engine only for a picture within a mail.",
    )
    ocr_engine: EngineName = Field(default=EngineName.RAPIDOCR, description="`rapidocr` or `tesseract`.")
    ocr_bfloat16: bool = Field(
        default=True,
        description="Read lines in bfloat16 where the processor computes in it and the extra `bf16` is there;"
        " `false`: as on all other machines, and slower.",
    )
    max_upload_bytes: int = Field(
        default=20 * _MEGABYTE, ge=1024, description="Largest file taken, bytes; also said to members."
    )
    max_upload_files: int = Field(default=10, ge=1, le=100, description="Most files of one upload.")
    max_waiting_receipts: int = Field(
        default=20_000,
        ge=1,
        description="More of a program's receipts than this wait: uploads are answered 429 until fewer do.",
    )
    max_requests_of_address: int = Field(
        default=6_000,
        ge=0,
        description="Requests a minute of one internet address that an API process takes; 0: any number."
        " Thousands of phones may share one.",
    )
    max_requests_of_member: int = Field(
        default=3_000,
        ge=0,
        description="The same of one member. A page with its pictures is some ten requests.",
    )
    max_requests_of_program: int = Field(
        default=60_000,
        ge=0,
        description="The same of a program's members, staff and services together.",
    )
    max_pages: int = Field(default=20, ge=1, description="Longest PDF opened, pages.")
    lease_s: float = Field(
        default=90.0,
        gt=0,
        description="How long a worker may hold a receipt before another takes over, seconds.",
    )
    stage_timeout_s: int = Field(
        default=80,
        ge=1,
        description="A worker that spends longer on one receipt is killed, and it is tried again, seconds.",
    )
    max_attempts: int = Field(
        default=5, ge=1, description="Tries of a stage before a receipt counts as failed."
    )
    sweep_quiet_s: float = Field(
        default=30.0, gt=0, description="The sweeper rings again for receipts untouched this long, seconds."
    )
    relay_poll_s: float = Field(
        default=0.2, gt=0, description="How often the relay looks when idle, seconds."
    )
    channels_file: Path | None = Field(
        default=None,
        description="TOML file of mailboxes and numbers (docs/channels.md); none: uploads only.",
    )
    publishers_file: Path | None = Field(
        default=None,
        description="TOML file of publishers of messages (docs/publishing.md); none: the feed and a file.",
    )
    chains_file: Path | None = Field(
        default=None,
        description="TOML file of shops beside those the reader knows (docs/retailers.md).",
    )
    locales_dir: Path | None = Field(
        default=None,
        description="Folder of locale packs of your own (docs/locales.md); none: those of the product.",
    )
    stores_file: Path | None = Field(
        default=None,
        description="CSV file of the programs' retailers and stores (docs/fraud-member.md); none: no list.",
    )
    trace_days: int = Field(
        default=35,
        ge=30,
        description="How long keyed hashes of devices, addresses, senders and cards are kept, days.",
    )
    delivery_days: int = Field(
        default=30,
        ge=1,
        description="How long it is kept that a publisher's message was tried again and taken, days.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses or networks, by commas, whose `X-Forwarded-For` is believed; empty: nobody's.",
    )
    fiscal_keys_file: Path | None = Field(
        default=None,
        description="JSON file of the keys of fiscal codes (docs/fraud-fiscal.md); none: not verified.",
    )
    dns_timeout_s: float = Field(
        default=3.0, gt=0, description="How long a DNS answer is waited for when a mail is checked, seconds."
    )
    dns_file: Path | None = Field(
        default=None,
        description="JSON file of DNS text records to use in place of DNS, for tests and closed networks.",
    )
    replies_per_hour: int = Field(
        default=30, ge=1, description="Most answers to one mail address or number in an hour."
    )
    oidc_issuer: str = Field(
        default="",
        description="Address of the OpenID Connect provider by which staff sign in (docs/sign-in.md), as its"
        " own documents write it; empty: none.",
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this installation.")
    oidc_client_secret: str = Field(
        default="",
        repr=False,
        description="The secret that the provider gave with it; empty: none, which PKCE makes up for.",
    )
    oidc_programs: str = Field(
        default="",
        description="Programs, by commas, whose reviewers and admins the provider may sign in.",
    )
    oidc_name: str = Field(
        default="", description="What staff call the provider, such as `Acme`; empty: the name of its host."
    )
    oidc_only: bool = Field(
        default=False,
        description="Reviewers and admins of these programs sign in by the provider alone, by no password.",
    )
    oidc_private_hosts: str = Field(
        default="",
        description="The provider's hosts, by commas, that may lie at an address that is not public.",
    )
    oidc_ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authority of the provider's certificate; none: the public ones.",
    )
    master_keys_file: Path | None = Field(
        default=None, description="File of keys that seal members' files (docs/keys.md); none: not sealed."
    )
    otlp_endpoint: str = Field(
        default="",
        description="Collector of traces, as `http://HOST:4318` (docs/tracing.md); empty: none.",
    )
    otlp_share: float = Field(default=1.0, ge=0, le=1, description="Share of the traces that it is sent.")
    log_level: LogLevel = Field(default=LogLevel.INFO, description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        shortest = 32
        if value and len(value) < shortest:
            raise ValueError(f"is too short: use at least {shortest} random characters, or leave it empty")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        named = [part.strip() for part in value.split(",") if part.strip()]
        for part in named:
            try:
                ip_network(part, strict=False)
            except ValueError as error:
                raise ValueError("write addresses or networks, such as 10.0.0.5, 10.1.0.0/16") from error
        return ",".join(named)

    @field_validator("oidc_programs", "oidc_private_hosts")
    @classmethod
    def _by_commas(cls, value: str) -> str:
        return ",".join(part.strip() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if not self.oidc_issuer:
            if self.oidc_only:
                raise ValueError("TILLPOINTS_OIDC_ONLY leaves no way in: set TILLPOINTS_OIDC_ISSUER, too")
            return self
        for name in ("oidc_client_id", "oidc_programs"):
            if not getattr(self, name):
                raise ValueError(f"TILLPOINTS_OIDC_ISSUER needs TILLPOINTS_{name.upper()}, too")
        parts = urlsplit(self.oidc_issuer)
        near = parts.hostname in LOOPBACK and parts.hostname in self.oidc_private_hosts.split(",")
        if not parts.hostname or not (parts.scheme == "https" or near):
            raise ValueError(
                "TILLPOINTS_OIDC_ISSUER must begin with https://: on the way to any other machine, whoever"
                " listens could sign in"
            )
        return self

    @field_validator(*_URLS)
    @classmethod
    def _known_address(cls, value: str, info: ValidationInfo) -> str:
        beginnings = _URLS[info.field_name or ""]
        if value and not value.startswith(beginnings):
            raise ValueError(f"must begin with {' or '.join(beginnings)}")
        return value

    @model_validator(mode="after")
    def _killed_before_the_lease_ends(self) -> Self:
        if self.stage_timeout_s >= self.lease_s:
            raise ValueError(
                "TILLPOINTS_STAGE_TIMEOUT_S must be less than TILLPOINTS_LEASE_S:"
                " else two workers work on one receipt"
            )
        return self

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def resolved_database_url(self) -> str:
        """The database in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'tillpoints.db'}"

    @property
    def resolved_public_url(self) -> str:
        """Where members reach us, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def erasures_file(self) -> Path:
        """Which members were erased: a restored backup forgets it, this file does not."""
        return self.data_dir / "erasures.jsonl"

    @property
    def messages_file(self) -> Path:
        """Where the JSON Lines publisher appends."""
        return self.data_dir / "messages.jsonl"


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: naming every wrong variable and what to set.
    """
    known = {f"TILLPOINTS_{name.upper()}" for name in Settings.model_fields}
    secrets = _secrets_folder()
    in_files = [path.name.upper() for path in secrets.iterdir()] if secrets else []
    for name in sorted([*os.environ, *in_files]):
        if name.startswith("TILLPOINTS_") and name not in known and not name.startswith(_NOT_OURS):
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/settings.md lists them"
            raise SettingsError(f"there is no setting {name}{hint}")
    try:
        return Settings(_secrets_dir=secrets)  # type: ignore[call-arg]  # its plugin does not know it
    except ValidationError as error:
        lines = [_sentence(problem) for problem in error.errors()]
        raise SettingsError("wrong settings:\n  " + "\n  ".join(lines)) from error


def _secrets_folder() -> Path | None:
    """The folder of secrets; None where there is none at the usual place."""
    named = os.environ.get("TILLPOINTS_SECRETS_DIR", "")
    folder = Path(named or Settings.model_fields["secrets_dir"].default)
    if folder.is_dir():
        return folder
    if named:
        raise SettingsError(f"TILLPOINTS_SECRETS_DIR={named}: there is no such folder")
    return None


class _ReadingAlone(BaseSettings):
    """What counts for a picture read without a program around it."""

    model_config = Settings.model_config

    ocr_bfloat16: bool = Settings.model_fields["ocr_bfloat16"].default


def reads_in_bfloat16() -> bool:
    """`TILLPOINTS_OCR_BFLOAT16`, for commands and benches on plain files, which need no other setting.

    Raises:
        SettingsError: it is neither true nor false.
    """
    try:
        return _ReadingAlone().ocr_bfloat16
    except ValidationError as error:
        raise SettingsError(_sentence(error.errors()[0])) from error


def _sentence(problem: ErrorDetails) -> str:
    said = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return said
    name = f"TILLPOINTS_{'_'.join(str(part) for part in problem['loc']).upper()}"
    shown = "..." if name in _SECRET else problem["input"]
    return f"{name}={shown!s}: {said[:1].lower()}{said[1:]}"


def secret_variable(name: str) -> str:
    """A secret that a configuration file keeps in the environment under a name of its own; empty: not set."""
    return os.environ.get(name, "").strip()


def child_environment() -> dict[str, str]:
    """The environment for processes that this one starts: its own, output unbuffered."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
