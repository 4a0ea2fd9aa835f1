"""Evidence for and against a receipt: one file a check."""
