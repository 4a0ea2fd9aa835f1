"""Any document to a Receipt."""
