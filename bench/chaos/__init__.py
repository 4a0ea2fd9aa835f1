"""Processes killed at random under load, and the books looked through afterwards: `python -m bench chaos`."""
