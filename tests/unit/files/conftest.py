"""A real S3 service for the tests of the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from receipts.files import Store
from tests.support.weed import KEY, SECRET, S3Service, weed

START_TIMEOUT_S = 60.0


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    pytest.importorskip("boto3", reason="boto3 is not installed: run `make setup`, which installs it")
    with ExitStack() as running:
        try:
            service = running.enter_context(weed(tmp_path_factory.mktemp("weed")))
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield service


@pytest.fixture(scope="session")
def s3_store(s3_service: S3Service) -> Iterator[Callable[[], Store]]:
    """Makes a store in an empty bucket."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from receipts.files.s3 import S3Store

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", KEY)
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3", endpoint_url=s3_service.endpoint_url)
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                client.create_bucket(Bucket="ready")
                client.put_object(Bucket="ready", Key="yes", Body=b"yes")
            except (BotoCoreError, ClientError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                break
        numbers = count(1)

        def make() -> Store:
            bucket = f"receipts-{next(numbers)}"
            client.create_bucket(Bucket=bucket)
            return S3Store.from_url(f"s3://{bucket}/originals", endpoint_url=s3_service.endpoint_url)

        yield make


@pytest.fixture(scope="session")
def s3_endpoint_url(s3_service: S3Service) -> str:
    return s3_service.endpoint_url
