"""How many receipts go through the whole of it: `python -m bench throughput`."""
