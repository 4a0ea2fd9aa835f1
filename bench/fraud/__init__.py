"""How surely fraud is found, and how often an honest receipt is taken for it: see `run.py`."""
