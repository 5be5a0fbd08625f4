"""The lab, tested over real sockets and TLS."""
