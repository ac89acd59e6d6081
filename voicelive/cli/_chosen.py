"""What the local server is to be: the file of settings, and the options of the command line before it."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import typer

from ._local import explained


class Chosen:
    """The settings of ``voicelive serve``.

    Args:
        config: file of settings, or None.
        given: settings from the command line, by name.

    Attributes:
        settings: all of them.

    Raises:
        EmulatorError: the file says what cannot be.
        ImportError: the local server's libraries aren't installed.
        typer.BadParameter: an option does.
    """

    def __init__(self, config: Path | None, given: dict[str, Any]) -> None:
        from voicelive.emulator.config import ServerSettings, SettingsFile, what_is_wrong  # noqa: PLC0415 - takes a moment to import

        self._file = SettingsFile(config) if config is not None else None
        self._given = given
        base = self._file.settings if self._file is not None else ServerSettings()
        try:
            self.settings = msgspec.convert(msgspec.structs.asdict(base) | given, ServerSettings)
        except msgspec.ValidationError as error:
            name, reason = what_is_wrong(str(error))
            raise typer.BadParameter(reason, param_hint=f"--{name.replace('_', '-')}") from error

    def look_here(self) -> None:
        """Let engines and tools be imported from the folder where one is, if any are to be: an installed command doesn't look there."""
        chosen = [getattr(self.settings, kind) for kind in ("responder", "interim", "voice", "recogniser", "vad")]
        names = [each.get("engine", "") if isinstance(each, dict) else each or "" for each in chosen]
        if any(":" in str(name) for name in (*names, *self.settings.mcp.values())) and str(Path.cwd()) not in sys.path:
            sys.path.append(str(Path.cwd()))

    def place(self, *keys: str) -> str:
        """Where an engine or its option was chosen, to stand before what is wrong with it."""
        if self._file is None or not keys or keys[0] in self._given:
            return ""
        return f"{self._file.place(*keys)}: "

    @contextmanager
    def tls(self) -> Iterator[tuple[ssl.SSLContext | None, Path | None]]:
        """The context to serve with, and the certificate's file if it was made here; a file of one's own comes before ``tls``.

        Raises:
            typer.BadParameter: there is no such certificate.
            Failure: the library that makes one isn't installed.
        """
        settings = self.settings
        if settings.tls_cert is not None:
            yield _loaded(settings.tls_cert, settings.tls_key), None
        elif settings.tls_key is not None:
            raise typer.BadParameter("needs --tls-cert, too", param_hint="--tls-key")
        elif not settings.tls:
            yield None, None
        else:
            with ExitStack() as stack:
                with explained():
                    from voicelive.emulator._certificate import self_signed  # noqa: PLC0415 - as above

                    made = stack.enter_context(self_signed(settings.host))
                yield made


def _loaded(cert: str, key: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except (ssl.SSLError, OSError) as error:
        raise typer.BadParameter(f"no certificate with its key, in PEM: {error}", param_hint="--tls-cert") from error
    return context
