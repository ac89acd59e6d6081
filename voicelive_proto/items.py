"""Conversation items: those that clients send and those that the service reports."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from ._base import ABSENT, UNKNOWN_TAG, Deferred, FreeJson, ModelMeta, OrMappings, Settings, Unknown, Value
from ._plain import Extra
from .content import AnyContentPart, AnyMessageContentPart, MessageContentPart
from .tools import MCPTool


class ConversationRequestItem(Settings, metaclass=ModelMeta):
    """Item that a client puts into the conversation; family by type.

    Attributes:
        id: Client-chosen item identifier; the service makes one if absent.
    """

    if TYPE_CHECKING:

        @property
        def type(self) -> str:
            """Wire name; each member of the family has its own."""

    id: str | None = ABSENT


class MessageItem(ConversationRequestItem, metaclass=ModelMeta):
    """Message sent by a client; family by role.

    Attributes:
        role: Second discriminator: author.
        content: Parts of the message.
        status: State claimed for the message (see `ItemParamStatus`).
    """

    type: ClassVar[Literal["message"]] = "message"
    role: str
    content: OrMappings[AnyMessageContentPart, MessageContentPart]
    status: str | None = ABSENT


class AssistantMessageItem(MessageItem, metaclass=ModelMeta):
    """Assistant message put into the history (text parts; audio cannot be populated).

    Attributes:
        role: Discriminator.
    """

    role: str = "assistant"


class SystemMessageItem(MessageItem, metaclass=ModelMeta):
    """System message put into the history.

    Attributes:
        role: Discriminator.
    """

    role: str = "system"


class UserMessageItem(MessageItem, metaclass=ModelMeta):
    """User message put into the history.

    Attributes:
        role: Discriminator.
    """

    role: str = "user"


class FunctionCallItem(ConversationRequestItem, metaclass=ModelMeta):
    """Earlier function call put into the history.

    Attributes:
        name: Function name.
        call_id: Identifier that ties a function call to its output.
        arguments: Arguments as a JSON text.
        status: State claimed for the call (see `ItemParamStatus`).
    """

    type: ClassVar[Literal["function_call"]] = "function_call"
    name: str
    call_id: str
    arguments: str
    status: str | None = ABSENT


class FunctionCallOutputItem(ConversationRequestItem, metaclass=ModelMeta):
    """Result of a function call, sent back by the client.

    Attributes:
        call_id: Identifier that ties a function call to its output.
        output: Result as text (usually JSON).
        status: State claimed for the output (see `ItemParamStatus`).
    """

    type: ClassVar[Literal["function_call_output"]] = "function_call_output"
    call_id: str
    output: str
    status: str | None = ABSENT


class MCPApprovalResponseRequestItem(ConversationRequestItem, metaclass=ModelMeta):
    """Client's decision on a pending MCP approval request.

    Attributes:
        approval_request_id: Item id of the mcp_approval_request.
        approve: True lets the call run.
    """

    type: ClassVar[Literal["mcp_approval_response"]] = "mcp_approval_response"
    approval_request_id: str
    approve: bool


class UnknownRequestItem(Unknown, ConversationRequestItem, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """An item for the service of a kind without a class."""

    extra_: Extra


AnyMessageItem = AssistantMessageItem | SystemMessageItem | UserMessageItem | MessageItem

AnyReadyMessage = AssistantMessageItem | UnknownRequestItem


AnyRequestItem = (
    AssistantMessageItem
    | SystemMessageItem
    | UserMessageItem
    | MessageItem
    | FunctionCallItem
    | FunctionCallOutputItem
    | MCPApprovalResponseRequestItem
    | UnknownRequestItem
)


if not TYPE_CHECKING:
    # Four classes share the type "message" and differ by role, which the compiled decoder can not tell apart.
    AnyMessageItem = Annotated[Deferred, AnyMessageItem]
    AnyRequestItem = Annotated[Deferred, AnyRequestItem]
    # One that lacks its type or role would have them filled in by the compiled decoder, and another type would refuse the frame.
    AnyReadyMessage = Annotated[Deferred, AnyReadyMessage]


class ResponseItem(Value, metaclass=ModelMeta):
    """Item as reported by the service; family by type.

    Attributes:
        id: Item identifier.
        object: Constant object tag.
    """

    if TYPE_CHECKING:

        @property
        def type(self) -> str:
            """Wire name; each member of the family has its own."""

    id: str | None = ABSENT
    object: str | None = ABSENT


class FileSearchResult(Value, metaclass=ModelMeta):
    """One hit of a file search.

    Attributes:
        attributes: Attributes of the file used for filtering.
        file_id: File identifier.
        filename: File name.
        score: Relevance.
        text: Matching text.
    """

    attributes: dict[str, str] | None = ABSENT
    file_id: str | None = ABSENT
    filename: str | None = ABSENT
    score: float | None = ABSENT
    text: str | None = ABSENT


class ResponseFileSearchCallItem(ResponseItem, metaclass=ModelMeta):
    """File search made by the service.

    Attributes:
        queries: Queries run.
        status: State of the search (``in_progress``, ``searching``, ``completed``, ``incomplete``, ``failed``).
        results: Hits; only when asked for with include.
    """

    type: ClassVar[Literal["file_search_call"]] = "file_search_call"
    queries: list[str] | None = ABSENT
    status: str
    results: list[FileSearchResult] | None = ABSENT


class ResponseFunctionCallItem(ResponseItem, metaclass=ModelMeta):
    """Function call made by the model.

    Attributes:
        name: Function name.
        call_id: Identifier that ties a function call to its output.
        arguments: Arguments as JSON text; empty while streaming.
        status: State of the item (see `ResponseItemStatus`).
    """

    type: ClassVar[Literal["function_call"]] = "function_call"
    name: str
    call_id: str
    arguments: str
    status: str


class ResponseFunctionCallOutputItem(ResponseItem, metaclass=ModelMeta):
    """Function result that the client put in.

    Attributes:
        call_id: Identifier that ties a function call to its output.
        output: Result text.
    """

    type: ClassVar[Literal["function_call_output"]] = "function_call_output"
    call_id: str
    output: str


class ResponseMCPApprovalRequestItem(ResponseItem, metaclass=ModelMeta):
    """Request for the client's approval of an MCP call.

    Attributes:
        arguments: Arguments as JSON text.
        name: Tool name.
        server_label: Label under which the MCP server was declared in the session tools.
    """

    type: ClassVar[Literal["mcp_approval_request"]] = "mcp_approval_request"
    arguments: str | None = ABSENT
    name: str
    server_label: str


class ResponseMCPApprovalResponseItem(ResponseItem, metaclass=ModelMeta):
    """Recorded decision on an approval request.

    Attributes:
        approval_request_id: Item id of the request.
        approve: Decision.
        reason: Why.
    """

    type: ClassVar[Literal["mcp_approval_response"]] = "mcp_approval_response"
    approval_request_id: str
    approve: bool
    reason: str | None = ABSENT


class ResponseMCPCallItem(ResponseItem, metaclass=ModelMeta):
    """Call of an MCP tool made by the service.

    Attributes:
        approval_request_id: Approval request it followed, if any.
        arguments: Arguments as JSON text.
        server_label: Label under which the MCP server was declared in the session tools.
        name: Tool name.
        output: Result text.
        error: Error, shape not fixed.
    """

    type: ClassVar[Literal["mcp_call"]] = "mcp_call"
    approval_request_id: str | None = ABSENT
    arguments: str
    server_label: str
    name: str
    output: str | None = ABSENT
    error: FreeJson = ABSENT


class ResponseMCPListToolItem(ResponseItem, metaclass=ModelMeta):
    """Tool list fetched from an MCP server.

    Attributes:
        tools: Its tools.
        server_label: Label under which the MCP server was declared in the session tools.
    """

    type: ClassVar[Literal["mcp_list_tools"]] = "mcp_list_tools"
    tools: list[MCPTool]
    server_label: str


class ResponseMessageItem(ResponseItem, metaclass=ModelMeta):
    """Message.

    Attributes:
        role: Author (see `MessageRole`).
        content: Parts of the message.
        status: State of the item (see `ResponseItemStatus`).
    """

    type: ClassVar[Literal["message"]] = "message"
    role: str
    content: list[AnyContentPart]
    status: str


class ResponseWebSearchCallItem(ResponseItem, metaclass=ModelMeta):
    """Web search made by the service.

    Attributes:
        status: State of the search (``in_progress``, ``searching``, ``completed``, ``failed``).
    """

    type: ClassVar[Literal["web_search_call"]] = "web_search_call"
    status: str


class ResponseFoundryAgentCallItem(ResponseItem, metaclass=ModelMeta):
    """Call of a Foundry agent made by the service (pre-release 1.2.0b3).

    Attributes:
        id: Identifier.
        object: Constant object tag.
        name: Agent name.
        call_id: Identifier that ties a function call to its output.
        arguments: Arguments as JSON text.
        agent_response_id: Identifier of the agent's own response.
        output: Result text.
        error: Error, shape not fixed.
    """

    type: ClassVar[Literal["foundry_agent_call"]] = "foundry_agent_call"
    id: str | None = ABSENT
    object: str | None = ABSENT
    name: str
    call_id: str
    arguments: str
    agent_response_id: str | None = ABSENT
    output: str | None = ABSENT
    error: FreeJson = ABSENT


class UnknownResponseItem(Unknown, ResponseItem, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """An item from the service of a kind we do not know."""

    extra_: Extra


AnyResponseItem = (
    ResponseFileSearchCallItem
    | ResponseFunctionCallItem
    | ResponseFunctionCallOutputItem
    | ResponseMCPApprovalRequestItem
    | ResponseMCPApprovalResponseItem
    | ResponseMCPCallItem
    | ResponseMCPListToolItem
    | ResponseMessageItem
    | ResponseWebSearchCallItem
    | ResponseFoundryAgentCallItem
    | UnknownResponseItem
)


class ActionFind(Value, metaclass=ModelMeta):
    """Web search action: look for text inside a page. Declared, referenced by no other model.

    Attributes:
        pattern: Text searched for.
        type: Constant tag.
        url: Page searched.
    """

    pattern: str
    type: str = "find"
    url: str


class ActionOpenPage(Value, metaclass=ModelMeta):
    """Web search action: open a page. Declared, referenced by no other model.

    Attributes:
        type: Constant tag.
        url: Page opened.
    """

    type: str = "open_page"
    url: str


class ActionSearchSource(Value, metaclass=ModelMeta):
    """One page used by a search action.

    Attributes:
        type: Constant tag.
        url: Address of the page.
    """

    type: str = "url"
    url: str


class ActionSearch(Value, metaclass=ModelMeta):
    """Web search action: run a query. Declared, referenced by no other model.

    Attributes:
        query: Query text.
        type: Constant tag.
        sources: Pages used.
    """

    query: str | None = ABSENT
    type: str = "search"
    sources: list[ActionSearchSource] | None = ABSENT


class ConversationItemBase(Value, metaclass=ModelMeta):
    """Empty base left from the specification; no fields."""
