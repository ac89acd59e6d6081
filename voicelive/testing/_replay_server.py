"""A recording as a server for any number of clients: ``voicelive replay``."""

from __future__ import annotations

from collections.abc import Callable

from websockets.asyncio.server import ServerConnection

from voicelive.emulator._between import Player
from voicelive.emulator._handshake import Admission
from voicelive_transports.record import Recording

from ._recorded import APPENDS, recorded_steps
from ._script import Script
from ._server import ScriptedServer


class ReplayServer(ScriptedServer):
    """Plays a recording to every client that connects to a local server, of which it is the ``between``.

    Args:
        recording: the recording.
        speed: as of `recorded_steps`.
        tell: called with a line or more at the end of each session: whether the client did as recorded.
    """

    def __init__(self, recording: Recording, *, speed: float | None, tell: Callable[[str], object]) -> None:
        super().__init__()
        self._steps = recorded_steps(recording, speed=speed)
        self._tell = tell

    def player(self) -> Player:
        """See ``voicelive.emulator._between.Between``."""
        return self._play_again

    def incoming(self, frame: str | bytes) -> None:
        """Keep nothing: this may run for days."""

    async def _play_again(self, websocket: ServerConnection, admission: Admission) -> None:
        script = Script(self._steps, ignored=APPENDS, greet=False)
        await self._play(script, websocket, admission)
        self._tell("a client did as recorded" if script.is_complete else str(script))
