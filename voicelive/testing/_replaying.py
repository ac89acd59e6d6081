"""Recordings played again: the server's side as a script for a client, or the client's side to a server."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio

from voicelive_transports import Transport, TransportClosed
from voicelive_transports.record import Moment, Recording, read_recording

from ._script import Script
from ._server import ScriptedServer
from ._steps import Close, Cut, Expect, Pause, Raw, Step

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    from voicelive.emulator._between import Player
    from voicelive.emulator._handshake import Admission

APPENDS: Final = ("input_audio_buffer.append", "input_audio.turn.append")
"""Audio is cut as the client likes, so that its messages count by their first."""

_GREETING: Final = "session.created"
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "session.update": ("session.updated",),
    "transcription_session.update": ("transcription_session.updated",),
    "session.avatar.connect": ("session.avatar.connecting",),
    "conversation.item.create": ("conversation.item.created", "conversation.item.added"),
    "conversation.item.retrieve": ("conversation.item.retrieved",),
    "conversation.item.truncate": ("conversation.item.truncated",),
    "conversation.item.delete": ("conversation.item.deleted",),
    "input_audio_buffer.commit": ("input_audio_buffer.committed",),
    "input_audio_buffer.clear": ("input_audio_buffer.cleared",),
    "output_audio_buffer.clear": ("output_audio_buffer.cleared",),
    "response.create": ("response.created",),
    "response.cancel": ("response.done",),
}
"""Client event -> what answers it (service facts, section 8); what isn't answered stays where it was recorded."""

_NORMAL: Final = 1000
_NO_CODE: Final = 1005
_LOST: Final = 1006


def recorded_steps(recording: str | Path | Recording, *, speed: float | None = None) -> list[Step]:
    """The server's side of a recording as steps of a script.

    The client has to send messages of the recorded types in their order; what is in them is its own. Played with
    ``server.script(*steps, ignore=APPENDS, greet=False)``, as `ScriptedServer.replay` does.

    Args:
        recording: a recording, or its file.
        speed: 1.0 waits before each of the server's messages as long as the recording does, 2.0 half of it; None doesn't wait.

    Raises:
        OSError, ValueError: as ``read_recording`` does; ``speed`` isn't above 0.
    """
    _check_speed(speed)
    moments = (recording if isinstance(recording, Recording) else read_recording(recording)).moments
    return list(_steps(moments, speed))


def _steps(moments: list[Moment], speed: float | None) -> Iterator[Step]:
    before_s, type_before = 0.0, None
    for moment in _in_order_of_cause(moments):
        if moment.kind == "sent":
            kind = _type_of(moment.content)
            if kind is not None and not (kind in APPENDS and kind == type_before):
                yield Expect(re.compile(rf"^{re.escape(kind)}$"), {})
            type_before = kind
        else:
            if speed is not None:
                yield Pause(max(0.0, (moment.at_s - before_s) * 1000 / speed))
            yield from _said(moment)
        before_s = moment.at_s


def _in_order_of_cause(moments: list[Moment]) -> list[Moment]:
    """The same with each of the client's messages as late as can be: before its answer.

    A client may send several at once, or wait for each answer; in this order it can do either.
    """
    kinds = [_type_of(moment.content) if moment.kind != "closed" else None for moment in moments]
    answered: set[int] = set()
    earliest = kinds.index(_GREETING) + 1 if _GREETING in kinds else 0
    places: list[tuple[int, int, int]] = []
    for index, moment in enumerate(moments):
        if moment.kind != "sent":
            places.append((index, 1, index))
            continue
        answers = _ANSWERS.get(kinds[index] or "", ())
        answer = next(
            (at for at in range(index, len(moments)) if moments[at].kind == "received" and kinds[at] in answers and at not in answered),
            index,
        )
        answered.add(answer)
        earliest = max(earliest, answer)
        places.append((earliest, 0, index))
    return [moments[index] for _, _, index in sorted(places)]


def _said(moment: Moment) -> Iterator[Step]:
    if moment.kind == "received":
        yield Raw(moment.content.encode())
    elif moment.content["code"] == _LOST:
        yield Cut()
    elif moment.content["code"] not in (_NORMAL, _NO_CODE):  # with these it was the client, or might have been
        yield Close(moment.content["code"], moment.content["reason"])


def _type_of(text: str) -> str | None:
    try:
        event = json.loads(text)
    except ValueError:
        return None
    kind = event.get("type") if isinstance(event, dict) else None
    return kind if isinstance(kind, str) else None


def _check_speed(speed: float | None) -> None:
    if speed is not None and not speed > 0:
        raise ValueError(f"speed must be above 0, or None for as fast as possible; not {speed}")


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
    _check_speed(speed)
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
            kind = _type_of(moment.content) if moment.kind != "closed" else None
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
                self._waiting.append(json.loads(await self._transport.receive()))
            self._learn(json.loads(recorded), event)
            return True
        return False

    def _kept(self, kind: str) -> dict[str, Any] | None:
        event = next((each for each in self._waiting if each.get("type") == kind), None)
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
