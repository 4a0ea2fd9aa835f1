"""`python -m bench.chaos`: see `run.py`."""

from __future__ import annotations

import sys

from bench.chaos.run import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
