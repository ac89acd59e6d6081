"""The client's side of a recording, sent again to a server."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio

from voicelive_transports import Transport, TransportClosed
from voicelive_transports.record import Moment, Recording, read_recording
from voicelive_transports.replay import check_speed

from ._recorded import type_of


async def replay_as_client(
    recording: str | Path | Recording, transport: Transport, *, speed: float | None = None, timeout_s: float = 10.0
) -> list[str]:
    """Send what a client sent once, and wait before each message for the events that had come before it then.

    Ids that the server gives are put in the place of the recorded ones. Deltas aren't waited for.

    Args:
        recording: a recording, or its file.
        transport: an open connection to a server; it is left open.
        speed: 1.0 sends at the recorded times, or later if the server is late, 2.0 twice as fast; None as soon as it can.
        timeout_s: how long to wait for one event of the server.

    Returns:
        What went otherwise than recorded, a line each: events that didn't come, and the end of the connection.

    Raises:
        OSError, ValueError: as ``read_recording`` does; ``speed`` isn't above 0.
    """
    check_speed(speed)
    moments = (recording if isinstance(recording, Recording) else read_recording(recording)).moments
    return await _Client(transport, speed, timeout_s).play(moments)


class _Client:
    def __init__(self, transport: Transport, speed: float | None, timeout_s: float) -> None:
        self._transport = transport
        self._speed = speed
        self._timeout_s = timeout_s
        self._ids: dict[str, str] = {}
        self._waiting: deque[dict[str, Any]] = deque()

    async def play(self, moments: list[Moment]) -> list[str]:
        """See `replay_as_client`."""
        missing: list[str] = []
        begun_s = anyio.current_time()
        for number, moment in enumerate(moments, 1):
            kind = type_of(moment.content) if moment.kind != "closed" else None
            try:
                if moment.kind == "sent":
                    if self._speed is not None:
                        await anyio.sleep(max(0.0, begun_s + moment.at_s / self._speed - anyio.current_time()))
                    await self._transport.send(self._translated(moment.content))
                elif kind is not None and not kind.endswith(".delta") and not await self._came(kind, moment.content):
                    missing.append(f"{number}: {kind} did not come within {self._timeout_s:g} s")
            except TransportClosed as closed:
                return [*missing, f"{number}: the server closed with code {closed.code} {closed.reason}".rstrip()]
        return missing

    async def _came(self, kind: str, recorded: str) -> bool:
        """Wait for the next event of a type, and learn its ids."""
        with anyio.move_on_after(self._timeout_s):
            while (event := self._kept(kind)) is None:
                frame = await self._transport.receive()
                if type_of(frame) is not None:  # nobody waits for what is no event
                    self._waiting.append(json.loads(frame))
            self._learn(json.loads(recorded), event)
            return True
        return False

    def _kept(self, kind: str) -> dict[str, Any] | None:
        event = next((each for each in self._waiting if each["type"] == kind), None)
        if event is not None:
            self._waiting.remove(event)
        return event

    def _learn(self, recorded: Any, event: Any) -> None:
        if isinstance(recorded, Mapping) and isinstance(event, Mapping):
            for key in recorded.keys() & event.keys():
                if (key == "id" or key.endswith("_id")) and isinstance(recorded[key], str) and isinstance(event[key], str):
                    self._ids[recorded[key]] = event[key]
                self._learn(recorded[key], event[key])
        elif isinstance(recorded, list) and isinstance(event, list):
            for one, other in zip(recorded, event, strict=False):
                self._learn(one, other)

    def _translated(self, text: str) -> str:
        if not any(each in text for each in self._ids):
            return text
        return json.dumps(self._with_ids(json.loads(text)), ensure_ascii=False)

    def _with_ids(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._with_ids(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._with_ids(each) for each in value]
        return self._ids.get(value, value) if isinstance(value, str) else value
