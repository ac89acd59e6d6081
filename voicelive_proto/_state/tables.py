"""States and the tables that say which event leads from which to which.

One small table per entity; a row is a state, a column an event class, ``None`` the state of what does not exist yet. The tables know
neither role nor codec: the client and the local server are judged by the same ones. Tests walk every pair, docs draw them.

``response.done`` leads to one of four states by its status, so its columns are pairs of class and status.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from .. import client_events as client
from .. import server_events as server


class State(Enum):
    """Base of the state names, so that one table type serves all."""

    __hash__ = object.__hash__  # Enum's own is written in Python, and every row is found by its state

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class SessionState(State):
    """A session: waiting for ``session.created``, usable, over."""

    CONNECTING = "connecting"
    READY = "ready"
    CLOSED = "closed"


class BufferState(State):
    """The input audio buffer: does it hold audio that was not committed?"""

    EMPTY = "empty"
    HOLDING = "holding"


class SpeechState(State):
    """What the service's voice activity detection said last."""

    SILENT = "silent"
    SPEAKING = "speaking"


class ResponseState(State):
    """A response, from ``response.created`` to the status in ``response.done``."""

    IN_PROGRESS = "in_progress"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class PartState(State):
    """An output item of a response, or a content part of one; deltas come only while ADDED."""

    ADDED = "added"
    DONE = "done"


class ItemState(State):
    """A conversation item; EXPECTED when its transcript came before the item itself (cascaded models)."""

    EXPECTED = "expected"
    CREATED = "created"
    TRUNCATED = "truncated"
    DELETED = "deleted"


class TurnState(State):
    """A client-controlled turn (``input_audio.turn.*``)."""

    OPEN = "open"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ToolState(State):
    """The listing of an MCP server's tools, or a call that the service makes itself: MCP, web search, file search, agent."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class AvatarState(State):
    """The avatar's media connection, and whether it speaks."""

    OFF = "off"
    CONNECTING = "connecting"
    IDLE = "idle"
    SPEAKING = "speaking"


class TranscriptionState(State):
    """The transcription of a user's audio."""

    PARTIAL = "partial"
    COMPLETED = "completed"
    FAILED = "failed"


Input = Any
"""An event class, or a pair of `ResponseDone` and a status."""

Table = Mapping[State | None, Mapping[Input, State]]

SESSION: Table = {
    SessionState.CONNECTING: {server.SessionCreated: SessionState.READY},
    SessionState.READY: {
        # A client may ask before it has read session.created; the answer comes after it.
        client.SessionUpdate: SessionState.READY,
        server.SessionUpdated: SessionState.READY,
    },
    SessionState.CLOSED: {},
}

INPUT_BUFFER: Table = {
    BufferState.EMPTY: {
        client.InputAudioBufferAppend: BufferState.HOLDING,
        client.InputAudioBufferClear: BufferState.EMPTY,
        server.InputAudioBufferCleared: BufferState.EMPTY,
        # Commits cross with appends on the wire: ours may already be counted out.
        server.InputAudioBufferCommitted: BufferState.EMPTY,
        client.InputAudioBufferCommit: BufferState.EMPTY,
    },
    BufferState.HOLDING: {
        client.InputAudioBufferAppend: BufferState.HOLDING,
        client.InputAudioBufferCommit: BufferState.HOLDING,
        client.InputAudioBufferClear: BufferState.HOLDING,
        server.InputAudioBufferCleared: BufferState.EMPTY,
        server.InputAudioBufferCommitted: BufferState.EMPTY,
    },
}

SPEECH: Table = {
    SpeechState.SILENT: {server.InputAudioBufferSpeechStarted: SpeechState.SPEAKING},
    SpeechState.SPEAKING: {server.InputAudioBufferSpeechStopped: SpeechState.SILENT},
}

_DONE: Mapping[Input, State] = {
    (server.ResponseDone, "completed"): ResponseState.COMPLETED,
    (server.ResponseDone, "cancelled"): ResponseState.CANCELLED,
    (server.ResponseDone, "failed"): ResponseState.FAILED,
    (server.ResponseDone, "incomplete"): ResponseState.INCOMPLETE,
}

RESPONSE: Table = {
    None: {server.ResponseCreated: ResponseState.IN_PROGRESS},
    ResponseState.IN_PROGRESS: {
        server.ResponseOutputItemAdded: ResponseState.IN_PROGRESS,
        client.ResponseCancel: ResponseState.CANCELLING,
        **_DONE,
    },
    # A cancelled response keeps streaming until its response.done, which may still say completed.
    ResponseState.CANCELLING: {
        server.ResponseOutputItemAdded: ResponseState.CANCELLING,
        client.ResponseCancel: ResponseState.CANCELLING,
        **_DONE,
    },
    ResponseState.COMPLETED: {},
    ResponseState.CANCELLED: {},
    ResponseState.FAILED: {},
    ResponseState.INCOMPLETE: {},
}

_ITEM_STREAM = (
    server.ResponseFunctionCallArgumentsDelta,
    server.ResponseFunctionCallArgumentsDone,
    server.ResponseMcpCallArgumentsDelta,
    server.ResponseMcpCallArgumentsDone,
)

OUTPUT_ITEM: Table = {
    None: {server.ResponseOutputItemAdded: PartState.ADDED},
    PartState.ADDED: {
        server.ResponseContentPartAdded: PartState.ADDED,
        server.ResponseOutputItemDone: PartState.DONE,
        **dict.fromkeys(_ITEM_STREAM, PartState.ADDED),
    },
    PartState.DONE: {},
}

_PART_STREAM = (
    server.ResponseTextDelta,
    server.ResponseTextDone,
    server.ResponseAudioDelta,
    server.ResponseAudioDone,
    server.ResponseAudioTranscriptDelta,
    server.ResponseAudioTranscriptDone,
)

CONTENT_PART: Table = {
    None: {server.ResponseContentPartAdded: PartState.ADDED},
    PartState.ADDED: {
        server.ResponseContentPartDone: PartState.DONE,
        **dict.fromkeys(_PART_STREAM, PartState.ADDED),
    },
    PartState.DONE: {},
}

_CREATED = {
    server.ConversationItemRetrieved: ItemState.CREATED,
    server.ConversationItemTruncated: ItemState.TRUNCATED,
    server.ConversationItemDeleted: ItemState.DELETED,
}

CONVERSATION_ITEM: Table = {
    None: {server.ConversationItemCreated: ItemState.CREATED},
    ItemState.EXPECTED: {server.ConversationItemCreated: ItemState.CREATED},
    ItemState.CREATED: _CREATED,
    ItemState.TRUNCATED: {**_CREATED, server.ConversationItemRetrieved: ItemState.TRUNCATED},
    ItemState.DELETED: {server.ConversationItemCreated: ItemState.CREATED},  # an id may be used again
}

_TRANSCRIPTION = {
    server.ConversationItemInputAudioTranscriptionDelta: TranscriptionState.PARTIAL,
    server.ConversationItemInputAudioTranscriptionCompleted: TranscriptionState.COMPLETED,
    server.ConversationItemInputAudioTranscriptionFailed: TranscriptionState.FAILED,
}

TRANSCRIPTION: Table = {
    None: _TRANSCRIPTION,
    TranscriptionState.PARTIAL: _TRANSCRIPTION,
    # An empty duplicate after the next commit has been seen.
    TranscriptionState.COMPLETED: {
        server.ConversationItemInputAudioTranscriptionCompleted: TranscriptionState.COMPLETED,
    },
    TranscriptionState.FAILED: {},
}

CLIENT_TURN: Table = {
    None: {client.InputAudioTurnStart: TurnState.OPEN},
    TurnState.OPEN: {
        client.InputAudioTurnAppend: TurnState.OPEN,
        client.InputAudioTurnEnd: TurnState.ENDED,
        client.InputAudioTurnCancel: TurnState.CANCELLED,
    },
    TurnState.ENDED: {},
    TurnState.CANCELLED: {},
}

_LISTED = {
    server.McpListToolsInProgress: ToolState.IN_PROGRESS,
    server.McpListToolsCompleted: ToolState.COMPLETED,
    server.McpListToolsFailed: ToolState.FAILED,
}

TOOL_LIST: Table = {
    # The order of these events and of the list's conversation item is not fixed.
    None: _LISTED,
    ToolState.IN_PROGRESS: _LISTED,
    ToolState.COMPLETED: {},
    ToolState.FAILED: {},
}

_CALLED = {
    server.ResponseMcpCallInProgress: ToolState.IN_PROGRESS,
    server.ResponseMcpCallCompleted: ToolState.COMPLETED,
    server.ResponseMcpCallFailed: ToolState.FAILED,
    server.ResponseWebSearchCallInProgress: ToolState.IN_PROGRESS,
    server.ResponseWebSearchCallSearching: ToolState.IN_PROGRESS,
    server.ResponseWebSearchCallCompleted: ToolState.COMPLETED,
    server.ResponseFileSearchCallInProgress: ToolState.IN_PROGRESS,
    server.ResponseFileSearchCallSearching: ToolState.IN_PROGRESS,
    server.ResponseFileSearchCallCompleted: ToolState.COMPLETED,
    server.ResponseFoundryAgentCallInProgress: ToolState.IN_PROGRESS,
    server.ResponseFoundryAgentCallCompleted: ToolState.COMPLETED,
    server.ResponseFoundryAgentCallFailed: ToolState.FAILED,
}

TOOL_CALL: Table = {
    None: _CALLED,
    ToolState.IN_PROGRESS: _CALLED,
    ToolState.COMPLETED: {},
    ToolState.FAILED: {},
}

_AVATAR_MOVES: Mapping[Input, State] = {
    client.SessionAvatarConnect: AvatarState.CONNECTING,
    server.SessionAvatarSwitchToSpeaking: AvatarState.SPEAKING,
    server.SessionAvatarSwitchToIdle: AvatarState.IDLE,
}

AVATAR: Table = {
    # Video over the WebSocket needs no connect, so the first switch may come while OFF.
    AvatarState.OFF: _AVATAR_MOVES,
    # The answer may have been an error: the client tries again, or goes on without. A switch may also have crossed the request.
    AvatarState.CONNECTING: {
        **dict.fromkeys(_AVATAR_MOVES, AvatarState.CONNECTING),
        server.SessionAvatarConnecting: AvatarState.IDLE,
    },
    # Each of several requests has its answer, and switches may come between these.
    AvatarState.IDLE: {**_AVATAR_MOVES, server.SessionAvatarConnecting: AvatarState.IDLE},
    AvatarState.SPEAKING: {**_AVATAR_MOVES, server.SessionAvatarConnecting: AvatarState.SPEAKING},
}

TABLES: Mapping[str, Table] = {
    "session": SESSION,
    "input audio buffer": INPUT_BUFFER,
    "speech": SPEECH,
    "response": RESPONSE,
    "output item": OUTPUT_ITEM,
    "content part": CONTENT_PART,
    "conversation item": CONVERSATION_ITEM,
    "transcription": TRANSCRIPTION,
    "client turn": CLIENT_TURN,
    "tool list": TOOL_LIST,
    "tool call": TOOL_CALL,
    "avatar": AVATAR,
}
