"""A bundle: the files of a lock, carried in one archive for four consumers (cli.md 7.5). Bytes in, values out."""
