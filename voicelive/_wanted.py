"""Which events somebody wants: by wire name, by class, or by a function."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, get_args

from voicelive_proto import SERVER_EVENTS
from voicelive_proto.server_events import AnyServerEvent, ServerEvent

Wanted: TypeAlias = "str | type[ServerEvent] | Callable[[AnyServerEvent], object]"
"""Which events: a wire name such as ``response.done``, a class of ``voicelive.models``, or a function that says yes or no."""

Overflow: TypeAlias = Literal["raise", "drop"]
"""What a subscription does when it is full: ``raise`` tells by ``EventsMissed`` that the oldest events went, ``drop`` only counts them."""

OVERFLOWS: Final = get_args(Overflow)


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

    def missed(self, wanted: tuple[Wanted, ...], timeout_s: float | None) -> str:
        """Say what came instead."""
        names = " or ".join(_name(each) for each in wanted)
        last = f"; the last error was: {self.last_error}" if self.last_error else ""
        return f"no {names} within {timeout_s or 0:g} s; {self.seen} other events came{last}"


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
    return repr(str.__str__(wanted)) if isinstance(wanted, str) else getattr(wanted, "__name__", repr(wanted))
