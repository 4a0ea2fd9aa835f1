"""`python -m bench.fraud`: see `run.py`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.fraud.run import run

if __name__ == "__main__":
    shared = os.environ.get("TILLPOINTS_SHARED") or Path(__file__).parents[3] / "shared"
    sys.exit(run(sys.argv[1:], Path(shared) / "receipts"))
