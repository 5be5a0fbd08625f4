"""Making a lock, and holding the world against one (cli.md 7.2)."""
