"""The MCP servers of one session: those that `serve` was given, and those that can be reached by their address."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicelive_proto.server_events import (
    ConversationItemCreated,
    McpListToolsCompleted,
    McpListToolsFailed,
    McpListToolsInProgress,
)

from ._conversation import Conversation, Entry
from ._errors import Refused
from ._mcp import McpServers, McpTool, as_listed, offered
from ._mcp_remote import McpError, Reach, is_within, remote_tools
from ._tasks import Tasks
from ._wire import Wire

MAX_ASKED_AT_ONCE = 8
"""So many servers of one session are asked at a time; the next is not listed."""


class McpListing:
    """Lists the tools of the servers that a session names, and holds them.

    Args:
        wire: where the events go.
        conversation: where the lists go.
        tasks: runs what waits for a server.
        scripted: the servers that `serve` was given.
        reach: which others may be called.

    Attributes:
        servers: label -> tools, of all servers that answered.
    """

    def __init__(self, wire: Wire, conversation: Conversation, tasks: Tasks, scripted: McpServers, reach: Reach) -> None:
        self._wire = wire
        self._conversation = conversation
        self._tasks = tasks
        self._scripted = scripted
        self._reach = reach
        self._known: dict[str, Mapping[str, Any]] = {}
        self._asked = 0
        self.servers: dict[str, Sequence[McpTool]] = dict(scripted)

    def follow(self, tools: Sequence[Mapping[str, Any]]) -> None:
        """List the servers among a session's tools that are new, or have another address."""
        named = {tool["server_label"]: tool for tool in tools if tool["type"] == "mcp"}
        before, self._known = self._known, named
        for label, tool in named.items():
            if label not in before or before[label]["server_url"] != tool["server_url"]:
                self._list(label, tool)

    def _list(self, label: str, tool: Mapping[str, Any]) -> None:
        """List one server. Its item comes first, before the tools of a server that has to be asked (live tests of the .NET SDK)."""
        entry = Entry({"id": self._wire.new_id("mcpl"), "type": "mcp_list_tools", "server_label": label, "tools": []})
        if label not in self._scripted:
            self.servers.pop(label, None)  # of another address: should this one not answer, they must not take its place
        if (obstacle := self._obstacle(label, tool)) is not None:
            self._wire.emit(McpListToolsInProgress(item_id=entry.id))
            self._failed(entry, obstacle)
            return
        if label in self._scripted:
            entry.item["tools"] = self._tools(tool)
        try:
            before = self._conversation.insert(entry)
        except Refused as refused:  # the conversation is full
            self._wire.emit(McpListToolsInProgress(item_id=entry.id))
            self._failed(entry, str(refused))
            return
        self._wire.emit(ConversationItemCreated(previous_item_id=before, item=entry.shown()))
        self._wire.emit(McpListToolsInProgress(item_id=entry.id))
        if label in self._scripted:
            self._wire.emit(McpListToolsCompleted(item_id=entry.id))
        else:
            self._asked += 1
            self._tasks.start(self._ask(entry, tool))

    def _obstacle(self, label: str, tool: Mapping[str, Any]) -> str | None:
        """Why a server can't even be asked; None when it can be."""
        if label in self._scripted:
            return None
        if self._asked >= MAX_ASKED_AT_ONCE:
            return f"MCP server {label!r}: {self._asked} others are being asked; name it again when those are listed"
        if not is_within(self._reach, tool["server_url"]):
            return f"MCP server {label!r} is none of those given to serve(mcp=...), and mcp_reach is {self._reach!r}"
        return None

    async def _ask(self, entry: Entry, tool: Mapping[str, Any]) -> None:
        label = tool["server_label"]
        try:
            tools = await remote_tools(tool)
        except (McpError, ImportError) as error:
            self._failed(entry, f"MCP server {label!r}: {error}")
            return
        finally:
            self._asked -= 1
        if self._known.get(label, {}).get("server_url") == tool["server_url"]:  # else it has another one by now
            self.servers[label] = tools
        self._conversation.replace(entry, entry.item | {"tools": self._tools(tool)})
        self._wire.emit(McpListToolsCompleted(item_id=entry.id))

    def _tools(self, tool: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [as_listed(each.tool) for each in offered([tool], self.servers)]

    def _failed(self, entry: Entry, message: str) -> None:
        self._wire.emit(McpListToolsFailed(item_id=entry.id))
        self._wire.emit_warning(message, param="session.tools")
