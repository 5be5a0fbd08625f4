"""The command line: parse, build a request, call one service, render, return a status."""
