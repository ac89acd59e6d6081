"""Names of ``voicelive.models`` are the core's classes, to type checkers as well; checked with mypy, never run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from voicelive import models
from voicelive_proto import client_events, enums, server_events
from voicelive_proto.items import UnknownRequestItem
from voicelive_proto.tools import AnyTool


def aliases(delta: server_events.ResponseAnimationBlendshapesDelta, update: client_events.SessionUpdate) -> None:
    same: models.ServerEventResponseAnimationBlendshapeDelta = delta
    assert_type(same, server_events.ResponseAnimationBlendshapesDelta)
    also: models.ClientEventSessionUpdate = update
    assert_type(also, client_events.SessionUpdate)


def families(event: models.ServerEvent, item: models.ResponseItem, tool: models.Tool) -> None:
    if isinstance(event, models.ServerEventResponseDone):
        assert_type(event.response, models.Response)
    if isinstance(item, models.ResponseFunctionCallItem):
        assert_type(item.arguments, str)
    if isinstance(tool, models.MCPServer):
        assert_type(tool.server_url, str)


def mappings(session: models.RequestSession) -> None:
    assert_type(session.as_dict(), dict[str, Any])
    assert_type(models.RequestSession.from_dict({"voice": "alloy"}), models.RequestSession)
    session.turn_detection = None
    session.voice = "alloy"


def server(event: client_events.SessionUpdate | client_events.ConversationItemCreate | client_events.ResponseCreate) -> None:
    """What a server decodes is made of models, so it reads as models; no cast, no look for mappings."""
    if isinstance(event, client_events.SessionUpdate):
        assert_type(event.session, models.RequestSession)
        assert_type(event.session.as_dict(), dict[str, Any])
        assert_type(event.session.avatar, models.AvatarConfig | None)
        for tool in event.session.tools or []:
            assert_type(tool.as_dict(), dict[str, Any])
    elif isinstance(event, client_events.ConversationItemCreate):
        if isinstance(event.item, models.MessageItem):
            assert_type(event.item.content[0].as_dict(), dict[str, Any])
    elif event.response is not None:
        assert_type(event.response, models.ResponseCreateParams)
        message = event.response.pre_generated_assistant_message
        assert_type(message, models.AssistantMessageItem | UnknownRequestItem | None)


def declared_as_the_base_of_its_family(  # as variables of programs are
    *,
    tools: list[models.Tool],
    detection: models.TurnDetection | None,
    end: models.EouDetection,
    choice: models.ToolChoiceLiteral | models.ToolChoiceSelection,
    voice: str | models.AzureVoice,
    parts: list[models.MessageContentPart],
) -> None:
    session = models.RequestSession(tools=tools, turn_detection=detection, tool_choice=choice, voice=voice)
    session.tools = tools
    session.turn_detection = models.AzureSemanticVad(end_of_utterance_detection=end)
    item: models.ConversationRequestItem = models.UserMessageItem(content=parts)
    models.ClientEventConversationItemCreate(item=item)
    models.ResponseCreateParams(tools=tools, voice=voice, append_input_items=[item])


def type_of_a_family(event: models.ServerEvent, sent: models.ClientEvent, item: models.ResponseItem) -> None:
    assert_type(event.type, str)
    assert_type(sent.type, str)
    assert_type(item.type, str)


def mappings_and_models_mixed(tool: models.FunctionTool, tools: list[AnyTool]) -> None:
    """Wherever a model can stand in what a client sends, a mapping can."""
    session = models.RequestSession(turn_detection={"type": "server_vad"}, tools=[tool, {"type": "mcp"}], avatar=None)
    session.turn_detection = models.ServerVad(type="server_vad", threshold=0.5)
    session.voice = models.AzureStandardVoice(name="en-US-AvaNeural", type="azure-custom")  # type: ignore[arg-type]
    session.turn_detection = {"type": "server_vad"}
    session.turn_detection = None
    session.tools = [tool]
    session.tools = [{"type": "mcp"}]
    session.tools = tools
    session.tools = None
    client_events.SessionUpdate(session=session, event_id="a")
    client_events.SessionUpdate(session={"voice": "alloy"})
    client_events.ConversationItemCreate(item={"type": "message"})
    client_events.ConversationItemCreate(item=models.UserMessageItem(content=[{"type": "input_text", "text": "Hi."}]))
    client_events.ResponseCreate()
    client_events.ResponseCreate(response=models.ResponseCreateParams(input_items=[{"type": "message"}], tools=None))


def written_later(event: client_events.SessionUpdate) -> None:
    event.event_id = "a"
    event.session = models.RequestSession()


def refused(event: models.ServerEventSessionUpdated) -> None:
    client_events.SessionUpdate()  # type: ignore[call-arg]
    client_events.SessionUpdate(session=5)  # type: ignore[arg-type]
    models.RequestSession(tools=[5])  # type: ignore[list-item]
    models.UserMessageItem(content=None)  # type: ignore[arg-type]
    event.event_id = "a"  # type: ignore[misc]


def constants() -> tuple[str, enums.Modality]:
    return models.ServerEventType.ERROR, models.Modality.TEXT
