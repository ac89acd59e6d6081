"""pytest fixtures; pytest finds them by itself where voicelive is installed.

Everything else is imported inside of them, so that a run that uses none pays nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voicelive._connect import ConnectionContext
    from voicelive.sync._connect import ConnectionContext as BlockingContext

    from ._server import ScriptedServer


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "voicelive(**options): options of voicelive.emulator.serve for the fixture voicelive_server")


@pytest.fixture
def voicelive_server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """A local Voice Live server of this test's own, in a thread: scripted, as fast as it can go, reachable by any client at ``.url``."""
    from ._server import scripted_server  # noqa: PLC0415 - see above

    marker = request.node.get_closest_marker("voicelive")
    with scripted_server(**(marker.kwargs if marker else {})) as server:
        yield server


class Sessions:
    """Opens connections to the test's server: ``async with voicelive_session() as connection``, under any event loop."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server

    def __call__(self, **arguments: Any) -> ConnectionContext:
        """``voicelive.connect()`` with endpoint, credential and model filled in."""
        from voicelive import connect  # noqa: PLC0415 - see above

        return connect(**self._arguments(arguments))

    def blocking(self, **arguments: Any) -> BlockingContext:
        """``voicelive.sync.connect()`` with the same."""
        from voicelive.sync import connect  # noqa: PLC0415 - see above

        return connect(**self._arguments(arguments))

    def _arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        from voicelive import AzureKeyCredential  # noqa: PLC0415 - see above

        named = {} if "agent_name" in given else {"model": "gpt-realtime"}
        return {"endpoint": self._server.url, "credential": AzureKeyCredential("test"), **named, **given}


@pytest.fixture
def voicelive_session(voicelive_server: ScriptedServer) -> Sessions:
    """Opens connections of this client to ``voicelive_server``."""
    return Sessions(voicelive_server)
