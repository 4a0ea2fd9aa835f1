"""What traces cost a receipt: `python -m bench tracing` (needs the extra `tracing`).

E-receipts of the sample program run through every stage, in turn: without a collector, with one that takes
spans, with one that refuses connections and with one that takes a connection and never answers. Told is the
processor time of the thread that works and the clock's time of a receipt.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import structlog

from fixtures.scenarios.stage import own
from pipeline.runner import run
from pipeline.settings import Settings
from pipeline.tracing import begin_tracing
from receipts.spans import record_by
from tests.pipeline.conftest import Shop, e_receipt, shop_at
from tests.support.collector import running_collector

ROUNDS = 60
OATS = own("OAT-OFO-18Z", 329)


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench tracing")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args(arguments).rounds
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shop = stack.enter_context(shop_at(folder))
        collector = stack.enter_context(running_collector())
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1))
        with socket.create_server(("127.0.0.1", 0)) as gone:
            refusing = gone.getsockname()[1]
        urls = {
            "none": "",
            "takes spans": collector.url,
            "refuses": f"http://127.0.0.1:{refusing}",
            "never answers": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        recorders = {name: begin_tracing(Settings(otlp_endpoint=url)) for name, url in urls.items()}
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
        for number, name in itertools.product(range(rounds), urls):
            record_by(recorders[name])
            spent[name].append(_one(shop, f"{name} {number}"))
        ending = {}
        for name, recorder in recorders.items():
            began = time.perf_counter()
            if recorder is not None:
                recorder.close()
            ending[name] = time.perf_counter() - began
    print("| collector | processor ms a receipt | ms a receipt | ms at the end of the process |")
    print("| --- | --- | --- | --- |")
    for name, each in spent.items():
        ran, took = (median(times) * 1000 for times in zip(*each, strict=True))
        print(f"| {name} | {ran:.1f} | {took:.1f} | {ending[name] * 1000:.0f} |")
    print(f"spans taken: {len(collector.spans)}")
    return 0


def _one(shop: Shop, name: str) -> tuple[float, float]:
    (sent,) = shop.send(e_receipt(name, OATS)).receipts
    began = time.thread_time(), time.perf_counter()
    run(shop.wiring, sent.id)
    return time.thread_time() - began[0], time.perf_counter() - began[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
