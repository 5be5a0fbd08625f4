"""The versioned JSON document and everything rendered from it."""
