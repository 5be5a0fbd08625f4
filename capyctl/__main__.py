"""``python -m capyctl``: the same entry point as the installed script."""

from capyctl.cli.main import main

if __name__ == "__main__":
    main()
