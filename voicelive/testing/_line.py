"""What stands between a local server and its clients in a test: it notes what passes, spoils it, and hands out scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from websockets.asyncio.server import ServerConnection

from voicelive.emulator._between import Between, Outgoing, Player, Refusal
from voicelive.emulator._handshake import Admission
from voicelive.emulator._settings import initial_settings

from ._faults import Faults
from ._log import Log
from ._script import DEVIATED, Script
from ._stage import Stage


class Line:
    """The ``between`` of a scripted server; see ``voicelive.emulator._between.Between``.

    Args:
        faults: what is to go wrong.
        log: notes what both sides say.
        received: takes the clients' events.
        scripts: the conversations, one for each connection; none at all leaves them to the server.

    Attributes:
        surplus: how many connections came for which there was no script.
    """

    def __init__(self, faults: Faults, log: Log, received: list[dict[str, Any]], scripts: list[Script]) -> None:
        self.surplus = 0
        self._faults = faults
        self._log = log
        self._received = received
        self._scripts = scripts
        self._begun = 0
        self._lock = threading.Lock()

    def refusal(self, headers: Mapping[str, str]) -> Refusal | None:
        """See ``Between``."""
        return self._faults.refusal_of(headers)

    def player(self) -> Player | None:
        """See ``Between``."""
        with self._lock:
            if not self._scripts:
                return None
            if self._begun == len(self._scripts):
                self.surplus += 1
                return _turn_away
            self._begun += 1
            return partial(play, self._scripts[self._begun - 1], self)

    def incoming(self, frame: str | bytes) -> None:
        """See ``Between``."""
        self._log.add("client", frame)
        try:
            event = json.loads(frame)
        except ValueError:
            event = None
        self._received.append(event if isinstance(event, dict) else {"type": None, "frame": frame})

    async def outgoing(self, frame: bytes, websocket: ServerConnection) -> list[Outgoing]:
        """See ``Between``."""
        self._log.add("server", frame)
        return await self._faults.applied(frame, websocket)


async def play(script: Script, between: Between, websocket: ServerConnection, admission: Admission) -> None:
    """Play a script to the client of a WebSocket that has opened."""
    settings = initial_settings(model=admission.model, api_version=admission.api_version)
    await script.play(Stage(websocket, settings, between, script.ignored))


async def _turn_away(websocket: ServerConnection, _admission: Admission) -> None:
    await websocket.close(DEVIATED, "test script: there is no script for this connection")
