"""Facts and rules of provider resolution: no I/O, no clock, no environment; same bytes, same answer."""
