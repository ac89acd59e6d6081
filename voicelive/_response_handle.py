"""A response that was asked for: its events, text and audio as they come, its end; and which response answers which request.

The service repeats a request's ``event_id`` only when it refuses it (service facts, section 9). So requests and ``response.created``
are matched

- in order: the service answers in the order of asking. A response that turn detection made in between is taken for the one asked for,
  until the refusal that follows names the request, and the handle with it;
- by ``metadata["client_event_id"]``, which the service echoes (service rules), where the caller put the request's ``event_id`` there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary, ref

import anyio

from ._reading import Reader
from .exceptions import RequestRefused, ResponseFailed

if TYPE_CHECKING:
    from voicelive_proto.responses import Response, TokenUsage
    from voicelive_proto.server_events import AnyServerEvent

CLIENT_EVENT_ID: Final = "client_event_id"
"""Key of ``metadata`` under which a request's ``event_id`` comes back."""

_ACTIVE_ALREADY: Final = "conversation_already_has_active_response"

_Piece = TypeVar("_Piece")


class ResponseHandle:
    """A response that was asked for, as ``connection.response.create()`` gives it.

    Iterate over it for its events, or over `text_deltas`, `transcript_deltas` and `audio_chunks`; await `done`, or the handle itself,
    for its end. Each begins with the first event, however late it is called, and any number may go on at once. Waiting reads from the
    connection if nobody else does, and takes no event away from anybody. A handle keeps what its response brought, audio too, until
    you let go of it; one that is not held costs nothing.

    Attributes:
        event_id: id of the request.
        id: id of the response; None before ``response.created``.
        response: the response as last reported, final after `done`; None before ``response.created``.
    """

    __slots__ = ("__weakref__", "_audio", "_cancel", "_events", "_reader", "_refusal", "_text", "_transcript", "event_id", "id", "response")

    def __init__(self, event_id: str, reader: Reader, cancel: Callable[..., Awaitable[None]]) -> None:
        self.event_id = event_id
        self.id: str | None = None
        self.response: Response | None = None
        self._reader = reader
        self._cancel = cancel
        self._begin()

    def _begin(self) -> None:
        self._events: list[Any] = []
        self._text: _Parts[str] = _Parts()
        self._transcript: _Parts[str] = _Parts()
        self._audio: _Parts[bytes] = _Parts()
        self._refusal: RequestRefused | None = None

    @property
    def text(self) -> str:
        """Text so far."""
        return "".join(self._text.pieces)

    @property
    def transcript(self) -> str:
        """Transcript of the audio so far; it usually runs ahead of the audio."""
        return "".join(self._transcript.pieces)

    @property
    def audio(self) -> bytes:
        """Audio so far, in the response's output format."""
        return b"".join(self._audio.pieces)

    @property
    def usage(self) -> TokenUsage | None:
        """Tokens it cost; None before its end."""
        return self.response.usage if self.response is not None else None

    @property
    def status(self) -> str | None:
        """Status as last reported, such as ``in_progress``; None before ``response.created``."""
        return self.response.status if self.response is not None else None

    @property
    def ended(self) -> bool:
        """Whether ``response.done`` came, or the request was refused."""
        return self._refusal is not None or bool(self._events and self._events[-1].type == "response.done")

    async def created(self) -> str:
        """Wait until the service has begun, and give the response's id.

        Raises:
            RequestRefused: the service answered with an error.
            ConnectionClosed: the connection is over.
        """
        await self._reader.until(lambda: self.id is not None or self._refusal is not None)
        if self._refusal is not None:
            raise self._refusal
        assert self.id is not None
        return self.id

    async def done(self, *, timeout: float | None = None) -> Response:  # noqa: ASYNC109 - named as in asyncio.wait_for
        """Wait for the end and give the response as ``response.done`` has it; its ``status`` may be ``cancelled`` or ``incomplete``.

        Args:
            timeout: seconds to wait at most; None for no limit.

        Raises:
            RequestRefused: the service refused the request.
            ResponseFailed: the response ended with status ``failed``.
            TimeoutError: it wasn't done in time; it goes on.
            ConnectionClosed: the connection is over, even if it was closed in good order.
        """
        with anyio.move_on_after(timeout) as limit:
            await self._reader.until(lambda: self.ended)
        if limit.cancelled_caught:
            raise TimeoutError(f"the response {self.id or '(not created yet)'} was not done within {timeout:g} s")
        return self._judged()

    def __await__(self) -> Generator[Any, Any, Response]:
        return self.done().__await__()

    async def cancel(self) -> None:
        """Cancel the response; does nothing once it has ended. `done` then gives it with status ``cancelled``.

        Raises:
            ConnectionClosed: the connection is over.
        """
        if not self.ended:
            await self.created()
        if not self.ended:
            await self._cancel(response_id=self.id)

    def __aiter__(self) -> AsyncIterator[AnyServerEvent]:
        """Iterate over its events, from ``response.created`` to ``response.done``. Raises what `done` raises."""
        return self._pieces(self._events)

    def text_deltas(self) -> AsyncIterator[str]:
        """Iterate over its text, piece by piece."""
        return self._pieces(self._text.pieces)

    def transcript_deltas(self) -> AsyncIterator[str]:
        """Iterate over the transcript of its audio, piece by piece."""
        return self._pieces(self._transcript.pieces)

    def audio_chunks(self) -> AsyncIterator[bytes]:
        """Iterate over its audio, chunk by chunk, in the response's output format."""
        return self._pieces(self._audio.pieces)

    def __repr__(self) -> str:
        state = "refused" if self._refusal is not None else self.status or "asked for"
        return f"<{type(self).__name__} {self.id or self.event_id} {state}>"

    async def _pieces(self, pieces: list[_Piece]) -> AsyncIterator[_Piece]:
        given = 0
        while await self._has_more(pieces, given):
            yield pieces[given]
            given += 1
        self._judged()

    async def _has_more(self, pieces: list[_Piece], given: int) -> bool:
        await self._reader.until(lambda: len(pieces) > given or self.ended)
        return len(pieces) > given

    def _judged(self) -> Response:
        if self._refusal is not None:
            raise self._refusal
        response: Response = self._events[-1].response
        if response.status == "failed":
            raise _failure(response)
        return response

    def take(self, event: Any) -> None:
        """Keep one of its events."""
        kind = event.type
        if kind in ("response.created", "response.done"):
            self.response = event.response
            self.id = event.response.id
        elif kind == "response.audio.delta":
            self._audio.add(event, event.delta)
        elif kind == "response.text.delta":
            self._text.add(event, event.delta)
        elif kind == "response.audio_transcript.delta":
            self._transcript.add(event, event.delta)
        elif kind == "response.text.done":
            self._text.complete(event, event.text)
        elif kind == "response.audio_transcript.done":
            self._transcript.complete(event, event.transcript)
        self._events.append(event)

    def restart(self) -> None:
        """Forget what came: it belonged to another response."""
        self._begin()
        self.id = self.response = None

    def refuse(self, error: Any) -> None:
        """The service refused the request; what was taken for its response was another."""
        self.restart()
        self._refusal = RequestRefused(
            error.message, type=error.type, code=error.code, param=error.param, event_id=error.event_id or self.event_id
        )


class _Parts(Generic[_Piece]):
    """Pieces of text or audio as they came; a part that came whole, without deltas, is one piece."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self._begun: set[tuple[str | None, int | None]] = set()

    def add(self, event: Any, piece: _Piece | None) -> None:
        if piece:
            self._begun.add((event.item_id, event.content_index))
            self.pieces.append(piece)

    def complete(self, event: Any, whole: _Piece | None) -> None:
        if (event.item_id, event.content_index) not in self._begun:
            self.add(event, whole)


def _failure(response: Response) -> ResponseFailed:
    error: Mapping[str, Any] = getattr(response.status_details, "error", None) or {}
    kind, code, message = error.get("type"), error.get("code"), error.get("message")
    said = f"the response {response.id} failed: {message or code or kind or 'the service gives no reason'}"
    return ResponseFailed(said, kind=kind, code=code, response=response)


class ResponseRequests:
    """The requests that are unanswered, oldest first, and the handles of responses that go on."""

    def __init__(self, reader: Reader, cancel: Callable[..., Awaitable[None]]) -> None:
        self._reader = reader
        self._cancel = cancel
        self._count = 0
        self._waiting: deque[_Request] = deque()
        self._handles: WeakValueDictionary[str, ResponseHandle] = WeakValueDictionary()

    @property
    def unanswered(self) -> bool:
        """Whether a response was asked for that is neither created nor refused."""
        return bool(self._waiting)

    def new_event_id(self) -> str:
        """An ``event_id`` for a request that has none."""
        self._count += 1
        return f"response_create_{self._count}"

    def add(self, event_id: str) -> ResponseHandle:
        """Note a request that is about to be sent."""
        handle = ResponseHandle(event_id, self._reader, self._cancel)
        self._waiting.append(_Request(event_id, ref(handle)))
        self._reader.add(self)
        return handle

    def withdraw(self, event_id: str) -> None:
        """Forget a request that wasn't sent."""
        self._waiting = deque(request for request in self._waiting if request.event_id != event_id)
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
        handle = self._named(event.response.metadata or {}) or self._oldest()
        if handle is not None:
            self._handles[event.response.id] = handle

    def _named(self, metadata: Mapping[str, str]) -> ResponseHandle | None:
        """The handle of the request that the service names, though another response may have been taken for its answer."""
        named = metadata.get(CLIENT_EVENT_ID)
        for request in self._waiting:
            if request.event_id == named:
                self._waiting.remove(request)
                return request.handle()
        for response_id, handle in self._handles.items():
            if handle.event_id == named:
                del self._handles[response_id]
                handle.restart()
                return handle
        return None

    def _oldest(self) -> ResponseHandle | None:
        return self._waiting.popleft().handle() if self._waiting else None

    def _on_error(self, error: Any) -> None:
        if error is None:
            return
        for bound in self._handles.values():
            if error.event_id == bound.event_id:  # to a response of somebody else
                del self._handles[bound.id or ""]
                bound.refuse(error)
                return
        for request in self._waiting:
            if error.event_id == request.event_id or (error.event_id is None and error.code == _ACTIVE_ALREADY):
                self._waiting.remove(request)
                handle = request.handle()
                if handle is not None:
                    handle.refuse(error)
                return

    def _settle(self) -> None:
        if not self._waiting and not self._handles:
            self._reader.remove(self)


class _Request(NamedTuple):
    event_id: str
    handle: ref[ResponseHandle]


def _response_id(event: Any) -> str | None:
    named: str | None = getattr(event, "response_id", None)
    if named is None:
        response = getattr(event, "response", None)
        named = response.id if response is not None else None
    return named
