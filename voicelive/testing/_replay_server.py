"""A recording as a server for any number of clients: ``voicelive replay``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from websockets.asyncio.server import ServerConnection

from voicelive.emulator._between import Outgoing, Player, Refusal
from voicelive.emulator._handshake import Admission
from voicelive_transports.record import Recording

from ._line import play
from ._recorded import APPENDS, recorded_steps
from ._script import Script


class ReplayServer:
    """Plays a recording to every client that connects to a local server, of which it is the ``between``.

    It keeps nothing, as it may run for days.

    Args:
        recording: the recording.
        speed: as of `recorded_steps`.
        tell: called with a line or more at the end of each session: whether the client did as recorded.
    """

    def __init__(self, recording: Recording, *, speed: float | None, tell: Callable[[str], object]) -> None:
        self._steps = recorded_steps(recording, speed=speed)
        self._tell = tell

    def refusal(self, _headers: Mapping[str, str]) -> Refusal | None:
        """Lets everybody in."""
        return None

    def player(self) -> Player:
        """See ``voicelive.emulator._between.Between``."""
        return self._play

    def incoming(self, frame: str | bytes) -> None:
        """Keeps nothing."""

    async def outgoing(self, frame: bytes, _websocket: ServerConnection) -> list[Outgoing]:
        """Spoils nothing."""
        return [frame]

    async def _play(self, websocket: ServerConnection, admission: Admission) -> None:
        script = Script(self._steps, ignored=APPENDS, greet=False)
        await play(script, self, websocket, admission)
        self._tell("a client did as recorded" if script.is_complete else str(script))
