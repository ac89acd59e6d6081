"""A response that was asked for: its events, text and audio as they come, and its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._reading import Reader
from ._response_parts import Parts, response_failure
from .exceptions import RequestRefused

if TYPE_CHECKING:
    from voicelive_proto.items import AnyResponseItem
    from voicelive_proto.responses import Response, TokenUsage
    from voicelive_proto.server_events import AnyServerEvent

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
        self._text: Parts[str] = Parts()
        self._transcript: Parts[str] = Parts()
        self._audio: Parts[bytes] = Parts()
        self._refusal: Callable[[], RequestRefused] | None = None  # a new one each time, as a raised one keeps its traceback

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
    def output(self) -> list[AnyResponseItem]:
        """Items of the response as last reported: all of them after `done`, none before ``response.created``."""
        return list(self.response.output or ()) if self.response is not None else []

    @property
    def status(self) -> str | None:
        """Status as last reported, such as ``in_progress``; None before ``response.created``."""
        return self.response.status if self.response is not None else None

    @property
    def ended(self) -> bool:
        """Whether ``response.done`` came, or the request was refused."""
        return self._refusal is not None or bool(self._events and self._events[-1].type == "response.done")

    async def created(self, *, timeout: float | None = None) -> str:
        """Wait until the service has begun, and give the response's id.

        Args:
            timeout: seconds to wait at most; None for no limit.

        Raises:
            TimeoutError: it wasn't created in time.
            RequestRefused: the service answered with an error.
            ConnectionClosed: the connection is over.
        """
        if not await self._reader.within(timeout, lambda: self.id is not None or self._refusal is not None):
            raise TimeoutError(f"the response was not created within {timeout or 0:g} s")
        if self._refusal is not None:
            raise self._refusal()
        assert self.id is not None
        return self.id

    async def done(self, *, timeout: float | None = None) -> Response:
        """Wait for the end and give the response as ``response.done`` has it; its ``status`` may be ``cancelled`` or ``incomplete``.

        Args:
            timeout: seconds to wait at most; None for no limit.

        Raises:
            RequestRefused: the service refused the request.
            ResponseFailed: the response ended with status ``failed``.
            TimeoutError: it wasn't done in time; it goes on.
            ConnectionClosed: the connection is over, even if it was closed in good order.
        """
        if not await self._reader.within(timeout, lambda: self.ended):
            raise TimeoutError(f"the response {self.id or '(not created yet)'} was not done within {timeout or 0:g} s")
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
        return _Pieces(self, lambda: self._events)

    def text_deltas(self) -> AsyncIterator[str]:
        """Iterate over its text, piece by piece."""
        return _Pieces(self, lambda: self._text.pieces)

    def transcript_deltas(self) -> AsyncIterator[str]:
        """Iterate over the transcript of its audio, piece by piece."""
        return _Pieces(self, lambda: self._transcript.pieces)

    def audio_chunks(self) -> AsyncIterator[bytes]:
        """Iterate over its audio, chunk by chunk, in the response's output format."""
        return _Pieces(self, lambda: self._audio.pieces)

    def __repr__(self) -> str:
        state = "refused" if self._refusal is not None else self.status or "asked for"
        return f"<{type(self).__name__} {self.id or self.event_id} {state}>"

    def _judged(self) -> Response:
        if self._refusal is not None:
            raise self._refusal()
        response: Response = self._events[-1].response
        if response.status == "failed":
            raise response_failure(response)
        return response

    def _take(self, event: Any) -> None:
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

    def _restart(self) -> None:
        """Forget what came: it belonged to another response."""
        self._begin()
        self.id = self.response = None

    def _refuse(self, error: Any) -> None:
        """The service refused the request; what was taken for its response was another."""
        self._restart()
        self._refusal = partial(
            RequestRefused, error.message, type=error.type, code=error.code, param=error.param, event_id=error.event_id or self.event_id
        )


class _Pieces(Generic[_Piece]):
    """Pieces of what a response brings, from the first one on. No generator: trio warns of those that are left before their end."""

    __slots__ = ("_given", "_handle", "_now", "_pieces")

    def __init__(self, handle: ResponseHandle, now: Callable[[], list[_Piece]]) -> None:
        self._handle = handle
        self._now = now
        self._pieces = now()
        self._given = 0

    def __aiter__(self) -> AsyncIterator[_Piece]:
        return self

    async def __anext__(self) -> _Piece:
        await self._handle._reader.until(lambda: self._has_more or self._handle.ended)
        if not self._has_more:
            self._handle._judged()
            raise StopAsyncIteration
        self._given += 1
        return self._pieces[self._given - 1]

    @property
    def _has_more(self) -> bool:
        if self._now() is not self._pieces:  # what came before was another response's
            self._pieces, self._given = self._now(), 0
        return len(self._pieces) > self._given
