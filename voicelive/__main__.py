"""The command ``voicelive``; ``python -m voicelive`` is the same."""

import sys

_EXIT_USAGE = 2
_EXIT_INTERRUPTED = 130


def main() -> int:
    """Run the command line of this process; returns the exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted."""
    try:
        # Imported here, so that a missing library is one line of text.
        from .cli import main as run  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        if library not in {"rich", "typer"}:
            raise
        sys.stderr.write(f"voicelive: the command line needs {library}: pip install 'voicelive[cli]'\n")
        return _EXIT_USAGE
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
