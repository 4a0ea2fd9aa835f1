"""Fiscal codes: what tills must print by law, a file a country. See docs/fraud-fiscal.md."""
