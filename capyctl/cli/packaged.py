"""Text files of ``capyctl/data``, read through the package's loader; imports nothing (libraries.md 1.3)."""


def packaged_text(name: str) -> str:
    """The content of one file made at build time."""
    folder = __file__.rpartition("cli")[0]
    loader = __spec__.loader
    data: bytes = loader.get_data(f"{folder}data/{name}")  # type: ignore[union-attr]
    return data.decode().replace("\r\n", "\n")
