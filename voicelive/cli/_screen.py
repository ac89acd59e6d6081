"""What the commands show: lines on stdout, coloured on a terminal, plain everywhere else."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

from ._failures import printable


class Screen:
    """Writes lines to a stream as they come.

    On a terminal a line of the timeline ends at the right edge; everywhere else, and for what was said, nothing is cut.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = _Console(file=stream or sys.stdout, highlight=False, emoji=False, markup=False)

    def line(self, text: str, style: str = "") -> None:
        """Write a line that may take as many rows of the terminal as it needs."""
        self._console.print(Text(text, style), soft_wrap=True)

    def row(self, *cells: tuple[str, str]) -> None:
        """Write a line of (text, style) cells that takes one row of the terminal."""
        text = Text.assemble(*cells)
        if self._console.is_terminal:
            self._console.print(text, no_wrap=True, overflow="ellipsis")
        else:
            self._console.print(text, soft_wrap=True)

    def spoken(self, who: str, what: str) -> None:
        """Write what somebody said."""
        self._console.print(Text.assemble((f"{who:>16}  ", "bold cyan"), (printable(what), "bold")), soft_wrap=True)


def say(line: str) -> None:
    """Write a line for whoever, or whatever program, waits for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let it be an error like others of the output; the library would end the process."""
        raise  # noqa: PLE0704 - called where it is handled
