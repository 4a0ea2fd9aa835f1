"""How well receipts are read: `python -m bench reading`, or `make bench-reading`."""
