"""Texts: the provider's webhook understood, its media fetched, answers sent. Touches no database."""
