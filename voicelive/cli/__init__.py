"""The command line: ``voicelive demo`` holds a spoken conversation, ``voicelive serve`` runs the local server.

Needs typer and rich, which the extra ``voicelive[cli]`` installs, and for sound the extra ``voicelive[emulator]``.
"""

from ._app import main

__all__ = ["main"]
