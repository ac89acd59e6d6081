"""The output item of an MCP call: it is announced in its response, and may end after it."""

import asyncio
from typing import Any

from voicelive_proto.server_events import (
    ResponseMcpCallArgumentsDelta,
    ResponseMcpCallArgumentsDone,
    ResponseMcpCallCompleted,
    ResponseMcpCallFailed,
    ResponseMcpCallInProgress,
    ResponseOutputItemDone,
)

from ._conversation import Conversation, Entry
from ._mcp import McpCall
from ._wire import Wire


def mcp_call_entry(call: McpCall, item_id: str) -> Entry:
    """The item of a call whose arguments are still to come; it has ended when its event is set."""
    item = {"id": item_id, "type": "mcp_call", "server_label": call.server_label, "name": call.name, "arguments": ""}
    return Entry(item, ended=asyncio.Event())


class McpCallItem:
    """Emits the events of one call, once its item was added; each end after the first does nothing.

    Args:
        wire: where they go.
        conversation: where the item may be.
        entry: the item.
        call: the call.
        response_id: its response.
        output_index: its place in the response's output.
    """

    def __init__(self, wire: Wire, conversation: Conversation, entry: Entry, call: McpCall, *, response_id: str, output_index: int) -> None:
        self.call = call
        self._wire = wire
        self._conversation = conversation
        self._entry = entry
        self._response_id = response_id
        self._place: dict[str, Any] = {"item_id": entry.id, "output_index": output_index}
        self._arguments: list[str] | None = []

    @property
    def is_open(self) -> bool:
        """Whether the call has not ended."""
        assert self._entry.ended is not None
        return not self._entry.ended.is_set()

    def add_arguments(self, delta: str) -> None:
        """Give a piece of the arguments."""
        if self._arguments is not None:
            self._arguments.append(delta)
            self._wire.emit(ResponseMcpCallArgumentsDelta(response_id=self._response_id, **self._place, delta=delta))

    def close_arguments(self) -> None:
        """Say that these are all arguments, or all that will come."""
        if self._arguments is None:
            return
        arguments, self._arguments = "".join(self._arguments), None
        self._wire.emit(ResponseMcpCallArgumentsDone(response_id=self._response_id, **self._place, arguments=arguments))
        self._conversation.replace(self._entry, self._entry.item | {"arguments": arguments})

    def begin(self) -> None:
        """Say that the call runs."""
        self._wire.emit(ResponseMcpCallInProgress(**self._place))

    def end(self, *, output: str | None = None, error: str | None = None) -> None:
        """Say how the call ended: with its output, or an error."""
        entry = self._entry
        if not self.is_open:
            return
        assert entry.ended is not None
        entry.ended.set()
        self.close_arguments()
        final = {"output": output} if error is None else {"error": {"type": "mcp_error", "message": error}}
        self._conversation.replace(entry, entry.item | final)
        self._wire.emit((ResponseMcpCallCompleted if error is None else ResponseMcpCallFailed)(**self._place))
        output_index = self._place["output_index"]
        self._wire.emit(ResponseOutputItemDone(response_id=self._response_id, output_index=output_index, item=entry.shown()))
