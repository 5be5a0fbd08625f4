"""Protocols behind which the outside world stands, and the errors they may raise; nothing else."""
