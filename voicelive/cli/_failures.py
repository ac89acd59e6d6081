"""What goes wrong, as the user sees it: one line on stderr and an exit code."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from contextlib import suppress
from typing import Final

from voicelive.exceptions import VoiceLiveError

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130
"""128 and the number of SIGINT, as shells report a program that Ctrl-C ended."""

_OUTPUT_ERRORS: Final = {errno.EPIPE: "nobody reads the output any more", errno.ENOSPC: "", errno.EIO: ""}
"""Errors of a stream, with what to say if that is something else; those of other files are failures where they are written."""


class Failure(Exception):  # noqa: N818 - it is what the user is told, and often no error of the program
    """The end of a command that can't do its work.

    Attributes:
        message: one line for the user.
        exit_code: 1 if something went wrong on the way, 2 if the command was called in a wrong way.
    """

    def __init__(self, message: str, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class Interrupted(Failure):
    """The user pressed Ctrl-C."""

    def __init__(self, message: str = "interrupted") -> None:
        super().__init__(message, EXIT_INTERRUPTED)


def failure_from(error: BaseException) -> Failure | None:
    """Give the failure that an error amounts to; None for one that nobody expects, which deserves its traceback."""
    error = _cause(error)
    if isinstance(error, Failure):
        return error
    if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
        # On Python 3.10 Ctrl-C ends a loop's main task with the latter, and nothing else here cancels that task.
        return Interrupted()
    if isinstance(error, VoiceLiveError):
        return Failure(str(error))
    return _output_failure(error) if isinstance(error, OSError) else None


def tell(failure: Failure) -> None:
    """Write a failure on stderr, if there is one, as one line whatever its message holds."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"voicelive: {printable(failure.message)}\n")


def printable(text: str) -> str:
    """Put one space in place of line breaks, other white space and whatever else a terminal would act on."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _output_failure(error: OSError) -> Failure | None:
    """Give the failure to write what the user would read, and let the rest of it go nowhere, as the interpreter would try once more."""
    if error.filename is not None or error.errno not in _OUTPUT_ERRORS:
        return None
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Failure(_OUTPUT_ERRORS[error.errno] or f"can't write the output: {error.strerror}")


def _cause(error: BaseException) -> BaseException:
    """The first error of a task group, at any depth; Python 3.10 has no name for these groups."""
    members = getattr(error, "exceptions", None)
    return _cause(members[0]) if isinstance(members, tuple) and members else error
