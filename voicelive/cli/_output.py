"""Files that a command is to write."""

from pathlib import Path

from ._failures import EXIT_USAGE, Failure


def check_new(file: Path) -> None:
    """See that a recording overwrites nothing and has a place.

    Raises:
        Failure: it exists, or its folder doesn't; or nobody can say, as with a name that is too long.
    """
    try:
        exists = file.exists()
    except OSError as error:
        raise Failure(f"can't record: {error}", EXIT_USAGE) from error
    if exists:
        raise Failure(f"{file} exists; name another file", EXIT_USAGE)
    if not file.parent.is_dir():
        raise Failure(f"{file} is nowhere: there is no folder {file.parent}", EXIT_USAGE)
