"""Faults on the way from the local server to its client, each at a frame that the test names."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from voicelive.emulator._between import Outgoing

_STALL_S: Final = 3600.0
"""A stall ends with the connection; nobody waits for this."""


@dataclass
class Fault:
    """One fault: what is done at which frame.

    Attributes:
        what: its name, as the method of `Faults` that made it.
        event: wire name of the event at which it happens; None for any.
        nth: at the so-maniest of those, from 1; 0 for each.
        fired: whether it has happened.
    """

    what: str
    event: str | None
    nth: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: bool = False

    def is_due(self, event: str) -> bool:
        """Count a frame; whether the fault happens at it."""
        if self.event not in (None, event):
            return False
        self.seen += 1
        due = self.nth in (0, self.seen)
        self.fired = self.fired or due
        return due

    def __str__(self) -> str:
        return f"{self.what} at {self.event or 'any event'}{f' number {self.nth}' if self.nth else ''} ({self.seen} seen)"


class Faults:
    """What is to go wrong; every method adds one fault. An ``event`` is a wire name such as ``response.audio.delta``, None any.

    ``nth`` counts the frames of that name that the server sends, over all its sessions, from 1; 0 means each of them.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._refusals: list[int] = []
        self._lock = threading.Lock()

    def drop(self, event: str | None, *, nth: int = 1) -> None:
        """The frame never arrives."""
        self._add("drop", event, nth)

    def duplicate(self, event: str | None, *, nth: int = 1) -> None:
        """The frame arrives twice."""
        self._add("duplicate", event, nth)

    def corrupt(self, event: str | None, *, nth: int = 1) -> None:
        """The frame arrives without its second half: no JSON."""
        self._add("corrupt", event, nth)

    def split(self, event: str | None, *, nth: int = 1) -> None:
        """The message arrives in two WebSocket fragments; a client must not notice."""
        self._add("split", event, nth)

    def delay(self, event: str | None, delay_ms: float, *, nth: int = 1) -> None:
        """The frame, and all behind it, arrive so much later."""
        self._add("delay", event, nth, delay_ms=delay_ms)

    def slow(self, delay_ms: float) -> None:
        """Every frame takes so long."""
        self._add("slow", None, 0, delay_ms=delay_ms)

    def stall(self, *, after: str | None, nth: int = 1) -> None:
        """Nothing arrives any more after this frame, though the connection stays open."""
        self._add("stall", after, nth)

    def close(self, code: int = 1011, reason: str = "", *, after: str | None, nth: int = 1) -> None:
        """The WebSocket closes after this frame."""
        self._add("close", after, nth, code=code, reason=reason)

    def cut(self, *, after: str | None, nth: int = 1) -> None:
        """The connection is lost after this frame, without a close."""
        self._add("cut", after, nth)

    def insert(self, event: Mapping[str, Any], *, after: str | None, nth: int = 1) -> None:
        """An event of your own, known or not, arrives after this frame."""
        self._add("insert", after, nth, frame=json.dumps(event).encode())

    def refuse(self, status: int, *, times: int = 1) -> None:
        """The next handshakes are refused with this HTTP status, such as 401, 429 or 503."""
        with self._lock:
            self._refusals += [status] * times

    @property
    def pending(self) -> tuple[str, ...]:
        """The faults that have not happened, in words."""
        with self._lock:
            return (*(str(fault) for fault in self._faults if not fault.fired), *(f"refuse with {status}" for status in self._refusals))

    def _add(self, what: str, event: str | None, nth: int, **detail: Any) -> None:
        if nth < 0:
            raise ValueError(f"nth counts from 1, or is 0 for each; not {nth}")
        with self._lock:
            self._faults.append(Fault(what, event, nth, detail))

    def next_refusal(self) -> int | None:
        """The status with which the handshake that has come is refused."""
        with self._lock:
            return self._refusals.pop(0) if self._refusals else None

    async def applied(self, frame: bytes, websocket: Any) -> list[Outgoing]:
        """What is written in place of a frame."""
        event = json.loads(frame).get("type", "")
        with self._lock:
            due = [fault for fault in self._faults if fault.is_due(event)]
        out: list[Outgoing] = [frame]
        inserted: list[Outgoing] = []
        for fault in due:
            if fault.what in _WAITS:
                await asyncio.sleep(fault.detail["delay_ms"] / 1000)
            elif fault.what == "insert":
                inserted.append(fault.detail["frame"])
            elif fault.what in _REWRITES:
                out = _REWRITES[fault.what](frame)
            else:
                for each in [*out, *inserted]:
                    await websocket.send(each, text=True)
                await _end(fault, websocket)
                return []
        return [*out, *inserted]


_WAITS: Final = ("delay", "slow")

_REWRITES: Final[Mapping[str, Callable[[bytes], list[Outgoing]]]] = {
    "drop": lambda _frame: [],
    "duplicate": lambda frame: [frame, frame],
    "corrupt": lambda frame: [frame[: len(frame) // 2]],
    "split": lambda frame: [[frame[: len(frame) // 2], frame[len(frame) // 2 :]]],
}


async def _end(fault: Fault, websocket: Any) -> None:
    if fault.what == "close":
        await websocket.close(fault.detail["code"], fault.detail["reason"])
    elif fault.what == "cut":
        websocket.transport.abort()
    else:
        await asyncio.sleep(_STALL_S)
