"""The one list of what exists on the wire: wire name -> event class for each direction, and family base -> its members.

Codec, state, tests and docs read it; nothing else enumerates events.
"""

from typing import Any, get_args

from .client_events import AnyClientEvent, ClientEvent
from .content import AnyContentPart, AnyMessageContentPart, ContentPart, MessageContentPart
from .interim_response import AnyInterimResponseConfig, InterimResponseConfigBase
from .items import AnyMessageItem, AnyRequestItem, AnyResponseItem, ConversationRequestItem, MessageItem, ResponseItem
from .responses import AnyResponseStatusDetails, ResponseStatusDetails
from .server_events import AnyServerEvent, ServerEvent
from .tools import AnyTool, AnyToolChoiceSelection, Tool, ToolChoiceSelection
from .turn_detection import AnyEouDetection, AnyTurnDetection, EouDetection, TurnDetection
from .voices import AnyAzureVoice, AzureVoice

CLIENT_EVENTS: dict[str, type[ClientEvent]] = {cls.type: cls for cls in get_args(AnyClientEvent) if "type" in vars(cls)}
"""Wire name -> class of every event that a client sends."""

SERVER_EVENTS: dict[str, type[ServerEvent]] = {cls.type: cls for cls in get_args(AnyServerEvent) if "type" in vars(cls)}
"""Wire name -> class of every event that the service sends."""

FAMILIES: dict[type[Any], Any] = {
    ClientEvent: AnyClientEvent,
    ServerEvent: AnyServerEvent,
    ConversationRequestItem: AnyRequestItem,
    MessageItem: AnyMessageItem,
    ResponseItem: AnyResponseItem,
    MessageContentPart: AnyMessageContentPart,
    ContentPart: AnyContentPart,
    TurnDetection: AnyTurnDetection,
    EouDetection: AnyEouDetection,
    AzureVoice: AnyAzureVoice,
    Tool: AnyTool,
    ToolChoiceSelection: AnyToolChoiceSelection,
    ResponseStatusDetails: AnyResponseStatusDetails,
    InterimResponseConfigBase: AnyInterimResponseConfig,
}
"""Family base -> the union of its members; an unknown discriminator gives the union's ``Unknown…`` class."""
