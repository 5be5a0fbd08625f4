"""The entry point: the cheapest questions are answered from text made at build time, with no import.

Anything else goes to ``capyctl.cli.session``, which imports typer (libraries.md 1.3).
"""

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_SELDOM = 50_000
"""Objects that are made before the cyclic collector looks for garbage: starting makes many, and hardly any cycle."""

_HELP = ("--help", "-h")
_LETTERS = "abcdefghijklmnopqrstuvwxyz-"


def main() -> None:
    """Run the command line of this process and end the process with its exit status."""
    argv = sys.argv[1:]
    gc.set_threshold(_SELDOM)
    try:
        answer = quick_answer(argv)
        if answer is not None:
            _print(answer)
            return
        from capyctl.cli.own_modules import find_own_modules_first  # noqa: PLC0415 - start-up budget

        find_own_modules_first()
        _import_msgspec()
        from capyctl.cli.session import run_process  # noqa: PLC0415 - start-up budget
    except KeyboardInterrupt:
        sys.exit(130)
    run_process(argv)


def _import_msgspec() -> None:
    """Import msgspec without ``typing_extensions``: it only looks whether that large module is there (ADR 35)."""
    if "typing_extensions" in sys.modules:
        return
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
    modules["typing_extensions"] = None  # the import system's own way to say that a module is not there
    try:
        import msgspec  # noqa: F401, PLC0415 - start-up budget
    except ImportError:
        pass  # one that needs it is imported below, like any other module
    finally:
        del modules["typing_extensions"]


def quick_answer(argv: list[str]) -> str | None:
    """What can be said without typer: help, the version, completion; None for everything else."""
    if not argv or argv[-1] in _HELP:
        return _quick_help(argv[:-1])
    if argv == ["--version"]:
        from capyctl.cli.version_text import version_line  # noqa: PLC0415 - start-up budget

        return version_line()
    if argv[0] == "__complete" and len(argv) > 1:
        from capyctl.cli.completion import answer  # noqa: PLC0415 - start-up budget

        return answer(argv[1], argv[2:])
    if argv[:2] == ["config", "repositories"] and len(argv) in (2, 4):
        from capyctl.cli.plain_table import plain_table  # noqa: PLC0415 - start-up budget

        return plain_table(argv[2:])
    return _quick_version() if argv == ["version"] else None


def _quick_help(words: list[str]) -> str | None:
    """The help of the root, a group or a command, where nothing but its words is given."""
    from capyctl.cli.packaged import packaged_text  # noqa: PLC0415 - start-up budget

    if not all(word.strip(_LETTERS) == "" for word in words):
        return None
    try:
        return packaged_text(f"help/{' '.join(['capyctl', *words]).replace(' ', '_')}.txt")
    except OSError:
        return None


def _quick_version() -> str | None:
    """The text of ``version``, unless the environment asks for another form of output."""
    import os  # noqa: PLC0415 - every interpreter has it loaded; config.environment would cost the budget

    if os.environ.get("CAPYCTL_OUTPUT", "") not in ("", "text"):  # noqa: TID251
        return None
    from capyctl.cli.version_text import version_facts, version_text  # noqa: PLC0415 - start-up budget

    return version_text(version_facts())


def _print(text: str) -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        from capyctl.cli.streams import abandon_stdout  # noqa: PLC0415 - only on a closed pipe

        abandon_stdout()
    except OSError as error:
        from capyctl.cli.streams import abandon_stdout, write_stderr  # noqa: PLC0415 - only on a full disk

        abandon_stdout()
        write_stderr(f"error: the result cannot be written: {error.strerror}\n")
        sys.exit(1)
