"""The HTTP surface under /v1, a file for each noun."""
