"""What the fixture ``voicelive_session`` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voicelive._connect import ConnectionContext
    from voicelive.sync._connect import ConnectionContext as BlockingContext

    from ._server import ScriptedServer


class Sessions:
    """Opens connections to the test's server: ``async with voicelive_session() as connection``, under any event loop."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    def __call__(self, **arguments: Any) -> ConnectionContext:
        """``voicelive.connect()`` with endpoint, credential and model filled in."""
        from voicelive import connect  # noqa: PLC0415 - takes a moment to import, and most tests need one of the two

        return connect(**self._arguments(arguments))

    def blocking(self, **arguments: Any) -> BlockingContext:
        """``voicelive.sync.connect()`` with the same."""
        from voicelive.sync import connect  # noqa: PLC0415 - as above

        return connect(**self._arguments(arguments))

    def _arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        from voicelive import AzureKeyCredential  # noqa: PLC0415 - as above

        named = {} if "agent_name" in given else {"model": "gpt-realtime"}
        return {"endpoint": self._server.url, "credential": AzureKeyCredential("test"), **named, **given}
