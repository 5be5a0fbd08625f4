"""The outside world: HTTP, forges, module proxies, local trees, the embedded snapshot."""
