"""Subscriptions: a connection's events once more, for somebody who doesn't take them away from others."""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from voicelive_proto._registry import SERVER_EVENTS
from voicelive_proto.server_events import AnyServerEvent, ServerEvent

from ._reading import Reader
from .exceptions import EventsMissed

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

Wanted: TypeAlias = "str | type[ServerEvent] | Callable[[AnyServerEvent], object]"
"""Which events: a wire name such as ``response.done``, a class of ``voicelive.models``, or a function that says yes or no."""

Overflow: TypeAlias = Literal["raise", "drop"]
"""What a subscription does when it is full: ``raise`` tells by ``EventsMissed`` that the oldest events went, ``drop`` only counts them."""

_OVERFLOWS: Final = ("raise", "drop")


class Subscription:
    """The events of a connection from now on, or those of some kinds; made by ``connection.events()``.

    Iterate over it, any number of them beside each other and beside the connection itself. Leaving it by ``with``, ``close()``, or
    letting go of it ends it.

    Attributes:
        missed: how many events were dropped since the start, because nobody took them.
    """

    __slots__ = (
        "__weakref__",
        "_ended_quietly",
        "_events",
        "_failure",
        "_max_events",
        "_overflow",
        "_reader",
        "_untold",
        "_wants",
        "missed",
    )

    def __init__(
        self,
        reader: Reader,
        wanted: tuple[Wanted, ...],
        *,
        max_events: int,
        overflow: Overflow,
        ended_quietly: Callable[[Exception], bool],
    ) -> None:
        if max_events < 1:
            raise ValueError(f"max_events must be 1 or more, not {max_events}")
        if overflow not in _OVERFLOWS:
            raise ValueError(f"overflow must be 'raise' or 'drop', not {overflow!r}")
        self._reader = reader
        self._wants = matcher(wanted)
        self._max_events = max_events
        self._overflow = overflow
        self._ended_quietly = ended_quietly
        self._events: deque[Any] = deque()
        self._failure: Exception | None = None
        self._untold = 0
        self.missed = 0
        reader.add(self)

    def take(self, event: Any) -> None:
        """Keep an event, if it is one that is wanted."""
        try:
            if not self._wants(event):
                return
        except Exception as failure:  # noqa: BLE001 - the caller's function failed: the caller hears it, not who reads
            self._failure = failure
            return
        self._events.append(event)
        if len(self._events) > self._max_events:
            self._events.popleft()
            self.missed += 1
            self._untold += 1

    async def next(self) -> AnyServerEvent:
        """Wait for the next event.

        Raises:
            EventsMissed: the subscription was full, and the oldest events are gone; the next call goes on with those that are left.
            ConnectionClosed: the connection is over, whichever side ended it and with whatever code.

        What a function that says which events are wanted raises is raised here, too.
        """
        await self._reader.until(lambda: self._events or self._failure)
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._untold and self._overflow == "raise":
            missed, self._untold = self._untold, 0
            raise EventsMissed(missed)
        event: AnyServerEvent = self._events.popleft()
        return event

    def close(self) -> None:
        """Take no more events; those that are left can still be taken."""
        self._reader.remove(self)

    def __aiter__(self) -> Self:
        """Iterate until the connection ends, with the rules of the connection's own iteration."""
        return self

    async def __anext__(self) -> AnyServerEvent:
        try:
            return await self.next()
        except Exception as error:
            if self._ended_quietly(error):
                raise StopAsyncIteration from None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


class Expectation:
    """The first event of some kind from now on."""

    __slots__ = ("__weakref__", "_wants", "event", "failure", "last_error", "seen")

    def __init__(self, wanted: tuple[Wanted, ...]) -> None:
        self._wants = matcher(wanted)
        self.event: Any = None
        self.failure: Exception | None = None
        self.seen = 0
        self.last_error: str | None = None

    def take(self, event: Any) -> None:
        """Keep the event, if it is the one."""
        if self.settled:
            return
        try:
            if self._wants(event):
                self.event = event
                return
        except Exception as failure:  # noqa: BLE001 - as in a subscription
            self.failure = failure
            return
        self.seen += 1
        if event.type == "error" and event.error is not None:
            self.last_error = event.error.message

    @property
    def settled(self) -> bool:
        """Whether it came, or its function failed."""
        return self.event is not None or self.failure is not None

    def missed(self, wanted: tuple[Wanted, ...], timeout_s: float) -> str:
        """Say what came instead."""
        names = " or ".join(_name(each) for each in wanted)
        last = f"; the last error was: {self.last_error}" if self.last_error else ""
        return f"no {names} within {timeout_s:g} s; {self.seen} other events came{last}"


def matcher(wanted: tuple[Wanted, ...]) -> Callable[[Any], object]:
    """One function for all that is wanted; without any, everything is.

    Raises:
        TypeError: neither a wire name, an event class nor a function.
        ValueError: a wire name that is nearly, but not quite, one that is known.
    """
    if not wanted:
        return lambda _event: True
    for each in wanted:
        if isinstance(each, type) and not issubclass(each, ServerEvent):
            raise TypeError(f"{each.__name__} is no event of the service; see voicelive.models.ServerEvent and its subclasses")
        if not isinstance(each, str) and not callable(each):
            raise TypeError(f"events are named by a wire name, a class or a function, not {type(each).__name__}")
        if isinstance(each, str):
            _check_name(each)
    names = frozenset(each for each in wanted if isinstance(each, str))
    classes = tuple(each for each in wanted if isinstance(each, type))
    tests = tuple(each for each in wanted if not isinstance(each, (str, type)))
    return lambda event: event.type in names or isinstance(event, classes) or any(test(event) for test in tests)


def _check_name(name: str) -> None:
    """A name that nobody knows may be new; one that is nearly known is a slip, and would wait for ever."""
    near = [] if name in SERVER_EVENTS else difflib.get_close_matches(name, SERVER_EVENTS, n=1, cutoff=0.85)
    if near:
        raise ValueError(f"no event of the service is called {name!r}; did you mean {near[0]!r}? (A function can wait for any name.)")


def _name(wanted: Wanted) -> str:
    return repr(wanted) if isinstance(wanted, str) else getattr(wanted, "__name__", repr(wanted))
