"""One service a command: a function from a frozen request and ports to a frozen result."""
