"""The local server as a test wants it: scripted answers, faults, and a look at what the application sent."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import BlockingPortal, start_blocking_portal

from voicelive.emulator import Server, ToolCall, Turn, serve
from voicelive.emulator.engines.responder import FileSearch, Reply, ToolCallDelta, WebSearch, built_in_responder
from voicelive_transports.record import Recording

from ._checks import check_slip, check_type, meant
from ._clock import FakeClock
from ._faults import Faults
from ._line import Line
from ._log import Log
from ._matching import differences
from ._recorded import APPENDS, recorded_steps
from ._script import Script
from ._steps import Step, check_step

_POLL_S: Final = 0.01
"""How often to look whether what is incomplete has become complete."""

_ANSWERS: Final = (str, Reply, ToolCall, ToolCallDelta, WebSearch, FileSearch, list, tuple, Iterator, AsyncIterator)
"""What a responder gives."""

_TURNS: Final = 50
"""Of the server's loop, for what has come over the loopback: it takes a few to read, decode and answer a frame."""


class ScriptedServer:
    """A local server in a thread, for any client that can connect to a URL; made by `scripted_server`.

    Attributes:
        faults: what is to go wrong, see `Faults`.
        received: the events that clients sent, oldest first, as they came; audio is base64.
        turns: what the server was asked for, as a responder is told.
        scripts: the conversations written down with `script`, oldest first.
        log: the last 200 events of both sides, oldest first; as text a line each. pytest shows it of a test that fails.
        has_told: whether the last `assert_complete` told of something.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.received: list[dict[str, Any]] = []
        self.turns: list[Turn] = []
        self.scripts: list[Script] = []
        self.log = Log()
        self.has_told = False
        self._line = Line(self.faults, self.log, self.received, self.scripts)
        self._answers: deque[Any] = deque()
        self._portal: BlockingPortal | None = None
        self._thread_id = 0
        self._lock = threading.Lock()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The ``endpoint`` for the client under test."""
        assert self._server is not None, "set before it is given out"
        return self._server.url

    def reply(self, *answers: Any) -> None:
        """Say what the next responses are, one each: text, or what else a responder may give, such as a ``ToolCall``.

        Raises:
            TypeError: a responder gives no such thing.
        """
        for answer in answers:
            _check_answer(answer)
        with self._lock:
            self._answers.extend(answers)

    def call(self, name: str, **arguments: Any) -> None:
        """The next response calls this function."""
        self.reply(ToolCall(name, arguments))

    def events(self, event_type: str) -> list[dict[str, Any]]:
        """The events of one kind that clients sent.

        Raises:
            ValueError: none came, and the name is nearly one that is known.
        """
        if not (found := self._came(event_type)):
            check_slip(event_type)
        return found

    def _came(self, event_type: str) -> list[dict[str, Any]]:
        return [event for event in tuple(self.received) if event.get("type") == event_type]

    def script(self, *steps: Step, ignore: Iterable[str] = (), greet: bool = True) -> Script:
        """Write down the conversation with the next client that connects, from top to bottom; each call is for one connection more.

        Once there is a script, every connection needs one: one that has none is closed with code 4000, and `assert_complete` tells.

        Args:
            *steps: `expect`, `reply` and the others of ``voicelive.testing``.
            ignore: wire names of client events that may come at any time, such as ``input_audio_buffer.append``.
            greet: whether the server begins with ``session.created``; it doesn't when the first step is that reply, or a close.

        Raises:
            TypeError: what was given is no step.
        """
        for step in steps:
            check_step(step)
        if isinstance(ignore, str):
            raise TypeError(f"ignore takes several names: ignore=[{ignore!r}]")
        script = Script(steps, ignored=ignore, greet=greet)
        self.scripts.append(script)
        return script

    def replay(self, recording: str | Path | Recording, *, speed: float | None = None) -> Script:
        """Play the server's side of a recording to the next client that connects.

        The client has to send messages of the recorded types in their order; what is in them, and how it cuts its audio, is its own.

        Args:
            recording: a recording, or its file; audio that it doesn't have is silence.
            speed: 1.0 keeps the recording's pace, on the server's clock; None doesn't wait.

        Raises:
            OSError, ValueError: as ``read_recording`` does; ``speed`` isn't above 0.
        """
        return self.script(*recorded_steps(recording, speed=speed), ignore=APPENDS, greet=False)

    def assert_received(self, event_type: str, *, timeout_s: float = 1.0, **fields: Any) -> dict[str, Any]:
        """Give the first event of this kind that has these fields.

        What is on its way is waited for. That holds the calling thread, also under an event loop, whose tasks send nothing meanwhile:
        let them send before. That an event did not come is said by `events`.

        Args:
            event_type: wire name.
            timeout_s: what may still be on its way has so long to come. In the server's own thread, as in a responder, nothing is waited
                for.
            **fields: expected values, as of `expect`; nested mappings may hold more than is asked for.

        Raises:
            AssertionError: there is none; the message shows what came, and where the nearest differs.
        """

        def fitting() -> Iterator[dict[str, Any]]:
            return (event for event in self._came(event_type) if not any(differences(fields, event)))

        self._wait_until(lambda: next(fitting(), None) is not None, timeout_s)
        if (event := next(fitting(), None)) is not None:
            return event
        candidates = self._came(event_type)
        if not candidates:
            came = ", ".join(dict.fromkeys(str(event.get("type")) for event in tuple(self.received))) or "nothing"
            raise AssertionError(f"no {event_type} came; what came: {came}")
        nearest = "\n  ".join(str(each) for each in min((list(differences(fields, event)) for event in candidates), key=len))
        raise AssertionError(f"{len(candidates)} {event_type} came, none as expected; the nearest differs:\n  {nearest}")

    def assert_complete(self, *, timeout_s: float = 1.0) -> None:
        """Every script was followed to its end, every answer was given and every fault has happened.

        Args:
            timeout_s: what may still be on its way has so long to come.

        Raises:
            AssertionError: some were not; the message says which, and shows where a client left its script.
        """
        self._wait_until(lambda: self._has_failed or not self._problems(), timeout_s)
        problems = self._problems()
        self.has_told = bool(problems)
        if problems:
            raise AssertionError("\n".join(problems))

    @property
    def was_left(self) -> bool:
        """Whether a client did something else than its script has, or had none."""
        return bool(self._line.surplus) or any(script.was_left for script in self.scripts)

    @property
    def _has_failed(self) -> bool:
        """Whether waiting is in vain."""
        return bool(self._line.surplus) or any(script.failure is not None for script in self.scripts)

    def _problems(self) -> list[str]:
        problems = [str(script) for script in self.scripts if not script.is_complete]
        if self._line.surplus:
            problems.append(f"{self._line.surplus} more connections came than there are scripts ({len(self.scripts)})")
        left = [f"  answer {answer!r} was never asked for" for answer in self._answers]
        left += [f"  fault never happened: {fault}" for fault in self.faults.pending]
        return [*problems, *(["the script is not complete:", *left] if left else [])]

    def _wait_until(self, is_so: Callable[[], bool], timeout_s: float) -> None:
        """Let the server take what has already come over the loopback, and wait for what comes yet."""
        if threading.get_ident() == self._thread_id:
            return  # nothing comes while its own thread waits
        deadline_s = time.monotonic() + timeout_s
        if self._portal is not None:
            self._portal.call(_take_what_came)
        while not is_so() and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)

    async def _respond(self, turn: Turn) -> Any:
        """The next answer of the script; the built-in responder's, when there is none."""
        with self._lock:
            self.turns.append(turn)
            if self._answers:
                return self._answers.popleft()
        return await built_in_responder(turn)


def _check_answer(answer: object) -> None:
    """Refuse what no responder gives.

    Raises:
        TypeError: this is none of it.
    """
    if isinstance(answer, Step):
        raise TypeError(f"an answer is what a responder gives; the step {str(answer)!r:.60} belongs into script(...)")
    check_type("an answer", answer, *_ANSWERS)
    if isinstance(answer, (list, tuple)):
        for each in answer:
            _check_answer(each)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse what is no option of ``serve``, or is set here.

    Raises:
        TypeError: it is one of these.
    """
    known = dict.fromkeys(name for name in inspect.signature(serve).parameters if name != "between")
    for name in options:
        if name not in known:
            raise TypeError(f"serve() has no option {name!r}{meant(name, known)}")


async def _take_what_came() -> None:
    # Each turn of the loop asks the sockets once.
    for _ in range(_TURNS):
        await asyncio.sleep(0)


@contextmanager
def scripted_server(*, clock: FakeClock | None = None, **options: Any) -> Iterator[ScriptedServer]:
    """Run a local server in a thread while the block runs, as fast as it can go.

    Args:
        clock: the server's time, which then moves by ``clock.advance()`` alone; None for real time.
        **options: those of ``voicelive.emulator.serve``; ``pace`` is None and ``recogniser`` None unless they say otherwise.

    Raises:
        TypeError, ValueError, ImportError: as ``serve`` does.
    """
    check_options(options)
    scripted = ScriptedServer()
    usual = {"pace": None, "recogniser": None, "responder": scripted._respond}
    with start_blocking_portal(backend_options={"loop_factory": clock.new_loop} if clock else {}) as portal:
        serving = serve(**{**usual, **options}, between=scripted._line)
        with portal.wrap_async_context_manager(serving) as server:
            scripted._server, scripted._portal, scripted._thread_id = server, portal, portal.call(threading.get_ident)
            try:
                yield scripted
            finally:
                scripted._portal, scripted._thread_id = None, 0
                if clock is not None:
                    clock.release()
