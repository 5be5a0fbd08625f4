"""The parts of a management cluster, each judged by a pure function from what was read (cli.md 5)."""
