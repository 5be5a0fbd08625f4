"""Each adapter over a scripted client or a temporary folder."""
