# Made from voicelive/_subscription.py by tools/make_sync.py: change that one, then run `make sync`.
"""Subscriptions: a connection's events once more, for somebody who doesn't take them away from others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic

from .._wanted import OVERFLOWS, Overflow, Wanted, matcher
from ..exceptions import EventsMissed, SubscriptionClosed
from ._reading import Reader

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self, TypeVar

    from voicelive_proto.server_events import AnyServerEvent

    EventT = TypeVar("EventT", bound=AnyServerEvent, default=AnyServerEvent)
else:
    from typing import TypeVar

    EventT = TypeVar("EventT")


class Subscription(Generic[EventT]):
    """The events of a connection from now on, or those of some kinds; made by ``connection.events()``.

    To a type checker it gives events of the classes by which it was asked for; ``Any`` when it was asked for by name or function.

    Iterate over it, any number of them beside each other and beside the connection itself. Leaving it by ``with``, ``close()``, or
    letting go of it ends it.

    Attributes:
        missed: how many events were dropped since the start, because nobody took them.
    """

    __slots__ = (
        "__weakref__",
        "_closed",
        "_ended_quietly",
        "_events",
        "_failure",
        "_max_events",
        "_overflow",
        "_reader",
        "_some",
        "_untold",
        "_waits",
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
        if overflow not in OVERFLOWS:
            raise ValueError(f"overflow must be 'raise' or 'drop', not {overflow!r}")
        self._reader = reader
        self._some = bool(wanted)
        self._wants = matcher(wanted)
        self._max_events = max_events
        self._overflow = overflow
        self._ended_quietly = ended_quietly
        self._events: deque[Any] = deque()
        self._failure: Exception | None = None
        self._closed = False
        self._waits: set[Any] = set()
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

    def next(self, *, timeout: float | None = None) -> EventT:
        """Wait for the next event.

        Args:
            timeout: seconds to wait at most; None for no limit.

        Raises:
            TimeoutError: none that is wanted came in time; the subscription goes on.
            EventsMissed: the subscription was full, and the oldest events are gone; the next call goes on with those that are left.
            SubscriptionClosed: it was closed, and all that was left has been given.
            ConnectionClosed: the connection is over, whichever side ended it and with whatever code, and all that was kept has been given.

        What a function that says which events are wanted raises is raised here, too.
        """
        found = self._reader.within(timeout, self._oldest, self._waits)
        if found is None:
            raise TimeoutError(f"no {'event that is wanted' if self._some else 'event'} came within {timeout or 0:g} s")
        return found[0]

    def _oldest(self) -> tuple[EventT] | None:
        """Take the oldest event out, or raise what there is to tell; None while there is neither."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._untold and self._overflow == "raise":
            missed, self._untold = self._untold, 0
            raise EventsMissed(missed)
        if self._events:
            return (self._events.popleft(),)
        if self._closed:
            raise SubscriptionClosed
        return None

    def close(self) -> None:
        """Take no more events; those that are left can still be taken, and whoever waits for another one waits no longer."""
        self._closed = True
        self._reader.remove(self)
        self._reader.wake(self._waits)

    def __iter__(self) -> Self:
        """Iterate until it is closed, or the connection ends, with the rules of the connection's own iteration."""
        return self

    def __next__(self) -> EventT:
        try:
            return self.next()
        except SubscriptionClosed:
            raise StopIteration from None
        except Exception as error:
            if self._ended_quietly(error):
                raise StopIteration from None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
