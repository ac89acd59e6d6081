"""The local server as a test wants it: scripted answers, faults, and a look at what the application sent."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._faults import Faults

if TYPE_CHECKING:
    from voicelive.emulator import Server, Turn
    from voicelive.emulator._between import Outgoing


class ScriptedServer:
    """A local server in a thread, for any client that can connect to a URL; made by `scripted_server`.

    Attributes:
        faults: what is to go wrong, see `Faults`.
        received: the events that clients sent, oldest first, as they came; audio is base64.
        turns: what the server was asked for, as a responder is told.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.received: list[dict[str, Any]] = []
        self.turns: list[Turn] = []
        self._answers: deque[Any] = deque()
        self._lock = threading.Lock()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The ``endpoint`` for the client under test."""
        assert self._server is not None, "set before it is given out"
        return self._server.url

    def reply(self, *answers: Any) -> None:
        """Say what the next responses are, one each: text, or what else a responder may give, such as a ``ToolCall``."""
        with self._lock:
            self._answers.extend(answers)

    def call(self, name: str, **arguments: Any) -> None:
        """The next response calls this function."""
        from voicelive.emulator import ToolCall  # noqa: PLC0415 - loads the server

        self.reply(ToolCall(name, arguments))

    def events(self, event_type: str) -> list[dict[str, Any]]:
        """The events of one kind that clients sent."""
        return [event for event in tuple(self.received) if event.get("type") == event_type]

    def assert_received(self, event_type: str, **fields: Any) -> dict[str, Any]:
        """Give the first event of this kind that has these fields; nested mappings may hold more than is asked for.

        Raises:
            AssertionError: there is none; the message shows what came, and where the nearest differs.
        """
        candidates = self.events(event_type)
        differences = [list(_differences(fields, event, "")) for event in candidates]
        for event, found in zip(candidates, differences, strict=True):
            if not found:
                return event
        if not candidates:
            came = ", ".join(dict.fromkeys(str(event.get("type")) for event in self.received)) or "nothing"
            raise AssertionError(f"no {event_type} came; what came: {came}")
        nearest = min(differences, key=len)
        raise AssertionError(f"{len(candidates)} {event_type} came, none as asked for; the nearest differs:\n  " + "\n  ".join(nearest))

    def assert_complete(self) -> None:
        """Every answer of the script was given and every fault has happened.

        Raises:
            AssertionError: some were not; the message says which.
        """
        left = [f"answer {answer!r} was never asked for" for answer in self._answers]
        left += [f"fault never happened: {fault}" for fault in self.faults.pending]
        if left:
            raise AssertionError("the script is not complete:\n  " + "\n  ".join(left))

    async def respond(self, turn: Turn) -> Any:
        """The next answer of the script; the built-in responder's, when there is none."""
        from voicelive.emulator.engines.responder import built_in_responder  # noqa: PLC0415 - loads the server

        with self._lock:
            self.turns.append(turn)
            if self._answers:
                return self._answers.popleft()
        return await built_in_responder(turn)

    def status(self) -> int | None:
        """See ``voicelive.emulator._between.Between``."""
        return self.faults.next_refusal()

    def incoming(self, frame: str | bytes) -> None:
        """See ``voicelive.emulator._between.Between``."""
        try:
            event = json.loads(frame)
        except ValueError:
            event = {"type": None, "frame": frame}
        self.received.append(event if isinstance(event, dict) else {"type": None, "frame": frame})

    async def outgoing(self, frame: bytes, websocket: Any) -> list[Outgoing]:
        """See ``voicelive.emulator._between.Between``."""
        return await self.faults.applied(frame, websocket)


@contextmanager
def scripted_server(**options: Any) -> Iterator[ScriptedServer]:
    """Run a local server in a thread while the block runs, as fast as it can go.

    Args:
        **options: those of ``voicelive.emulator.serve``; ``pace`` is None and ``recogniser`` None unless they say otherwise.

    Raises:
        TypeError, ValueError, ImportError: as ``serve`` does.
    """
    from voicelive.emulator import serve_in_thread  # noqa: PLC0415 - loads the server

    scripted = ScriptedServer()
    usual = {"pace": None, "recogniser": None, "responder": scripted.respond}
    with serve_in_thread(**{**usual, **options}, between=scripted) as server:
        scripted._server = server
        yield scripted


def _differences(wanted: Mapping[str, Any], found: Any, path: str) -> Iterator[str]:
    for key, value in wanted.items():
        where = f"{path}{key}"
        if not isinstance(found, Mapping) or key not in found:
            yield f"{where}: missing, wanted {value!r}"
        elif isinstance(value, Mapping):
            yield from _differences(value, found[key], f"{where}.")
        elif found[key] != value:
            yield f"{where}: {found[key]!r:.200}, wanted {value!r:.200}"
