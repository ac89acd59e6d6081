"""A chat endpoint as the responder: any server with OpenAI's ``/chat/completions``, such as Ollama, vLLM or llama.cpp.

The answer is streamed: its text is spoken sentence by sentence while the model still writes, and the arguments of its function calls are
passed on as they come.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from .._errors import Incomplete
from ._endpoint import Endpoint, EndpointError, http_library, message_of
from ._messages import messages_of, tool_choice_of, tools_of
from ._turn import Piece, ToolCallDelta, Turn


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    error: Any = None


_END = "[DONE]"
_CUT_SHORT = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Reason of the endpoint's end -> reason of the response's."""


class ChatResponder:
    """Asks a chat endpoint for each answer, with the whole conversation, the instructions and the tools.

    Args:
        url: base of its paths, such as ``http://127.0.0.1:11434/v1`` for Ollama.
        model: name of the model there.
        api_key: key, sent as bearer token.
        api_key_env: environment variable that holds the key instead.
        instructions: system message where the session has no instructions.
        temperature: in place of the session's.
        max_tokens: ceiling where the session has none.
        more: further fields of each request, as they are.
        insecure: send the key over plain HTTP to another machine.
        timeout_s: longest wait for the next piece of an answer, in seconds.

    Raises:
        ValueError: the address or the key cannot be used.
        ImportError: httpx2 is not installed.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        api_key_env: str | None = None,
        instructions: str = "",
        temperature: float | None = None,
        max_tokens: int | None = None,
        more: dict[str, Any] | None = None,
        insecure: bool = False,
        timeout_s: float = 60.0,
    ) -> None:
        self._http = http_library()
        self._endpoint = Endpoint("chat endpoint", url, api_key, api_key_env, insecure, timeout_s)
        self._model = model
        self._instructions = instructions
        self._temperature = temperature
        self._max_tokens = max_tokens
        self._more = more or {}
        self._client = self._http.AsyncClient(**self._endpoint.client_options(self._http))

    async def aclose(self) -> None:
        """Close the connections to the endpoint."""
        await self._client.aclose()

    async def __call__(self, turn: Turn) -> AsyncIterator[Piece]:
        """Answer a turn, piece by piece.

        Raises:
            EndpointError: there is no answer, or none that can be understood.
            Incomplete: the model had to stop early.
        """
        reader = _Reader()
        try:
            async with self._client.sse("chat/completions", method="POST", json=self.request(turn)) as source:
                response = source.response
                if response.status_code != self._http.codes.OK:
                    raise self._endpoint.refused(response.status_code, await response.aread())
                async for event in source:
                    for piece in reader.pieces(event.data):
                        yield piece
        except self._http.SSEError as error:
            raise EndpointError(f"the chat endpoint's answer is no stream of events: {error}") from error
        except self._http.HTTPError as error:
            raise self._endpoint.unreachable(error) from error
        reader.check_end()

    def request(self, turn: Turn) -> dict[str, Any]:
        """The body of the request for a turn."""
        tools = tools_of(turn)
        temperature = turn.temperature if self._temperature is None else self._temperature
        limit = self._max_tokens if turn.max_output_tokens is None else turn.max_output_tokens
        fields = {
            "model": self._model,
            "messages": messages_of(turn, self._instructions),
            "stream": True,
            "temperature": temperature,
            "max_tokens": limit,
            "tools": tools or None,
            "tool_choice": tool_choice_of(turn) if tools else None,
        }
        return {name: value for name, value in fields.items() if value is not None} | self._more


class _Reader:
    """Understands the events of one answer."""

    def __init__(self) -> None:
        self._call: tuple[int | None, str | None] | None = None
        self._reason: str | None = None
        self._ended = False

    def pieces(self, data: str) -> Iterator[Piece]:
        """The pieces in one event.

        Raises:
            EndpointError: it cannot be understood, or says that something went wrong.
        """
        if data == _END:
            self._ended = True
            return
        try:
            chunk = msgspec.json.decode(data, type=_Chunk)
        except msgspec.DecodeError as error:
            raise EndpointError(f"the chat endpoint's answer cannot be understood: {error}: {data[:200]!r}") from error
        if chunk.error is not None:
            raise EndpointError(f"the chat endpoint failed on the way: {message_of(data.encode())}")
        for choice in chunk.choices:
            self._reason = choice.finish_reason or self._reason
            delta = choice.delta or _Delta()
            if delta.content:
                self._call = None
                yield delta.content
            for call in delta.tool_calls or ():
                yield self._piece_of(call)

    def _piece_of(self, call: _Call) -> ToolCallDelta:
        """Only the first piece of a call has a name; some servers leave out the index, others the id."""
        function = call.function or _Function()
        arguments = function.arguments or ""
        same = self._call is not None and call.index == self._call[0] and call.id in (None, "", self._call[1])
        if same:
            return ToolCallDelta(arguments)
        if not function.name:
            raise EndpointError("the chat endpoint mixes the pieces of several function calls; one after the other can be understood")
        self._call = (call.index, call.id)
        return ToolCallDelta(arguments, function.name)

    def check_end(self) -> None:
        """Judge the end of the answer.

        Raises:
            EndpointError: the answer broke off.
            Incomplete: the model had to stop early.
        """
        if self._reason in _CUT_SHORT:
            raise Incomplete(_CUT_SHORT[self._reason])
        if not self._ended and self._reason is None:
            raise EndpointError("the chat endpoint's answer broke off before its end")
