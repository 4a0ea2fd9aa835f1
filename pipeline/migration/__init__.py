"""Members of another loyalty system become members here: profile, load, reconciliation (docs/migrate.md)."""
