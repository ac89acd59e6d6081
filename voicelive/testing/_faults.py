"""Faults on the way from the local server to its client, each at a frame that the test names."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from voicelive.emulator._between import Outgoing, Refusal
from voicelive.emulator._handshake import Rejection

from ._checks import EventName, check_close, check_frame, check_number, check_type
from ._recorded import type_of

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

UNKNOWN_EVENT: Final = "response.never_heard_of.delta"
"""Type of the event that `Faults.unknown_event` sends."""


@dataclass
class Fault:
    """One fault: what is done at which frame.

    Attributes:
        what: its name, as the method of `Faults` that made it.
        event: wire name of the event at which it happens, or a pattern; None for any.
        nth: at the so-maniest of those, from 1; 0 for each.
        fired: whether it has happened.
    """

    what: str
    event: EventName | None
    nth: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: bool = False

    def is_due(self, event: str) -> bool:
        """Count a frame; whether the fault happens at it."""
        if isinstance(self.event, re.Pattern):
            if not self.event.search(event):
                return False
        elif self.event not in (None, event):
            return False
        self.seen += 1
        return self.nth in (0, self.seen)

    def __str__(self) -> str:
        event = f"/{self.event.pattern}/" if isinstance(self.event, re.Pattern) else self.event or "any event"
        return f"{self.what} at {event}{f' number {self.nth}' if self.nth else ''} ({self.seen} seen)"


@dataclass
class Refusing:
    """Handshakes that are to be refused.

    Attributes:
        refused: how.
        nth: the first of them, from 1.
        left: how many more.
    """

    refused: Refusal
    nth: int
    left: int
    seen: int = 0

    def is_due(self) -> bool:
        """Count a handshake; whether it may be refused."""
        self.seen += 1
        return self.seen >= self.nth and self.left > 0

    def __str__(self) -> str:
        first = f" at handshake number {self.nth}" if self.nth > 1 else ""
        return f"refuse with {self.refused.status.value}{first} ({self.left} more, {self.seen} handshakes seen)"


class Faults:
    """What is to go wrong; every method adds one fault.

    An ``event`` is a wire name such as ``response.audio.delta``, a pattern that is found in one, or None for any. ``nth`` counts the
    frames of that name that the server sends from then on, over all its sessions, from 1; 0 means each of them. Each method raises
    ValueError for a name that no event of the service has, and for what can't be done.

    Several may happen at one frame, in this order: delay, drop, duplicate, corrupt, split, insert, and an end (close, cut, stall). What
    one leaves nothing to do for hasn't happened.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._refusals: list[Refusing] = []
        self._shown: set[str] = set()
        self._expired: set[str] = set()
        self._expiry_is_pending = False
        self._lock = threading.Lock()

    def drop(self, event: EventName | None, *, nth: int = 1) -> None:
        """The frame never arrives."""
        self._add("drop", event, nth)

    def duplicate(self, event: EventName | None, *, nth: int = 1) -> None:
        """The frame arrives twice."""
        self._add("duplicate", event, nth)

    def corrupt(self, event: EventName | None, *, nth: int = 1) -> None:
        """The frame arrives without its second half: no JSON."""
        self._add("corrupt", event, nth)

    def split(self, event: EventName | None, *, nth: int = 1) -> None:
        """The message arrives in two WebSocket fragments; a client must not notice."""
        self._add("split", event, nth)

    def delay(self, event: EventName | None, delay_ms: float, *, nth: int = 1) -> None:
        """The frame, and all behind it, arrive so much later."""
        check_number("delay_ms", delay_ms)
        self._add("delay", event, nth, delay_ms=delay_ms)

    def slow(self, *, bytes_per_s: float) -> None:
        """Every frame, and all behind it, takes its time, as over a line of so many bytes a second.

        Raises:
            ValueError: ``bytes_per_s`` isn't above 0.
        """
        check_type("bytes_per_s", bytes_per_s, int, float)
        if not bytes_per_s > 0:
            raise ValueError(f"bytes_per_s must be above 0, not {bytes_per_s:g}")
        self._add("slow", None, 0, bytes_per_s=bytes_per_s)

    def stall(self, *, after: EventName | None, nth: int = 1) -> None:
        """Nothing arrives any more after this frame, though the connection stays open."""
        self._add("stall", after, nth)

    def close(self, code: int = 1011, reason: str = "", *, after: EventName | None, nth: int = 1) -> None:
        """The WebSocket closes after this frame."""
        check_close(code, reason)
        self._add("close", after, nth, code=code, reason=reason)

    def cut(self, *, after: EventName | None, nth: int = 1) -> None:
        """The connection is lost after this frame, without a close."""
        self._add("cut", after, nth)

    def insert(self, event: Mapping[str, Any], *, after: EventName | None, nth: int = 1) -> None:
        """An event of your own, known or not, arrives after this frame."""
        check_type("the event", event, Mapping)
        self._add("insert", after, nth, frame=json.dumps(event).encode())

    def unknown_event(self, *, after: EventName | None, nth: int = 1) -> None:
        """An event of a type that no client knows arrives after this frame."""
        self.insert({"type": UNKNOWN_EVENT, "event_id": "event_unknown", "novelty": {"level": 3}}, after=after, nth=nth)

    def refuse(
        self, status: int, *, times: int = 1, nth: int = 1, headers: Mapping[str, str] | None = None, message: str = "refused by the test"
    ) -> None:
        """Handshakes are refused; where several faults would refuse the same one, the first that was asked for does.

        Args:
            status: the HTTP status, such as 401, 403, 404, 429 or 503.
            times: how many.
            nth: the first of them, counted from 1: with 2 the next one is let in.
            headers: of the answer, such as ``{"Retry-After": "2"}``.
            message: goes into the answer's body, which has the service's form.

        Raises:
            ValueError: there is no such status, or it refuses nothing.
        """
        for what, number in (("nth", nth), ("times", times)):
            check_type(what, number, int)
            if number < 1:
                raise ValueError(f"{what} counts handshakes from 1; not {number}")
        for text in (message, *(headers or {}).values()):
            check_type("a header, and the message,", text, str)
        refused = _refusal(_refusing(status), message, headers)
        with self._lock:
            self._refusals.append(Refusing(refused, nth, times))

    def expire_token(self) -> None:
        """The keys and tokens that clients have shown until now are refused with 401 from now on; a fresh one gets in.

        Open sessions go on: what the service does with them isn't documented. `close` ends one.
        """
        with self._lock:
            self._expired = set(self._shown)
            self._expiry_is_pending = True

    @property
    def pending(self) -> tuple[str, ...]:
        """The faults that have not happened, in words."""
        with self._lock:
            left = [str(fault) for fault in self._faults if not fault.fired]
            left += [str(each) for each in self._refusals if each.left]
            return (*left, *(["no client came with an expired token"] if self._expiry_is_pending else []))

    def _add(self, what: str, event: EventName | None, nth: int, **detail: Any) -> None:
        check_frame(event)
        check_type("nth", nth, int)
        if nth < 0:
            raise ValueError(f"nth counts from 1, or is 0 for each; not {nth}")
        with self._lock:
            self._faults.append(Fault(what, event, nth, detail))

    def refusal_of(self, headers: Mapping[str, str]) -> Refusal | None:
        """How the handshake with these headers is refused, or None."""
        shown = headers.get("authorization") or headers.get("api-key") or ""
        with self._lock:
            self._shown.add(shown)
            # A list, as each has to count this handshake.
            if due := [each for each in self._refusals if each.is_due()]:
                due[0].left -= 1
                return due[0].refused
            if shown in self._expired:
                self._expiry_is_pending = False
                return _EXPIRED
            return None

    async def applied(self, frame: bytes, websocket: ServerConnection) -> list[Outgoing]:
        """What is written in place of a frame."""
        event = type_of(frame) or ""
        with self._lock:
            due = [fault for fault in self._faults if fault.is_due(event)]
        out: list[Outgoing] = [frame]
        for fault in sorted(due, key=lambda fault: _ORDER.index(fault.what)):
            if fault.what in _REWRITES and not out:
                continue  # dropped
            fault.fired = True
            if fault.what in _WAITS:
                await asyncio.sleep(_WAITS[fault.what](fault.detail, frame) / 1000)
            elif fault.what == "insert":
                out.append(fault.detail["frame"])
            elif fault.what in _REWRITES:
                out = [each for came in out for each in _REWRITES[fault.what](came if isinstance(came, bytes) else b"".join(came))]
            else:
                for each in out:
                    await websocket.send(each, text=True)
                await _end(fault, websocket)
                return []
        return out


def _refusing(status: int) -> HTTPStatus:
    """A status that keeps a WebSocket from opening.

    Raises:
        ValueError: it is none.
    """
    try:
        found = HTTPStatus(status)
    except ValueError:
        raise ValueError(f"there is no HTTP status {status!r}; take one from 300 to 599, such as 401 or 503") from None
    if found < HTTPStatus.MULTIPLE_CHOICES:
        raise ValueError(f"the HTTP status {status} refuses nothing; take one from 300 to 599, such as 401 or 503")
    return found


def _refusal(status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, Rejection(status, str(status.value), message).body, dict(headers or {}))


_EXPIRED: Final = _refusal(HTTPStatus.UNAUTHORIZED, "the token has expired")

_ORDER: Final = ("delay", "slow", "drop", "duplicate", "corrupt", "split", "insert", "close", "cut", "stall")
"""In which faults happen to a frame."""

_WAITS: Final[Mapping[str, Callable[[Mapping[str, Any], bytes], float]]] = {
    "delay": lambda detail, _frame: float(detail["delay_ms"]),
    "slow": lambda detail, frame: 1000 * len(frame) / float(detail["bytes_per_s"]),
}
"""Fault -> how many milliseconds a frame waits."""

_REWRITES: Final[Mapping[str, Callable[[bytes], list[Outgoing]]]] = {
    "drop": lambda _frame: [],
    "duplicate": lambda frame: [frame, frame],
    "corrupt": lambda frame: [frame[: len(frame) // 2]],
    "split": lambda frame: [[frame[: len(frame) // 2], frame[len(frame) // 2 :]]],
}


async def _end(fault: Fault, websocket: ServerConnection) -> None:
    if fault.what == "close":
        await websocket.close(fault.detail["code"], fault.detail["reason"])
    elif fault.what == "cut":
        websocket.transport.abort()
    else:  # a stall
        await websocket.wait_closed()
