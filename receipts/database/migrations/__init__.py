"""Alembic's folder: `versions` holds one file a change of the tables, never edited once released."""
