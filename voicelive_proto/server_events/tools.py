"""Function calls, MCP, searches, agents."""

from typing import ClassVar, Literal

from .._base import ABSENT, FreeJson, ModelMeta
from ._base import OutputItemEvent, ServerEvent


class McpListToolsCompleted(ServerEvent, metaclass=ModelMeta):
    """MCP server's tools fetched.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_list_tools item.
    """

    type: ClassVar[Literal["mcp_list_tools.completed"]] = "mcp_list_tools.completed"
    item_id: str


class McpListToolsFailed(ServerEvent, metaclass=ModelMeta):
    """MCP server's tools could not be fetched.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_list_tools item.
    """

    type: ClassVar[Literal["mcp_list_tools.failed"]] = "mcp_list_tools.failed"
    item_id: str


class McpListToolsInProgress(ServerEvent, metaclass=ModelMeta):
    """Fetching an MCP server's tools.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_list_tools item.
    """

    type: ClassVar[Literal["mcp_list_tools.in_progress"]] = "mcp_list_tools.in_progress"
    item_id: str


class ResponseFileSearchCallCompleted(OutputItemEvent, metaclass=ModelMeta):
    """File search: finished.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.file_search_call.completed"]] = "response.file_search_call.completed"
    sequence_number: int


class ResponseFileSearchCallInProgress(OutputItemEvent, metaclass=ModelMeta):
    """File search: started.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.file_search_call.in_progress"]] = "response.file_search_call.in_progress"
    sequence_number: int


class ResponseFileSearchCallSearching(OutputItemEvent, metaclass=ModelMeta):
    """File search: query is running.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.file_search_call.searching"]] = "response.file_search_call.searching"
    sequence_number: int


class ResponseFunctionCallArgumentsDelta(OutputItemEvent, metaclass=ModelMeta):
    """Piece of function arguments.

    Attributes:
        call_id: Identifier that ties a function call to its output.
        delta: Piece of the JSON text.
    """

    type: ClassVar[Literal["response.function_call_arguments.delta"]] = "response.function_call_arguments.delta"
    call_id: str
    delta: str


class ResponseFunctionCallArgumentsDone(OutputItemEvent, metaclass=ModelMeta):
    """Function arguments are complete (also when cut short).

    Attributes:
        call_id: Identifier that ties a function call to its output.
        arguments: Whole JSON text.
        name: Function name.
    """

    type: ClassVar[Literal["response.function_call_arguments.done"]] = "response.function_call_arguments.done"
    call_id: str
    arguments: str
    name: str


class ResponseInvocationDelta(ServerEvent, metaclass=ModelMeta):
    """Event of a hosted agent, passed through unchanged.

    Attributes:
        delta: The agent's event as an object.
    """

    type: ClassVar[Literal["response.invocation.delta"]] = "response.invocation.delta"
    delta: dict[str, FreeJson]


class ResponseMcpCallArgumentsDelta(OutputItemEvent, metaclass=ModelMeta):
    """Piece of MCP call arguments.

    Since api-version 2026-01-01-preview.

    Attributes:
        delta: Piece of the JSON text.
        obfuscation: Padding text; ignore.
    """

    type: ClassVar[Literal["response.mcp_call_arguments.delta"]] = "response.mcp_call_arguments.delta"
    delta: str
    obfuscation: str | None = ABSENT


class ResponseMcpCallArgumentsDone(OutputItemEvent, metaclass=ModelMeta):
    """MCP call arguments are complete.

    Since api-version 2026-01-01-preview.

    Attributes:
        arguments: Whole JSON text.
    """

    type: ClassVar[Literal["response.mcp_call_arguments.done"]] = "response.mcp_call_arguments.done"
    arguments: str | None = ABSENT


class ResponseMcpCallCompleted(ServerEvent, metaclass=ModelMeta):
    """MCP call succeeded.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_call item.
        output_index: Position of the item in the response's output list (zero-based).
    """

    type: ClassVar[Literal["response.mcp_call.completed"]] = "response.mcp_call.completed"
    item_id: str
    output_index: int


class ResponseMcpCallFailed(ServerEvent, metaclass=ModelMeta):
    """MCP call failed.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_call item.
        output_index: Position of the item in the response's output list (zero-based).
    """

    type: ClassVar[Literal["response.mcp_call.failed"]] = "response.mcp_call.failed"
    item_id: str
    output_index: int


class ResponseMcpCallInProgress(ServerEvent, metaclass=ModelMeta):
    """MCP call is running.

    Since api-version 2026-01-01-preview.

    Attributes:
        item_id: Mcp_call item.
        output_index: Position of the item in the response's output list (zero-based).
    """

    type: ClassVar[Literal["response.mcp_call.in_progress"]] = "response.mcp_call.in_progress"
    item_id: str
    output_index: int


class ResponseWebSearchCallCompleted(OutputItemEvent, metaclass=ModelMeta):
    """Web search: finished.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.web_search_call.completed"]] = "response.web_search_call.completed"
    sequence_number: int


class ResponseWebSearchCallInProgress(OutputItemEvent, metaclass=ModelMeta):
    """Web search: started.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.web_search_call.in_progress"]] = "response.web_search_call.in_progress"
    sequence_number: int


class ResponseWebSearchCallSearching(OutputItemEvent, metaclass=ModelMeta):
    """Web search: query is running.

    Attributes:
        sequence_number: Running number of this call's progress events.
    """

    type: ClassVar[Literal["response.web_search_call.searching"]] = "response.web_search_call.searching"
    sequence_number: int


class ResponseFoundryAgentCallArgumentsDelta(OutputItemEvent, metaclass=ModelMeta):
    """Piece of Foundry agent call arguments.

    Not in the released API (beta-only).

    Attributes:
        delta: Piece of the JSON text.
    """

    type: ClassVar[Literal["response.foundry_agent_call_arguments.delta"]] = "response.foundry_agent_call_arguments.delta"
    delta: str


class ResponseFoundryAgentCallArgumentsDone(OutputItemEvent, metaclass=ModelMeta):
    """Foundry agent call arguments are complete.

    Not in the released API (beta-only).

    Attributes:
        arguments: Whole JSON text.
    """

    type: ClassVar[Literal["response.foundry_agent_call_arguments.done"]] = "response.foundry_agent_call_arguments.done"
    arguments: str | None = ABSENT


class ResponseFoundryAgentCallInProgress(ServerEvent, metaclass=ModelMeta):
    """Foundry agent call is running.

    Not in the released API (beta-only).

    Attributes:
        item_id: Conversation item that this event belongs to.
        output_index: Position of the item in the response's output list.
        agent_response_id: Identifier of the agent's own response.
    """

    type: ClassVar[Literal["response.foundry_agent_call.in_progress"]] = "response.foundry_agent_call.in_progress"
    item_id: str
    output_index: int
    agent_response_id: str | None = ABSENT


class ResponseFoundryAgentCallCompleted(ServerEvent, metaclass=ModelMeta):
    """Foundry agent call succeeded.

    Not in the released API (beta-only).

    Attributes:
        item_id: Conversation item that this event belongs to.
        output_index: Position of the item in the response's output list.
    """

    type: ClassVar[Literal["response.foundry_agent_call.completed"]] = "response.foundry_agent_call.completed"
    item_id: str
    output_index: int


class ResponseFoundryAgentCallFailed(ServerEvent, metaclass=ModelMeta):
    """Foundry agent call failed.

    Not in the released API (beta-only).

    Attributes:
        item_id: Conversation item that this event belongs to.
        output_index: Position of the item in the response's output list.
    """

    type: ClassVar[Literal["response.foundry_agent_call.failed"]] = "response.foundry_agent_call.failed"
    item_id: str
    output_index: int
