"""Makes a publisher of its settings; each kind's library is loaded only where it is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from pipeline.publish import JsonLinesPublisher
from pipeline.publishers.base import Publisher
from pipeline.publishers.config import (
    AmqpSettings,
    FileSettings,
    PublishersError,
    PublisherSettings,
    SnsSettings,
    SqsSettings,
    WebhookSettings,
)
from pipeline.settings import SettingsError


def make_publisher(
    settings: PublisherSettings, *, where: str, lines: Callable[[Path], JsonLinesPublisher]
) -> Publisher:
    """The publisher, with its secrets read.

    Args:
        settings: of the file of publishers.
        where: names it in errors.
        lines: makes the writer of a file.

    Raises:
        SettingsError: a secret is not there, or a library is not installed.
    """
    try:
        return _made(settings, lines)
    except PublishersError as error:
        raise SettingsError(f"publisher {where}: {error}") from error
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"publisher {where}: {error.name} is not installed; pip install 'tillpoints[aws]'"
        ) from error


def _made(settings: PublisherSettings, lines: Callable[[Path], JsonLinesPublisher]) -> Publisher:
    match settings:
        case FileSettings():
            from pipeline.publishers.file import FilePublisher

            return FilePublisher(settings.path, lines(settings.path))
        case WebhookSettings():
            from pipeline.publishers.webhook import Endpoint, WebhookPublisher

            return WebhookPublisher(
                Endpoint(
                    settings.url,
                    settings.keys(),
                    private=settings.private,
                    timeout_s=settings.timeout_s,
                    ca_file=settings.ca_file,
                    parallel=settings.parallel,
                )
            )
        case SqsSettings():
            from pipeline.publishers.aws import SqsPublisher

            return SqsPublisher(settings)
        case SnsSettings():
            from pipeline.publishers.aws import SnsPublisher

            return SnsPublisher(settings)
        case AmqpSettings():
            from pipeline.publishers.amqp import AmqpPublisher

            return AmqpPublisher(
                settings, password="" if settings.password is None else settings.password.read()
            )
        case _:
            assert_never(settings)
