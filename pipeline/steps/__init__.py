"""The stages: each gathers its input, calls its package's function, and says what to store."""
