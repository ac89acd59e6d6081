"""Events that the service sends, one class per wire name."""

from ._base import ContentPartEvent, OutputItemEvent, ServerEvent, UnknownServerEvent
from .animation import (
    ResponseAnimationBlendshapesDelta,
    ResponseAnimationBlendshapesDone,
    ResponseAnimationVisemeDelta,
    ResponseAnimationVisemeDone,
    ResponseAudioTimestampDelta,
    ResponseAudioTimestampDone,
    ResponseEmotionHypothesis,
    ResponseVideoDelta,
)
from .conversation import (
    ConversationCreated,
    ConversationItemAdded,
    ConversationItemCreated,
    ConversationItemDeleted,
    ConversationItemDone,
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed,
    ConversationItemRetrieved,
    ConversationItemTruncated,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
)
from .response import (
    ResponseAudioDelta,
    ResponseAudioDone,
    ResponseAudioTranscriptAnnotationAdded,
    ResponseAudioTranscriptDelta,
    ResponseAudioTranscriptDone,
    ResponseContentPartAdded,
    ResponseContentPartDone,
    ResponseCreated,
    ResponseDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseTextDelta,
    ResponseTextDone,
)
from .session import (
    ByomCredentialUpdated,
    Error,
    OutputAudioBufferCleared,
    OutputAudioBufferStarted,
    OutputAudioBufferStopped,
    RateLimitsUpdated,
    RtcCallError,
    RtcCallSdpCreated,
    SessionAvatarConnecting,
    SessionAvatarSwitchToIdle,
    SessionAvatarSwitchToSpeaking,
    SessionCreated,
    SessionUpdated,
    TranscriptionSessionUpdated,
    Warning,
)
from .tools import (
    McpListToolsCompleted,
    McpListToolsFailed,
    McpListToolsInProgress,
    ResponseFileSearchCallCompleted,
    ResponseFileSearchCallInProgress,
    ResponseFileSearchCallSearching,
    ResponseFoundryAgentCallArgumentsDelta,
    ResponseFoundryAgentCallArgumentsDone,
    ResponseFoundryAgentCallCompleted,
    ResponseFoundryAgentCallFailed,
    ResponseFoundryAgentCallInProgress,
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    ResponseInvocationDelta,
    ResponseMcpCallArgumentsDelta,
    ResponseMcpCallArgumentsDone,
    ResponseMcpCallCompleted,
    ResponseMcpCallFailed,
    ResponseMcpCallInProgress,
    ResponseWebSearchCallCompleted,
    ResponseWebSearchCallInProgress,
    ResponseWebSearchCallSearching,
)

AnyServerEvent = (
    Error
    | OutputAudioBufferCleared
    | SessionAvatarConnecting
    | SessionAvatarSwitchToIdle
    | SessionAvatarSwitchToSpeaking
    | SessionCreated
    | SessionUpdated
    | Warning
    | TranscriptionSessionUpdated
    | RateLimitsUpdated
    | OutputAudioBufferStarted
    | OutputAudioBufferStopped
    | RtcCallSdpCreated
    | RtcCallError
    | ByomCredentialUpdated
    | ConversationItemCreated
    | ConversationItemDeleted
    | ConversationItemInputAudioTranscriptionCompleted
    | ConversationItemInputAudioTranscriptionDelta
    | ConversationItemInputAudioTranscriptionFailed
    | ConversationItemRetrieved
    | ConversationItemTruncated
    | InputAudioBufferCleared
    | InputAudioBufferCommitted
    | InputAudioBufferSpeechStarted
    | InputAudioBufferSpeechStopped
    | ConversationItemDone
    | ConversationItemAdded
    | ConversationCreated
    | McpListToolsCompleted
    | McpListToolsFailed
    | McpListToolsInProgress
    | ResponseFileSearchCallCompleted
    | ResponseFileSearchCallInProgress
    | ResponseFileSearchCallSearching
    | ResponseFunctionCallArgumentsDelta
    | ResponseFunctionCallArgumentsDone
    | ResponseInvocationDelta
    | ResponseMcpCallArgumentsDelta
    | ResponseMcpCallArgumentsDone
    | ResponseMcpCallCompleted
    | ResponseMcpCallFailed
    | ResponseMcpCallInProgress
    | ResponseWebSearchCallCompleted
    | ResponseWebSearchCallInProgress
    | ResponseWebSearchCallSearching
    | ResponseFoundryAgentCallArgumentsDelta
    | ResponseFoundryAgentCallArgumentsDone
    | ResponseFoundryAgentCallInProgress
    | ResponseFoundryAgentCallCompleted
    | ResponseFoundryAgentCallFailed
    | ResponseAnimationBlendshapesDelta
    | ResponseAnimationBlendshapesDone
    | ResponseAnimationVisemeDelta
    | ResponseAnimationVisemeDone
    | ResponseAudioTimestampDelta
    | ResponseAudioTimestampDone
    | ResponseVideoDelta
    | ResponseEmotionHypothesis
    | ResponseAudioDelta
    | ResponseAudioDone
    | ResponseAudioTranscriptAnnotationAdded
    | ResponseAudioTranscriptDelta
    | ResponseAudioTranscriptDone
    | ResponseContentPartAdded
    | ResponseContentPartDone
    | ResponseCreated
    | ResponseDone
    | ResponseOutputItemAdded
    | ResponseOutputItemDone
    | ResponseTextDelta
    | ResponseTextDone
    | UnknownServerEvent
)

__all__ = [
    "AnyServerEvent",
    "ByomCredentialUpdated",
    "ContentPartEvent",
    "ConversationCreated",
    "ConversationItemAdded",
    "ConversationItemCreated",
    "ConversationItemDeleted",
    "ConversationItemDone",
    "ConversationItemInputAudioTranscriptionCompleted",
    "ConversationItemInputAudioTranscriptionDelta",
    "ConversationItemInputAudioTranscriptionFailed",
    "ConversationItemRetrieved",
    "ConversationItemTruncated",
    "Error",
    "InputAudioBufferCleared",
    "InputAudioBufferCommitted",
    "InputAudioBufferSpeechStarted",
    "InputAudioBufferSpeechStopped",
    "McpListToolsCompleted",
    "McpListToolsFailed",
    "McpListToolsInProgress",
    "OutputAudioBufferCleared",
    "OutputAudioBufferStarted",
    "OutputAudioBufferStopped",
    "OutputItemEvent",
    "RateLimitsUpdated",
    "ResponseAnimationBlendshapesDelta",
    "ResponseAnimationBlendshapesDone",
    "ResponseAnimationVisemeDelta",
    "ResponseAnimationVisemeDone",
    "ResponseAudioDelta",
    "ResponseAudioDone",
    "ResponseAudioTimestampDelta",
    "ResponseAudioTimestampDone",
    "ResponseAudioTranscriptAnnotationAdded",
    "ResponseAudioTranscriptDelta",
    "ResponseAudioTranscriptDone",
    "ResponseContentPartAdded",
    "ResponseContentPartDone",
    "ResponseCreated",
    "ResponseDone",
    "ResponseEmotionHypothesis",
    "ResponseFileSearchCallCompleted",
    "ResponseFileSearchCallInProgress",
    "ResponseFileSearchCallSearching",
    "ResponseFoundryAgentCallArgumentsDelta",
    "ResponseFoundryAgentCallArgumentsDone",
    "ResponseFoundryAgentCallCompleted",
    "ResponseFoundryAgentCallFailed",
    "ResponseFoundryAgentCallInProgress",
    "ResponseFunctionCallArgumentsDelta",
    "ResponseFunctionCallArgumentsDone",
    "ResponseInvocationDelta",
    "ResponseMcpCallArgumentsDelta",
    "ResponseMcpCallArgumentsDone",
    "ResponseMcpCallCompleted",
    "ResponseMcpCallFailed",
    "ResponseMcpCallInProgress",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
    "ResponseTextDelta",
    "ResponseTextDone",
    "ResponseVideoDelta",
    "ResponseWebSearchCallCompleted",
    "ResponseWebSearchCallInProgress",
    "ResponseWebSearchCallSearching",
    "RtcCallError",
    "RtcCallSdpCreated",
    "ServerEvent",
    "SessionAvatarConnecting",
    "SessionAvatarSwitchToIdle",
    "SessionAvatarSwitchToSpeaking",
    "SessionCreated",
    "SessionUpdated",
    "TranscriptionSessionUpdated",
    "UnknownServerEvent",
    "Warning",
]
