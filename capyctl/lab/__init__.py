"""The lab: a small fake internet with bad days in it, served to any client over TLS on loopback."""
