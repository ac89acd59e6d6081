"""What a connection knows: the classes behind `Connection`'s attributes, to annotate with and to compare states with."""

from ._state.base import Limits
from ._state.conversation import ConversationTracker, TrackedItem
from ._state.input_audio import InputAudioTracker
from ._state.keyed import ErrorTracker, StateById
from ._state.output import TokenTotals, TrackedOutputItem, TrackedPart, TrackedResponse
from ._state.requests import Asked, RequestTracker
from ._state.responses import ResponseTracker
from ._state.session import SessionTracker
from ._state.tables import (
    AvatarState,
    BufferState,
    ItemState,
    PartState,
    ResponseState,
    SessionState,
    SpeechState,
    ToolState,
    TranscriptionState,
    TurnState,
)

__all__ = [
    "Asked",
    "AvatarState",
    "BufferState",
    "ConversationTracker",
    "ErrorTracker",
    "InputAudioTracker",
    "ItemState",
    "Limits",
    "PartState",
    "RequestTracker",
    "ResponseState",
    "ResponseTracker",
    "SessionState",
    "SessionTracker",
    "SpeechState",
    "StateById",
    "TokenTotals",
    "ToolState",
    "TrackedItem",
    "TrackedOutputItem",
    "TrackedPart",
    "TrackedResponse",
    "TranscriptionState",
    "TurnState",
]
