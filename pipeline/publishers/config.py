"""Each program's publishers, from one TOML file. Secrets stand in the environment or in files apart."""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.settings import secret_variable
from receipts.identity import ProgramId

_SECRET_BYTES = range(24, 65)
"""Of a Standard Webhooks secret."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_QUEUE_URL = re.compile(r"https?://\S+/\S+\.fifo")
_TOPIC_ARN = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):\d{12}:[\w-]+\.fifo")


class PublishersError(ValueError):
    """The file of publishers is wrong; the message names the place and says what to write."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Secret(_Part):
    """Where a secret is: `{env = "NAME"}` or `{file = "/run/secrets/NAME"}`."""

    env: str = ""
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.env) == (self.file is not None):
            raise ValueError('needs either env = "NAME" or file = "/PATH"')
        return self

    def read(self) -> str:
        """The secret itself, without blanks around it.

        Raises:
            PublishersError: it is not there.
        """
        if self.file is None:
            found, where = secret_variable(self.env), f"the environment variable {self.env}"
        else:
            where = str(self.file)
            try:
                found = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise PublishersError(f"the secret in {where} cannot be read: {error}") from error
        if not found:
            raise PublishersError(f"{where} is empty or not set: put the secret there")
        return found


class _Publisher(_Part):
    """What all kinds have.

    Attributes:
        start: where a new publisher begins: at the program's first message, or with what comes from now on.
        parallel: messages sent at a time, each of another member.
    """

    start: Literal["first", "new"] = "first"
    parallel: Annotated[int, Field(ge=1, le=64)] = 1


class WebhookSettings(_Publisher):
    """Standard Webhooks 1.0.

    Attributes:
        secrets: `whsec_...`; each signs, so that one may be changed while the other still holds.
        private: the host is in our own network: private addresses and plain http are allowed.
        ca_file: certificates to trust in place of the public ones.
    """

    kind: Literal["webhook"]
    url: str
    secrets: Annotated[tuple[Secret, ...], Field(min_length=1, max_length=4)]
    private: bool = False
    timeout_s: Annotated[float, Field(ge=1, le=20)] = 15.0
    ca_file: Path | None = None
    parallel: Annotated[int, Field(ge=1, le=64)] = 8

    @model_validator(mode="after")
    def _whole_url(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in ({"https", "http"} if self.private else {"https"}) or not parts.hostname:
            raise ValueError("url must be https://HOST/PATH; http is for private = true alone")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("url must hold no user, password or #part; the signature says who sends")
        return self

    def keys(self) -> tuple[str, ...]:
        """The secrets themselves.

        Raises:
            PublishersError: one is not there, or is no secret of Standard Webhooks.
        """
        found = tuple(secret.read() for secret in self.secrets)
        for key in found:
            try:
                size = len(base64.b64decode(key.removeprefix("whsec_"), validate=True))
            except (binascii.Error, ValueError):
                size = 0
            if not key.startswith("whsec_") or size not in _SECRET_BYTES:
                raise PublishersError(
                    "a webhook's secret must be whsec_ and 24 to 64 random bytes in base64;"
                    " `tillpoints deliveries new-secret` makes one"
                )
        return found


class SqsSettings(_Publisher):
    """A FIFO queue of SQS; credentials as boto3 finds them."""

    kind: Literal["sqs"]
    queue_url: str
    region: str = ""
    endpoint_url: str = ""
    parallel: Annotated[int, Field(ge=1, le=64)] = 4

    @field_validator("queue_url")
    @classmethod
    def _is_fifo(cls, value: str) -> str:
        if not _QUEUE_URL.fullmatch(value):
            raise ValueError("must be the URL of a FIFO queue, which ends in .fifo")
        return value


class SnsSettings(_Publisher):
    """A FIFO topic of SNS; credentials as boto3 finds them, the region of the topic's name."""

    kind: Literal["sns"]
    topic_arn: str
    endpoint_url: str = ""
    parallel: Annotated[int, Field(ge=1, le=64)] = 4

    @field_validator("topic_arn")
    @classmethod
    def _is_fifo(cls, value: str) -> str:
        if not _TOPIC_ARN.fullmatch(value):
            raise ValueError("must be arn:aws:sns:REGION:ACCOUNT:NAME.fifo, of a FIFO topic")
        return value

    @property
    def region(self) -> str:
        """Of the topic."""
        found = _TOPIC_ARN.fullmatch(self.topic_arn)
        return found[1] if found else ""


class AmqpSettings(_Publisher):
    """A queue or an exchange of RabbitMQ.

    Attributes:
        url: without a password: `amqps://USER@HOST/VHOST`.
        exchange: an exchange that is there already; empty: straight into `queue`.
        queue: a durable queue, made where it is missing; it may be empty where an exchange is named.
        routing_key: for the exchange; empty: the type of each message, such as `points.awarded`.
    """

    kind: Literal["amqp"]
    url: str
    password: Secret | None = None
    exchange: str = ""
    queue: str = ""
    routing_key: str = ""
    parallel: Annotated[int, Field(ge=1, le=1)] = 1

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
            raise ValueError("url must be amqps://USER@HOST/VHOST, or amqp://")
        if parts.password:
            raise ValueError('url must hold no password: write password = {env = "NAME"} or {file = "/PATH"}')
        if not self.exchange and not self.queue:
            raise ValueError("needs a queue or an exchange")
        return self


class FileSettings(_Publisher):
    """A JSON Lines file of its own, beside messages.jsonl, which is always written."""

    kind: Literal["file"]
    path: Path
    parallel: Annotated[int, Field(ge=1, le=1)] = 1


PublisherSettings = WebhookSettings | SqsSettings | SnsSettings | AmqpSettings | FileSettings
Publishers = dict[ProgramId, dict[str, PublisherSettings]]


class _Program(_Part):
    publisher: dict[str, Annotated[PublisherSettings, Field(discriminator="kind")]] = Field(
        default_factory=dict
    )

    @field_validator("publisher")
    @classmethod
    def _plain_names(cls, value: dict[str, PublisherSettings]) -> dict[str, PublisherSettings]:
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r}: a name is 1 to 40 of a to z, 0 to 9 and -")
        return value


class _File(_Part):
    program: dict[str, _Program] = Field(default_factory=dict)


def load_publishers(path: Path) -> Publishers:
    """The publishers of every program that the file names.

    Raises:
        PublishersError: the file is missing or wrong.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PublishersError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PublishersError(f"{path}: {error}") from error
    try:
        loaded = _File.model_validate(document)
    except ValidationError as error:
        # The values stay out of the message: someone may have written a secret among them.
        lines = [
            ".".join(map(str, problem["loc"])) + ": " + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise PublishersError(f"{path}:\n  " + "\n  ".join(lines)) from error
    return {ProgramId(program): each.publisher for program, each in loaded.program.items()}
