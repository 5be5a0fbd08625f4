"""Rules: pure functions from observed facts to diagnostics, one family a module."""
