"""Which response answers which request.

The service repeats a request's ``event_id`` only when it refuses it (service facts, section 9). So requests and ``response.created``
are matched

- by ``metadata["client_event_id"]``, which the service echoes (service rules). Requests have it where the api-version knows ``metadata``,
  or where the caller put the request's ``event_id`` there. Once the service has echoed one, requests that have it are matched by nothing
  else; before, too, where the api-version knows it and the session may make responses of its own;
- else in order: the service answers in the order of asking. A response that turn detection made in between is then taken for the one
  asked for, until the refusal that follows names the request, and the handle with it.

The ``event_id`` of an error is often null (service facts, section 9). Then the error refuses the only request that waits, unless its
code, its ``param`` or a session update that was asked for before say that it is about something else; and of several that wait, the
oldest, once a later one is answered by name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary, ref

CLIENT_EVENT_ID: Final = "client_event_id"
"""Key of ``metadata`` under which a request's ``event_id`` comes back."""

METADATA_SINCE: Final = "2026-04-10"
"""From this api-version on ``response.create`` takes ``metadata`` (service facts)."""

_MAX_PAIRS: Final = 16
"""So many pairs may ``metadata`` have (service facts, section 5)."""

_ACTIVE_ALREADY: Final = "conversation_already_has_active_response"

_MAX_BESIDE: Final = 32
"""So many responses outside the conversation are known as such, the newest; hardly more go on at a time."""


def with_its_id(response: Mapping[str, Any] | None, event_id: str) -> Any:
    """The settings of a request, with its id in their ``metadata``, if that has room and the caller did not put one there."""
    metadata = (response or {}).get("metadata") or {}
    if not isinstance(metadata, Mapping) or CLIENT_EVENT_ID in metadata or len(metadata) >= _MAX_PAIRS:
        return response
    return {**(response or {}), "metadata": {**metadata, CLIENT_EVENT_ID: event_id}}


class Handle(Protocol):
    """What a response's events go to."""

    event_id: str
    id: str | None

    def _take(self, event: Any) -> None: ...
    def _restart(self) -> None: ...
    def _refuse(self, error: Any) -> None: ...


HandleT = TypeVar("HandleT", bound=Handle)


class Registry(Protocol):
    """Where events are shown."""

    def add(self, sink: Any) -> None: ...
    def remove(self, sink: Any) -> None: ...


class ResponseRequests(Generic[HandleT]):
    """The requests that are unanswered, oldest first, and the handles of responses that go on.

    Args:
        reader: shows the events.
        make: makes the handle of a request.
        has_others: whether a response without a request's id is surely no answer to one.
        updates: how many session updates are unanswered.

    Attributes:
        beside: ids of responses that were asked for outside the conversation, the newest last.
    """

    def __init__(
        self, reader: Registry, make: Callable[[str], HandleT], has_others: Callable[[], bool], updates: Callable[[], int]
    ) -> None:
        self._reader = reader
        self._make = make
        self._has_others = has_others
        self._updates = updates
        self._count = 0
        self._echoed = False
        self._waiting: list[_Request[HandleT]] = []
        self._unnamed: tuple[Any, ...] = ()
        self.beside: tuple[str, ...] = ()

    @functools.cached_property
    def _handles(self) -> WeakValueDictionary[str, HandleT]:
        """The handles by the id of their response. Made when it is needed: a connection shall be small."""
        return WeakValueDictionary()

    @property
    def unanswered(self) -> bool:
        """Whether a response of the conversation was asked for that is neither created nor refused."""
        return any(not request.beside for request in self._waiting)

    def new_event_id(self) -> str:
        """An ``event_id`` for a request that has none."""
        self._count += 1
        return f"response_create_{self._count}"

    def add(self, event_id: str, response: Mapping[str, Any] | None = None) -> HandleT:
        """Note a request that is about to be sent, with these settings."""
        handle = self._make(event_id)
        metadata = (response or {}).get("metadata")
        name = metadata.get(CLIENT_EVENT_ID) if isinstance(metadata, Mapping) else None
        self._waiting.append(_Request(event_id, ref(handle), name, is_beside(response), self._updates()))
        self._reader.add(self)
        return handle

    def withdraw(self, event_id: str) -> None:
        """Forget a request that wasn't sent."""
        self._waiting = [request for request in self._waiting if request.event_id != event_id]
        self._settle()

    def take(self, event: Any) -> None:
        """Give an event of a response to its handle, a refusal to the request's."""
        if event.type == "response.created":
            self._bind(event)
        elif event.type == "error":
            self._on_error(event.error)
        elif event.type == "session.updated":
            self._on_update()
        handle = self._handles.get(_response_id(event) or "")
        if handle is not None:
            handle._take(event)
            if event.type == "response.done":
                del self._handles[event.response.id]
        self._settle()

    def _bind(self, event: Any) -> None:
        if event.response is None or not event.response.id:
            return
        name = (event.response.metadata or {}).get(CLIENT_EVENT_ID)
        request = self._named(name)
        if request is None and name is not None and self._rebind(name, event.response.id):
            return
        request = request or self._oldest(name)
        if request is None:
            return
        self._waiting.remove(request)
        if request.beside:
            self.beside = (*self.beside[1 - _MAX_BESIDE :], event.response.id)
        handle = request.handle()
        if handle is not None:
            self._handles[event.response.id] = handle

    def _named(self, name: str | None) -> _Request[HandleT] | None:
        """The request that the service names; an older one that an error may have been about was refused by it."""
        for number, request in enumerate(self._waiting):
            if request.event_id == name:
                self._echoed = True
                stale, errors = self._waiting[:number], self._unnamed
                self._unnamed = errors[len(stale) :]
                for old, error in zip(stale, errors, strict=False):
                    self._refuse(old, error)
                return request
        return None

    def _rebind(self, name: str, response_id: str) -> bool:
        """Give a response to the handle of the request that the service names, for whose answer another one was taken."""
        for wrong_id, handle in self._handles.items():
            if handle.event_id == name:
                self._echoed = True
                self.beside = tuple(response_id if each == wrong_id else each for each in self.beside)
                del self._handles[wrong_id]
                handle._restart()
                self._handles[response_id] = handle
                return True
        return False

    def _oldest(self, name: str | None) -> _Request[HandleT] | None:
        """The request whose turn it is, of those that the service does not name; one that it does name was let go."""
        for request in self._waiting:
            mine = request.name == name if name is not None else not (request.carries_id and (self._echoed or self._has_others()))
            if mine:
                return request
        return None

    def _on_error(self, error: Any) -> None:
        if error is None:
            return
        if not error.event_id:
            self._on_unnamed(error)
            return
        for bound in self._handles.values():
            if error.event_id == bound.event_id:  # to a response of somebody else
                del self._handles[bound.id or ""]
                bound._refuse(error)
                return
        for request in self._waiting:
            if error.event_id == request.event_id:
                self._refuse(request, error)
                return
        self._count_updates()

    def _on_unnamed(self, error: Any) -> None:
        """An error that may be about anything; the service answers in order, so of all requests it can only be about the oldest."""
        for oldest in self._waiting[:1]:
            if error.code == _ACTIVE_ALREADY:
                self._refuse(oldest, error)
            elif not _may_refuse(error):
                self._count_updates()
            elif oldest.updates_before:
                self._on_update()
            elif len(self._waiting) == 1:
                self._refuse(oldest, error)
            else:
                self._unnamed = (*self._unnamed, error)

    def _on_update(self) -> None:
        """One of the session updates that were asked for before the requests has its answer."""
        for request in self._waiting:
            request.updates_before = max(0, request.updates_before - 1)

    def _count_updates(self) -> None:
        """The error may have been about a session update, which then is pending no longer."""
        for request in self._waiting:
            request.updates_before = min(request.updates_before, self._updates())

    def _refuse(self, request: _Request[HandleT], error: Any) -> None:
        self._waiting.remove(request)
        handle = request.handle()
        if handle is not None:
            handle._refuse(error)

    def _settle(self) -> None:
        if not self._waiting:
            self._unnamed = ()
        if not self._waiting and not self._handles:
            self._reader.remove(self)


def is_beside(response: Any) -> bool:
    """Whether a request with these settings is for a response outside the conversation."""
    return response is not None and bool(response.get("conversation") == "none")


def _may_refuse(error: Any) -> bool:
    """Whether an error that names no event may be the answer to a request for a response."""
    from voicelive_proto.error_details import refused_type  # noqa: PLC0415 - the core is imported with the first connection

    refused = refused_type(error)
    return refused == "response.create" or (refused is None and not error.param)


@dataclass(eq=False)
class _Request(Generic[HandleT]):
    event_id: str
    handle: ref[HandleT]
    name: Any  # what the caller, or we, put into its metadata
    beside: bool  # for a response outside the conversation
    updates_before: int  # so many session updates were asked for before and are unanswered

    @property
    def carries_id(self) -> bool:
        return bool(self.name == self.event_id)


def _response_id(event: Any) -> str | None:
    named: str | None = getattr(event, "response_id", None)
    if named is None:
        response = getattr(event, "response", None)
        named = response.id if response is not None else None
    return named
