"""Every event, model and enum under its documented SDK name.

Each is the core's own class under another name: ``ServerEventResponseAudioDelta`` is
``voicelive_proto.server_events.ResponseAudioDelta``. Code for the official SDK moves over by replacing ``azure.ai.voicelive`` with
``voicelive`` in its imports. Events that the official SDK has no class for are named by the same rule, and so are its preview classes;
``Unknown...`` classes stand for what isn't known yet. ``Voice`` and ``ToolChoice`` are unions for annotations.
"""

from voicelive_proto.avatar import (
    Animation,
    AvatarConfig,
    Background,
    IceServer,
    Scene,
    VideoCrop,
    VideoParams,
    VideoResolution,
)
from voicelive_proto.client_events import (
    ByomCredentialUpdate as ClientEventByomCredentialUpdate,
)
from voicelive_proto.client_events import (
    ClientEvent,
    UnknownClientEvent,
)
from voicelive_proto.client_events import (
    ConversationItemCreate as ClientEventConversationItemCreate,
)
from voicelive_proto.client_events import (
    ConversationItemDelete as ClientEventConversationItemDelete,
)
from voicelive_proto.client_events import (
    ConversationItemRetrieve as ClientEventConversationItemRetrieve,
)
from voicelive_proto.client_events import (
    ConversationItemTruncate as ClientEventConversationItemTruncate,
)
from voicelive_proto.client_events import (
    InputAudioBufferAppend as ClientEventInputAudioBufferAppend,
)
from voicelive_proto.client_events import (
    InputAudioBufferClear as ClientEventInputAudioBufferClear,
)
from voicelive_proto.client_events import (
    InputAudioBufferCommit as ClientEventInputAudioBufferCommit,
)
from voicelive_proto.client_events import (
    InputAudioClear as ClientEventInputAudioClear,
)
from voicelive_proto.client_events import (
    InputAudioTurnAppend as ClientEventInputAudioTurnAppend,
)
from voicelive_proto.client_events import (
    InputAudioTurnCancel as ClientEventInputAudioTurnCancel,
)
from voicelive_proto.client_events import (
    InputAudioTurnEnd as ClientEventInputAudioTurnEnd,
)
from voicelive_proto.client_events import (
    InputAudioTurnStart as ClientEventInputAudioTurnStart,
)
from voicelive_proto.client_events import (
    InputTextDelta as ClientEventInputTextDelta,
)
from voicelive_proto.client_events import (
    InputTextDone as ClientEventInputTextDone,
)
from voicelive_proto.client_events import (
    McpApprovalResponse as ClientEventMcpApprovalResponse,
)
from voicelive_proto.client_events import (
    OutputAudioBufferClear as ClientEventOutputAudioBufferClear,
)
from voicelive_proto.client_events import (
    ResponseCancel as ClientEventResponseCancel,
)
from voicelive_proto.client_events import (
    ResponseCreate as ClientEventResponseCreate,
)
from voicelive_proto.client_events import (
    RtcCallSdpCreate as ClientEventRtcCallSdpCreate,
)
from voicelive_proto.client_events import (
    SessionAvatarConnect as ClientEventSessionAvatarConnect,
)
from voicelive_proto.client_events import (
    SessionUpdate as ClientEventSessionUpdate,
)
from voicelive_proto.client_events import (
    TranscriptionSessionUpdate as ClientEventTranscriptionSessionUpdate,
)
from voicelive_proto.content import (
    ContentPart,
    InputAudioContentPart,
    InputTextContentPart,
    MessageContentPart,
    OutputTextContentPart,
    RequestAudioContentPart,
    RequestImageContentPart,
    RequestTextContentPart,
    ResponseAudioContentPart,
    ResponseTextContentPart,
    UnknownContentPart,
    UnknownMessageContentPart,
)
from voicelive_proto.enums import (
    AnimationOutputType,
    AudioTimestampType,
    AvatarConfigTypes,
    AvatarOutputProtocol,
    AzureRealtimeNativeVoiceName,
    AzureVoiceType,
    ClientEventType,
    ContentPartType,
    EchoCancellationReferenceSource,
    EouThresholdLevel,
    InputAudioFormat,
    InterimResponseConfigType,
    InterimResponseTrigger,
    ItemParamStatus,
    ItemType,
    MCPApprovalType,
    MessageRole,
    Modality,
    OpenAIVoiceName,
    OutputAudioFormat,
    PersonalVoiceModels,
    PhotoAvatarBaseModes,
    ReasoningEffort,
    RequestImageContentPartDetail,
    ResponseItemStatus,
    ResponseStatus,
    ServerEventType,
    SessionIncludeOption,
    ToolChoiceLiteral,
    ToolType,
    TurnDetectionType,
)
from voicelive_proto.error_details import (
    ErrorResponse,
    RtcCallErrorDetails,
    ServerEventErrorDetails,
    ServerEventWarningDetails,
    VoiceLiveErrorDetails,
)
from voicelive_proto.interim_response import (
    InterimResponseConfigBase,
    LlmInterimResponseConfig,
    StaticInterimResponseConfig,
    UnknownInterimResponseConfig,
)
from voicelive_proto.items import (
    ActionFind,
    ActionOpenPage,
    ActionSearch,
    ActionSearchSource,
    AssistantMessageItem,
    ConversationItemBase,
    ConversationRequestItem,
    FileSearchResult,
    FunctionCallItem,
    FunctionCallOutputItem,
    MCPApprovalResponseRequestItem,
    MessageItem,
    ResponseFileSearchCallItem,
    ResponseFoundryAgentCallItem,
    ResponseFunctionCallItem,
    ResponseFunctionCallOutputItem,
    ResponseItem,
    ResponseMCPApprovalRequestItem,
    ResponseMCPApprovalResponseItem,
    ResponseMCPCallItem,
    ResponseMCPListToolItem,
    ResponseMessageItem,
    ResponseWebSearchCallItem,
    SystemMessageItem,
    UnknownRequestItem,
    UnknownResponseItem,
    UserMessageItem,
)
from voicelive_proto.responses import (
    CachedTokenDetails,
    InputTokenDetails,
    OutputTokenDetails,
    Response,
    ResponseCancelledDetails,
    ResponseCreateParams,
    ResponseFailedDetails,
    ResponseIncompleteDetails,
    ResponseStatusDetails,
    TokenUsage,
    UnknownResponseStatusDetails,
)
from voicelive_proto.server_events import (
    ByomCredentialUpdated as ServerEventByomCredentialUpdated,
)
from voicelive_proto.server_events import (
    ConversationCreated as ServerEventConversationCreated,
)
from voicelive_proto.server_events import (
    ConversationItemAdded as ServerEventConversationItemAdded,
)
from voicelive_proto.server_events import (
    ConversationItemCreated as ServerEventConversationItemCreated,
)
from voicelive_proto.server_events import (
    ConversationItemDeleted as ServerEventConversationItemDeleted,
)
from voicelive_proto.server_events import (
    ConversationItemDone as ServerEventConversationItemDone,
)
from voicelive_proto.server_events import (
    ConversationItemInputAudioTranscriptionCompleted as ServerEventConversationItemInputAudioTranscriptionCompleted,
)
from voicelive_proto.server_events import (
    ConversationItemInputAudioTranscriptionDelta as ServerEventConversationItemInputAudioTranscriptionDelta,
)
from voicelive_proto.server_events import (
    ConversationItemInputAudioTranscriptionFailed as ServerEventConversationItemInputAudioTranscriptionFailed,
)
from voicelive_proto.server_events import (
    ConversationItemRetrieved as ServerEventConversationItemRetrieved,
)
from voicelive_proto.server_events import (
    ConversationItemTruncated as ServerEventConversationItemTruncated,
)
from voicelive_proto.server_events import (
    Error as ServerEventError,
)
from voicelive_proto.server_events import (
    InputAudioBufferCleared as ServerEventInputAudioBufferCleared,
)
from voicelive_proto.server_events import (
    InputAudioBufferCommitted as ServerEventInputAudioBufferCommitted,
)
from voicelive_proto.server_events import (
    InputAudioBufferSpeechStarted as ServerEventInputAudioBufferSpeechStarted,
)
from voicelive_proto.server_events import (
    InputAudioBufferSpeechStopped as ServerEventInputAudioBufferSpeechStopped,
)
from voicelive_proto.server_events import (
    McpListToolsCompleted as ServerEventMcpListToolsCompleted,
)
from voicelive_proto.server_events import (
    McpListToolsFailed as ServerEventMcpListToolsFailed,
)
from voicelive_proto.server_events import (
    McpListToolsInProgress as ServerEventMcpListToolsInProgress,
)
from voicelive_proto.server_events import (
    OutputAudioBufferCleared as ServerEventOutputAudioBufferCleared,
)
from voicelive_proto.server_events import (
    OutputAudioBufferStarted as ServerEventOutputAudioBufferStarted,
)
from voicelive_proto.server_events import (
    OutputAudioBufferStopped as ServerEventOutputAudioBufferStopped,
)
from voicelive_proto.server_events import (
    RateLimitsUpdated as ServerEventRateLimitsUpdated,
)
from voicelive_proto.server_events import (
    ResponseAnimationBlendshapesDelta as ServerEventResponseAnimationBlendshapeDelta,
)
from voicelive_proto.server_events import (
    ResponseAnimationBlendshapesDone as ServerEventResponseAnimationBlendshapeDone,
)
from voicelive_proto.server_events import (
    ResponseAnimationVisemeDelta as ServerEventResponseAnimationVisemeDelta,
)
from voicelive_proto.server_events import (
    ResponseAnimationVisemeDone as ServerEventResponseAnimationVisemeDone,
)
from voicelive_proto.server_events import (
    ResponseAudioDelta as ServerEventResponseAudioDelta,
)
from voicelive_proto.server_events import (
    ResponseAudioDone as ServerEventResponseAudioDone,
)
from voicelive_proto.server_events import (
    ResponseAudioTimestampDelta as ServerEventResponseAudioTimestampDelta,
)
from voicelive_proto.server_events import (
    ResponseAudioTimestampDone as ServerEventResponseAudioTimestampDone,
)
from voicelive_proto.server_events import (
    ResponseAudioTranscriptAnnotationAdded as ServerEventResponseAudioTranscriptAnnotationAdded,
)
from voicelive_proto.server_events import (
    ResponseAudioTranscriptDelta as ServerEventResponseAudioTranscriptDelta,
)
from voicelive_proto.server_events import (
    ResponseAudioTranscriptDone as ServerEventResponseAudioTranscriptDone,
)
from voicelive_proto.server_events import (
    ResponseContentPartAdded as ServerEventResponseContentPartAdded,
)
from voicelive_proto.server_events import (
    ResponseContentPartDone as ServerEventResponseContentPartDone,
)
from voicelive_proto.server_events import (
    ResponseCreated as ServerEventResponseCreated,
)
from voicelive_proto.server_events import (
    ResponseDone as ServerEventResponseDone,
)
from voicelive_proto.server_events import (
    ResponseEmotionHypothesis as ServerEventResponseEmotionHypothesis,
)
from voicelive_proto.server_events import (
    ResponseFileSearchCallCompleted as ServerEventResponseFileSearchCallCompleted,
)
from voicelive_proto.server_events import (
    ResponseFileSearchCallInProgress as ServerEventResponseFileSearchCallInProgress,
)
from voicelive_proto.server_events import (
    ResponseFileSearchCallSearching as ServerEventResponseFileSearchCallSearching,
)
from voicelive_proto.server_events import (
    ResponseFoundryAgentCallArgumentsDelta as ServerEventResponseFoundryAgentCallArgumentsDelta,
)
from voicelive_proto.server_events import (
    ResponseFoundryAgentCallArgumentsDone as ServerEventResponseFoundryAgentCallArgumentsDone,
)
from voicelive_proto.server_events import (
    ResponseFoundryAgentCallCompleted as ServerEventResponseFoundryAgentCallCompleted,
)
from voicelive_proto.server_events import (
    ResponseFoundryAgentCallFailed as ServerEventResponseFoundryAgentCallFailed,
)
from voicelive_proto.server_events import (
    ResponseFoundryAgentCallInProgress as ServerEventResponseFoundryAgentCallInProgress,
)
from voicelive_proto.server_events import (
    ResponseFunctionCallArgumentsDelta as ServerEventResponseFunctionCallArgumentsDelta,
)
from voicelive_proto.server_events import (
    ResponseFunctionCallArgumentsDone as ServerEventResponseFunctionCallArgumentsDone,
)
from voicelive_proto.server_events import (
    ResponseInvocationDelta as ServerEventResponseInvocationDelta,
)
from voicelive_proto.server_events import (
    ResponseMcpCallArgumentsDelta as ServerEventResponseMcpCallArgumentsDelta,
)
from voicelive_proto.server_events import (
    ResponseMcpCallArgumentsDone as ServerEventResponseMcpCallArgumentsDone,
)
from voicelive_proto.server_events import (
    ResponseMcpCallCompleted as ServerEventResponseMcpCallCompleted,
)
from voicelive_proto.server_events import (
    ResponseMcpCallFailed as ServerEventResponseMcpCallFailed,
)
from voicelive_proto.server_events import (
    ResponseMcpCallInProgress as ServerEventResponseMcpCallInProgress,
)
from voicelive_proto.server_events import (
    ResponseOutputItemAdded as ServerEventResponseOutputItemAdded,
)
from voicelive_proto.server_events import (
    ResponseOutputItemDone as ServerEventResponseOutputItemDone,
)
from voicelive_proto.server_events import (
    ResponseTextDelta as ServerEventResponseTextDelta,
)
from voicelive_proto.server_events import (
    ResponseTextDone as ServerEventResponseTextDone,
)
from voicelive_proto.server_events import (
    ResponseVideoDelta as ServerEventResponseVideoDelta,
)
from voicelive_proto.server_events import (
    ResponseWebSearchCallCompleted as ServerEventResponseWebSearchCallCompleted,
)
from voicelive_proto.server_events import (
    ResponseWebSearchCallInProgress as ServerEventResponseWebSearchCallInProgress,
)
from voicelive_proto.server_events import (
    ResponseWebSearchCallSearching as ServerEventResponseWebSearchCallSearching,
)
from voicelive_proto.server_events import (
    RtcCallError as ServerEventRtcCallError,
)
from voicelive_proto.server_events import (
    RtcCallSdpCreated as ServerEventRtcCallSdpCreated,
)
from voicelive_proto.server_events import (
    ServerEvent,
    UnknownServerEvent,
)
from voicelive_proto.server_events import (
    SessionAvatarConnecting as ServerEventSessionAvatarConnecting,
)
from voicelive_proto.server_events import (
    SessionAvatarSwitchToIdle as ServerEventSessionAvatarSwitchToIdle,
)
from voicelive_proto.server_events import (
    SessionAvatarSwitchToSpeaking as ServerEventSessionAvatarSwitchToSpeaking,
)
from voicelive_proto.server_events import (
    SessionCreated as ServerEventSessionCreated,
)
from voicelive_proto.server_events import (
    SessionUpdated as ServerEventSessionUpdated,
)
from voicelive_proto.server_events import (
    TranscriptionSessionUpdated as ServerEventTranscriptionSessionUpdated,
)
from voicelive_proto.server_events import (
    Warning as ServerEventWarning,
)
from voicelive_proto.session import (
    AgentConfig,
    AudioEchoCancellation,
    AudioInputTranscriptionOptions,
    AudioNoiseReduction,
    RequestSession,
    ResponseSession,
    SessionBase,
)
from voicelive_proto.tools import (
    FoundryAgentTool,
    FunctionTool,
    MCPServer,
    MCPTool,
    Tool,
    ToolChoice,
    ToolChoiceFunctionSelection,
    ToolChoiceSelection,
    UnknownTool,
    UnknownToolChoiceSelection,
)
from voicelive_proto.transcription import (
    EmotionCandidate,
    LogProbProperties,
    TranscriptionPhrase,
    TranscriptionWord,
)
from voicelive_proto.turn_detection import (
    AzureSemanticDetection,
    AzureSemanticDetectionEn,
    AzureSemanticDetectionMultilingual,
    AzureSemanticVad,
    AzureSemanticVadEn,
    AzureSemanticVadMultilingual,
    EouDetection,
    ServerVad,
    SmartEndOfTurnDetection,
    TurnDetection,
    UnknownEouDetection,
    UnknownTurnDetection,
)
from voicelive_proto.voices import (
    AzureAvatarVoiceSyncVoice,
    AzureCustomVoice,
    AzurePersonalVoice,
    AzureRealtimeNativeVoice,
    AzureStandardVoice,
    AzureVoice,
    OpenAIVoice,
    UnknownVoice,
    Voice,
)

__all__ = [
    "ActionFind",
    "ActionOpenPage",
    "ActionSearch",
    "ActionSearchSource",
    "AgentConfig",
    "Animation",
    "AnimationOutputType",
    "AssistantMessageItem",
    "AudioEchoCancellation",
    "AudioInputTranscriptionOptions",
    "AudioNoiseReduction",
    "AudioTimestampType",
    "AvatarConfig",
    "AvatarConfigTypes",
    "AvatarOutputProtocol",
    "AzureAvatarVoiceSyncVoice",
    "AzureCustomVoice",
    "AzurePersonalVoice",
    "AzureRealtimeNativeVoice",
    "AzureRealtimeNativeVoiceName",
    "AzureSemanticDetection",
    "AzureSemanticDetectionEn",
    "AzureSemanticDetectionMultilingual",
    "AzureSemanticVad",
    "AzureSemanticVadEn",
    "AzureSemanticVadMultilingual",
    "AzureStandardVoice",
    "AzureVoice",
    "AzureVoiceType",
    "Background",
    "CachedTokenDetails",
    "ClientEvent",
    "ClientEventByomCredentialUpdate",
    "ClientEventConversationItemCreate",
    "ClientEventConversationItemDelete",
    "ClientEventConversationItemRetrieve",
    "ClientEventConversationItemTruncate",
    "ClientEventInputAudioBufferAppend",
    "ClientEventInputAudioBufferClear",
    "ClientEventInputAudioBufferCommit",
    "ClientEventInputAudioClear",
    "ClientEventInputAudioTurnAppend",
    "ClientEventInputAudioTurnCancel",
    "ClientEventInputAudioTurnEnd",
    "ClientEventInputAudioTurnStart",
    "ClientEventInputTextDelta",
    "ClientEventInputTextDone",
    "ClientEventMcpApprovalResponse",
    "ClientEventOutputAudioBufferClear",
    "ClientEventResponseCancel",
    "ClientEventResponseCreate",
    "ClientEventRtcCallSdpCreate",
    "ClientEventSessionAvatarConnect",
    "ClientEventSessionUpdate",
    "ClientEventTranscriptionSessionUpdate",
    "ClientEventType",
    "ContentPart",
    "ContentPartType",
    "ConversationItemBase",
    "ConversationRequestItem",
    "EchoCancellationReferenceSource",
    "EmotionCandidate",
    "EouDetection",
    "EouThresholdLevel",
    "ErrorResponse",
    "FileSearchResult",
    "FoundryAgentTool",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "FunctionTool",
    "IceServer",
    "InputAudioContentPart",
    "InputAudioFormat",
    "InputTextContentPart",
    "InputTokenDetails",
    "InterimResponseConfigBase",
    "InterimResponseConfigType",
    "InterimResponseTrigger",
    "ItemParamStatus",
    "ItemType",
    "LlmInterimResponseConfig",
    "LogProbProperties",
    "MCPApprovalResponseRequestItem",
    "MCPApprovalType",
    "MCPServer",
    "MCPTool",
    "MessageContentPart",
    "MessageItem",
    "MessageRole",
    "Modality",
    "OpenAIVoice",
    "OpenAIVoiceName",
    "OutputAudioFormat",
    "OutputTextContentPart",
    "OutputTokenDetails",
    "PersonalVoiceModels",
    "PhotoAvatarBaseModes",
    "ReasoningEffort",
    "RequestAudioContentPart",
    "RequestImageContentPart",
    "RequestImageContentPartDetail",
    "RequestSession",
    "RequestTextContentPart",
    "Response",
    "ResponseAudioContentPart",
    "ResponseCancelledDetails",
    "ResponseCreateParams",
    "ResponseFailedDetails",
    "ResponseFileSearchCallItem",
    "ResponseFoundryAgentCallItem",
    "ResponseFunctionCallItem",
    "ResponseFunctionCallOutputItem",
    "ResponseIncompleteDetails",
    "ResponseItem",
    "ResponseItemStatus",
    "ResponseMCPApprovalRequestItem",
    "ResponseMCPApprovalResponseItem",
    "ResponseMCPCallItem",
    "ResponseMCPListToolItem",
    "ResponseMessageItem",
    "ResponseSession",
    "ResponseStatus",
    "ResponseStatusDetails",
    "ResponseTextContentPart",
    "ResponseWebSearchCallItem",
    "RtcCallErrorDetails",
    "Scene",
    "ServerEvent",
    "ServerEventByomCredentialUpdated",
    "ServerEventConversationCreated",
    "ServerEventConversationItemAdded",
    "ServerEventConversationItemCreated",
    "ServerEventConversationItemDeleted",
    "ServerEventConversationItemDone",
    "ServerEventConversationItemInputAudioTranscriptionCompleted",
    "ServerEventConversationItemInputAudioTranscriptionDelta",
    "ServerEventConversationItemInputAudioTranscriptionFailed",
    "ServerEventConversationItemRetrieved",
    "ServerEventConversationItemTruncated",
    "ServerEventError",
    "ServerEventErrorDetails",
    "ServerEventInputAudioBufferCleared",
    "ServerEventInputAudioBufferCommitted",
    "ServerEventInputAudioBufferSpeechStarted",
    "ServerEventInputAudioBufferSpeechStopped",
    "ServerEventMcpListToolsCompleted",
    "ServerEventMcpListToolsFailed",
    "ServerEventMcpListToolsInProgress",
    "ServerEventOutputAudioBufferCleared",
    "ServerEventOutputAudioBufferStarted",
    "ServerEventOutputAudioBufferStopped",
    "ServerEventRateLimitsUpdated",
    "ServerEventResponseAnimationBlendshapeDelta",
    "ServerEventResponseAnimationBlendshapeDone",
    "ServerEventResponseAnimationVisemeDelta",
    "ServerEventResponseAnimationVisemeDone",
    "ServerEventResponseAudioDelta",
    "ServerEventResponseAudioDone",
    "ServerEventResponseAudioTimestampDelta",
    "ServerEventResponseAudioTimestampDone",
    "ServerEventResponseAudioTranscriptAnnotationAdded",
    "ServerEventResponseAudioTranscriptDelta",
    "ServerEventResponseAudioTranscriptDone",
    "ServerEventResponseContentPartAdded",
    "ServerEventResponseContentPartDone",
    "ServerEventResponseCreated",
    "ServerEventResponseDone",
    "ServerEventResponseEmotionHypothesis",
    "ServerEventResponseFileSearchCallCompleted",
    "ServerEventResponseFileSearchCallInProgress",
    "ServerEventResponseFileSearchCallSearching",
    "ServerEventResponseFoundryAgentCallArgumentsDelta",
    "ServerEventResponseFoundryAgentCallArgumentsDone",
    "ServerEventResponseFoundryAgentCallCompleted",
    "ServerEventResponseFoundryAgentCallFailed",
    "ServerEventResponseFoundryAgentCallInProgress",
    "ServerEventResponseFunctionCallArgumentsDelta",
    "ServerEventResponseFunctionCallArgumentsDone",
    "ServerEventResponseInvocationDelta",
    "ServerEventResponseMcpCallArgumentsDelta",
    "ServerEventResponseMcpCallArgumentsDone",
    "ServerEventResponseMcpCallCompleted",
    "ServerEventResponseMcpCallFailed",
    "ServerEventResponseMcpCallInProgress",
    "ServerEventResponseOutputItemAdded",
    "ServerEventResponseOutputItemDone",
    "ServerEventResponseTextDelta",
    "ServerEventResponseTextDone",
    "ServerEventResponseVideoDelta",
    "ServerEventResponseWebSearchCallCompleted",
    "ServerEventResponseWebSearchCallInProgress",
    "ServerEventResponseWebSearchCallSearching",
    "ServerEventRtcCallError",
    "ServerEventRtcCallSdpCreated",
    "ServerEventSessionAvatarConnecting",
    "ServerEventSessionAvatarSwitchToIdle",
    "ServerEventSessionAvatarSwitchToSpeaking",
    "ServerEventSessionCreated",
    "ServerEventSessionUpdated",
    "ServerEventTranscriptionSessionUpdated",
    "ServerEventType",
    "ServerEventWarning",
    "ServerEventWarningDetails",
    "ServerVad",
    "SessionBase",
    "SessionIncludeOption",
    "SmartEndOfTurnDetection",
    "StaticInterimResponseConfig",
    "SystemMessageItem",
    "TokenUsage",
    "Tool",
    "ToolChoice",
    "ToolChoiceFunctionSelection",
    "ToolChoiceLiteral",
    "ToolChoiceSelection",
    "ToolType",
    "TranscriptionPhrase",
    "TranscriptionWord",
    "TurnDetection",
    "TurnDetectionType",
    "UnknownClientEvent",
    "UnknownContentPart",
    "UnknownEouDetection",
    "UnknownInterimResponseConfig",
    "UnknownMessageContentPart",
    "UnknownRequestItem",
    "UnknownResponseItem",
    "UnknownResponseStatusDetails",
    "UnknownServerEvent",
    "UnknownTool",
    "UnknownToolChoiceSelection",
    "UnknownTurnDetection",
    "UnknownVoice",
    "UserMessageItem",
    "VideoCrop",
    "VideoParams",
    "VideoResolution",
    "Voice",
    "VoiceLiveErrorDetails",
]
