"""`python -m bench.throughput`: see `run.py`."""

from __future__ import annotations

import sys

from bench.throughput.run import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
