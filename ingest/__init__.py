"""What arrives: every file is checked here before anything else opens it."""
