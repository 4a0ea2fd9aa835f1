"""Locale packs: what tills of a country print, one file a locale. See docs/locales.md."""
