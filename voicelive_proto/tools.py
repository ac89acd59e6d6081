"""Tools offered to the model, and the choice among them."""

from typing import Literal

from ._base import ABSENT, UNKNOWN_TAG, FreeJson, JsonSchema, ModelMeta, SessionSettings, Unknown, Value
from ._plain import Extra


class Tool(SessionSettings, metaclass=ModelMeta):
    """Tool declaration; family by type."""


class FunctionTool(Tool, metaclass=ModelMeta):
    """Function the client implements.

    Attributes:
        name: Function name.
        description: When and how to use it.
        parameters: JSON Schema of the arguments.
    """

    type: Literal["function"] = "function"
    name: str
    description: str | None = ABSENT
    parameters: JsonSchema = ABSENT


class MCPServer(Tool, metaclass=ModelMeta):
    """Remote MCP server the service may call.

    Attributes:
        server_label: Label chosen by the client.
        server_url: Address of the server.
        authorization: Token for the server.
        headers: Extra HTTP headers for the server.
        allowed_tools: Restrict to these tool names.
        require_approval: Approval policy: one mode, or a map from mode to tool names (see `MCPApprovalType`;
            service default "always").
    """

    type: Literal["mcp"] = "mcp"
    server_label: str
    server_url: str
    authorization: str | None = ABSENT
    headers: dict[str, str] | None = ABSENT
    allowed_tools: list[str] | None = ABSENT
    require_approval: str | dict[str, list[str]] | None = ABSENT


class FoundryAgentTool(Tool, metaclass=ModelMeta):
    """Foundry agent offered as a tool (pre-release 1.2.0b3).

    Attributes:
        agent_name: Agent to call.
        agent_version: Its version.
        project_name: Foundry project of the agent.
        client_id: Client identity used for the agent.
        description: When to use it; replaces the agent's own description.
        foundry_resource_override: Foundry resource to run it on.
        agent_context_type: Whether the agent sees earlier context: no_context or agent_context (default) (see
            `FoundryAgentContextType`).
        return_agent_response_directly: True speaks the agent's answer as it is; false has it rewritten.
    """

    type: Literal["foundry_agent"] = "foundry_agent"
    agent_name: str
    agent_version: str | None = ABSENT
    project_name: str
    client_id: str | None = ABSENT
    description: str | None = ABSENT
    foundry_resource_override: str | None = ABSENT
    agent_context_type: str | None = ABSENT
    return_agent_response_directly: bool | None = ABSENT


class UnknownTool(Unknown, Tool, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A tool of a kind we do not know."""

    extra_: Extra


AnyTool = FunctionTool | MCPServer | FoundryAgentTool | UnknownTool


class ToolChoiceSelection(SessionSettings, metaclass=ModelMeta):
    """Choice of one named tool; family by type."""


class ToolChoiceFunctionSelection(ToolChoiceSelection, metaclass=ModelMeta):
    """Choice of one function.

    Attributes:
        name: Function name.
    """

    type: Literal["function"] = "function"
    name: str


class UnknownToolChoiceSelection(Unknown, ToolChoiceSelection, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """A tool choice of a kind we do not know."""

    extra_: Extra


AnyToolChoiceSelection = ToolChoiceFunctionSelection | UnknownToolChoiceSelection


ToolChoice = str | ToolChoiceFunctionSelection | UnknownToolChoiceSelection


class MCPTool(Value, metaclass=ModelMeta):
    """A tool offered by an MCP server.

    Attributes:
        name: Tool name.
        description: What it does.
        input_schema: JSON Schema of its input.
        annotations: Extra hints from the server.
    """

    name: str
    description: str | None = ABSENT
    input_schema: JsonSchema
    annotations: FreeJson = ABSENT
