"""Which response answers which request.

The service repeats a request's ``event_id`` only when it refuses it (service facts, section 9). So requests and ``response.created``
are matched

- by ``metadata["client_event_id"]``, which the service echoes (service rules). Requests have it where the api-version knows ``metadata``,
  or where the caller put the request's ``event_id`` there. Once the service has echoed one, requests that have it are matched by nothing
  else; before, too, where the api-version knows it and the session may make responses of its own;
- else in order: the service answers in the order of asking. A response that turn detection made in between is then taken for the one
  asked for, until the refusal that follows names the request, and the handle with it.
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

    def take(self, event: Any) -> None: ...
    def restart(self) -> None: ...
    def refuse(self, error: Any) -> None: ...


HandleT = TypeVar("HandleT", bound=Handle)


class Registry(Protocol):
    """Where events are shown."""

    def add(self, sink: Any) -> None: ...
    def remove(self, sink: Any) -> None: ...


class ResponseRequests(Generic[HandleT]):
    """The requests that are unanswered, oldest first, and the handles of responses that go on."""

    def __init__(self, reader: Registry, make: Callable[[str], HandleT], has_others: Callable[[], bool]) -> None:
        self._reader = reader
        self._make = make
        self._has_others = has_others
        self._count = 0
        self._echoed = False
        self._waiting: list[_Request[HandleT]] = []

    @functools.cached_property
    def _handles(self) -> WeakValueDictionary[str, HandleT]:
        """The handles by the id of their response. Made when it is needed: a connection shall be small."""
        return WeakValueDictionary()

    @property
    def unanswered(self) -> bool:
        """Whether a response was asked for that is neither created nor refused."""
        return bool(self._waiting)

    def new_event_id(self) -> str:
        """An ``event_id`` for a request that has none."""
        self._count += 1
        return f"response_create_{self._count}"

    def add(self, event_id: str, response: Mapping[str, Any] | None = None) -> HandleT:
        """Note a request that is about to be sent, with these settings."""
        handle = self._make(event_id)
        metadata = (response or {}).get("metadata")
        name = metadata.get(CLIENT_EVENT_ID) if isinstance(metadata, Mapping) else None
        self._waiting.append(_Request(event_id, ref(handle), name))
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
        handle = self._handles.get(_response_id(event) or "")
        if handle is not None:
            handle.take(event)
            if event.type == "response.done":
                del self._handles[event.response.id]
        self._settle()

    def _bind(self, event: Any) -> None:
        if event.response is None or not event.response.id:
            return
        name = (event.response.metadata or {}).get(CLIENT_EVENT_ID)
        handle = (self._named(name) if name is not None else None) or self._oldest(name)
        if handle is not None:
            self._handles[event.response.id] = handle

    def _named(self, name: str) -> HandleT | None:
        """The handle of the request that the service names, though another response may have been taken for its answer."""
        for request in self._waiting:
            if request.event_id == name:
                self._echoed = True
                self._waiting.remove(request)
                return request.handle()
        for response_id, handle in self._handles.items():
            if handle.event_id == name:
                self._echoed = True
                del self._handles[response_id]
                handle.restart()
                return handle
        return None

    def _oldest(self, name: str | None) -> HandleT | None:
        """The handle of the request whose turn it is, of those that the service does not name; one that it does name was let go."""
        for request in self._waiting:
            mine = request.name == name if name is not None else not (request.carries_id and (self._echoed or self._has_others()))
            if mine:
                self._waiting.remove(request)
                return request.handle()
        return None

    def _on_error(self, error: Any) -> None:
        if error is None:
            return
        for bound in self._handles.values():
            if error.event_id == bound.event_id:  # to a response of somebody else
                del self._handles[bound.id or ""]
                bound.refuse(error)
                return
        for request in self._waiting:
            if error.event_id == request.event_id or (not error.event_id and error.code == _ACTIVE_ALREADY):
                self._waiting.remove(request)
                handle = request.handle()
                if handle is not None:
                    handle.refuse(error)
                return

    def _settle(self) -> None:
        if not self._waiting and not self._handles:
            self._reader.remove(self)


@dataclass(frozen=True)
class _Request(Generic[HandleT]):
    event_id: str
    handle: ref[HandleT]
    name: Any  # what the caller, or we, put into its metadata

    @property
    def carries_id(self) -> bool:
        return bool(self.name == self.event_id)


def _response_id(event: Any) -> str | None:
    named: str | None = getattr(event, "response_id", None)
    if named is None:
        response = getattr(event, "response", None)
        named = response.id if response is not None else None
    return named
