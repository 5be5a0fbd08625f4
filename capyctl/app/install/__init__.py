"""Installing providers: what is written about, and how its troubles are told."""
